/**
 * What a file is that is no caret file (records.md section 1). It is said once, by name, before a line of the file is
 * read as a record: what happens to look like a record within another kind of file must not be loaded.
 */
import { basename } from 'node:path';
import { series } from '#base/text';
import { isMisfit, type Misfit } from './delimited.ts';
import { blocksOf, eachLine, isBlankLine, UnreadableInputError } from './lines.ts';
import { PROBLEM_KEYS } from './problem.ts';
import type { RecordTypes } from './record-types.ts';
import type { InputFile } from './upload.ts';

/** Thrown for files of another kind; the message says what each looks like and what to do. */
export class ForeignFileError extends UnreadableInputError {
  constructor(message: string) {
    super(message);
    this.name = 'ForeignFileError';
  }
}

/** What a file looks like, and what to do. */
interface Looks {
  readonly like: string;
  readonly fix: string;
  /** What it is not; a caret-delimited file when absent. */
  readonly not?: string;
}

const AS_TEXT = 'Export the records as a text file with carets (^) between the fields.';
const LOOKS = {
  utf16: {
    like: 'it is UTF-16 text (Notepad calls it "Unicode")',
    fix: 'Save the file as UTF-8.',
  },
  utf32: { like: 'it is UTF-32 text', fix: 'Save the file as UTF-8.' },
  workbook: { like: 'it is a workbook (Excel or another spreadsheet)', fix: AS_TEXT },
  zip: { like: 'it is a zip archive', fix: 'Unpack the archive and send the text files in it.' },
  archive: { like: 'it is an archive', fix: 'Unpack the archive and send the text files in it.' },
  gzipTwice: { like: 'it is compressed with gzip twice', fix: 'Decompress it once.' },
  binary: { like: 'it holds binary data, not text', fix: AS_TEXT },
  carriageReturns: {
    like: 'its lines end in CR only',
    fix: 'Save the file with the line ends CR LF (Windows) or LF (Unix).',
  },
  quotes: {
    like: 'its values stand in quotation marks',
    fix: 'Export the records again without them.',
  },
  own: { like: 'this program wrote it as a report', fix: 'Send the files that the report is about.' },
  noRecordType: {
    like: 'none of its lines begins with a record type that CALPADS knows',
    fix: 'Begin every line with the record type, such as SENR, and put a caret (^) behind it.',
  },
} as const satisfies Record<string, Looks>;

const DELIMITERS: Readonly<Record<string, string>> = {
  '\t': 'tabs',
  ',': 'commas',
  '|': 'bars (|)',
  ';': 'semicolons',
};
const delimitedBy = (character: string): Looks => ({
  like: `it has ${DELIMITERS[character] ?? `the character ${character}`} between its fields`,
  fix: 'Export the records again, with carets (^) between the fields.',
});

/** A first line that names columns of a layout or a reference file, and not the right ones. */
function misfit({ layout: { recordType, file }, missing, unknown }: Misfit, of: string, folder: string): Looks {
  const wrong = [
    ...(missing.length > 0 ? [`names no column ${series(missing.map(quoted))}`] : []),
    ...(unknown.length > 0 ? [`names ${series(unknown.map(quoted))}, which ${recordType} does not have`] : []),
  ];
  return {
    not: `a file of ${of}`,
    like: `its first line ${wrong.join(', and ')}`,
    fix: `schemas/${folder}/${recordType}.json has the columns of such a file, and under "ignored" those that are not read${file.ignored ? ` (${file.ignored.join(', ')})` : ''}.`,
  };
}

const quoted = (name: string): string => `"${name}"`;

/** What this program writes beside records, by how it begins. */
const OWN_TEXTS: readonly RegExp[] = [
  // A problem report, as CSV and as NDJSON.
  new RegExp(`^${PROBLEM_KEYS.join(',')}\\r?\\n`),
  new RegExp(
    `^\\{${PROBLEM_KEYS.slice(0, 3)
      .map((key) => `"${key}":.*`)
      .join('')}`,
  ),
  // A trace, the secret of an extract, and a manifest.
  /^[0-9a-f]{64}\n$/,
  /^\{"key":\[.*"decided":\[/,
  /^\{\s*"format": \d+,\s*"program": \{\s*"name": "cenr"/,
];

/** So much of the beginning shows what a file is. */
const SHOWN_BYTES = 1 << 16;
/** So much shows a report. */
const SHOWN_OF_A_REPORT = 4_096;
/** No text holds so many zero bytes one behind the other. */
const ZEROS = 16;
const MOST_CONTROL = 0.3;
const MOST_CONTROL_WITHOUT_RECORDS = 0.02;
/** Fewer of them in a line are no delimiters. */
const FEWEST_DELIMITERS = 5;

/** What was found out about a file. */
export type FileForm =
  /** `rows`: an extract. */
  | { readonly kind: 'records' | 'rows' }
  /** `says` names the file, what it looks like and what to do; `own`: this program writes such files. */
  | { readonly kind: 'foreign'; readonly own: boolean; readonly says: string };

/**
 * Finds out whether a file is a caret file: reads it until a line has a known record type, which most often is the first.
 * @param recordType what the sender says its records are, so that lines need not say it
 * @throws UnreadableInputError as reading it does
 */
export async function formOf(path: string, types: RecordTypes, recordType?: string): Promise<FileForm> {
  const look = new Look(types, recordType);
  for await (const { bytes, firstLine } of blocksOf(0, path)) {
    const found = look.at(bytes, firstLine === 1);
    if (found) return answer(path, found);
  }
  return answer(path, look.verdict());
}

/**
 * Refuses files that are no caret files.
 * @throws ForeignFileError naming all of them; UnreadableInputError as reading them does
 */
export async function refuseForeign(
  files: readonly Pick<InputFile, 'path' | 'recordType'>[],
  types: RecordTypes,
): Promise<void> {
  const says: string[] = [];
  for (const { path, recordType } of files) {
    const form = await formOf(path, types, recordType);
    if (form.kind === 'foreign') says.push(form.says);
  }
  if (says.length > 0) throw new ForeignFileError(`${says.join(' ')} Nothing was loaded.`);
}

type Found = Looks | 'records' | 'rows';

const answer = (path: string, found: Found): FileForm =>
  typeof found === 'string'
    ? { kind: found }
    : {
        kind: 'foreign',
        own: found === LOOKS.own,
        says: `"${basename(path)}" is not ${found.not ?? 'a caret-delimited file'}: ${found.like}. ${found.fix}`,
      };

/** Looks at one file, block after block. */
class Look {
  readonly #types: RecordTypes;
  readonly #recordType: string | undefined;
  #lines = 0;
  #records = 0;
  #controls = 0;
  /** What the first line that tells something tells. */
  #hint: Looks | undefined;

  /** @param recordType what the sender says that the records are */
  constructor(types: RecordTypes, recordType: string | undefined) {
    this.#types = types;
    this.#recordType = recordType;
  }

  /** Gives what the file is as soon as that is known. */
  at(bytes: Uint8Array, isFirst: boolean): Found | undefined {
    const text = latin1(bytes);
    if (isFirst) {
      const start = bytes.subarray(0, SHOWN_BYTES);
      const known = signature(start, text);
      if (known) return known;
      if (OWN_TEXTS.some((own) => own.test(text.slice(0, SHOWN_OF_A_REPORT)))) return LOOKS.own;
      this.#controls = controlShare(start);
      if (this.#controls > MOST_CONTROL) return LOOKS.binary;
      if (this.#hasCarriageReturnsOnly(text)) return LOOKS.carriageReturns;
    }
    let found: Found | undefined;
    eachLine(text, (from, to) => {
      if (found || isBlankLine(text, from, to)) return;
      found = this.#line(text.slice(from, to));
    });
    return found;
  }

  /** What it is when no line has told. */
  verdict(): Found {
    if (this.#hint) return this.#hint;
    // An empty file, and one of column names alone, is a caret file without records.
    if (this.#records === 0) return 'records';
    return this.#controls > MOST_CONTROL_WITHOUT_RECORDS ? LOOKS.binary : LOOKS.noRecordType;
  }

  #line(line: string): Found | undefined {
    if (this.#lines + this.#records === 0) {
      const form = this.#types.delimited(Buffer.from(line, 'latin1').toString('utf8'), this.#recordType);
      if (form && !isMisfit(form)) return 'records';
      const reference = this.#types.reference(Buffer.from(line, 'latin1').toString('utf8'));
      if (reference && !isMisfit(reference)) return 'records';
      if (form) return misfit(form, `${form.layout.recordType} records`, 'records');
      if (reference) return misfit(reference, reference.layout.recordType, 'references');
    }
    const fields = line.split('^', 2);
    const type = (fields[0] as string).trimEnd();
    if (this.#types.has(type)) return this.#lines === 0 && type === this.#types.ofRows ? 'rows' : 'records';
    if (this.#lines++ === 0 && this.#types.areColumnNames(line.split('^'))) return undefined;
    if (this.#recordType !== undefined && fields.length > 1) return 'records';
    this.#records++;
    this.#hint ??= this.#hintOf(line);
    return undefined;
  }

  /** What a line tells that has a record type, but no caret behind it. */
  #hintOf(line: string): Looks | undefined {
    const [, quote, type = '', closing, delimiter = ''] = /^("?)([A-Za-z0-9-]+)("?)(.?)/s.exec(line) ?? [];
    if (!this.#types.has(type)) return undefined;
    if (delimiter === '^' || (delimiter === '' && quote)) return quote || closing ? LOOKS.quotes : undefined;
    const isDelimiter = /[^A-Za-z0-9 ]/.test(delimiter) && line.split(delimiter).length > FEWEST_DELIMITERS;
    return isDelimiter ? delimitedBy(delimiter) : undefined;
  }

  /** A single line that holds others, of which one is a record. */
  #hasCarriageReturnsOnly(text: string): boolean {
    const end = text.indexOf('\n');
    if (end >= 0 && end < text.length - 1) return false;
    const lines = text
      .slice(0, end < 0 ? undefined : end)
      .split('\r')
      .filter((line) => line.trim() !== '');
    return lines.slice(1).some((line) => this.#types.has((line.split('^', 1)[0] as string).trimEnd()));
  }
}

const latin1 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');

/** What files begin with, the longer beginnings first. */
const SIGNATURES: readonly (readonly [Looks, readonly string[]])[] = [
  [LOOKS.utf32, ['\xff\xfe\0\0', '\0\0\xfe\xff']],
  [LOOKS.utf16, ['\xff\xfe', '\xfe\xff']],
  [LOOKS.zip, ['PK\x03\x04', 'PK\x05\x06', 'PK\x07\x08']],
  [LOOKS.workbook, ['\xd0\xcf\x11\xe0']],
  [LOOKS.gzipTwice, ['\x1f\x8b']],
  [LOOKS.archive, ['BZh', '\xfd7zXZ', '7z\xbc\xaf', 'Rar!', '\x28\xb5\x2f\xfd']],
];
/** What a zip archive holds that is a workbook. */
const OF_WORKBOOKS = ['[Content_Types].xml', 'xl/', 'opendocument.spreadsheet'];
/** Where an archive of `tar` is called by its name. */
const TAR = { at: 257, name: 'ustar' } as const;

/** What the first bytes of a file say that it is. */
function signature(start: Uint8Array, text: string): Looks | undefined {
  const [found] = SIGNATURES.find(([, beginnings]) => beginnings.some((begin) => text.startsWith(begin))) ?? [];
  const shown = text.slice(0, SHOWN_BYTES);
  if (found === LOOKS.zip && OF_WORKBOOKS.some((part) => shown.includes(part))) return LOOKS.workbook;
  if (found) return found;
  if (hasZerosEveryOther(start)) return LOOKS.utf16;
  if (text.startsWith(TAR.name, TAR.at)) return LOOKS.archive;
  return shown.includes('\0'.repeat(ZEROS)) ? LOOKS.binary : undefined;
}

/** UTF-16 without the mark that says so: of every two bytes of Latin letters one is zero, always the same. */
function hasZerosEveryOther(start: Uint8Array): boolean {
  const zeros = [0, 0];
  for (let i = 0; i < start.length; i++) if (start[i] === 0) zeros[i & 1] = (zeros[i & 1] as number) + 1;
  const [even = 0, odd = 0] = zeros;
  return Math.max(even, odd) > start.length * MOST_CONTROL && Math.min(even, odd) * 10 < Math.max(even, odd);
}

/** The share of bytes that no text holds: control characters but for tabs, line ends, form feeds and end-of-file marks. */
function controlShare(start: Uint8Array): number {
  let controls = 0;
  for (const byte of start) if (byte < 32 && ![9, 10, 12, 13, 26].includes(byte)) controls++;
  return start.length === 0 ? 0 : controls / start.length;
}
