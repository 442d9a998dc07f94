/** The first place where an extract that is made anew differs from a file. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { measuringOutput, type Output, type Written } from '#base/output';

const LINE_FEED = 10;
const LINE_END = '\n';
const CARET = '^';

/** What tells a row from every other: the values of its key columns, in their order. */
export type RowKey = readonly string[];

/**
 * Where two extracts part, counted from 1: a row that has another value in a column, or rows that only one of them has.
 * `missing` is the row that the file lacks, `added` one that only the file has; both, where one stands in place of the
 * other. `moved`: the file has the row at another place.
 */
export type FirstDifference = { readonly row: number } & (
  | { readonly kind: 'value'; readonly key: RowKey; readonly column: number }
  | { readonly kind: 'rows'; readonly missing?: RowKey; readonly added?: RowKey }
  | { readonly kind: 'moved'; readonly key: RowKey }
);

export interface ComparingOutput extends Output {
  /** What was found when everything was written. */
  difference(): FirstDifference | undefined;
}

/** Lines out of texts that follow each other; a line keeps its end. */
class Lines {
  #rest = '';
  *of(text: string): Generator<string> {
    const all = this.#rest + text;
    let from = 0;
    for (let end = all.indexOf(LINE_END); end >= 0; end = all.indexOf(LINE_END, from)) {
      yield all.slice(from, end + 1);
      from = end + 1;
    }
    this.#rest = all.slice(from);
  }
  /** What stands behind the last end of a line. */
  *last(): Generator<string> {
    if (this.#rest !== '') yield this.#rest;
  }
}

/**
 * Compares what is written with a file, and keeps nothing.
 * @param keyColumns places of the columns, from 0, by which a row is known
 * @throws Error when the file cannot be read
 */
export async function comparingOutput(path: string, keyColumns: readonly number[]): Promise<ComparingOutput> {
  const file = await open(path);
  const measured = measuringOutput();
  let at = 0;
  let rows = 0;
  /** Where in the file the row begins that is being compared. */
  let rowStart = 0;
  let parted: PartedRows | undefined;

  const read = async (from: number, length: number): Promise<Buffer> => {
    const bytes = Buffer.alloc(length);
    let filled = 0;
    for (let more = 1; filled < length && more > 0; filled += more)
      more = (await file.read(bytes, filled, length - filled, from + filled)).bytesRead;
    return bytes.subarray(0, filled);
  };
  /** Goes by bytes that are the same in both. */
  const goBy = (bytes: Uint8Array): void => {
    for (let end = bytes.indexOf(LINE_FEED); end >= 0; end = bytes.indexOf(LINE_FEED, end + 1)) {
      rows++;
      rowStart = at + end + 1;
    }
  };
  const part = (): PartedRows => new PartedRows(rows + 1, linesOf(path, rowStart), keyColumns);

  return {
    async write(written) {
      await measured.write(written);
      const expected = Buffer.from(written as Uint8Array);
      if (parted) return parted.add(textOf(expected));
      const there = await read(at, expected.length);
      if (there.equals(expected)) {
        goBy(expected);
        at += expected.length;
        return;
      }
      const other = there.findIndex((byte, i) => byte !== expected[i]);
      const same = other < 0 ? there.length : other;
      goBy(expected.subarray(0, same));
      parted = part();
      // The row may have begun in what was written before.
      const before = rowStart < at ? await read(rowStart, at - rowStart) : Buffer.alloc(0);
      await parted.add(textOf(Buffer.concat([before, expected.subarray(Math.max(0, rowStart - at))])));
    },
    async finish() {
      if (!parted && (await read(at, 1)).length > 0) parted = part();
      await parted?.finish();
      await file.close();
      return measured.finish();
    },
    async abandon() {
      await parted?.abandon();
      await file.close().catch(() => {});
    },
    difference: () => parted?.difference,
  };
}

/** Byte by byte: no two texts are the same unless their bytes are. */
const BYTES = 'latin1';
const textOf = (bytes: Buffer): string => bytes.toString(BYTES);

/** Both extracts from the row on where they part: whether either has the row of the other further on. */
class PartedRows {
  readonly #row: number;
  readonly #file: AsyncGenerator<string>;
  readonly #keyColumns: readonly number[];
  readonly #written = new Lines();
  #begun: { readonly expected: string | undefined; readonly found: string | undefined } | undefined;
  #isFoundExpected = false;
  difference: FirstDifference | undefined;

  /** @param file its lines from that row on */
  constructor(row: number, file: AsyncGenerator<string>, keyColumns: readonly number[]) {
    this.#row = row;
    this.#file = file;
    this.#keyColumns = keyColumns;
  }

  /** Adds what is expected next. */
  async add(text: string): Promise<void> {
    await this.#addLines(this.#written.of(text));
  }

  async finish(): Promise<void> {
    await this.#addLines(this.#written.last());
    const { expected, found } = this.#begun ?? (await this.#begin(undefined));
    const missing = expected === undefined ? undefined : this.#keyOf(expected);
    const added = found === undefined ? undefined : this.#keyOf(found);
    let isExpectedFound = false;
    for await (const line of this.#file) if (missing && isSame(this.#keyOf(line), missing)) isExpectedFound = true;
    const row = this.#row;
    if (missing && added && isSame(missing, added))
      this.difference = { kind: 'value', row, key: missing, column: columnOf(expected as string, found as string) };
    else if (missing && added && isExpectedFound && this.#isFoundExpected)
      this.difference = { kind: 'moved', row, key: added };
    else
      this.difference = {
        kind: 'rows',
        row,
        ...(missing && !isExpectedFound && { missing }),
        ...(added && !this.#isFoundExpected && { added }),
      };
  }

  abandon = async (): Promise<void> => void (await this.#file.return(undefined));

  async #addLines(lines: Iterable<string>): Promise<void> {
    for (const line of lines) {
      if (!this.#begun) await this.#begin(line);
      else if (this.#begun.found !== undefined && isSame(this.#keyOf(line), this.#keyOf(this.#begun.found)))
        this.#isFoundExpected = true;
    }
  }

  async #begin(expected: string | undefined) {
    const next = await this.#file.next();
    this.#begun = { expected, found: next.done ? undefined : next.value };
    return this.#begun;
  }

  #keyOf(line: string): RowKey {
    const values = Buffer.from(line.trimEnd(), BYTES).toString().split(CARET);
    return this.#keyColumns.map((place) => values[place] ?? '');
  }
}

const isSame = (a: RowKey, b: RowKey): boolean => a.every((value, i) => value === b[i]);

/** The column, from 1, in which the first character differs. */
function columnOf(expected: string, found: string): number {
  let column = 1;
  for (let i = 0; i < expected.length && expected[i] === found[i]; i++) if (expected[i] === CARET) column++;
  return column;
}

async function* linesOf(path: string, start: number): AsyncGenerator<string> {
  const lines = new Lines();
  for await (const text of createReadStream(path, { encoding: BYTES, start, highWaterMark: 1 << 20 }))
    yield* lines.of(text as string);
  yield* lines.last();
}

/**
 * Length and SHA-256 of a file as it is.
 * @throws Error when it cannot be read
 */
export async function measuredFile(path: string): Promise<Written> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
    hash.update(chunk as Buffer);
    bytes += (chunk as Buffer).length;
  }
  return { bytes, sha256: hash.digest('hex') };
}
