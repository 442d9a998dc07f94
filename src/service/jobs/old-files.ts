/** Files that nobody writes any more, as far as their age tells. */
import { stat } from 'node:fs/promises';

/** Nobody writes one file, or puts another into a folder, for so long. */
const LONG_MS = 24 * 3_600_000;

/** Whether a file or folder is left alone for long. One that is gone by now is not: another has removed it. */
export async function isOld(path: string, now: Date): Promise<boolean> {
  const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Number.POSITIVE_INFINITY }));
  return now.getTime() - mtimeMs >= LONG_MS;
}
