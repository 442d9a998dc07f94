/**
 * `docs/policy/counts-and-small-cells.md` is true: its files are reports, and its commands print what the page shows.
 *
 *     CENR_UPDATE=1 node test/policy/reports.test.ts
 *
 * writes what is printed into the page anew.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import t from 'tap';
import { checkRulebook } from '#authoring/check/check';
import { cenr } from '../cli/cenr.ts';
import { patched } from '../rulebook/texts.ts';
import { folder } from '../support/folders.ts';
import { editsIn, STORIES } from './stories.ts';

t.setTimeout(900_000);

const PAGE = join(STORIES, 'counts-and-small-cells.md');
const SHOWN_CODES = 4;

t.test('the page is followed to the letter', async (t) => {
  const page = readFileSync(PAGE, 'utf8');
  const edits = editsIn(page);
  t.equal(edits.length, 2);
  const texts = patched(edits.map((edit) => edit as { readonly file: string; readonly text: string }));
  const found = checkRulebook(texts).findings.filter(({ file }) => file.startsWith('rules/reports/'));
  t.same(found, [], 'the check finds nothing in them');

  const dir = folder(t);
  for (const { path, text } of texts) {
    const file = join(dir, 'my-change', path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  const run = async (command: string): Promise<void> => {
    const words = command
      .split(' ')
      .slice(2)
      .map((word) => (/^(sample|my-change\/rules|.*\.txt|.*\.csv)$/.test(word) ? join(dir, word) : word));
    const [verb = '', ...rest] = command.startsWith('npx cenr sample') ? ['sample', ...words.slice(1)] : words;
    const { code, err } = await cenr(verb, ...rest);
    t.equal(code, 0, `${command}: ${err}`);
  };
  for (const command of page.match(/^npx cenr .*$/gm) ?? []) await run(command);
  const csv = (name: string): string => readFileSync(join(dir, name), 'utf8').replaceAll('\r\n', '\n');
  const codes = csv('codes.csv').split('\n').slice(0, SHOWN_CODES).join('\n');
  const printed = page
    .replace(/(`counts.csv`:\n\n```\n)[^`]*(```)/, (_, head, end) => `${head}${csv('counts.csv')}${end}`)
    .replace(/(for each row of the extract:\n\n```\n)[^`]*(```)/, (_, head, end) => `${head}${codes}\n…\n${end}`);
  if (process.env['CENR_UPDATE'] === '1') writeFileSync(PAGE, printed);
  else t.equal(page, printed, 'CENR_UPDATE=1 writes what is printed');
  t.match(printed, /,\*\n/, 'there are small cells');
});
