/** What a store holds from before a key was renamed. It is read with the keys of today, and stays as it was written. */
import type { Upload } from '#intake/upload';
import type { NewActivation } from '#publishing/activation';
import type { Draft } from '#publishing/draft';
import type { SourceFile } from '#rulebook/load/declarations';

type FormerCounts = Pick<Upload['counts'], 'deleted' | 'rejected'> & {
  readonly stored: number;
  readonly updated: number;
};
type Counts = Omit<Upload['counts'], 'notUsed'>;

/**
 * The report of an upload. Its counts `added` and `replaced` were called `stored` and `updated`; before there was
 * `notUsed`, blank lines did not count among those read.
 */
export function uploadOf(report: string): Upload {
  const upload = JSON.parse(report) as Omit<Upload, 'counts'> & {
    readonly counts: Upload['counts'] | Counts | FormerCounts;
  };
  const { counts } = upload;
  if ('notUsed' in counts) return { ...upload, counts };
  return {
    ...upload,
    linesRead: upload.linesRead + upload.blankLines,
    counts: { ...countsOf(counts), notUsed: 0 },
  };
}

function countsOf(counts: Counts | FormerCounts): Counts {
  if (!('stored' in counts)) return counts;
  const { stored: added, updated: replaced, deleted, rejected } = counts;
  return { added, replaced, deleted, rejected };
}

/** An activation, without version and moment; its `createdAt` was called `enteredAt`. */
export function activationOf(entry: string): Omit<NewActivation, 'hash' | 'from'> {
  const { enteredAt, ...activation } = JSON.parse(entry) as Omit<NewActivation, 'hash' | 'from'> & {
    readonly enteredAt?: string;
  };
  return enteredAt === undefined ? activation : { ...activation, createdAt: enteredAt };
}

/**
 * A draft without its files. Of the impact reports that were read only the last was kept, as `impactSeen`, and without
 * its numbers: it has to be read again.
 */
export function draftOf(json: string): Draft {
  const {
    impactSeen: _,
    impactRead = [],
    ...draft
  } = JSON.parse(json) as Omit<Draft, 'impactRead'> &
    Partial<Pick<Draft, 'impactRead'>> & { readonly impactSeen?: unknown };
  return { ...draft, impactRead };
}

/** A file of a kept rulebook. The `fix` of a check was called `advice`; hash and text stay those of the version. */
export function ruleFileOf(file: SourceFile): SourceFile {
  if (!file.path.startsWith('rules/checks/')) return file;
  const { advice, ...json } = file.json as { readonly advice?: string };
  return advice === undefined ? file : { ...file, json: { ...json, fix: advice } };
}
