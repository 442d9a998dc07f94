/**
 * Values that have been seen, by column and their bytes. Of the values of most columns the same few come again and
 * again, and what was found out about one once need not be found out again. Asking makes no text. All columns are in one
 * table: a table for each would be in another place of the memory for every value of a line.
 */

/** Longer values do not come again, and thousands of them would fill the memory. */
const LONGEST = 32;
/** Values of a column beyond these are not remembered; and of all columns. */
const MOST_OF_COLUMN = 1 << 13;
const MOST_VALUES = 1 << 17;
const FIRST_SIZE = 64;
/** Up to so many bytes a value is known by its bytes alone. */
const SHORT = 8;

/** By length, what belongs to a value of at most eight bytes when its first or last four are read. */
const LOW = Int32Array.of(0, 0xff, 0xffff, 0xffffff, -1, -1, -1, -1, -1);
const HIGH = Int32Array.of(0, 0, 0, 0, 0, 0xff, 0xffff, 0xffffff, -1);

const SPREAD = 0x9e3779b1;
const OTHER_SPREAD = 0x85ebca6b;

/**
 * What is kept of a value: all bytes of a short one, two hashes of a longer one; its length and column; what its user
 * marks it with.
 */
const ENTRY = 4;

export class ValueTable {
  /** The values by number, from 1. */
  readonly texts: string[] = [''];
  /** Open addressing: the numbers of values, 0 for a free place. */
  #places = new Int32Array(FIRST_SIZE);
  #entries = new Int32Array(FIRST_SIZE * ENTRY);
  /** The bytes of the longer ones. */
  readonly #bytes: (DataView | undefined)[] = [undefined];
  /** How many there are of each column. */
  readonly #counts: number[] = [];

  /** The number of the value that stands in `bytes` from `from` up to `to`; 0 when it is not known in that column. */
  find(column: number, bytes: DataView, from: number, to: number): number {
    const length = to - from;
    if (length > LONGEST) return 0;
    const isShort = length <= SHORT;
    const a = isShort ? lowOf(bytes, from, length) : firstHash(bytes, from, length);
    const b = isShort ? highOf(bytes, from, length) : secondHash(bytes, from, length);
    const c = (column << 8) | length;
    const places = this.#places;
    const entries = this.#entries;
    const mask = places.length - 1;
    for (let at = placeOf(a, b, c) & mask; ; at = (at + 1) & mask) {
      const number = places[at] as number;
      if (number === 0) return 0;
      const entry = number * ENTRY;
      if (entries[entry] !== a || entries[entry + 1] !== b || entries[entry + 2] !== c) continue;
      // Of a short value that was all of it.
      if (isShort || isSame(this.#bytes[number] as DataView, bytes, from)) return number;
    }
  }

  /** What a value was marked with; 0 at first. */
  mark(number: number): number {
    return this.#entries[number * ENTRY + 3] as number;
  }

  setMark(number: number, mark: number): void {
    this.#entries[number * ENTRY + 3] = mark;
  }

  /**
   * Remembers a value that is not known.
   * @param most of so many of its column
   * @returns its number; 0 when it cannot be remembered
   */
  add(column: number, bytes: DataView, from: number, to: number, text: string, most = MOST_OF_COLUMN): number {
    const length = to - from;
    const number = this.texts.length;
    const count = this.#counts[column] ?? 0;
    if (length > LONGEST || count >= most || number >= MOST_VALUES) return 0;
    this.#counts[column] = count + 1;
    if (number * 2 > this.#places.length) this.#grow();
    const isShort = length <= SHORT;
    const entry = number * ENTRY;
    this.#entries[entry] = isShort ? lowOf(bytes, from, length) : firstHash(bytes, from, length);
    this.#entries[entry + 1] = isShort ? highOf(bytes, from, length) : secondHash(bytes, from, length);
    this.#entries[entry + 2] = (column << 8) | length;
    const start = bytes.byteOffset + from;
    this.#bytes.push(isShort ? undefined : new DataView(bytes.buffer.slice(start, start + length)));
    this.texts.push(text);
    this.#put(number);
    return number;
  }

  #put(number: number): void {
    const [a, b, c] = this.#entries.subarray(number * ENTRY) as unknown as [number, number, number];
    const mask = this.#places.length - 1;
    let at = placeOf(a, b, c) & mask;
    while (this.#places[at] !== 0) at = (at + 1) & mask;
    this.#places[at] = number;
  }

  #grow(): void {
    const size = this.#places.length * 2;
    const entries = new Int32Array(size * ENTRY);
    entries.set(this.#entries);
    this.#entries = entries;
    this.#places = new Int32Array(size);
    for (let number = 1; number < this.texts.length; number++) this.#put(number);
  }
}

// Of a short value all bytes, four and four. What lies behind it is read with it where that is there, and put out.

function lowOf(bytes: DataView, from: number, length: number): number {
  if (from + 4 <= bytes.byteLength) return bytes.getInt32(from, true) & (LOW[length] as number);
  let low = 0;
  for (let i = Math.min(length, 4) - 1; i >= 0; i--) low = (low << 8) | bytes.getUint8(from + i);
  return low;
}

function highOf(bytes: DataView, from: number, length: number): number {
  if (length <= 4) return 0;
  if (from + 8 <= bytes.byteLength) return bytes.getInt32(from + 4, true) & (HIGH[length] as number);
  let high = 0;
  for (let i = length - 1; i >= 4; i--) high = (high << 8) | bytes.getUint8(from + i);
  return high;
}

// Of a longer value, two hashes. The last four bytes overlap those before them.

const wordAt = (bytes: DataView, from: number, length: number, i: number): number =>
  bytes.getInt32(from + (i + 4 <= length ? i : length - 4), true);

function firstHash(bytes: DataView, from: number, length: number): number {
  let hash = 0;
  for (let i = 0; i < length; i += 4) {
    hash = Math.imul(hash ^ wordAt(bytes, from, length, i), SPREAD);
    hash ^= hash >>> 15;
  }
  return hash;
}

function secondHash(bytes: DataView, from: number, length: number): number {
  let hash = 0;
  for (let i = 0; i < length; i += 4) hash = (Math.imul(hash, OTHER_SPREAD) + wordAt(bytes, from, length, i)) | 0;
  return hash;
}

function placeOf(a: number, b: number, c: number): number {
  // The last characters of a value differ most, and are the highest bits: they must tell in the lowest.
  let hash = Math.imul(a ^ (a >>> 15), SPREAD) ^ Math.imul(b ^ (b >>> 15), OTHER_SPREAD) ^ Math.imul(c, SPREAD);
  hash = Math.imul(hash ^ (hash >>> 16), SPREAD);
  return hash ^ (hash >>> 15);
}

/** Whether the bytes of a longer value stand at a place. */
function isSame(value: DataView, bytes: DataView, from: number): boolean {
  const { byteLength } = value;
  for (let i = 0; i < byteLength; i += 4)
    if (wordAt(value, 0, byteLength, i) !== wordAt(bytes, from, byteLength, i)) return false;
  return true;
}
