/** The students of a horizon as a list: CSV, NDJSON, or a workbook with the counts beside it. */
import type { CellValue, WriteSheet } from 'hucre/xlsx';
import { UserError } from '#base/user-error';
import { workbookLibrary } from '#base/workbook-library';
import { workbookText } from '#base/workbook-text';
import { csvLine } from '#intake/problem';
import { withDashes } from '#records/days';
import type { OutputColumn } from '#records/layout';
import type { Horizon } from '#rulebook/tree/nodes';
import { dateOf } from '../forms/columns.ts';
import type { HorizonCounts } from './counts-shape.ts';
import type { HorizonStudent } from './horizon.ts';

const DAY = 'DT';
const TOTAL = 'Total';
/** Of a workbook; its other forms have no end. */
const MOST_STUDENTS = 500_000;

const columnsOf = ({ by, day, decidedBy }: Horizon): readonly OutputColumn[] => [...by, day, ...decidedBy];

const valuesOf = ({ by, day, decidedBy }: HorizonStudent): readonly string[] => [...by, day, ...decidedBy];

/** The names of the columns of the list. */
export const horizonHead = (horizon: Horizon): readonly string[] => [
  'SSID',
  'When',
  ...columnsOf(horizon).map(({ name }) => name),
];

/** A student as a line of CSV; days are CCYYMMDD, as in the extract. */
export const asCSV = (student: HorizonStudent): string => csvLine([student.ssid, student.period, ...valuesOf(student)]);

/** A student as a line of NDJSON; days have dashes, what is blank is left out. */
export function asNDJSON(student: HorizonStudent, horizon: Horizon): string {
  const named = columnsOf(horizon).map(({ key, type }, i) => {
    const value = valuesOf(student)[i] ?? '';
    return [key, type === DAY && value !== '' ? withDashes(value) : value] as const;
  });
  const values = Object.fromEntries(named.filter(([, value]) => value !== ''));
  return `${JSON.stringify({ ssid: student.ssid, when: student.period, ...values })}\n`;
}

/** Counts as lines: names of columns first, a line for each cell, totals among them. */
export const countLines = ({ by, periods, cells }: HorizonCounts): (string | number)[][] => [
  [...by, ...periods.map(({ says }) => says)],
  ...cells.map(({ values, students }) => [...by.map((_, i) => values[i] ?? TOTAL), ...students]),
];

/**
 * The bytes of a workbook: counts, students, and what the counts can and cannot tell.
 * @throws UserError for more students than it has room for
 */
export async function horizonWorkbook(
  horizon: Horizon,
  counts: HorizonCounts,
  students: readonly HorizonStudent[],
): Promise<Uint8Array> {
  if (students.length >= MOST_STUDENTS)
    throw new UserError(`a workbook has room for ${MOST_STUDENTS} students; write a list of all as CSV or NDJSON`);
  const columns = columnsOf(horizon);
  const cell = (value: string, { type }: OutputColumn): CellValue =>
    (type === DAY ? dateOf(value) : undefined) ?? workbookText(value);
  const list = students.map((student): CellValue[] => [
    student.ssid,
    student.period,
    ...valuesOf(student).map((value, i) => cell(value, columns[i] as OutputColumn)),
  ]);
  const about: CellValue[][] = [
    ['Counted', counts.says],
    ['As of', counts.asOf],
    ...counts.periods.map(({ says, students: n }): CellValue[] => [says, n]),
    ...(counts.leaving === undefined ? [] : [['Leaving', counts.leaving]]),
    ...counts.cannotTell.map((says): CellValue[] => ['Cannot be told', says]),
  ];
  const sheets = [
    sheet('About', about, [50, 120]),
    sheet('Counts', countLines(counts), [...counts.by.map(() => 14), ...counts.periods.map(() => 16)]),
    sheet('Students', [[...horizonHead(horizon)], ...list], [12, 12, ...columns.map(() => 16)]),
  ];
  return (await workbookLibrary()).writeXlsx({ sheets, properties: { modified: new Date(0) } });
}

const sheet = (name: string, rows: CellValue[][], widths: readonly number[]): WriteSheet => ({
  name,
  rows,
  columns: widths.map((width) => ({ width })),
  freezePane: { rows: 1 },
});
