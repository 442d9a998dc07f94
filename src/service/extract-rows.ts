/**
 * Rows of a finished extract, read from its file and its trace side by side. Both are in ascending order of SSID, a line a row, so a student is found by halving the
 * file, and nothing has to be kept in memory or in an index.
 */
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

const READ_BYTES = 1 << 16;
const START: RowPlace = { row: 0, trace: 0 };

/**
 * Rows from a place on, in order.
 * @param from the beginning when absent; a place that `next` named
 * @throws Error with code ENOENT when a file is not there
 */
export async function* rowsFrom({ rows, trace }: Pick<RowFiles, 'rows' | 'trace'>, from: RowPlace = START): AsyncGenerator<RowLines> {
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
      if (traced.done) throw new Error('the trace of the extract ends before its rows do');
      yield { row: line, trace: traced.value.line, next: { row: next, trace: traced.value.next } };
    }
  } finally {
    await rowFile.close();
    await traceFile.close();
  }
}

/** The rows of one student, in order. */
export async function* rowsOf(files: RowFiles, ssid: string): AsyncGenerator<RowLines> {
  const from = { row: await placeOf(files.rows, ssid, files.ssidOfRow), trace: await placeOf(files.trace, ssid, files.ssidOfTrace) };
  for await (const lines of rowsFrom(files, from)) {
    if (files.ssidOfRow(lines.row) !== ssid) return;
    yield lines;
  }
}

/** Where the first line stands whose SSID is not before `ssid`. */
async function placeOf(path: string, ssid: string, ssidOf: (line: string) => string): Promise<number> {
  const file = await open(path);
  try {
    // Every line that begins before `low` is of an earlier student; the one that begins at `high`, if there is one, is not.
    let low = 0;
    let high = (await file.stat()).size;
    while (low < high) {
      const middle = low + Math.floor((high - low) / 2);
      const start = await lineStart(file, middle, low);
      const first = await linesFrom(file, start).next();
      if (first.done) high = start;
      else if (ssidOf(first.value.line) < ssid) low = first.value.next;
      else high = start;
    }
    return low;
  } finally {
    await file.close();
  }
}

/** Where the line begins that holds the byte at `at`; not before `least`, where a line begins. */
async function lineStart(file: FileHandle, at: number, least: number): Promise<number> {
  for (let end = at; end > least; ) {
    const from = Math.max(least, end - READ_BYTES);
    const bytes = new Uint8Array(end - from);
    const { bytesRead } = await file.read(bytes, 0, bytes.length, from);
    const feed = bytes.subarray(0, bytesRead).lastIndexOf(10);
    if (feed >= 0) return from + feed + 1;
    end = from;
  }
  return least;
}

async function* linesFrom(file: FileHandle, from: number): AsyncGenerator<{ readonly line: string; readonly next: number }> {
  let rest = Buffer.alloc(0);
  let place = from;
  for (let at = from; ; ) {
    const bytes = Buffer.allocUnsafe(READ_BYTES);
    const { bytesRead } = await file.read(bytes, 0, bytes.length, at);
    if (bytesRead === 0) return;
    at += bytesRead;
    let text = rest.length === 0 ? bytes.subarray(0, bytesRead) : Buffer.concat([rest, bytes.subarray(0, bytesRead)]);
    for (let end = text.indexOf(10); end >= 0; end = text.indexOf(10)) {
      place += end + 1;
      const withoutReturn = end > 0 && text[end - 1] === 13 ? end - 1 : end;
      yield { line: text.toString('utf8', 0, withoutReturn), next: place };
      text = text.subarray(end + 1);
    }
    rest = text;
  }
}
