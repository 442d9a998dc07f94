/** Lines of a file as fields: text with carets, CSV or the like, or a workbook. */
import { closeSync, createReadStream, openSync, readSync } from 'node:fs';
import { basename } from 'node:path';
import { Readable } from 'node:stream';
import type { CellValue } from 'hucre/xlsx';
import { UserError } from '#base/user-error';
import { workbookLibrary } from '#base/workbook-library';
import { fieldsIn } from '#intake/delimited';
import { blocksOf, type Encoding, eachLine, isBlankLine, textOf } from '#intake/lines';

/** A line that is not blank. */
export interface RawLine {
  /** Where it stands, from 1. */
  readonly number: number;
  /** The sheet of a workbook, from 1; absent in a text. */
  readonly sheet?: number;
  readonly fields: readonly string[];
}

/** How a file is written. */
type Writing = 'carets' | 'separated' | 'workbook';

export interface RawFile {
  readonly writing: Writing;
  readonly lines: AsyncIterable<readonly RawLine[]>;
}

const ZIP = 'PK\x03\x04';
const CARET = '^';
const OTHER_SEPARATORS = [',', '\t', ';', '|'] as const;
/** Fewer of them in a line are no separators. */
const FEWEST = 5;

/** What a file begins with says whether it is a workbook; its first line, what stands between its fields. */
export async function rawFile(path: string, encoding?: Encoding): Promise<RawFile> {
  if (beginning(path).startsWith(ZIP)) return { writing: 'workbook', lines: workbookLines(path) };
  const separator = await separatorOf(path, encoding);
  return { writing: separator === CARET ? 'carets' : 'separated', lines: textLines(path, separator, encoding) };
}

function beginning(path: string): string {
  const file = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(ZIP.length);
    return bytes.toString('latin1', 0, readSync(file, bytes, 0, bytes.length, 0));
  } finally {
    closeSync(file);
  }
}

async function separatorOf(path: string, encoding: Encoding | undefined): Promise<string> {
  for await (const { bytes } of blocksOf(0, path)) {
    const text = textOf(bytes, encoding);
    let first: string | undefined;
    eachLine(text, (from, to) => {
      if (first === undefined && !isBlankLine(text, from, to)) first = text.slice(from, to);
    });
    if (first === undefined) continue;
    const line = first;
    const found = [CARET, ...OTHER_SEPARATORS].find((separator) => line.split(separator).length > FEWEST);
    if (found !== undefined) return found;
    break;
  }
  throw new UserError(
    `"${basename(path)}" has no lines with carets, commas or tabs between fields; expected a CENR file as text, CSV or workbook`,
  );
}

async function* textLines(
  path: string,
  separator: string,
  encoding: Encoding | undefined,
): AsyncGenerator<readonly RawLine[]> {
  for await (const { bytes, firstLine } of blocksOf(0, path)) {
    const text = textOf(bytes, encoding);
    const lines: RawLine[] = [];
    let number = firstLine - 1;
    eachLine(text, (from, to) => {
      number++;
      if (isBlankLine(text, from, to)) return;
      const line = text.slice(from, to);
      const fields = separator === CARET ? line.split(CARET) : fieldsIn(line, separator);
      lines.push({ number, fields });
    });
    yield lines;
  }
}

const LINES_AT_A_TIME = 1_000;

/** Every sheet; an empty one ends none. */
async function* workbookLines(path: string): AsyncGenerator<readonly RawLine[]> {
  const sheets = await sheetNames(path);
  const { streamXlsxRows } = await workbookLibrary();
  for (const [i] of sheets.entries()) {
    const stream = Readable.toWeb(createReadStream(path)) as ReadableStream<Uint8Array>;
    let lines: RawLine[] = [];
    for await (const { index, values } of streamXlsxRows(stream, { sheet: i })) {
      const fields = values.map(cellText);
      if (fields.every((field) => field === '')) continue;
      lines.push({ number: index + 1, sheet: i + 1, fields });
      if (lines.length < LINES_AT_A_TIME) continue;
      yield lines;
      lines = [];
    }
    if (lines.length > 0) yield lines;
  }
}

/** How many sheets there are is found by asking for one after the other. */
async function sheetNames(path: string): Promise<readonly number[]> {
  const { streamXlsxRows } = await workbookLibrary();
  const there: number[] = [];
  for (let i = 0; i < MOST_SHEETS; i++) {
    try {
      const stream = Readable.toWeb(createReadStream(path)) as ReadableStream<Uint8Array>;
      for await (const _ of streamXlsxRows(stream, { sheet: i })) break;
      there.push(i);
    } catch (error) {
      if (i === 0)
        throw new UserError(`"${basename(path)}" is no workbook that can be read: ${(error as Error).message}`);
      break;
    }
  }
  return there;
}

const MOST_SHEETS = 64;

/** A cell as the text it stands for; a date as CCYYMMDD. */
function cellText(value: CellValue | undefined): string {
  if (value === null || value === undefined) return '';
  if (value instanceof Date) return value.toISOString().slice(0, 10).replaceAll('-', '');
  return String(value).trim();
}
