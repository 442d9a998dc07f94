/**
 * Leaves of the Merkle tree, one after another, in a buffer that is used again. A leaf has a salt, so that whoever sees
 * its hash cannot try out what it might be the hash of: HMAC-SHA256 (RFC 2104) of the two lines under a key that stays
 * where the lines are.
 */
import { createHmac } from 'node:crypto';
import { ByteGatherer } from './byte-builder.ts';
import { HASH_BYTES, hashInto, LEAF } from './merkle.ts';

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
  readonly #bytes = new ByteGatherer(1 << 12);
  readonly #inner: Buffer;
  readonly #isSalted: boolean;
  readonly #outer: Buffer;
  readonly #leaf = Buffer.alloc(HASH_BYTES);

  /** @param saltKey 32 bytes; without it leaves have no salt */
  constructor(saltKey?: Uint8Array) {
    this.#isSalted = saltKey !== undefined;
    const key = saltKey ?? new Uint8Array();
    this.#inner = padded(key, INNER);
    this.#outer = Buffer.concat([padded(key, OUTER), Buffer.alloc(HASH_BYTES)]);
  }

  /** Begins a leaf: a row line and its trace line, both with their ends, are to be added to what it gives. */
  begin(): ByteGatherer {
    this.#bytes.cut(0);
    this.#bytes.addBytes(this.#inner);
    return this.#bytes;
  }

  /** How many bytes stand before the lines. */
  readonly start = BLOCK;

  /** The leaf of the lines that were added; good until the next one. They are still there. */
  leaf(): Buffer {
    const bytes = this.#bytes.bytes();
    if (!this.#isSalted) {
      bytes[BLOCK - 1] = LEAF;
      hashInto(bytes.subarray(BLOCK - 1), this.#leaf, 0);
      return this.#leaf;
    }
    hashInto(bytes, this.#outer, BLOCK);
    bytes[LEAF_START] = LEAF;
    hashInto(this.#outer, bytes, LEAF_START + 1);
    hashInto(bytes.subarray(LEAF_START), this.#leaf, 0);
    return this.#leaf;
  }
}
