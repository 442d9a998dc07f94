/**
 * An extract as a workbook without macros: days are dates, everything else is text, so that leading zeros stay and
 * nothing is taken for a formula. The library that writes it has two ways: with a filter and several kinds of sheets,
 * held in memory; or one kind of sheet, as rows come. Up to 20,000 rows it is the first, above the second, whose first
 * row says what is left out.
 */
import type { CellValue, ColumnDef, WriteSheet } from 'hucre/xlsx';
import { grouped } from '#base/text';
import { MOST_LINES_OF_SHEET, workbookLibrary } from '#base/workbook-library';
import { workbookText } from '#base/workbook-text';
import { type About, aboutLines } from './about.ts';
import { dateOf, type FormColumn, type Row, type Rows, valueIn } from './columns.ts';

/** Where a workbook becomes another one; a test takes smaller numbers. */
interface WorkbookLimits {
  /** So many rows have a filter and an About sheet. */
  readonly rowsWithAbout: number;
  /** A sheet has so many lines, those with names included. */
  readonly linesInSheet: number;
}

const LIMITS: WorkbookLimits = { rowsWithAbout: 20_000, linesInSheet: MOST_LINES_OF_SHEET };

const SHEET = 'CENR';
const NARROWEST = 10;
const WIDEST = 30;

/** The bytes of the workbook, in pieces. */
export async function* workbookForm(
  rows: Rows,
  columns: readonly FormColumn[],
  about: About,
  limits: WorkbookLimits = LIMITS,
): AsyncGenerator<Uint8Array> {
  const source = rows[Symbol.asyncIterator]();
  const first: Row[] = [];
  let isAll = false;
  while (!isAll && first.length <= limits.rowsWithAbout) {
    const next = await source.next();
    if (next.done) isAll = true;
    else first.push(...next.value);
  }
  if (isAll && first.length <= limits.rowsWithAbout) {
    yield await whole(first, columns, about);
    return;
  }
  const rest: Rows = { [Symbol.asyncIterator]: () => source };
  const lines = sheetLines(first, rest, columns, limits);
  const options = { name: about.sheet ?? SHEET, columns: widthsOf(columns), freezePane: { rows: 2 } };
  // Two lines stand above the rows of every sheet; the library would repeat one.
  const { writeXlsxStream } = await workbookLibrary();
  yield* writeXlsxStream(lines, { ...options, maxRowsPerSheet: limits.linesInSheet, repeatHeaders: false });
}

/** The lines of all sheets, one after the other: on top of each what is left out, and the names of the columns. */
async function* sheetLines(
  first: readonly Row[],
  rest: Rows,
  columns: readonly FormColumn[],
  { rowsWithAbout, linesInSheet }: WorkbookLimits,
): AsyncGenerator<CellValue[]> {
  const top: readonly CellValue[][] = [
    [
      `Left out above ${grouped(rowsWithAbout)} rows: the filter and the About sheet. Request, rulebook and SHA-256 are in the manifest of the extract; the meanings of the codes are in the code sets of the rulebook, or beside the codes if the workbook is made with labels. For a filter, select row 2. A sheet has ${grouped(linesInSheet - 2)} rows; more are in the sheets behind it.`,
    ],
    columns.map(({ name }) => name),
  ];
  let inSheet = linesInSheet;
  const lines = function* (some: readonly Row[]): Generator<CellValue[]> {
    for (const row of some) {
      if (inSheet === linesInSheet) {
        yield* top;
        inSheet = top.length;
      }
      yield cellsOf(row, columns);
      inSheet++;
    }
  };
  yield* lines(first);
  for await (const some of rest) yield* lines(some);
}

async function whole(rows: readonly Row[], columns: readonly FormColumn[], about: About): Promise<Uint8Array> {
  const { rangeRef, writeXlsx } = await workbookLibrary();
  const sheet: WriteSheet = {
    name: about.sheet ?? SHEET,
    columns: widthsOf(columns),
    rows: [columns.map(({ name }) => name), ...rows.map((row) => cellsOf(row, columns))],
    freezePane: { rows: 1 },
    autoFilter: { range: rangeRef(0, 0, rows.length, columns.length - 1) },
  };
  return writeXlsx({
    sheets: [sheet, aboutSheet(rows, columns, about)],
    // The same extract is the same workbook: it was made when the extract was, as far as that is known.
    properties: { modified: dateOf(about.made?.runDate ?? '') ?? new Date(0) },
  });
}

/** What the extract is, and the codes that it has, column by column. */
function aboutSheet(rows: readonly Row[], columns: readonly FormColumn[], about: About): WriteSheet {
  const codes = columns.flatMap((column) => {
    const { name, meanings, isLabel } = column;
    if (!meanings || isLabel) return [];
    const found = new Set(rows.map((row) => valueIn(row, column)));
    found.delete('');
    return [...found].sort().map((code) => [name, code, meanings.get(code) ?? 'not in the code set'].map(workbookText));
  });
  return {
    name: 'About',
    columns: [{ width: 45 }, { width: 25 }, { width: 80 }],
    rows: [
      ...aboutLines(about).map((texts) => texts.map(workbookText)),
      ['Rows', grouped(rows.length)],
      [],
      ['Column', 'Code', 'Meaning'],
      ...codes,
    ],
  };
}

const widthsOf = (columns: readonly FormColumn[]): ColumnDef[] =>
  columns.map(({ name, max }) => ({
    width: Math.min(Math.max(name.length, max, NARROWEST), WIDEST) + 2,
  }));

const cellsOf = (row: Row, columns: readonly FormColumn[]): CellValue[] =>
  columns.map((column) => {
    const text = valueIn(row, column);
    if (text === '') return null;
    return (column.isDay && text >= FIRST_DAY && dateOf(text)) || workbookText(text);
  });

/** Programs number the days before this one differently, or not at all: they stay texts. */
const FIRST_DAY = '19000301';
