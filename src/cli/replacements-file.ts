/** A Replacement SSID extract beside files of records, which know of no retirement by themselves. */
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { measuredFile } from '#audit/comparing-output';
import type { ManifestFile } from '#audit/manifest';
import { newId } from '#base/ids';
import { UserError } from '#base/user-error';
import { activeNumbers, readReplacements } from '#identity/replacements';
import type { RetiredNumbers } from '#intake/retired-numbers';
import { retireSSIDs } from '#pipeline/retire-ssids';
import { retiredIn } from '#pipeline/retired-numbers';
import type { Rulebook } from '#rulebook/load/assemble';
import { today } from './clock.ts';
import { LOAD_MAKES_ONE, withExistingStore } from './open-store.ts';

export interface ReplacementsFile {
  readonly file: ManifestFile;
  /** The active number of each retired one. */
  readonly active: ReadonlyMap<string, string>;
}

/**
 * @param store which knows the retirements itself
 * @throws UserError for a file that there is not, a line that cannot be read, a circle, and beside a store
 */
export async function replacementsFile(
  path: string | undefined,
  store?: string | undefined,
): Promise<ReplacementsFile | undefined> {
  if (path === undefined) return undefined;
  if (store !== undefined)
    throw new UserError('--replacements is for files; a store knows its retirements (cenr ssid follow reads a file)');
  if (!existsSync(path)) throw new UserError(`there is no file "${path}"; give the Replacement SSID extract`);
  const name = basename(path);
  const active = activeNumbers(readReplacements(readFileSync(path, 'utf8'), name, 'all'));
  return { file: { name, ...(await measuredFile(path)) }, active };
}

/** What reading records needs of it. */
export const retiredOf = (found: ReplacementsFile | undefined, rulebook: Rulebook): RetiredNumbers | undefined =>
  found && retiredIn(found.active, rulebook);

/** Lets a store that was made of files follow it. */
export async function followIn(
  storeDir: string,
  { file, active }: ReplacementsFile,
  rulebook: Rulebook,
): Promise<void> {
  const now = new Date();
  const entry = { at: now.toISOString(), by: 'command line', day: today(now), why: `said by ${file.name}` };
  const asked = [...active].map(([retired, replacement]) => ({ ...entry, retired, replacement }));
  const id = newId('upload', now.getTime(), randomBytes(ID_BYTES));
  if (asked.length > 0)
    await withExistingStore(
      storeDir,
      (store) => retireSSIDs(asked, { store, rulebook, id, loadDay: today(now) }),
      LOAD_MAKES_ONE,
    );
}

const ID_BYTES = 10;
