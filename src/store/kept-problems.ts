/** How the problems of an upload are kept, whichever store keeps them: some together, compressed. */
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import type { Problem } from '#intake/problem';
import type { NumberedProblem, ProblemFilter } from './store.ts';
import { StoreTroubleError } from './trouble.ts';

/** So many are kept together. */
export const PROBLEMS_AT_ONCE = 256;
/** Damage is told and never read. */
const CHECKED = { params: { [constants.ZSTD_c_checksumFlag]: 1 } };

/** The codes of problems that are kept together, each once, with the severity: they are looked for by these. */
export const codesOf = (problems: readonly Problem[]): string[] => [
  ...new Set(problems.map(({ severity, code }) => `${severity} ${code}`)),
];

export const packed = (values: readonly unknown[]): Buffer => zstdCompressSync(JSON.stringify(values), CHECKED);

/**
 * @param store what to restore: `the store`, `the database`
 * @param where which one it is, when that can be told
 * @throws StoreTroubleError for what is damaged
 */
export function unpacked<T>(packed: Uint8Array, upload: number, store: string, where = ''): T[] {
  try {
    return JSON.parse(zstdDecompressSync(packed).toString()) as T[];
  } catch (error) {
    throw new StoreTroubleError(
      `the problems of upload ${upload}${where} cannot be read: ${(error as Error).message}. Everything else can; restore ${store} from a backup`,
    );
  }
}

/** Whether a filter lets a problem pass. */
export const passes =
  ({ severity, code, file, field, school, after = -1 }: ProblemFilter) =>
  ([number, problem]: NumberedProblem): boolean =>
    number > after &&
    (severity === undefined || problem.severity === severity) &&
    (code === undefined || problem.code === code) &&
    (file === undefined || problem.file === file) &&
    (field === undefined || problem.field === field) &&
    (school === undefined || problem.school === school);
