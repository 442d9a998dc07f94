/**
 * The proof that one row, with its reasons, is in an extract: checked from the proof alone, without seeing any other
 * student.
 */

import { saltOf } from '#base/leaf-hasher';
import { HASH_BYTES, inclusionPath, type Leaves, leafHash, rootOf, verifyPath } from '#base/merkle';
import { UserError } from '#base/user-error';
import { LINE_END } from '#extract/row';
import { TRACE_LINE_END } from '#extract/trace';
import { FORMAT_WITHOUT_SALTS, type Manifest } from './manifest.ts';
import type { ExtractSecret } from './secret.ts';

/** Plain data, kept as JSON. */
export interface Proof {
  /** The row, without the end of its line. */
  readonly row: string;
  /** Its line of the trace, without the end. */
  readonly trace: string;
  /** The salt of its leaf, hexadecimal; it tells nothing about the salts of others. Absent in format 1. */
  readonly salt?: string;
  /** Place of the row in the extract, from 0. */
  readonly index: number;
  /** How many rows the extract has. */
  readonly rows: number;
  /** The hashes that lead from the row to the root, hexadecimal, the nearest first. */
  readonly path: readonly string[];
  /** Root of the Merkle tree, hexadecimal; the manifest of the extract has the same. */
  readonly root: string;
  /** SHA-256 that the manifest says of itself. */
  readonly manifestSha256?: string;
}

export interface ProofOptions {
  /** With or without the end of the line, both. */
  readonly row: string;
  readonly trace: string;
  /** From 0. */
  readonly index: number;
  /** Of the whole extract (src/audit/leaves.ts). */
  readonly leaves: Leaves;
  /** What the extract was salted with. */
  readonly secret?: Pick<ExtractSecret, 'saltKey'> | undefined;
  readonly manifest?: Pick<Manifest, 'sha256'> | undefined;
}

const withoutEnd = (line: string, end: string): string => (line.endsWith(end) ? line.slice(0, -end.length) : line);

const leafOf = ({ row, trace, salt = '' }: Pick<Proof, 'row' | 'trace' | 'salt'>): Buffer =>
  leafHash(row + LINE_END, trace + TRACE_LINE_END, Buffer.from(salt, 'hex'));

/** A row and its trace without their ends, and their salt when the extract has salts. */
function withSalt(row: string, trace: string, secret: ProofOptions['secret']): Pick<Proof, 'row' | 'trace' | 'salt'> {
  const lines = { row: withoutEnd(row, LINE_END), trace: withoutEnd(trace, TRACE_LINE_END) };
  if (!secret) return lines;
  return { ...lines, salt: saltOf(secret.saltKey, lines.row + LINE_END, lines.trace + TRACE_LINE_END).toString('hex') };
}

/**
 * Makes the proof of a row. Reads all leaves once.
 * @throws UserError when the row and its trace are not those of the leaf
 */
export function proofOf({ row, trace, index, leaves, secret, manifest }: ProofOptions): Proof {
  const path = inclusionPath(leaves, index);
  const lines = withSalt(row, trace, secret);
  if (!leafOf(lines).equals(leaves.read(index, index + 1)))
    throw new UserError(
      `row ${index + 1} and its trace do not belong to the extract with these leaves; make the extract again`,
    );
  return {
    ...lines,
    index,
    rows: leaves.count,
    path: path.map((hash) => hash.toString('hex')),
    root: rootOf(leaves).toString('hex'),
    ...(manifest && { manifestSha256: manifest.sha256 }),
  };
}

const HASH = new RegExp(`^[0-9a-f]{${HASH_BYTES * 2}}$`);
const KEYS: Readonly<Record<keyof Proof, (value: unknown) => boolean>> = {
  row: (value) => typeof value === 'string' && !/[\r\n]/.test(value),
  trace: (value) => typeof value === 'string' && !/[\r\n]/.test(value),
  salt: (value) => value === undefined || (typeof value === 'string' && HASH.test(value)),
  index: (value) => Number.isSafeInteger(value) && (value as number) >= 0,
  rows: (value) => Number.isSafeInteger(value) && (value as number) >= 1,
  path: (value) => Array.isArray(value) && value.every((hash) => typeof hash === 'string' && HASH.test(hash)),
  root: (value) => typeof value === 'string' && HASH.test(value),
  manifestSha256: (value) => value === undefined || (typeof value === 'string' && HASH.test(value)),
};

/**
 * Checks a proof, and that it is one for the extract of a manifest when that is given. Without it a proof says only
 * that the row belongs to its root: whether that is the root of the extract, only the manifest tells.
 * @returns `undefined` when it holds, else a sentence with what does not
 */
export function checkProof(
  proof: unknown,
  manifest?: Pick<Manifest, 'format' | 'merkleRoot' | 'rows' | 'sha256'>,
): string | undefined {
  if (typeof proof !== 'object' || proof === null || Array.isArray(proof))
    return 'this is not a proof; expected a JSON object';
  for (const key of Object.keys(proof))
    if (!Object.hasOwn(KEYS, key))
      return `this is not a proof: unknown key "${key}"; expected ${Object.keys(KEYS).join(', ')}`;
  for (const [key, isRight] of Object.entries(KEYS))
    if (!isRight((proof as Record<string, unknown>)[key]))
      return `this is not a proof: "${key}" is missing or has the wrong form`;
  const { path, root, index, rows, manifestSha256, ...lines } = proof as Proof;
  const bytes = (hash: string): Buffer => Buffer.from(hash, 'hex');
  if (manifest && manifest.merkleRoot !== root)
    return `the proof belongs to another extract: its root is ${root}, and the root in the manifest is ${manifest.merkleRoot}`;
  if (manifest && manifest.rows !== rows)
    return `the proof belongs to an extract with ${rows} rows, and the manifest to one with ${manifest.rows}`;
  if (manifest && manifestSha256 !== undefined && manifest.sha256 !== manifestSha256)
    return `the proof names the manifest with SHA-256 ${manifestSha256}, and this manifest has ${manifest.sha256}`;
  if (manifest && (manifest.format !== FORMAT_WITHOUT_SALTS) !== (lines.salt !== undefined))
    return lines.salt === undefined
      ? 'the proof has no salt, and every leaf of the extract has one'
      : 'the proof has a salt, and the leaves of the extract have none';
  if (index >= rows) return `an extract with ${rows} rows has no row ${index + 1}`;
  if (!verifyPath(leafOf(lines), index, rows, path.map(bytes), bytes(root)))
    return 'the row, its trace and the path do not lead to the root: one of them was changed, or the extract does not have the row at this index';
  return undefined;
}

/**
 * The place of a row among the leaves of its extract.
 * @param leaves all of them, one behind the other
 * @throws UserError when the row and its trace are of another extract
 */
export function indexOfLeaf(
  leaves: Uint8Array,
  { row, trace, secret }: Pick<ProofOptions, 'row' | 'trace' | 'secret'>,
): number {
  const bytes = Buffer.from(leaves.buffer, leaves.byteOffset, leaves.length);
  const leaf = leafOf(withSalt(row, trace, secret));
  for (let at = bytes.indexOf(leaf); at >= 0; at = bytes.indexOf(leaf, at + 1))
    if (at % HASH_BYTES === 0) return at / HASH_BYTES;
  throw new UserError('the row and its trace are not among the leaves of the extract; make the extract again');
}
