/** Problems as a workbook: texts stay texts, so that leading zeros stay and nothing is taken for a formula. */
import { type CellValue, writeXlsxStream } from 'hucre/xlsx';
import { PROBLEM_KEYS, type Problem } from './problem.ts';

const WIDTHS: Readonly<Partial<Record<keyof Problem, number>>> = { file: 24, fieldName: 32, value: 24, message: 100 };
const USUAL_WIDTH = 12;

/** The bytes of the workbook, in pieces; more problems than a sheet can have go on in another. */
export function problemWorkbook(problems: AsyncIterable<Problem>): AsyncIterable<Uint8Array> {
  const lines = async function* (): AsyncGenerator<CellValue[]> {
    yield [...PROBLEM_KEYS];
    for await (const problem of problems)
      yield PROBLEM_KEYS.map((key) => (typeof problem[key] === 'string' ? asText(problem[key]) : problem[key]));
  };
  return writeXlsxStream(lines(), {
    name: 'Problems',
    columns: PROBLEM_KEYS.map((key) => ({ width: WIDTHS[key] ?? USUAL_WIDTH })),
    freezePane: { rows: 1 },
  });
}

/** In a workbook `_x0041_` stands for the letter A; a value that looks like that is written so that it comes back. */
const asText = (text: string): string => text.replaceAll(/_(?=x[0-9A-Fa-f]{4}_)/g, '_x005F_');
