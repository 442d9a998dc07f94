/**
 * What the files of a draft were before its last changes, so that these can be taken back, the last one first. Of a text
 * that changed only the part that differs is kept: most changes are of a few characters. Pure.
 */
import type { RulebookTexts } from '#rulebook/load/texts';

/** What makes a file again what it was. */
export type FormerFile =
  | {
      readonly did: 'changed';
      readonly path: string;
      /** From this place on, so many characters of what it is now are instead … */
      readonly start: number;
      readonly length: number;
      /** … these, which were there before. */
      readonly text: string;
    }
  | { readonly did: 'removed'; readonly path: string; readonly text: string }
  | { readonly did: 'added'; readonly path: string };

/** A change of files that can be taken back. */
export interface FormerTexts {
  /** When it was made. */
  readonly at: string;
  readonly files: readonly FormerFile[];
}

const MOST_CHANGES = 50;
/** Characters of all texts that are kept: every list of drafts reads them. */
const MOST_KEPT = 200_000;

/** What to do to make `after` again what `before` was. */
export function formerFiles(before: RulebookTexts, after: RulebookTexts): FormerFile[] {
  const now = new Map(after.map(({ path, text }) => [path, text]));
  const then = new Set(before.map(({ path }) => path));
  const old = before.flatMap(({ path, text }): FormerFile[] => {
    const is = now.get(path);
    if (is === undefined) return [{ did: 'removed', path, text }];
    return is === text ? [] : [{ did: 'changed', path, ...differing(text, is) }];
  });
  return [...old, ...after.flatMap(({ path }) => (then.has(path) ? [] : [{ did: 'added', path } as const]))];
}

function differing(
  was: string,
  is: string,
): { readonly start: number; readonly length: number; readonly text: string } {
  const shorter = Math.min(was.length, is.length);
  let start = 0;
  while (start < shorter && was[start] === is[start]) start++;
  let end = 0;
  while (end < shorter - start && was[was.length - 1 - end] === is[is.length - 1 - end]) end++;
  return { start, length: is.length - end - start, text: was.slice(start, was.length - end) };
}

/** The changes that are kept when there is one more: the last ones, as long as they are small. */
export function withLast(changes: readonly FormerTexts[], last: FormerTexts): readonly FormerTexts[] {
  const kept = [...changes, last].slice(-MOST_CHANGES);
  let size = 0;
  const tooMany = kept.findLastIndex(({ files }) => {
    for (const file of files) size += file.did === 'added' ? 0 : file.text.length;
    return size > MOST_KEPT;
  });
  return kept.slice(tooMany + 1);
}

/** The files as they were before a change. */
export function takenBack(texts: RulebookTexts, { files }: FormerTexts): RulebookTexts {
  const changes = new Map(files.map((file) => [file.path, file]));
  const stayed = texts.flatMap(({ path, text }) => {
    const change = changes.get(path);
    if (change?.did === 'added') return [];
    if (change?.did !== 'changed') return [{ path, text }];
    const { start, length, text: was } = change;
    return [{ path, text: text.slice(0, start) + was + text.slice(start + length) }];
  });
  return [
    ...stayed,
    ...files.flatMap((file) => (file.did === 'removed' ? [{ path: file.path, text: file.text }] : [])),
  ];
}
