/** What is behind a value, by school: as lines of CSV, and as a workbook. */
import type { CellValue } from 'hucre/xlsx';
import { workbookLibrary } from '#base/workbook-library';
import { workbookText } from '#base/workbook-text';
import type { Grounds } from './grounds.ts';

/** Names of columns first, then a line for each ground at each school. */
export const groundLines = ({ grounds }: Grounds): string[][] => [
  ['Rule', 'Codes', 'Meaning', 'Reporting LEA', 'School of Attendance', 'Students'],
  ...grounds.flatMap(({ rule, codes, meanings, bySchool }) =>
    [...bySchool]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([where, students]) => [rule, codes.join(' '), meanings.join(', '), ...where.split(' '), String(students)]),
  ),
];

const TOTALS = ['Rule', 'Codes', 'Meaning', 'Students', 'By This Alone', 'Rows'];

/**
 * The bytes of a workbook: each ground over all schools, and the same by school.
 * @param asked which value of which field it is
 */
export async function groundsWorkbook(asked: string, found: Grounds): Promise<Uint8Array> {
  const totals = found.grounds.map(({ rule, codes, meanings, students, alone, rows }): CellValue[] => [
    ...[rule, codes.join(' '), workbookText(meanings.join(', '))],
    ...[students, alone, rows],
  ]);
  const bySchool = groundLines(found).map((line, i): CellValue[] =>
    line.map((value, place) => (i > 0 && place === line.length - 1 ? Number(value) : workbookText(value))),
  );
  const counted: CellValue[][] = [
    [workbookText(asked)],
    ['Students', found.students],
    ['Rows', found.rows],
    ['A student counts once, however many schools; one with several grounds counts in each.'],
  ];
  const widths = (...all: number[]) => all.map((width) => ({ width }));
  const freezePane = { rows: 1 };
  return (await workbookLibrary()).writeXlsx({
    sheets: [
      { name: 'About', rows: counted, columns: widths(80, 12) },
      { name: 'Grounds', rows: [TOTALS, ...totals], columns: widths(24, 10, 60, 12, 14, 12), freezePane },
      { name: 'By school', rows: bySchool, columns: widths(24, 10, 60, 14, 20, 12), freezePane },
    ],
    properties: { modified: new Date(0) },
  });
}
