/** The secret of an extract from files: a small file beside its manifest, for its owner only. */
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { readSecret, SECRET_BYTES, secretText } from '#audit/secret';
import { MANIFEST_ENDING, SECRET_ENDING } from './options.ts';

/** Where the secret of an extract is, unless it is named. */
export const secretPath = (manifest: string): string =>
  (manifest.endsWith(MANIFEST_ENDING) ? manifest.slice(0, -MANIFEST_ENDING.length) : manifest) + SECRET_ENDING;

/**
 * The secret in a file, or a new one for it: whoever makes the extract again under the same name gets the same bytes.
 * @throws UserError for a file that holds something else
 */
export function secretFile(path: string): { readonly path: string; readonly secret: Uint8Array; keep(): void } {
  if (existsSync(path)) return { path, secret: readSecret(readFileSync(path, 'utf8'), path), keep() {} };
  const secret = randomBytes(SECRET_BYTES);
  return { path, secret, keep: () => writeFileSync(path, secretText(secret), { mode: 0o600, flag: 'wx' }) };
}
