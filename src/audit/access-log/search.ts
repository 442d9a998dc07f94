/**
 * Reading an access log from its last entry to its first, files that were put aside included: a piece at a time, from
 * any place between two lines. The service may be writing it, and may put it aside, meanwhile.
 */
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { type Entry, readLine } from './chain.ts';
import { chainFolder, chainsOf, OWN_CHAIN } from './chains.ts';
import { ACCESS_LOG } from './log-file.ts';
import { asides, lineOf, MOST_LINE_BYTES, orMissing } from './read.ts';

/**
 * A place between two lines: the file, by the number of its first entry, which it keeps when it is put aside, and how
 * many of its bytes stand before the place.
 */
export interface LogCursor {
  readonly first: number;
  readonly at: number;
}

const CURSOR = /^(\d{1,16})-(\d{1,15})$/;

export const cursorText = ({ first, at }: LogCursor): string => `${first}-${at}`;

/** A place as `cursorText` wrote it; `undefined` for any other text. */
export function readCursor(text: string): LogCursor | undefined {
  const found = CURSOR.exec(text);
  return found ? { first: Number(found[1]), at: Number(found[2]) } : undefined;
}

/** A place in each chain of a log, by name; of a chain that is not named nothing is left. */
export type LogCursors = ReadonlyMap<string, LogCursor>;

export const cursorsText = (cursors: LogCursors): string =>
  Array.from(cursors, ([name, cursor]) => `${name === OWN_CHAIN ? '' : `${name}_`}${cursorText(cursor)}`).join('.');

/** Places as `cursorsText` wrote them; `undefined` for any other text. */
export function readCursors(text: string): LogCursors | undefined {
  const parts = text.split('.').map((part) => {
    const name = part.includes('_') ? part.slice(0, part.indexOf('_')) : OWN_CHAIN;
    return [name, readCursor(part.slice(part.indexOf('_') + 1))] as const;
  });
  return parts.every((part): part is readonly [string, LogCursor] => part[1] !== undefined)
    ? new Map(parts)
    : undefined;
}

/** A line that was read. */
export interface LineBack {
  /** `undefined` for a line that is no entry, or whose bytes do not have its hash. */
  readonly entry: Entry | undefined;
  /** Its length, as far as it was read. */
  readonly bytes: number;
  /** Where reading goes on with the line before it. */
  readonly next: LogCursor;
}

/** No line of the log begins there. */
export class UnknownCursorError extends Error {
  constructor() {
    super('no line of the access log begins at this place');
    this.name = 'UnknownCursorError';
  }
}

const LINE_FEED = 10;
const BLOCK = 1 << 18;

interface Piece {
  readonly first: number;
  readonly file: FileHandle;
  /** Whether it is the file that is written to: its last line may not be finished. */
  readonly isWritten: boolean;
}

/**
 * Lines of a log, the last one first. A line that is being written is left out.
 * @param dir the folder of the store
 * @param from only lines before this place
 * @throws UnknownCursorError; Error when the log cannot be read
 */
export async function* linesBack(dir: string, from?: LogCursor): AsyncGenerator<LineBack> {
  let isFound = from === undefined;
  for await (const { first, file, isWritten } of filesBack(dir, from?.first)) {
    const { size } = await file.stat();
    let end = size;
    if (from && first === from.first) {
      end = from.at;
      isFound = end === 0 || (end <= size && (await endsLine(file, end)));
    }
    if (!isFound) break;
    for await (const { bytes, start, whole } of fileBack(file, end))
      if (whole || !isWritten)
        yield {
          entry: whole && !('fault' in readLine(bytes)) ? lineOf(bytes).entry : undefined,
          bytes: bytes.length + 1,
          next: { first, at: start },
        };
  }
  if (!isFound) throw new UnknownCursorError();
}

/** A line of one of several chains. */
export interface ChainLineBack extends Omit<LineBack, 'next'> {
  /** The name of its chain. */
  readonly chain: string;
  /** Where reading goes on with the line before it in time. */
  readonly next: LogCursors;
}

/**
 * Lines of all chains of a log, the last one first, in the order of time between chains.
 * @param dir the folder of the store, or the one that services share
 * @param from only lines before these places
 * @throws UnknownCursorError; Error when the log cannot be read
 */
export async function* chainLinesBack(dir: string, from?: LogCursors): AsyncGenerator<ChainLineBack> {
  const there = await chainsOf(dir);
  if (from && [...from.keys()].some((name) => !there.includes(name))) throw new UnknownCursorError();
  const names = from ? [...from.keys()] : there;
  const readers = names.map((name) => ({ name, lines: linesBack(chainFolder(dir, name), from?.get(name)) }));
  type Reader = (typeof readers)[number];
  const found = new Map<Reader, LineBack>();
  const read = async (reader: Reader): Promise<void> => {
    const { value, done } = await reader.lines.next();
    if (done) found.delete(reader);
    else found.set(reader, value);
  };
  try {
    for (const reader of readers) await read(reader);
    while (found.size > 0) {
      const [reader, { next, ...line }] = newestOf(found);
      const others = Array.from(found).filter(([other]) => other !== reader);
      yield {
        ...line,
        chain: reader.name,
        next: new Map([[reader.name, next], ...others.map(([{ name }, each]) => [name, behind(each)] as const)]),
      };
      await read(reader);
    }
  } finally {
    for (const { lines } of readers) await lines.return(undefined);
  }
}

/** A line that cannot be read has no time, and comes where it stands. */
const newestOf = <R>(found: ReadonlyMap<R, LineBack>): readonly [R, LineBack] =>
  [...found].reduce((newest, each) => (timeOf(each) > timeOf(newest) ? each : newest));

const timeOf = ([, { entry }]: readonly [unknown, LineBack]): string => (entry ? String(entry.time) : '~');

/** Where reading goes on with a line itself. */
const behind = ({ bytes, next: { first, at } }: LineBack): LogCursor => ({ first, at: at + bytes });

/** The files of a log, the newest first, from one on; each is closed when the next is asked for. */
async function* filesBack(dir: string, through = Number.POSITIVE_INFINITY): AsyncGenerator<Piece> {
  // First: should it be put aside now, this is still the file, and its name is among the others.
  const log = await open(join(dir, ACCESS_LOG)).catch(orMissing);
  let written: number | undefined;
  try {
    written = log && (await firstOf(log));
    if (log && written !== undefined && written <= through) yield { first: written, file: log, isWritten: true };
  } finally {
    await log?.close();
  }
  for (const { first, path } of (await asides(dir)).toReversed()) {
    if (first > through || first === written) continue;
    const file = await open(path);
    try {
      yield { first, file, isWritten: false };
    } finally {
      await file.close();
    }
  }
}

/** The number of the first entry; 0 where it cannot be read. */
async function firstOf(file: FileHandle): Promise<number> {
  const begin = await read(file, 0, BLOCK);
  const end = begin.indexOf(LINE_FEED);
  const found = end < 0 ? undefined : readLine(begin.subarray(0, end));
  return found && 'number' in found ? found.number : 0;
}

const endsLine = async (file: FileHandle, at: number): Promise<boolean> =>
  (await read(file, at - 1, 1))[0] === LINE_FEED;

async function read(file: FileHandle, from: number, length: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(length);
  let got = 0;
  while (got < length) {
    const { bytesRead } = await file.read(bytes, got, length - got, from + got);
    if (bytesRead === 0) break;
    got += bytesRead;
  }
  return bytes.subarray(0, got);
}

interface PlacedLine {
  readonly bytes: Buffer;
  readonly start: number;
  readonly whole: boolean;
}

/** The lines of a file that end before a place, the last one first; of one that is far too long, only its beginning. */
async function* fileBack(file: FileHandle, end: number): AsyncGenerator<PlacedLine> {
  /** What of the line under way was read: its end. */
  let rest: Buffer = Buffer.alloc(0);
  let whole = end > 0 && (await endsLine(file, end));
  for (let at = whole ? end - 1 : end; at > 0; ) {
    const from = Math.max(0, at - BLOCK);
    const piece = await read(file, from, at - from);
    let bytes: Buffer = rest.length === 0 ? piece : Buffer.concat([piece, rest]);
    for (let feed = bytes.lastIndexOf(LINE_FEED); feed >= 0; feed = bytes.lastIndexOf(LINE_FEED)) {
      yield { bytes: bytes.subarray(feed + 1), start: from + feed + 1, whole };
      bytes = bytes.subarray(0, feed);
      whole = true;
    }
    rest = bytes.length > MOST_LINE_BYTES ? bytes.subarray(0, 0) : bytes;
    at = from;
    if (at === 0) yield { bytes, start: 0, whole };
  }
}
