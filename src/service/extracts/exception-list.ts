/** Exceptions of an extract as files: lines of CSV, and a workbook with their counts. */
import type { CellValue } from 'hucre/xlsx';
import { workbookLibrary } from '#base/workbook-library';
import { workbookText } from '#base/workbook-text';
import { csvLine } from '#intake/problem';
import { EXCEPTION_WORDS, type Exceptional, type ExceptionKind } from '../schemas/exception.ts';

const COLUMNS = [
  { name: 'SSID', width: 14 },
  { name: 'Reporting LEA', width: 14 },
  { name: 'School of Attendance', width: 20 },
  { name: 'Grade', width: 8 },
  { name: 'What', width: 44 },
  { name: 'Why', width: 70 },
  { name: 'Check', width: 12 },
  { name: 'What the check is about', width: 44 },
  { name: 'Record type', width: 12 },
  { name: 'Upload', width: 30 },
  { name: 'File', width: 20 },
  { name: 'Line', width: 10 },
] as const;

export const EXCEPTION_HEAD: readonly string[] = COLUMNS.map(({ name }) => name);

/** A sheet holds no more; the list has them all. */
export const MOST_IN_WORKBOOK = 100_000;

/** A line for each reason why a row or a student is an exception. */
export const exceptionLines = ({ ssid, row, exceptions }: Exceptional): string[][] =>
  exceptions.map(({ kind, sentence, recordType, checks = [], sent }) => [
    ...[ssid, row?.reportingLEA ?? '', row?.school ?? '', row?.grade ?? ''],
    ...[EXCEPTION_WORDS[kind], sentence],
    ...[checks.map(({ code }) => code).join(' '), checks.map(({ title = '' }) => title).join(', ')],
    ...[recordType, sent?.upload ?? '', sent?.file ?? '', sent === undefined ? '' : String(sent.line)],
  ]);

/** The list, piece by piece, with names of columns first. */
export async function* exceptionCSV(all: AsyncIterable<Exceptional>): AsyncGenerator<string> {
  yield csvLine(EXCEPTION_HEAD);
  for await (const exceptional of all) yield exceptionLines(exceptional).map(csvLine).join('');
}

/**
 * The bytes of a workbook.
 * @param identified what they are exceptions of
 * @param counts how many rows and students there are of each kind
 */
export async function exceptionWorkbook(
  identified: string,
  counts: readonly (readonly [ExceptionKind, number])[],
  all: AsyncIterable<Exceptional>,
): Promise<Uint8Array> {
  const rows: CellValue[][] = [];
  let isCut = false;
  for await (const exceptional of all) {
    isCut = rows.length >= MOST_IN_WORKBOOK;
    if (isCut) break;
    for (const line of exceptionLines(exceptional))
      rows.push(line.map((value, i) => (i === line.length - 1 && value !== '' ? Number(value) : workbookText(value))));
  }
  const about: CellValue[][] = [
    [workbookText(identified)],
    ...counts.map(([kind, count]): CellValue[] => [EXCEPTION_WORDS[kind], count]),
    ...(isCut ? [['Not all of them are in this workbook; the list as CSV has the others too.']] : []),
  ];
  return (await workbookLibrary()).writeXlsx({
    sheets: [
      { name: 'About', rows: about, columns: [{ width: 80 }, { width: 12 }] },
      {
        name: 'Exceptions',
        rows: [[...EXCEPTION_HEAD], ...rows],
        columns: COLUMNS.map(({ width }) => ({ width })),
        freezePane: { rows: 1 },
      },
    ],
    properties: { modified: new Date(0) },
  });
}
