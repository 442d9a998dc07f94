/**
 * The Merkle tree over the rows of an extract and their reasons, as RFC 6962 (section 2.1) has it: a leaf is
 * SHA-256(0x00 ‖ salt ‖ row line ‖ trace line), a node SHA-256(0x01 ‖ left ‖ right), and the left side of a node holds
 * the largest power of two of leaves that leaves something for the right. Lines are hashed as they stand in their files,
 * ends included. The salt (leaf-hasher.ts) has 32 bytes; in extracts of the time before salts it has none.
 */
import { hash } from 'node:crypto';

/** Bytes of a hash. */
export const HASH_BYTES = 32;
/** First byte of what is hashed for a leaf, and for a node: neither can be taken for the other. */
export const LEAF = 0;
const NODE = 1;

const sha256 = (bytes: Uint8Array): Buffer => hash('sha256', bytes, 'buffer');

/**
 * Writes the SHA-256 of some bytes where there is room for it. It passes by as a text: to make a buffer for each takes
 * longer than the hash.
 */
export function hashInto(bytes: Uint8Array, to: Buffer, at: number): void {
  to.write(hash('sha256', bytes, 'binary'), at, HASH_BYTES, 'latin1');
}

/** The leaf of a row line and its trace line, both with their ends. */
export const leafHash = (
  row: Uint8Array | string,
  trace: Uint8Array | string,
  salt: Uint8Array = new Uint8Array(),
): Buffer => sha256(Buffer.concat([Uint8Array.of(LEAF), salt, Buffer.from(row), Buffer.from(trace)]));

const pair = Buffer.alloc(1 + 2 * HASH_BYTES, NODE);

/** The node above two hashes. */
export function nodeHash(left: Uint8Array, right: Uint8Array): Buffer {
  pair.set(left, 1);
  pair.set(right, 1 + HASH_BYTES);
  return sha256(pair);
}

/** More than any number of leaves has binary digits. */
const MOST_ROOTS = 54;

/**
 * A tree that grows leaf by leaf and keeps only the roots of its complete parts: as many hashes as the number of leaves
 * has binary digits.
 */
export class MerkleTree {
  /** Roots of complete trees one behind the other, the largest first. */
  readonly #roots = Buffer.alloc(MOST_ROOTS * HASH_BYTES);
  #size = 0;

  /** How many leaves there are. */
  get size(): number {
    return this.#size;
  }

  /** Adds the next leaf; its bytes are copied. */
  add(leaf: Uint8Array): void {
    let end = rootsOf(this.#size) * HASH_BYTES;
    this.#roots.set(leaf, end);
    for (let size = this.#size; size % 2 === 1; size = (size - 1) / 2) {
      end -= HASH_BYTES;
      pair.set(this.#roots.subarray(end, end + 2 * HASH_BYTES), 1);
      hashInto(pair, this.#roots, end);
    }
    this.#size++;
  }

  /** Adds leaves that stand one behind the other. */
  addAll(leaves: Uint8Array): void {
    for (let at = 0; at < leaves.length; at += HASH_BYTES) this.add(leaves.subarray(at, at + HASH_BYTES));
  }

  /** The root over all leaves so far; of none, the SHA-256 of nothing. More leaves may follow. */
  root(): Buffer {
    const rootAt = (i: number): Buffer => this.#roots.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES);
    const last = rootsOf(this.#size) - 1;
    if (last < 0) return sha256(new Uint8Array());
    let root: Buffer = Buffer.from(rootAt(last));
    for (let i = last - 1; i >= 0; i--) root = nodeHash(rootAt(i), root);
    return root;
  }
}

/** Of how many complete trees so many leaves are made: as many as the number has binary ones. */
function rootsOf(size: number): number {
  let roots = 0;
  for (let rest = size; rest > 0; rest = Math.floor(rest / 2)) roots += rest % 2;
  return roots;
}

/** The leaves of a finished tree, in their order. */
export interface Leaves {
  readonly count: number;
  /** Leaves `from` up to but not including `through`, one behind the other. */
  read(from: number, through: number): Uint8Array;
}

/** So many leaves are read at a time. */
const LEAVES_AT_A_TIME = 1 << 15;

/** The root over a part of the leaves; memory stays flat. */
export function rootOf(leaves: Leaves, from = 0, through = leaves.count): Buffer {
  const tree = new MerkleTree();
  for (let at = from; at < through; at += LEAVES_AT_A_TIME)
    tree.addAll(leaves.read(at, Math.min(at + LEAVES_AT_A_TIME, through)));
  return tree.root();
}

/** The largest power of two below a number from 2. */
function splitOf(count: number): number {
  let split = 1;
  while (split * 2 < count) split *= 2;
  return split;
}

/**
 * The hashes that lead from a leaf to the root, the nearest first. Every other leaf is read once.
 * @throws RangeError for a leaf that is not there
 */
export function inclusionPath(leaves: Leaves, index: number): Buffer[] {
  if (!(index >= 0 && index < leaves.count)) throw new RangeError(`there is no leaf ${index} among ${leaves.count}`);
  const path: Buffer[] = [];
  let from = 0;
  let through = leaves.count;
  while (through - from > 1) {
    const middle = from + splitOf(through - from);
    if (index < middle) {
      path.push(rootOf(leaves, middle, through));
      through = middle;
    } else {
      path.push(rootOf(leaves, from, middle));
      from = middle;
    }
  }
  return path.reverse();
}

/** Whether the path leads from a leaf, number `index` (from 0) of `count`, to the root. */
export function verifyPath(
  leaf: Uint8Array,
  index: number,
  count: number,
  path: readonly Uint8Array[],
  root: Uint8Array,
): boolean {
  if (!Number.isSafeInteger(index) || !Number.isSafeInteger(count) || index < 0 || index >= count) return false;
  if ([leaf, root, ...path].some((hash) => hash.length !== HASH_BYTES)) return false;
  // From the root downwards it is known on which side the leaf is; upwards it is applied in the opposite order.
  const isLeft: boolean[] = [];
  let from = 0;
  let through = count;
  while (through - from > 1) {
    const middle = from + splitOf(through - from);
    isLeft.push(index < middle);
    if (index < middle) through = middle;
    else from = middle;
  }
  if (path.length !== isLeft.length) return false;
  let hash = leaf;
  for (const sibling of path) hash = isLeft.pop() ? nodeHash(hash, sibling) : nodeHash(sibling, hash);
  return Buffer.compare(hash, root) === 0;
}
