/**
 * Files as blocks of lines: CR LF or LF, a BOM dropped, gzip or not, a last line with or without an end (records.md
 * section 1). Memory stays flat whatever the size.
 */

import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { letGo } from '#base/byte-builder';
import { UserError } from '#base/user-error';

export const ENCODINGS = ['utf-8', 'windows-1252'] as const;
export type Encoding = (typeof ENCODINGS)[number];

/** Thrown for input that cannot be read as lines at all; the message says which file, what was found and what to do. */
export class UnreadableInputError extends UserError {
  constructor(message: string) {
    super(message);
    this.name = 'UnreadableInputError';
  }
}

/** No CALPADS line comes near so many characters (UTF-16 units); a longer one is not looked into. */
export const MOST_LINE_CHARACTERS = 1 << 18;
/** So much of a line is kept that it is seen to be too long, whatever its characters are made of. */
const KEPT_OF_A_LINE = MOST_LINE_CHARACTERS * 4;
/**
 * What is handed on at a time: enough to keep a worker busy for some milliseconds, little enough to have several under
 * way, with a problem for each value of their lines. Larger ones take more memory and no less time.
 */
const BLOCK_BYTES = 1 << 17;
/** CALPADS files pack to a tenth or a twentieth of their size. What unpacks to far more was made to fill a memory. */
const MOST_TIMES_UNPACKED = 100;
const UNPACKED_FREELY = 100_000_000;
const USUAL_TIMES_UNPACKED = 20;
const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;
const SPACE = 32;
const TAB = 9;
/** Old programs write it behind the last line of a file. */
const END_OF_FILE = 26;
const BOM = [0xef, 0xbb, 0xbf];

/**
 * @param packed bytes of a file so far
 * @param unpacked what they were when decompressed
 * @throws UnreadableInputError when it is a hundred times as much
 */
export function refuseTooFarUnpacked(name: string, packed: number, unpacked: number): void {
  if (unpacked > UNPACKED_FREELY && unpacked > packed * MOST_TIMES_UNPACKED)
    throw new UnreadableInputError(
      `"${name}" is more than ${MOST_TIMES_UNPACKED} times as large when decompressed; is it a caret-delimited text file?`,
    );
}

/** Whole lines of a file, as bytes. */
export interface Block {
  /** Index of the file among the input files. */
  readonly file: number;
  /** Number of the block's first line in its file, from 1. */
  readonly firstLine: number;
  /** In a buffer of their own, which can be handed to another thread. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** The two bytes every gzip file begins with. The file's name decides nothing. */
const isGzip = (start: Uint8Array): boolean => start[0] === 0x1f && start[1] === 0x8b;

/**
 * A file as blocks of whole lines, unpacked, without its BOM. Lines are counted here, so that blocks can be worked on
 * side by side.
 * @param onBytes told of the bytes read, before unpacking, for progress and checksums
 * A line without end is cut off where it is certain to be too long for a record.
 * @throws UnreadableInputError for a file that cannot be read, and a gzip file that is damaged or unpacks without end
 */
export async function* blocksOf(
  file: number,
  path: string,
  onBytes?: (bytes: Uint8Array) => void,
): AsyncGenerator<Block> {
  const name = basename(path);
  let firstLine = 1;
  let parts: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  let isFirst = true;
  let isSkipping = false;
  let packed = 0;
  let unpacked = 0;
  const count = (bytes: Uint8Array): void => {
    packed += bytes.length;
    onBytes?.(bytes);
  };
  const block = (bytes: Uint8Array<ArrayBuffer>): Block => {
    const next = { file, firstLine, bytes };
    firstLine += countLines(bytes);
    return next;
  };
  try {
    const isCompressed = await isPacked(path);
    for await (const read of byteStream(path, isCompressed, count)) {
      let chunk = read as Buffer<ArrayBuffer>;
      unpacked += chunk.length;
      refuseTooFarUnpacked(name, packed, unpacked);
      if (isFirst && BOM.every((byte, i) => chunk[i] === byte)) chunk = chunk.subarray(BOM.length);
      isFirst = false;
      if (isSkipping) {
        const end = chunk.indexOf(LINE_FEED);
        if (end < 0) continue;
        isSkipping = false;
        chunk = chunk.subarray(end);
      }
      parts.push(chunk);
      size += chunk.length;
      if (size < BLOCK_BYTES) continue;
      const rest = afterLastLine(parts);
      const length = rest.reduce((sum, part) => sum + part.length, 0);
      isSkipping = length > KEPT_OF_A_LINE;
      if (size === length) continue;
      const whole = joined(parts, size - length);
      // What is read piles up unseen otherwise (letGo). The one who decompresses goes on writing into its buffers.
      const own = rest.map((part) => new Uint8Array(part));
      if (!isCompressed) for (const part of parts) letGo(part);
      parts = own;
      size = length;
      yield block(whole);
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code?.startsWith('Z_'))
      throw new UnreadableInputError(`"${name}" begins like a gzip file, but cannot be decompressed; send it again`);
    if ((error as NodeJS.ErrnoException).syscall)
      throw new UnreadableInputError(`"${name}" cannot be read: ${(error as Error).message}`);
    throw error;
  }
  if (size > 0) yield block(withoutMark(joined(parts, size)));
}

/**
 * The end of a file without the end-of-file mark where that stands behind a line without an end: it is no part of the
 * record. On a line of its own it is a blank line, and counted.
 */
function withoutMark(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  let end = bytes.length;
  while (bytes[end - 1] === END_OF_FILE) end--;
  return end === bytes.length || end === 0 || bytes[end - 1] === LINE_FEED ? bytes : bytes.slice(0, end);
}

/** What stands behind the last line feed, in parts. */
function afterLastLine(parts: readonly Uint8Array<ArrayBuffer>[]): Uint8Array<ArrayBuffer>[] {
  for (let i = parts.length - 1; i >= 0; i--) {
    const part = parts[i] as Uint8Array<ArrayBuffer>;
    const end = part.lastIndexOf(LINE_FEED);
    if (end >= 0) return [part.subarray(end + 1), ...parts.slice(i + 1)];
  }
  return [...parts];
}

/** The first `length` bytes of the parts, in a buffer of their own. */
function joined(parts: readonly Uint8Array[], length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    if (at >= length) break;
    bytes.set(part.length > length - at ? part.subarray(0, length - at) : part, at);
    at += part.length;
  }
  return bytes;
}

/** The text of a block. Bytes that are no text in the encoding become U+FFFD, which FRMT0004 refuses. */
export function textOf(bytes: Uint8Array, encoding: Encoding = 'utf-8'): string {
  if (encoding !== 'utf-8') return new TextDecoder(encoding).decode(bytes);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}

/** Whether a line is nothing, blanks and tabs, or an end-of-file mark: such lines are skipped, and counted. */
export function isBlankLine(text: string, from: number, to: number): boolean {
  for (let i = from; i < to; i++) {
    const code = text.charCodeAt(i);
    if (code !== SPACE && code !== TAB && code !== END_OF_FILE) return false;
  }
  return true;
}

/** Calls `each` with the place of every line in a text, line ends left out; blank lines are there too. */
export function eachLine(text: string, each: (from: number, to: number) => void): void {
  for (let from = 0; from < text.length; ) {
    let end = text.indexOf('\n', from);
    if (end < 0) end = text.length;
    each(from, end > from && text.charCodeAt(end - 1) === CARRIAGE_RETURN ? end - 1 : end);
    from = end + 1;
  }
}

function countLines(bytes: Uint8Array): number {
  let count = 0;
  for (let at = bytes.indexOf(LINE_FEED); at >= 0; at = bytes.indexOf(LINE_FEED, at + 1)) count++;
  return count;
}

async function isPacked(path: string): Promise<boolean> {
  const file = await open(path);
  const start = new Uint8Array(2);
  await file.read(start, 0, 2, 0).finally(() => file.close());
  return isGzip(start);
}

/** How much text to expect of a file of `size` bytes, roughly. */
export const textBytes = async (path: string, size: number): Promise<number> =>
  (await isPacked(path)) ? size * USUAL_TIMES_UNPACKED : size;

function byteStream(path: string, packed: boolean, onBytes: (bytes: Uint8Array) => void): Readable {
  const bytes = createReadStream(path, { highWaterMark: BLOCK_BYTES });
  bytes.on('data', (chunk) => onBytes(chunk as Buffer));
  if (!packed) return bytes;
  const unpacked = createGunzip({ chunkSize: BLOCK_BYTES });
  bytes.on('error', (error) => unpacked.destroy(error));
  // Whoever stops reading, or cannot go on, lets go of the file too.
  unpacked.on('close', () => bytes.destroy());
  return bytes.pipe(unpacked);
}
