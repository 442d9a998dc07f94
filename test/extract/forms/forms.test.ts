/** An extract in other forms: cell by cell what the text file has. */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { readXlsx } from 'hucre/xlsx';
import { parquetMetadata, parquetReadObjects, parquetSchema } from 'hyparquet';
import t from 'tap';
import { type FormColumn, formColumns } from '#extract/forms/columns';
import { FORMS, formOfName, type MadeForm } from '#extract/forms/form';
import { formPlan, madeForm } from '#extract/forms/made-form';
import { parquetForm } from '#extract/forms/parquet';
import { workbookForm } from '#extract/forms/workbook';
import { withDashes } from '#records/days';
import { outputColumns } from '#records/layout';
import { folder } from '../../support/folders.ts';
import { holds, shipped } from '../../support/histories.ts';

t.setTimeout(900_000);

const COLUMNS = outputColumns(shipped.schemas.output, '50');
const SHA256 = 'ab'.repeat(32);
const MADE = {
  request: { reportingLEAs: ['9900001'], academicYear: '2023-2024', adjusted: true, grades: ['01', '02'] },
  runDate: '20240715',
  rulebook: { name: shipped.about.name, version: shipped.about.version, sha256: shipped.hash },
} as const;
const ABOUT = { columns: '50', sha256: SHA256, made: MADE, namesFrom: MADE.rulebook };

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

const made = (form: MadeForm, rows: readonly (readonly string[])[], labels = false) =>
  bytesOf(madeForm(formPlan(form, shipped, '50', labels, { sha256: SHA256, made: MADE }), inPieces(rowsAsText(rows))));

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

const fileOf = ({ buffer, byteOffset, byteLength }: Buffer): ArrayBuffer =>
  buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer;

async function readParquet(bytes: Buffer): Promise<string[][]> {
  const file = fileOf(bytes);
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

await holds(
  t,
  'any values are in each form what they are in the text',
  60,
  fc.asyncProperty(fc.array(oddRow, { maxLength: 4 }), async (rows) =>
    Object.values(await isLikeTheText(rows)).every((is) => is),
  ),
);

const PEOPLE = [
  row({ ssid: '9900000001', schoolOfAttendance: '0199001', gradeLevelCode: '01', studentBirthDate: '20160229' }),
  row({ ssid: '9900000002', schoolOfAttendance: '0199001', gradeLevelCode: 'XX', studentBirthDate: '18991231' }),
  row({ ssid: '9900000003', englishLanguageAcquisitionStatus: 'EL', studentLegalFirstName: '=HYPERLINK("x")' }),
];

t.test('a workbook has dates, texts, names that stay in sight, and a filter', async (t) => {
  const [sheet, about] = await sheets(await made('xlsx', PEOPLE));
  t.equal(sheet?.name, 'CENR');
  const birth = NAMES.indexOf('Student Birth Date');
  t.same(sheet?.rows[1]?.[birth], new Date('2016-02-29'));
  t.equal(sheet?.rows[2]?.[birth], '18991231', 'a day that programs number differently stays a text');
  t.equal(sheet?.rows[1]?.[NAMES.indexOf('School of Attendance')], '0199001');
  t.equal(sheet?.rows[3]?.[NAMES.indexOf('Student Legal First Name')], '=HYPERLINK("x")', 'no formula');
  t.match(sheet, { freezePane: { rows: 1 }, autoFilter: { range: 'A1:AX4' } });
  t.ok(sheet?.columns?.every(({ width = 0 }) => width >= 10 && width <= 32));
  t.equal(about?.name, 'About');
});

t.test('the About sheet says what was asked for, by which rules, and what the codes mean', async (t) => {
  const [, about] = await sheets(await made('xlsx', PEOPLE));
  t.same(
    linesOf(about?.rows, 3).map((cells) => cells.join(' | ').replace(/( \| )+$/, '')),
    [
      'Reporting LEA | 9900001',
      'Academic Year | 2023-2024, adjusted',
      'Run date | 2024-07-15',
      `Rulebook | ${shipped.about.name} ${shipped.about.version}`,
      `SHA-256 of the rulebook | ${shipped.hash}`,
      'Column set | 50',
      `SHA-256 of the text file | ${SHA256}`,
      'Rows | 3',
      '',
      'Column | Code | Meaning',
      'Grade Level Code | 01 | First',
      'Grade Level Code | XX | not in the code set',
      `English Language Acquisition Status | EL | ${meaningOf('ELAS', 'EL')}`,
    ].toSpliced(2, 0, 'School of Attendance | all', 'Grade Level | 01, 02', 'Enrollment Status | all'),
  );
});

t.test('without a manifest a workbook says that the request is not known', async (t) => {
  const plan = formPlan('xlsx', shipped, '50', false, { sha256: SHA256 });
  const [, about] = await sheets(await bytesOf(madeForm(plan, inPieces(rowsAsText(PEOPLE)))));
  t.same(linesOf(about?.rows, 2).slice(0, 2), [
    ['Request', 'not known: the extract came without its manifest'],
    ['Column names and meanings: Rulebook', `${shipped.about.name} ${shipped.about.version}`],
  ]);
});

const meaningOf = (set: string, code: string): string | undefined =>
  shipped.schemas.codeSets.find(({ codeSet }) => codeSet === set)?.codes.find((one) => one.code === code)?.meaning;

t.test('labels stand behind the codes, in every form', async (t) => {
  const [csv, workbook, parquet] = [
    readCsv((await made('csv', PEOPLE, true)).toString()),
    linesOf((await sheets(await made('xlsx', PEOPLE, true)))[0]?.rows, 100),
    await parquetReadObjects({ file: fileOf(await made('parquet', PEOPLE, true)) }),
  ];
  const place = csv[0]?.indexOf('Grade Level Code (meaning)') as number;
  t.equal(csv[0]?.[place - 1], 'Grade Level Code');
  t.same(csv.map((cells) => cells[place]).slice(1), ['First', '', ''], 'a code that is unknown has no label');
  t.same(
    workbook.map((cells) => cells[place]),
    csv.map((cells) => cells[place]),
  );
  t.same(
    parquet.map((object) => object['Grade Level Code (meaning)']),
    ['First', null, null],
  );
  t.same(
    parquet.map((object) => object['English Language Acquisition Status (meaning)']),
    [null, null, meaningOf('ELAS', 'EL')],
    'a derived field has the code set of the column that its rules give',
  );
  t.notMatch(csv[0], ['Ethnicity/Race (meaning)'], 'a field whose values are made by rules has none');
});

/** Three rows that come in two groups, as a workbook with other limits. */
const limited = async (rows: readonly string[][], rowsWithAbout: number, linesInSheet: number) =>
  sheets(
    await bytesOf(
      workbookForm(rowsOf(rows.slice(0, 1), rows.slice(1)), COLUMNS_OF_FORM, ABOUT, { rowsWithAbout, linesInSheet }),
    ),
  );
const COLUMNS_OF_FORM: readonly FormColumn[] = formColumns(shipped, '50', false);

t.test('above its limit a workbook says what is left out, and goes on in further sheets', async (t) => {
  const found = await limited(PEOPLE, 2, 4);
  t.same(
    found.map(({ name }) => name),
    ['CENR', 'CENR_2'],
  );
  for (const [i, { rows, freezePane, autoFilter }] of found.entries()) {
    t.match(rows[0]?.[0], /^Left out above 2 rows: the filter and the About sheet\. .* A sheet has 2 rows; more are/);
    t.same(linesOf(rows.slice(1)), [NAMES, ...PEOPLE.slice(i * 2, i * 2 + 2)]);
    t.match(freezePane, { rows: 2 });
    t.notOk(autoFilter);
  }
  t.equal((await limited(PEOPLE.slice(0, 2), 2, 4))[1]?.name, 'About', 'as many rows as may be');
  t.same(
    (await limited(PEOPLE, 2, 5)).map(({ rows }) => rows.length),
    [5],
    'a sheet that is full has no empty one behind it',
  );
});

t.test('Parquet has dates by its schema, a group of rows at a time, and says what it is', async (t) => {
  const file = fileOf(await bytesOf(parquetForm(rowsOf(PEOPLE), COLUMNS_OF_FORM, ABOUT, 2)));
  const metadata = parquetMetadata(file);
  t.same(
    metadata.row_groups.map(({ num_rows }) => Number(num_rows)),
    [2, 1],
  );
  t.match(metadata.key_value_metadata, [{ key: 'Reporting LEA', value: '9900001' }]);
  for (const [i, { element }] of parquetSchema(metadata).children.entries())
    t.match(element, {
      name: NAMES[i],
      repetition_type: 'OPTIONAL',
      converted_type: COLUMNS[i]?.type === 'DT' ? 'DATE' : 'UTF8',
    });
  t.same(await readParquet(Buffer.from(file)), PEOPLE, 'and all rows');
});

t.test('an extract without rows has its names in every form', async (t) => {
  t.same(readCsv((await made('csv', [])).toString()), [NAMES]);
  t.same(linesOf((await sheets(await made('xlsx', [])))[0]?.rows), [NAMES]);
  const metadata = parquetMetadata(fileOf(await made('parquet', [])));
  t.same([Number(metadata.num_rows), parquetSchema(metadata).children.length], [0, NAMES.length]);
});

t.test('what no form can be made of is refused', async (t) => {
  const of = (text: string | Uint8Array, form: MadeForm = 'csv') =>
    bytesOf(
      madeForm(
        formPlan(form, shipped, '50', false, { sha256: SHA256 }),
        inPieces(Buffer.from(typeof text === 'string' ? `${text}\r\n` : text)),
      ),
    );
  await t.rejects(of('CENR-R^'), /line 1 of the extract has 2 fields, expected 50/);
  await t.rejects(of(await made('xlsx', PEOPLE)), /the extract is not a text in UTF-8/);
  const wrong = row({ studentBirthDate: '20230229' }).join('^');
  await t.rejects(of(wrong, 'parquet'), /found "20230229" in Student Birth Date, expected a real date/);
  t.match((await of(wrong)).toString(), /,20230229,/, 'CSV has what the file has');
  t.equal((await sheets(await of(wrong, 'xlsx')))[0]?.rows[1]?.[NAMES.indexOf('Student Birth Date')], '20230229');
  t.throws(() => formColumns(shipped, '49', false), /no column set "49"/);
});

t.test('the same extract is the same file', async (t) => {
  for (const form of FORMS.filter((one) => one !== 'text'))
    t.ok((await made(form, PEOPLE)).equals(await made(form, PEOPLE)), form);
});

t.test('the ending of a name tells the form', async (t) => {
  t.same(['a.csv', 'b/a.XLSX', 'a.parquet', 'a.txt', 'csv', '-', 'a.csv.gz'].map(formOfName), [
    'csv',
    'xlsx',
    'parquet',
    'text',
    'text',
    'text',
    'text',
  ]);
});

const program = ['soffice', 'libreoffice'].find((name) => spawnSync(name, ['--version']).status === 0) ?? '';
const skip = program === '' && 'LibreOffice is not here: apt-get install libreoffice-calc-nogui';

t.test('a spreadsheet program opens a workbook and finds what the text has', { skip }, async (t) => {
  const dir = folder(t);
  const rows = [...PEOPLE, ...ODD.filter(isOfText).map((value) => row({ studentLegalLastName: value }))];
  for (const [name, workbook] of [
    ['small', await made('xlsx', rows)],
    [
      'large',
      await bytesOf(workbookForm(rowsOf(rows), COLUMNS_OF_FORM, ABOUT, { rowsWithAbout: 1, linesInSheet: 1_000 })),
    ],
  ] as const) {
    writeFileSync(join(dir, `${name}.xlsx`), workbook);
    const ran = spawnSync(program, [
      `-env:UserInstallation=file://${dir}/profile`,
      '--headless',
      '--convert-to',
      'csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false',
      '--outdir',
      dir,
      join(dir, `${name}.xlsx`),
    ]);
    t.equal(ran.status, 0, String(ran.stderr));
    const lines = readCsv(readFileSync(join(dir, `${name}.csv`), 'utf8').replaceAll(/\r?\n/g, '\r\n'));
    t.same(lines.slice(name === 'small' ? 0 : 1), [
      NAMES,
      ...rows.map((values) => values.map((value, i) => (isRealDate(i, value) ? withDashes(value) : value))),
    ]);
  }
});

/** What no program takes for the end of a line, and no text of a workbook lacks. */
const isOfText = (value: string): boolean => !/[\p{Cc}\p{Zl}\p{Zp}]/u.test(value);
const isRealDate = (place: number, value: string): boolean =>
  COLUMNS[place]?.type === 'DT' && value >= '19000301' && value !== '';
