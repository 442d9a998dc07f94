/** API keys: made here, shown once, kept only as SHA-256. Pure: randomness and time are arguments. */
import { hash } from 'node:crypto';
import { newId } from '#base/ids';
import type { Role } from '#publishing/role';
import type { LEAScope } from '#records/scope';
import type { APIKey } from '#store/store';

/** How many random bytes `createKey` takes: 10 for the id, 32 for the key. */
export const KEY_RANDOM_BYTES = 42;
const ID_BYTES = 10;
const FORM = /^cenr_[A-Za-z0-9_-]{43}$/;

export interface NewKey {
  /** To be shown to its owner now and never again. */
  readonly key: string;
  /** To be kept (`store.addKey`). */
  readonly record: APIKey;
}

/**
 * Makes a key.
 * @param random 42 bytes from a cryptographic source (`randomBytes(KEY_RANDOM_BYTES)`)
 */
export function createKey(options: {
  readonly name: string;
  readonly role: Role;
  readonly leas: LEAScope;
  /** Where its person gets e-mail; one address of the form of base/email-address.ts. */
  readonly email?: string | undefined;
  /** From when on it is not in effect, ISO 8601; never when absent. */
  readonly expiresAt?: string | undefined;
  readonly now: Date;
  readonly random: Uint8Array;
}): NewKey {
  const { name, role, leas, email, expiresAt, now, random } = options;
  if (random.length !== KEY_RANDOM_BYTES)
    throw new RangeError(`expected ${KEY_RANDOM_BYTES} random bytes for a key, found ${random.length}`);
  const key = `cenr_${Buffer.from(random.subarray(ID_BYTES)).toString('base64url')}`;
  return {
    key,
    record: {
      id: newId('key', now.getTime(), random.subarray(0, ID_BYTES)),
      name,
      hash: hashKey(key),
      role,
      leas,
      ...(email !== undefined && { email }),
      createdAt: now.toISOString(),
      ...(expiresAt !== undefined && { expiresAt }),
    },
  };
}

/** Whether a key is one at a moment: neither revoked nor expired. */
export const isInEffect = ({ revokedAt, expiresAt }: APIKey, now: Date): boolean =>
  revokedAt === undefined && (expiresAt === undefined || now.toISOString() < expiresAt);

/**
 * The form in which a key is kept and looked up: SHA-256, hexadecimal. A fast hash is enough, since a key holds 256
 * random bits and cannot be guessed from a list. Looking it up in an index takes a time that depends on the hash, which
 * tells a caller nothing about any key: hence no comparison in constant time.
 */
export const hashKey = (key: string): string => hash('sha256', key);

/** The key in an Authorization header (`Bearer cenr_…`, RFC 6750), or `undefined` when there is none of that form. */
export function parseBearer(authorization: string | undefined): string | undefined {
  if (authorization === undefined || authorization.slice(0, 7).toLowerCase() !== 'bearer ') return undefined;
  const key = authorization.slice(7).trim();
  return FORM.test(key) ? key : undefined;
}
