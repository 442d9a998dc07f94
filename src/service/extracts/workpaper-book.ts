/** Workpapers as a workbook: the method, a line for each value to be tested, the source lines, the proofs. */
import type { CellValue, ColumnDef, WriteSheet } from 'hucre/xlsx';
import { workbookLibrary } from '#base/workbook-library';
import { workbookText } from '#base/workbook-text';
import { dateOf } from '#extract/forms/columns';
import { withDashes } from '#records/days';
import type { SourceLine, Workpapers } from '../schemas/workpapers.ts';

/** Left blank, for whoever tests and whoever reviews. */
const BY_HAND = ['Tick mark', 'Prepared by', 'Date', 'Reviewed by', 'Date', 'Remarks'];
const BLANK = BY_HAND.map(() => null);

interface SheetColumn {
  readonly name: string;
  readonly width: number;
}

const WIDTHS: Readonly<Record<string, number>> = {
  'Why, in short': 60,
  'Field name': 34,
  'As it was sent': 90,
  Published: 60,
  Remarks: 40,
  Rule: 24,
  'Path to the root': 60,
  Root: 66,
  Salt: 66,
};
const USUAL_WIDTH = 14;
const wrapped = new Set(['Why, in short', 'Published', 'As it was sent', 'Path to the root']);

const columnOf = (name: string): SheetColumn => ({ name, width: WIDTHS[name] ?? USUAL_WIDTH });

/** Texts stay texts, so that leading zeros stay and nothing is taken for a formula. */
const cellOf = (value: string | number | null): CellValue => (typeof value === 'string' ? workbookText(value) : value);

function sheet(
  name: string,
  names: readonly string[],
  rows: readonly (readonly (string | number | null)[])[],
): WriteSheet {
  const columns = names.map(columnOf);
  return {
    name,
    columns: columns.map(
      ({ name: of, width }): ColumnDef => ({
        width,
        ...(wrapped.has(of) && { style: { alignment: { wrapText: true, vertical: 'top' } } }),
      }),
    ),
    rows: [[...names], ...rows.map((cells) => cells.map(cellOf))],
    freezePane: { rows: 1 },
    pageSetup: { orientation: 'landscape', fitToPage: true, fitToWidth: 1, fitToHeight: 0, printTitlesRow: '$1:$1' },
  };
}

/** The bytes of the workbook; the same workpapers are the same workbook. */
export const workpaperBook = async (papers: Workpapers): Promise<Uint8Array> =>
  (await workbookLibrary()).writeXlsx({
    sheets: [
      methodSheet(papers),
      ...(papers.students.length > 0 || papers.rows.length === 0
        ? [studentSheet(papers)]
        : [valueSheet(papers), lineSheet(papers), proofSheet(papers)]),
    ],
    properties: { modified: dateOf(papers.extract.runDate) ?? new Date(0) },
  });

function methodSheet({ extract, sample }: Workpapers): WriteSheet {
  const { rulebook } = extract;
  const lines: readonly (readonly (string | number)[])[] = [
    ['Extract', extract.id],
    ['SHA-256 of the extract', extract.sha256],
    ['SHA-256 of the manifest', extract.manifestSha256],
    ['Merkle root', extract.merkleRoot],
    ['Run date', withDashes(extract.runDate)],
    ['Rulebook', `${rulebook.name} ${rulebook.version}`],
    ['SHA-256 of the rulebook', rulebook.sha256],
    ['Population', `${sample.population.size} ${sample.population.of}`],
    ['Size of the sample', sample.size],
    ['Seed', sample.seed],
    [
      'Drawn by',
      sample.by === undefined ? 'no strata' : `${sample.by}${sample.field ? ` of field ${sample.field}` : ''}`,
    ],
    ['Method', sample.method],
    ['', ''],
    ['Stratum', 'Population', 'Drawn'],
    ...sample.strata.map(({ value, population, drawn }) => [value, population, drawn]),
  ];
  return {
    name: 'Method',
    columns: [
      { width: 26 },
      { width: 90, style: { alignment: { wrapText: true, vertical: 'top', horizontal: 'left' } } },
      { width: 12 },
    ],
    rows: lines.map((cells) => cells.map(cellOf)),
    pageSetup: { orientation: 'landscape', fitToPage: true, fitToWidth: 1, fitToHeight: 0 },
  };
}

const valueSheet = ({ rows }: Workpapers): WriteSheet =>
  sheet(
    'Values',
    [
      'No.',
      'Line',
      'Stratum',
      'SSID',
      'LEA',
      'School',
      'Grade',
      'Field',
      'Field name',
      'Value',
      'Why, in short',
      'Rule',
      'Published',
      ...BY_HAND,
    ],
    rows.flatMap(({ number, stratum, ssid, reportingLEA, school, grade, fields }, i) =>
      fields.map(({ field, name, value, short, rule = '', published }) => [
        i + 1,
        number,
        stratum,
        ssid,
        reportingLEA,
        school,
        grade,
        field,
        name,
        value,
        short,
        rule,
        published ? `${published.page}, element ${published.element}` : '',
        ...BLANK,
      ]),
    ),
  );

const lineCells = ({ recordType, sent, text, usedFor }: SourceLine): (string | number)[] => [
  recordType,
  sent?.upload ?? '',
  sent?.file ?? 'sent by another LEA',
  sent?.line ?? '',
  sent?.ssid === '' ? 'without an SSID' : (sent?.ssid ?? ''),
  text,
  usedFor.join(', '),
];
const LINE_NAMES = [
  'Record type',
  'Upload',
  'File',
  'Line of the file',
  'Sent with SSID',
  'As it was sent',
  'Used for fields',
];

const lineSheet = ({ rows }: Workpapers): WriteSheet =>
  sheet(
    'Source lines',
    ['No.', 'SSID', ...LINE_NAMES, ...BY_HAND],
    rows.flatMap(({ ssid, lines }, i) => lines.map((line) => [i + 1, ssid, ...lineCells(line), ...BLANK])),
  );

const proofSheet = ({ rows }: Workpapers): WriteSheet =>
  sheet(
    'Proofs',
    ['No.', 'Line', 'SSID', 'Salt', 'Path to the root', 'Root'],
    rows.map(({ number, ssid, proof: { salt = '', path, root } }, i) => [
      i + 1,
      number,
      ssid,
      salt,
      path.join(' '),
      root,
    ]),
  );

const studentSheet = ({ students }: Workpapers): WriteSheet =>
  sheet(
    'Students',
    ['No.', 'SSID', 'Why, in short', ...LINE_NAMES.slice(0, -1), ...BY_HAND],
    students.flatMap(({ ssid, short, enrollments, rejections }, i) => [
      [i + 1, ssid, short, '', '', '', '', '', '', ...BLANK],
      ...enrollments.map(({ says, line }) => [i + 1, ssid, says, ...lineCells(line).slice(0, -1), ...BLANK]),
      ...rejections.map(({ file, line, message }) => [
        i + 1,
        ssid,
        message,
        'rejected',
        '',
        file,
        line,
        '',
        '',
        ...BLANK,
      ]),
    ]),
  );
