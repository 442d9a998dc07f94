import { writeSync } from 'node:fs';

/**
 * Lets go of the memory of bytes that are used up: the garbage collector sees their small handles alone, and takes its
 * time.
 */
export const letGo = (bytes: Uint8Array<ArrayBuffer>): void => void bytes.buffer.transfer(0);

/** Where texts are written, one behind the other. */
export interface Texts {
  add(text: string): void;
  /** Adds a whole number, 0 or more, in digits. */
  addNumber(number: number): void;
}

/** Texts gathered as a text. */
export class TextGatherer implements Texts {
  text = '';

  add(text: string): void {
    this.text += text;
  }

  addNumber(number: number): void {
    this.text += number;
  }
}

/** Texts up to this length are written here: to call what writes longer ones takes as long. */
const SHORT = 40;
const NOT_ASCII = 0x80;
const ZERO = 48;
/** Numbers up to this one are written here. */
const MOST_HERE = 0x7fffffff;
const MOST_DIGITS = 10;

/**
 * Texts gathered as UTF-8 bytes. A row as a string would hold on to the body it was cut from, and the garbage collector
 * would copy kilobytes for each row still waiting: writing rows out at once made extracts from a store a third faster.
 */
export class ByteGatherer implements Texts {
  #buffer: Buffer;
  #length = 0;

  /** @param bytes how many to make room for at first */
  constructor(bytes = 1 << 20) {
    this.#buffer = Buffer.allocUnsafeSlow(bytes);
  }

  get length(): number {
    return this.#length;
  }

  add(text: string): void {
    const from = this.#length;
    // No UTF-16 unit needs more than three bytes.
    const most = from + text.length * 3;
    if (most > this.#buffer.length) this.#grow(most);
    if (text.length <= SHORT && this.#addASCII(text)) return;
    this.#length = from + this.#buffer.write(text, from, 'utf8');
  }

  addNumber(number: number): void {
    if (number > MOST_HERE) {
      this.add(String(number));
      return;
    }
    if (this.#length + MOST_DIGITS > this.#buffer.length) this.#grow(this.#length + MOST_DIGITS);
    let digits = 1;
    for (let rest = number; rest >= 10; rest = (rest / 10) | 0) digits++;
    let rest = number;
    for (let at = this.#length + digits - 1; at >= this.#length; at--) {
      const tens = (rest / 10) | 0;
      this.#buffer[at] = ZERO + rest - tens * 10;
      rest = tens;
    }
    this.#length += digits;
  }

  /** Adds a text of ASCII alone; there is room for it. Gives whether it is one. */
  #addASCII(text: string): boolean {
    const buffer = this.#buffer;
    const from = this.#length;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code >= NOT_ASCII) return false;
      buffer[from + i] = code;
    }
    this.#length = from + text.length;
    return true;
  }

  /** Adds some of the bytes of another buffer, which are copied. */
  addBytes(bytes: Uint8Array, from = 0, to = bytes.length): void {
    const end = this.#length + to - from;
    if (end > this.#buffer.length) this.#grow(end);
    this.#buffer.set(from === 0 && to === bytes.length ? bytes : bytes.subarray(from, to), this.#length);
    this.#length = end;
  }

  /**
   * Where bytes may be written behind what was gathered, for whoever can make them without a text.
   * @param most so many may be; `wrote` tells how many were
   */
  room(most: number): Buffer {
    if (this.#length + most > this.#buffer.length) this.#grow(this.#length + most);
    return this.#buffer;
  }

  wrote(bytes: number): void {
    this.#length += bytes;
  }

  /** Leaves only so many of the bytes that were gathered. */
  cut(bytes: number): void {
    this.#length = Math.min(bytes, this.#length);
  }

  /** What was gathered, good until more is. */
  bytes(from = 0, to = this.#length): Buffer {
    return this.#buffer.subarray(from, to);
  }

  /** What was gathered, in a buffer of its own that can be handed to another thread; gathering begins anew. */
  take(): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(this.#length);
    bytes.set(this.#buffer.subarray(0, this.#length));
    this.#length = 0;
    return bytes;
  }

  text(): string {
    return this.#buffer.toString('utf8', 0, this.#length);
  }

  /** Writes what was gathered to an open file; gathering begins anew. */
  writeTo(file: number): void {
    for (let written = 0; written < this.#length; )
      written += writeSync(file, this.#buffer, written, this.#length - written);
    this.#length = 0;
  }

  #grow(least: number): void {
    const larger = Buffer.allocUnsafeSlow(Math.max(least, this.#buffer.length * 2));
    this.#buffer.copy(larger, 0, 0, this.#length);
    this.#buffer = larger;
  }
}
