/** Problems as a workbook: texts stay texts, so that leading zeros stay and nothing is taken for a formula. */
import type { CellValue } from 'hucre/xlsx';
import { workbookLibrary } from '#base/workbook-library';
import { workbookText } from '#base/workbook-text';
import { PROBLEM_KEYS, type Problem } from './problem.ts';

const WIDTHS: Readonly<Partial<Record<keyof Problem, number>>> = { file: 24, fieldName: 32, value: 24, message: 100 };
const USUAL_WIDTH = 12;

/** The bytes of the workbook, in pieces; more problems than a sheet can have go on in another. */
export async function* problemWorkbook(problems: AsyncIterable<Problem>): AsyncGenerator<Uint8Array> {
  const { writeXlsxStream } = await workbookLibrary();
  const lines = async function* (): AsyncGenerator<CellValue[]> {
    yield [...PROBLEM_KEYS];
    for await (const problem of problems)
      yield PROBLEM_KEYS.map((key) => (typeof problem[key] === 'string' ? workbookText(problem[key]) : problem[key]));
  };
  yield* writeXlsxStream(lines(), {
    name: 'Problems',
    columns: PROBLEM_KEYS.map((key) => ({ width: WIDTHS[key] ?? USUAL_WIDTH })),
    freezePane: { rows: 1 },
  });
}
