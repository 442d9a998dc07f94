/**
 * What the salts of an extract's leaves, and the keyed hashes of other LEAs' uploads in its manifest, are derived from:
 * a secret of the store, or of an extract from files, and what the extract was made from. The same inputs give the same
 * salts, and those of one extract tell nothing about another. Pure: the secret is an argument.
 */
import { createHash, createHmac } from 'node:crypto';
import { UserError } from '#base/user-error';
import type { ExtractRequest } from '#extract/request';

/** Random bytes of a secret. */
export const SECRET_BYTES = 32;
const ID_DIGITS = 16;

/** What a secret gives for one extract. */
export interface ExtractSecret {
  /** Names the secret, and tells nothing about it. */
  readonly id: string;
  /** What the salts of leaves are made with (src/base/leaf-hasher.ts). */
  readonly saltKey: Uint8Array<ArrayBuffer>;
  /** What uploads are hashed with that the manifest may not show. */
  readonly uploadKey: Uint8Array<ArrayBuffer>;
}

/** What an extract is made from, as far as it is known before it is made. */
export interface MadeFrom {
  readonly request: ExtractRequest;
  /** CCYYMMDD */
  readonly runDate: string;
  /** The column set. */
  readonly columns: string;
  readonly rulebook: { readonly sha256: string };
  readonly inputs: { readonly from: 'store'; readonly snapshot: number } | { readonly from: 'files' };
}

const keyed = (key: Uint8Array, text: string): Uint8Array<ArrayBuffer> =>
  new Uint8Array(createHmac('sha256', key).update(text).digest());

/** @param secret 32 bytes from a cryptographic source */
export function extractSecret(
  secret: Uint8Array,
  { request, runDate, columns, rulebook, inputs }: MadeFrom,
): ExtractSecret {
  const snapshot = inputs.from === 'store' ? inputs.snapshot : undefined;
  const of = keyed(secret, JSON.stringify({ request, runDate, columns, rulebook: rulebook.sha256, snapshot }));
  return { id: secretId(secret), saltKey: keyed(of, 'salts'), uploadKey: keyed(of, 'uploads') };
}

/** What students in log entries are hashed with (access-log/disclosed.ts). */
export const accessKey = (secret: Uint8Array): Uint8Array => keyed(secret, 'access log');

/** Names a secret, and tells nothing about it. */
const secretId = (secret: Uint8Array): string =>
  createHash('sha256').update('cenr secret\n').update(secret).digest('hex').slice(0, ID_DIGITS);

/** The text of a file that holds a secret. */
export const secretText = (secret: Uint8Array): string => `${Buffer.from(secret).toString('hex')}\n`;

/**
 * The secret in a file.
 * @param path names the file in messages
 * @throws UserError
 */
export function readSecret(text: string, path: string): Buffer {
  if (!/^[0-9a-f]{64}\n?$/.test(text))
    throw new UserError(
      `"${path}" is not a secret of an extract: expected 64 hexadecimal digits, as cenr extract wrote them`,
    );
  return Buffer.from(text.trim(), 'hex');
}
