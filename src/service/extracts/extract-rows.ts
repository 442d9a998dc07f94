/**
 * Rows of a finished extract, read from its file and its trace side by side. Both are in ascending order of SSID, a
 * line a row, so a student is found by halving the file, and nothing has to be kept in memory or in an index.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';

/** A row as it stands in the two files, and where. */
export interface RowLines {
  /** The line of the extract, without its line end. */
  readonly row: string;
  /** The line of the trace, without its line end. */
  readonly trace: string;
  /** Where the next row begins, in both files. */
  readonly next: RowPlace;
}

/** A place between two rows. */
export interface RowPlace {
  readonly row: number;
  readonly trace: number;
}

export interface RowFiles {
  readonly rows: string;
  readonly trace: string;
  /** The SSID in a line of either file. */
  readonly ssidOfRow: (line: string) => string;
  readonly ssidOfTrace: (line: string) => string;
}

/** Read at a time when everything is read. */
const READ_BYTES = 1 << 18;
/** Read at a time when one student is sought. */
const PAGE_BYTES = 1 << 12;
const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;
const START: RowPlace = { row: 0, trace: 0 };

/**
 * Rows from a place on, in order.
 * @param from the beginning when absent; a place that `next` named
 * @throws Error with code ENOENT when a file is not there
 */
export async function* rowsFrom(
  { rows, trace }: Pick<RowFiles, 'rows' | 'trace'>,
  from: RowPlace = START,
): AsyncGenerator<RowLines> {
  const rowFile = await open(rows);
  const traceFile = await open(trace).catch(async (error: unknown) => {
    await rowFile.close();
    throw error;
  });
  try {
    const traces = linesFrom(traceFile, from.trace);
    for await (const { line, next } of linesFrom(rowFile, from.row)) {
      const traced = await traces.next();
      // The two are written together; a trace that ends early was cut.
      if (traced.done) throw new Error('the trace of the extract has fewer lines than the extract has rows');
      yield { row: line, trace: traced.value.line, next: { row: next, trace: traced.value.next } };
    }
  } finally {
    await rowFile.close();
    await traceFile.close();
  }
}

/**
 * The rows of one student, in order. Reads a few pages of both files and does not give way to others meanwhile: handing
 * each of these reads to a thread would take many times as long as reading.
 * @throws Error with code ENOENT when a file is not there
 */
export function rowsOf(files: RowFiles, ssid: string): RowLines[] {
  const found: RowLines[] = [];
  withFile(files.rows, (rowFile) =>
    withFile(files.trace, (traceFile) => {
      const traces = linesAt(traceFile, placeOf(traceFile, ssid, files.ssidOfTrace));
      for (const { line, next } of linesAt(rowFile, placeOf(rowFile, ssid, files.ssidOfRow))) {
        if (files.ssidOfRow(line) !== ssid) return;
        const traced = traces.next();
        if (traced.done) throw new Error('the trace of the extract has fewer lines than the extract has rows');
        found.push({ row: line, trace: traced.value.line, next: { row: next, trace: traced.value.next } });
      }
    }),
  );
  return found;
}

/**
 * The lines of an extract's file that begin at these places, without their ends.
 * @throws Error with code ENOENT when the file is not there
 */
export function linesAtPlaces(path: string, places: readonly number[]): string[] {
  const lines: string[] = [];
  withFile(path, (file) => {
    for (const place of places) lines.push(lineAt(file, place)?.line ?? '');
  });
  return lines;
}

/** Whether a place is one that `next` can have named: a line begins there, in both files. */
export const isBetweenRows = ({ rows, trace }: Pick<RowFiles, 'rows' | 'trace'>, place: RowPlace): boolean =>
  isLineStart(rows, place.row) && isLineStart(trace, place.trace);

/** Whether a line of a file begins at a place. */
export function isLineStart(path: string, at: number): boolean {
  let starts = at === 0;
  withFile(path, (file) => {
    const before = Buffer.alloc(1);
    starts ||= readSync(file, before, 0, 1, at - 1) === 1 && before[0] === LINE_FEED && at < fstatSync(file).size;
  });
  return starts;
}

function withFile(path: string, use: (file: number) => void): void {
  const file = openSync(path, 'r');
  try {
    use(file);
  } finally {
    closeSync(file);
  }
}

/** Where the first line stands whose SSID is not before `ssid`. */
function placeOf(file: number, ssid: string, ssidOf: (line: string) => string): number {
  // Every line that begins before `low` is of an earlier student; the one that begins at `high`, if there is one, is
  // not.
  let low = 0;
  let high = fstatSync(file).size;
  while (high - low > PAGE_BYTES) {
    const middle = low + Math.floor((high - low) / 2);
    const start = lineStart(file, middle, low);
    const first = lineAt(file, start);
    if (first && ssidOf(first.line) < ssid) low = first.next;
    else high = start;
  }
  for (const { line, next } of linesAt(file, low)) {
    if (ssidOf(line) >= ssid) break;
    low = next;
  }
  return low;
}

/** A search reads dozens of pages and gives way to nobody, so all searches share one. */
const page = Buffer.alloc(PAGE_BYTES);

/** The line that begins at a place. */
function lineAt(file: number, start: number): Line | undefined {
  const read = page.subarray(0, readSync(file, page, 0, PAGE_BYTES, start));
  const end = read.indexOf(LINE_FEED);
  if (end >= 0) return { line: textOf(read, end), next: start + end + 1 };
  const next = linesAt(file, start).next();
  return next.done ? undefined : next.value;
}

/** Where the line begins that holds the byte at `at`; not before `least`, where a line begins. */
function lineStart(file: number, at: number, least: number): number {
  for (let end = at; end > least; ) {
    const from = Math.max(least, end - PAGE_BYTES);
    const feed = page.subarray(0, readSync(file, page, 0, end - from, from)).lastIndexOf(LINE_FEED);
    if (feed >= 0) return from + feed + 1;
    end = from;
  }
  return least;
}

interface Line {
  readonly line: string;
  /** Where the next one begins. */
  readonly next: number;
}

function* linesAt(file: number, from: number): Generator<Line> {
  const splitter = new FileLines(from);
  for (let at = from; ; ) {
    const bytes = Buffer.allocUnsafe(PAGE_BYTES);
    const read = readSync(file, bytes, 0, bytes.length, at);
    if (read === 0) return;
    at += read;
    yield* splitter.lines(bytes.subarray(0, read));
  }
}

/** Lines of a file from a place on, without their ends. */
export async function* linesFrom(file: FileHandle, from: number): AsyncGenerator<Line> {
  const splitter = new FileLines(from);
  for (let at = from; ; ) {
    const bytes = Buffer.allocUnsafe(READ_BYTES);
    const { bytesRead } = await file.read(bytes, 0, bytes.length, at);
    if (bytesRead === 0) return;
    at += bytesRead;
    yield* splitter.lines(bytes.subarray(0, bytesRead));
  }
}

/** The text up to a line feed, without the carriage return before it. */
const textOf = (bytes: Buffer, end: number): string =>
  bytes.toString('utf8', 0, end > 0 && bytes[end - 1] === CARRIAGE_RETURN ? end - 1 : end);

/** Lines out of pieces of a file that follow each other. */
class FileLines {
  #place: number;
  #rest: Buffer = Buffer.alloc(0);
  constructor(from: number) {
    this.#place = from;
  }

  *lines(piece: Buffer): Generator<Line> {
    let text = this.#rest.length === 0 ? piece : Buffer.concat([this.#rest, piece]);
    for (let end = text.indexOf(LINE_FEED); end >= 0; end = text.indexOf(LINE_FEED)) {
      this.#place += end + 1;
      yield { line: textOf(text, end), next: this.#place };
      text = text.subarray(end + 1);
    }
    this.#rest = text;
  }
}
