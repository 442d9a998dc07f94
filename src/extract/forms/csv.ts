/** An extract as CSV (RFC 4180), with column names in the first line. Days stay as they are in the file, CCYYMMDD. */
import { csvLine } from '#intake/problem';
import { type FormColumn, type Rows, valueIn } from './columns.ts';

/** The lines, in pieces. What a spreadsheet would take for a formula has an apostrophe before it. */
export async function* csvForm(rows: Rows, columns: readonly FormColumn[]): AsyncGenerator<string> {
  yield csvLine(columns.map(({ name }) => name));
  for await (const some of rows)
    if (some.length > 0) yield some.map((row) => csvLine(columns.map((column) => valueIn(row, column)))).join('');
}
