/** The manifest beside an extract, under the name that `cenr extract` or the service gives it. */
import { existsSync, readFileSync } from 'node:fs';
import { type Manifest, ManifestError, readManifest } from '#audit/manifest';
import { UserError } from '#base/user-error';
import { MANIFEST_ENDING } from './options.ts';

/** How the text file of an extract of the service ends; its manifest has another ending in place of this one. */
export const ROWS_ENDING = '.txt';

/**
 * @returns `undefined` where there is none
 * @throws UserError for one that was changed
 */
export function manifestBeside(extract: string): Manifest | undefined {
  const names = [extract, ...(extract.endsWith(ROWS_ENDING) ? [extract.slice(0, -ROWS_ENDING.length)] : [])];
  const path = names.map((name) => name + MANIFEST_ENDING).find((name) => existsSync(name));
  if (path === undefined) return undefined;
  try {
    return readManifest(readFileSync(path));
  } catch (error) {
    throw error instanceof ManifestError ? new UserError(`"${path}": ${error.message}`) : error;
  }
}
