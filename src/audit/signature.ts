/**
 * Signatures of manifests: Ed25519 (RFC 8032), which gives the same signature for the same manifest and key. Pure:
 * randomness and time are arguments.
 */
import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { UserError } from '#base/user-error';
import type { Manifest } from './manifest.ts';

/** A key as everybody may have it. */
export interface PublicKey {
  readonly id: string;
  readonly algorithm: 'Ed25519';
  /** PEM. */
  readonly publicKey: string;
  /** ISO 8601 in UTC. */
  readonly createdAt: string;
}

/** A key that signs. */
export interface SigningKey extends PublicKey {
  /** PEM. */
  readonly privateKey: string;
}

/** Random bytes that a key is made of. */
export const SEED_BYTES = 32;
/** What stands before the seed in the DER form of a private key (RFC 8410). */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');
const ID_DIGITS = 16;
const ALGORITHM = 'Ed25519';

const idOf = (key: KeyObject): string =>
  createHash('sha256')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest('hex')
    .slice(0, ID_DIGITS);

/**
 * Makes a key.
 * @param seed 32 bytes from a cryptographic source
 */
export function newSigningKey(seed: Uint8Array, now: Date): SigningKey {
  if (seed.length !== SEED_BYTES)
    throw new RangeError(`expected ${SEED_BYTES} random bytes for a key, found ${seed.length}`);
  const key = createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, seed]), format: 'der', type: 'pkcs8' });
  const publicKey = createPublicKey(key);
  return {
    id: idOf(publicKey),
    algorithm: ALGORITHM,
    publicKey: publicKey.export({ type: 'spki', format: 'pem' }) as string,
    createdAt: now.toISOString(),
    privateKey: key.export({ type: 'pkcs8', format: 'pem' }) as string,
  };
}

/** A key without what must stay secret. */
export const publicPart = ({ id, algorithm, publicKey, createdAt }: PublicKey): PublicKey => ({
  id,
  algorithm,
  publicKey,
  createdAt,
});

/** What is signed: the SHA-256 of the manifest, in words that nothing else is signed with. */
const signedBytes = ({ sha256 }: Pick<Manifest, 'sha256'>): Buffer => Buffer.from(`cenr manifest\n${sha256}\n`);

/** The manifest with a signature, in place of any that it had. */
export const signedManifest = (manifest: Manifest, { id, privateKey }: SigningKey): Manifest => ({
  ...manifest,
  signature: {
    algorithm: ALGORITHM,
    key: id,
    value: sign(null, signedBytes(manifest), createPrivateKey(privateKey)).toString('base64'),
  },
});

/**
 * Checks the signature of a manifest whose SHA-256 was checked.
 * @returns `undefined` when one of the keys made it, else a sentence with what is wrong
 */
export function signatureDifference(manifest: Manifest, keys: readonly PublicKey[]): string | undefined {
  const { signature } = manifest;
  if (signature === undefined) return 'the manifest is not signed, and the signature was to be checked';
  const { algorithm, key: id, value } = signature;
  if (algorithm !== ALGORITHM || typeof id !== 'string' || typeof value !== 'string')
    return `the signature of the manifest is not of the algorithm ${ALGORITHM}`;
  const key = keys.find((key) => key.id === id);
  if (!key)
    return `the manifest is signed with the key ${id}, which is not one of the given keys: ${keys.map((key) => key.id).join(', ') || 'there are none'}`;
  const bytes = Buffer.from(value, 'base64');
  // Of many texts in base64 that mean the same bytes, only one was written.
  const isOurs = bytes.toString('base64') === value && verify(null, signedBytes(manifest), key.publicKey, bytes);
  return isOurs
    ? undefined
    : `the signature of the manifest is not valid: the key ${id} did not sign this manifest; it was forged or damaged`;
}

/**
 * Public keys, as `cenr signing-key list --json` and `GET /v1/signing-keys` give them.
 * @param text JSON
 * @param path names the file in messages
 * @throws UserError
 */
export function readPublicKeys(text: string, path: string): readonly PublicKey[] {
  const refuse = (what: string): never => {
    throw new UserError(
      `"${path}" has no public keys: ${what}; expected what cenr signing-key list --json or GET /v1/signing-keys gives`,
    );
  };
  let given: { readonly keys?: unknown };
  try {
    given = JSON.parse(text) as typeof given;
  } catch {
    return refuse('it is not JSON');
  }
  const keys = given?.keys;
  if (!Array.isArray(keys) || keys.length === 0) return refuse('there is no list of keys in it');
  for (const [i, key] of (keys as PublicKey[]).entries()) {
    let found: string | undefined;
    try {
      found = idOf(createPublicKey(key.publicKey));
    } catch {
      return refuse(`key ${i + 1} cannot be read`);
    }
    // Whoever compares the id compares the key.
    if (found !== key.id) return refuse(`key ${i + 1} has the id ${key.id}, and its content gives ${found}`);
  }
  return keys as PublicKey[];
}
