/**
 * The worked stories of `docs/policy`: each is a folder with `README.md` for people, `changes.json` with the very same
 * edits as data, and `students.json` with records and what comes of them before and after.
 *
 * In a README, edits stand under headings of three kinds, in order:
 *
 *     ### In `rules/selection.json`                          one or several pairs of blocks: the text that stands there, the text in its place
 *     ### In every file of `rules/fields` that has it        the same, in each file of the folder that holds the text
 *     ### A new file `rules/checks/SPRG9001.json`            one block: the whole file
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { RulebookTexts } from '#rulebook/load/load';
import { type Patch, patched, shippedTexts } from '../rulebook/texts.ts';

export type Edit =
  | { readonly file: string; readonly replace: readonly [from: string, to: string] }
  | { readonly folder: string; readonly replace: readonly [from: string, to: string] }
  | { readonly file: string; readonly text: string };

export interface Changes {
  /** The story that this one continues; the shipped rulebook when absent. */
  readonly after?: string;
  readonly edits: readonly Edit[];
}

export const STORIES = resolve(import.meta.dirname, '../../docs/policy');

/** The folders of the stories, in order. */
export const storyNames = readdirSync(STORIES, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)
  .sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10));

export const readStory = (name: string, file: string): string => readFileSync(join(STORIES, name, file), 'utf8');
export const changesOf = (name: string): Changes => JSON.parse(readStory(name, 'changes.json'));

const HEADING = /^### (In every file of|In|A new file) `([^`]+)`(?: that has it)?$/;
const FENCE = '```';

/**
 * What a README tells a person to do: the edits, and the story they continue.
 * @throws RangeError for a heading with blocks that do not belong to it
 */
export function changesIn(markdown: string): Changes {
  const number = /^This story begins where \[story (\d+)\]/m.exec(markdown)?.[1];
  const after = storyNames.find((name) => number !== undefined && name.startsWith(`${number}-`));
  return { ...(after !== undefined && { after }), edits: editsIn(markdown) };
}

export function editsIn(markdown: string): Edit[] {
  return markdown.split(/^(?=##+ )/m).flatMap((section) => {
    const [heading = '', ...lines] = section.split('\n');
    const [, kind, path] = HEADING.exec(heading) ?? [];
    if (kind === undefined || path === undefined) return [];
    const blocks = blocksIn(lines);
    if (kind === 'A new file') {
      if (blocks.length !== 1) throw new RangeError(`"${heading}" has ${blocks.length} blocks; expected one, the file`);
      return [{ file: path, text: `${blocks[0]}\n` }];
    }
    if (blocks.length === 0 || blocks.length % 2 !== 0)
      throw new RangeError(
        `"${heading}" has ${blocks.length} blocks; expected pairs of what stands there and what is written in its place`,
      );
    return Array.from({ length: blocks.length / 2 }, (_, i): Edit => {
      const replace = [blocks[2 * i], blocks[2 * i + 1]] as [string, string];
      return kind === 'In' ? { file: path, replace } : { folder: path, replace };
    });
  });
}

function blocksIn(lines: readonly string[]): string[] {
  const blocks: string[] = [];
  let open: string[] | undefined;
  for (const line of lines) {
    if (open && line === FENCE) {
      blocks.push(open.join('\n'));
      open = undefined;
    } else if (open) open.push(line);
    else if (line === `${FENCE}json`) open = [];
  }
  return blocks;
}

/**
 * The texts of the rulebook that a story leads to.
 * @throws RangeError for an edit that no longer fits
 */
export function textsAfter(name: string): RulebookTexts {
  return changesOf(name).edits.reduce<RulebookTexts>(
    (texts, edit) => patched(patchesOf(edit, texts), texts),
    textsBefore(name),
  );
}

export function textsBefore(name: string): RulebookTexts {
  const { after } = changesOf(name);
  return after === undefined ? shippedTexts : textsAfter(after);
}

function patchesOf(edit: Edit, texts: RulebookTexts): Patch[] {
  if (!('folder' in edit)) {
    if ('text' in edit && texts.some(({ path }) => path === edit.file))
      throw new RangeError(`${edit.file} is said to be new, and is there already`);
    return [edit];
  }
  const files = texts.filter(({ path, text }) => path.startsWith(`${edit.folder}/`) && text.includes(edit.replace[0]));
  if (files.length === 0) throw new RangeError(`no file of ${edit.folder} has ${JSON.stringify(edit.replace[0])}`);
  return files.map(({ path }) => ({ file: path, replace: edit.replace }));
}

/** What is no rule: examples, and what they cannot show. */
const OF_EXAMPLES = /^rules\/(examples\/|equivalent-mutants\.json)/;

/** How many lines a story writes that were not there: lines of rules and schemas, and lines of examples. */
export function linesWritten(name: string): { readonly rules: number; readonly examples: number } {
  const before = new Map(textsBefore(name).map(({ path, text }) => [path, text]));
  const counts = { rules: 0, examples: 0 };
  for (const { path, text } of textsAfter(name)) {
    const old = Map.groupBy((before.get(path) ?? '').split('\n'), (line) => line);
    const written = [...Map.groupBy(text.trimEnd().split('\n'), (line) => line)].reduce(
      (sum, [line, same]) => sum + Math.max(0, same.length - (old.get(line)?.length ?? 0)),
      0,
    );
    counts[OF_EXAMPLES.test(path) ? 'examples' : 'rules'] += written;
  }
  return counts;
}
