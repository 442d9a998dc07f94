/**
 * The files of a draft put on top of another version than the one it was made from: what only one of the two changed is
 * taken over, file by file and within a file part by part. Where both changed the same, somebody has to choose.
 */
import { type MergeConflict, mergeJson, type Side } from '#base/merge-json';
import { cut } from '#base/text';
import { inOrder, type RulebookTexts } from '#rulebook/load/texts';

/** Whose text stays where both changed the same place, by path of the file. */
export type Choices = Readonly<Record<string, Side>>;

/** A place that both changed. */
export interface FileConflict extends MergeConflict {
  readonly path: string;
}

export interface MergedTexts {
  readonly texts: RulebookTexts;
  readonly conflicts: readonly FileConflict[];
}

/**
 * @param base the version that the draft was made from
 * @param mine the draft
 * @param theirs the version that it is put on top of
 */
export function mergeTexts(
  base: RulebookTexts,
  mine: RulebookTexts,
  theirs: RulebookTexts,
  choices: Choices,
): MergedTexts {
  const [b, m, t] = [base, mine, theirs].map((texts) => new Map(texts.map(({ path, text }) => [path, text])));
  const conflicts: FileConflict[] = [];
  const merged = [...new Set([mine, theirs].flatMap((texts) => texts.map(({ path }) => path)))].flatMap((path) => {
    const text = mergedFile(path, [b?.get(path), m?.get(path), t?.get(path)], choices[path], conflicts);
    return text === undefined ? [] : [{ path, text }];
  });
  return { texts: inOrder(merged), conflicts };
}

function mergedFile(
  path: string,
  [base, mine, theirs]: readonly [string | undefined, string | undefined, string | undefined],
  choice: Side | undefined,
  conflicts: FileConflict[],
): string | undefined {
  if (mine === theirs || mine === base) return theirs;
  if (theirs === base) return mine;
  const parts =
    base !== undefined && mine !== undefined && theirs !== undefined
      ? mergeJson(base, mine, theirs, choice)
      : undefined;
  if (parts) {
    conflicts.push(...parts.conflicts.map((conflict) => ({ ...conflict, path })));
    return parts.text;
  }
  if (choice) return choice === 'mine' ? mine : theirs;
  conflicts.push({ path, place: [], base, mine, theirs });
  return theirs;
}

const MOST_SHOWN = 120;

const shown = (text: string | undefined): string => (text === undefined ? 'nothing' : cut(text, MOST_SHOWN));

/** A conflict as a sentence: file and place, what stood there, and what each has now. */
export const conflictInWords = ({ path, place, base, mine, theirs }: FileConflict): string =>
  place.length === 0
    ? `${path}: ${wholeFile(mine, theirs)}`
    : `${path}, at ${place.join(' > ')}: it was ${shown(base)}; yours is ${shown(mine)}, theirs ${shown(theirs)}.`;

const wholeFile = (mine: string | undefined, theirs: string | undefined): string =>
  mine === undefined
    ? 'you removed the file, and the other version changed it.'
    : theirs === undefined
      ? 'you changed the file, and the other version removed it.'
      : 'both have the file, with other contents that cannot be put together.';
