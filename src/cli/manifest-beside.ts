/** The manifest beside an extract, under the name that `cenr extract` gives it. */
import { existsSync, readFileSync } from 'node:fs';
import { type Manifest, ManifestError, readManifest } from '#audit/manifest';
import { UserError } from '#base/user-error';
import { MANIFEST_ENDING } from './options.ts';

/**
 * @returns `undefined` where there is none
 * @throws UserError for one that was changed
 */
export function manifestBeside(extract: string): Manifest | undefined {
  const path = extract + MANIFEST_ENDING;
  if (!existsSync(path)) return undefined;
  try {
    return readManifest(readFileSync(path));
  } catch (error) {
    throw error instanceof ManifestError ? new UserError(`"${path}": ${error.message}`) : error;
  }
}
