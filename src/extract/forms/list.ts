/** Lists that are no extract of rows, in the forms that extracts have: caret lines, CSV, a workbook. */
import type { About } from './about.ts';
import type { FormColumn, Rows } from './columns.ts';
import { csvForm } from './csv.ts';
import type { Form } from './form.ts';
import { workbookForm } from './workbook.ts';

/** The forms of a list. */
export type ListForm = Exclude<Form, 'parquet'>;

/** @param isDay whether values are days, CCYYMMDD */
export const listColumns = (
  columns: readonly { readonly name: string; readonly isDay?: boolean; readonly max: number }[],
): readonly FormColumn[] =>
  columns.map(({ name, isDay = false, max }, place) => ({ name, isDay, max, place, isLabel: false }));

/** The bytes of a list, in pieces. Text is caret lines without names of columns, as the state's files are. */
export function listForm(
  form: ListForm,
  rows: Rows,
  columns: readonly FormColumn[],
  about: About,
): AsyncGenerator<Uint8Array | string> {
  switch (form) {
    case 'csv':
      return csvForm(rows, columns);
    case 'xlsx':
      return workbookForm(rows, columns, about);
    case 'text':
      return caretLines(rows);
  }
}

async function* caretLines(rows: Rows): AsyncGenerator<string> {
  for await (const some of rows) yield some.map((row) => `${row.join('^')}\r\n`).join('');
}
