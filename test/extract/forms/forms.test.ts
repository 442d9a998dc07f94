/** An extract in other forms: cell by cell what the text file has. */
import fc from 'fast-check';
import { readXlsx } from 'hucre/xlsx';
import { parquetMetadata, parquetReadObjects, parquetSchema } from 'hyparquet';
import t, { type Test } from 'tap';
import { type FormColumn, formColumns } from '#extract/forms/columns';
import { csvForm } from '#extract/forms/csv';
import { FORMS, formOfName, type MadeForm } from '#extract/forms/form';
import { type FormOptions, madeForm } from '#extract/forms/made-form';
import { parquetForm } from '#extract/forms/parquet';
import { workbookForm } from '#extract/forms/workbook';
import { outputColumns } from '#records/layout';
import { holds, shipped } from '../../support/histories.ts';

t.setTimeout(900_000);

const COLUMNS = outputColumns(shipped.schemas.output, '50');
const DAYS = COLUMNS.flatMap(({ type }, i) => (type === 'DT' ? [i] : []));
const SHA256 = 'ab'.repeat(32);
const MADE = {
  request: { reportingLEAs: ['9900001'], academicYear: '2023-2024', adjusted: true, grades: ['01', '02'] },
  runDate: '20240715',
  rulebook: { name: shipped.about.name, version: shipped.about.version, sha256: shipped.hash },
} as const;
const ABOUT = { columns: '50', sha256: SHA256, made: MADE, namesFrom: MADE.rulebook };
const OPTIONS: FormOptions = { rulebook: shipped, columns: '50', labels: false, about: { sha256: SHA256, made: MADE } };

/** A row of the extract, columns by key; the others are blank. */
const row = (values: Readonly<Record<string, string>>): string[] =>
  COLUMNS.map(({ key, literal }) => values[key] ?? literal ?? '');

const rowsAsText = (rows: readonly (readonly string[])[]): Buffer =>
  Buffer.from(rows.map((values) => `${values.join('^')}\r\n`).join(''));

/** The bytes of a text in pieces of some length, as a file might come. */
async function* inPieces(bytes: Buffer, length = 997): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length);
}

async function bytesOf(pieces: AsyncIterable<Uint8Array | string>): Promise<Buffer> {
  const all: Buffer[] = [];
  for await (const piece of pieces) all.push(Buffer.from(piece as string));
  return Buffer.concat(all);
}

const made = (form: MadeForm, rows: readonly (readonly string[])[], changes: Partial<FormOptions> = {}) =>
  bytesOf(madeForm(form, inPieces(rowsAsText(rows)), { ...OPTIONS, ...changes }));

async function* rowsOf(...groups: (readonly string[])[][]) {
  yield* groups;
}

/** A cell as the text file would have it. */
const asInFile = (cell: unknown): string =>
  cell instanceof Date ? cell.toISOString().slice(0, 10).replaceAll('-', '') : ((cell ?? '') as string);

/** The lines of a sheet as the text file would have them, its names first. */
const linesOf = (rows: readonly (readonly unknown[])[] = [], columns = COLUMNS.length): string[][] =>
  rows.map((cells) => Array.from({ length: columns }, (_, i) => asInFile(cells[i])));

const sheets = async (workbook: Buffer) => (await readXlsx(workbook)).sheets;
const NAMES = COLUMNS.map(({ name }) => name);

/** Reads CSV (RFC 4180) without what the program under test knows of it. */
function readCsv(text: string): string[][] {
  const lines: string[][] = [[]];
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|$)/gy)) {
    lines.at(-1)?.push(quoted?.replaceAll('""', '"') ?? plain ?? '');
    if (end === '\r\n') lines.push([]);
  }
  return lines.slice(0, -1);
}

// The reader's own parser drops a byte order mark at the beginning of a value.
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const textOf = (bytes: Uint8Array | undefined): string | undefined => bytes && decoder.decode(bytes);

async function readParquet(bytes: Buffer): Promise<string[][]> {
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
  const objects = await parquetReadObjects({ file, parsers: { stringFromBytes: textOf } });
  return objects.map((object) => NAMES.map((name) => asInFile(object[name])));
}

const ODD = [
  '0199001',
  '=1+1',
  '+1',
  '-1',
  '@SUM(A1)',
  "'tick",
  '"quoted", twice ""',
  'a,b',
  ' ',
  ' led and followed ',
  'José Ñuñez',
  '王小明',
  'Łukasz 👩‍👩‍👧 𝔘',
  'x'.repeat(255),
  'line\u2028and\u2029paragraph',
  'next\u0085line',
  '_x0041_',
  '_x005F_x0041_',
  '<b>&amp;</b>',
  ']]>',
  '#N/A',
  'TRUE',
  '1E5',
  '00',
  'a\tb',
  '\u0001',
  '\uFEFF',
  'null',
];

const REAL_DAYS = ['20240229', '19000301', '20991231', '19700101', '19691231'];
const day = fc.constantFrom('', ...REAL_DAYS);
const oddText = fc.oneof(
  fc.constant(''),
  fc.constantFrom(...ODD),
  fc.string({ unit: 'binary', maxLength: 255 }).map((text) => text.replaceAll(/[\^\r\n]/g, '')),
);
const oddRow = fc.tuple(...COLUMNS.map(({ type }) => (type === 'DT' ? day : oddText)));

/** What CSV writes so that no spreadsheet runs it. */
const disarmed = (value: string): string => (/^[=+\-@\t\r]/.test(value) ? `'${value}` : value);

const isLikeTheText = async (rows: readonly (readonly string[])[]) => {
  const [csv, workbook, parquet] = await Promise.all([made('csv', rows), made('xlsx', rows), made('parquet', rows)]);
  const [sheet] = await sheets(workbook);
  const same = (found: unknown, expected: unknown): boolean => JSON.stringify(found) === JSON.stringify(expected);
  return {
    csv: same(readCsv(csv.toString()), [NAMES, ...rows.map((values) => values.map(disarmed))]),
    workbook: same(linesOf(sheet?.rows), [NAMES, ...rows]),
    parquet: same(await readParquet(parquet), rows),
  };
};

t.test('every odd value is in each form what it is in the text', async (t) => {
  const rows = ODD.map((value, i) =>
    COLUMNS.map(({ type }) => (type === 'DT' ? (REAL_DAYS[i % REAL_DAYS.length] as string) : value)),
  );
  t.same(await isLikeTheText(rows), { csv: true, workbook: true, parquet: true });
});

holds(
  t,
  'any values are in each form what they are in the text',
  60,
  fc.asyncProperty(fc.array(oddRow, { maxLength: 4 }), async (rows) =>
    Object.values(await isLikeTheText(rows)).every((is) => is),
  ),
);
