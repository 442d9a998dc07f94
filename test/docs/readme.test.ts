/**
 * Runs the commands of README.md and compares what they print with what the page shows. `CENR_UPDATE=1` writes what they
 * print into the page.
 *
 * A fence marked `console` is run: after a line that begins with `$ ` comes what the command prints. A fence marked `sh`
 * is only read by bash, since its commands need a network, a port or an installation.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import t from 'tap';
import { folder } from '../support/folders.ts';

const PROJECT = resolve(import.meta.dirname, '../..');
const PAGE = join(PROJECT, 'README.md');
const MOST_LINES = 250;
const MOST_COLUMNS = 120;
/** The npm program itself would take longer than what it starts. */
const NPX = `npx() { shift; "${process.execPath}" "${join(PROJECT, 'bin/cenr.mjs')}" "$@"; }\n`;
const PATIENCE_MS = 300_000;
const IS_UPDATE = process.env['CENR_UPDATE'] === '1';

interface Step {
  readonly command: string;
  /** Lines below the command, up to the next one or the end of the block. */
  readonly shown: readonly string[];
}

interface Block {
  /** Word behind the three marks that open it. */
  readonly mark: string;
  readonly lines: readonly string[];
}

/** A page in turns: text, block, text, block, …, text. */
function partsOf(page: string): (string | Block)[] {
  return page.split(/^(```.*\n[\s\S]*?^```$)/m).map((part, i) => {
    if (i % 2 === 0) return part;
    const [opening = '', ...rest] = part.split('\n');
    return { mark: opening.slice(3), lines: rest.slice(0, -1) };
  });
}

const blockText = ({ mark, lines }: Block): string => [`\`\`\`${mark}`, ...lines, '```'].join('\n');

function stepsOf(lines: readonly string[]): Step[] {
  const steps: { command: string; shown: string[] }[] = [];
  let isContinued = false;
  for (const line of lines) {
    const last = steps.at(-1);
    if (isContinued && last) last.command += `\n${line}`;
    else if (line.startsWith('$ ')) steps.push({ command: line.slice(2), shown: [] });
    else if (last) last.shown.push(line);
    else throw new Error(`a block of the kind console begins with a command, not with: ${line}`);
    isContinued = (isContinued || line.startsWith('$ ')) && line.endsWith('\\');
  }
  return steps;
}

/** What a script prints, errors included. Given `-n`, bash only reads it. */
function bash(script: string, cwd: string, ...options: readonly string[]): string {
  const args = [...options, '-c', `exec 2>&1\n${NPX}${script}`];
  const { stdout, error } = spawnSync('bash', args, { cwd, encoding: 'utf8' });
  if (error) throw error;
  return stdout;
}

/** Lines of a text, without the blanks at their ends. */
const printed = (text: string): string[] => {
  const whole = text.trimEnd();
  return whole === '' ? [] : whole.split('\n').map((line) => line.trimEnd());
};

/** What is another at each run: how long it took, ids, and where the project lies. */
const comparable = (lines: readonly string[]): string =>
  lines
    .join('\n')
    .replaceAll(PROJECT, '.')
    .replaceAll(/\bin \d+\.\d s\b/g, 'in 0.0 s')
    .replaceAll(/\b(upload|up|key|extract)_[0-9a-z]{19}\b/g, '$1_0')
    .replaceAll(/(?<=SHA-256 of the manifest in another place: )[0-9a-f]{64}/g, '0');

t.setTimeout(PATIENCE_MS);

const page = readFileSync(PAGE, 'utf8');
const parts = partsOf(page);
const blocks = parts.filter((part) => typeof part !== 'string');

t.test('the page is short, and its lines too', async (t) => {
  const lines = page.trimEnd().split('\n');
  t.ok(lines.length <= MOST_LINES, `${lines.length} of ${MOST_LINES} lines`);
  t.same(
    lines.filter((line) => line.length > MOST_COLUMNS),
    [],
  );
});

t.test('every block is of a known kind, and bash can read it', async (t) => {
  for (const { mark, lines } of blocks) {
    const commands = mark === 'console' ? stepsOf(lines).map(({ command }) => command) : lines;
    t.ok(['console', 'sh'].includes(mark), mark);
    t.equal(bash(commands.join('\n'), PROJECT, '-n'), '', commands.join('\n'));
  }
});

t.test('the commands print what the page shows', async (t) => {
  const place = folder(t);
  for (const name of ['rules', 'schemas']) cpSync(join(PROJECT, name), join(place, name), { recursive: true });
  const updated = parts.map((part) => {
    if (typeof part === 'string') return part;
    if (part.mark !== 'console') return blockText(part);
    const lines = stepsOf(part.lines).flatMap(({ command, shown }) => {
      const found = printed(bash(command, place));
      const isShown = comparable(found) === comparable(shown);
      if (!IS_UPDATE) t.equal(comparable(found), comparable(shown), command);
      return [`$ ${command}`, ...(isShown ? shown : found.map((line) => line.replaceAll(PROJECT, '.')))];
    });
    return blockText({ ...part, lines });
  });
  if (IS_UPDATE) writeFileSync(PAGE, updated.join(''));
});
