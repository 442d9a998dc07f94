/**
 * Leaves of the Merkle tree, one after another, in a buffer that is used again. A leaf has a salt, so that whoever sees
 * its hash cannot try out what it might be the hash of: HMAC-SHA256 (RFC 2104) of the two lines under a key that stays
 * where the lines are.
 */
import { createHmac, hash } from 'node:crypto';
import { HASH_BYTES, LEAF } from './merkle.ts';

/** Bytes of a block of SHA-256; HMAC fills its key up to as many. */
const BLOCK = 64;
const INNER = 0x36;
const OUTER = 0x5c;
/** Where a leaf begins: its first byte, then the salt, then the lines. */
const LEAF_START = BLOCK - 1 - HASH_BYTES;

/**
 * The salt of a row line and its trace line, both with their ends.
 * @param key 32 bytes
 */
export const saltOf = (key: Uint8Array, row: string, trace: string): Buffer =>
  createHmac('sha256', key).update(row).update(trace).digest();

const padded = (key: Uint8Array, pad: number): Buffer =>
  Buffer.alloc(BLOCK, pad).map((byte, i) => byte ^ (key[i] ?? 0)) as Buffer;

export class LeafHasher {
  /** A block for the key, then both lines. */
  #bytes = Buffer.alloc(1 << 12);
  readonly #inner: Buffer | undefined;
  readonly #outer: Buffer;

  /** @param saltKey 32 bytes; without it leaves have no salt */
  constructor(saltKey?: Uint8Array) {
    this.#inner = saltKey && padded(saltKey, INNER);
    this.#outer = Buffer.concat([padded(saltKey ?? new Uint8Array(), OUTER), Buffer.alloc(HASH_BYTES)]);
  }

  /**
   * The leaf of a row line and its trace line, both with their ends.
   * @returns where both stand as UTF-8 in `bytes`, until the next call
   */
  leaf(row: string, trace: string): { leaf: Buffer; bytes: Buffer; rowStart: number; rowEnd: number; end: number } {
    // No UTF-16 unit needs more than three bytes.
    const most = BLOCK + (row.length + trace.length) * 3;
    if (most > this.#bytes.length) this.#bytes = Buffer.alloc(most * 2);
    const bytes = this.#bytes;
    const rowEnd = BLOCK + bytes.write(row, BLOCK, 'utf8');
    const end = rowEnd + bytes.write(trace, rowEnd, 'utf8');
    return { leaf: this.#hash(bytes, end), bytes, rowStart: BLOCK, rowEnd, end };
  }

  #hash(bytes: Buffer, end: number): Buffer {
    if (!this.#inner) {
      bytes[BLOCK - 1] = LEAF;
      return hash('sha256', bytes.subarray(BLOCK - 1, end), 'buffer');
    }
    bytes.set(this.#inner);
    this.#outer.set(hash('sha256', bytes.subarray(0, end), 'buffer'), BLOCK);
    bytes[LEAF_START] = LEAF;
    bytes.set(hash('sha256', this.#outer, 'buffer'), LEAF_START + 1);
    return hash('sha256', bytes.subarray(LEAF_START, end), 'buffer');
  }
}
