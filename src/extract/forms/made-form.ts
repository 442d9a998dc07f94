/** The rows of an extract in another form. */
import { outputColumns } from '#records/layout';
import type { Rulebook } from '#rulebook/load/assemble';
import { rowsIn } from '../file-rows.ts';
import { type About, namedRulebook } from './about.ts';
import { type FormColumn, formColumns } from './columns.ts';
import { csvForm } from './csv.ts';
import type { MadeForm } from './form.ts';
import { parquetForm } from './parquet.ts';
import { workbookForm } from './workbook.ts';

/** Of what a form is made beside the rows: plain data, which can be handed to a thread. */
export interface FormPlan {
  readonly form: MadeForm;
  readonly columns: readonly FormColumn[];
  /** How many columns the text file has. */
  readonly inFile: number;
  readonly about: About;
}

/**
 * @param rulebook where names of columns and meanings of codes are from
 * @param columns the column set of the extract
 * @param labels whether the meanings of codes stand beside them
 * @throws UserError for a column set that there is not
 */
export function formPlan(
  form: MadeForm,
  rulebook: Rulebook,
  columns: string,
  labels: boolean,
  known: Pick<About, 'sha256' | 'made'>,
): FormPlan {
  return {
    form,
    columns: formColumns(rulebook, columns, labels),
    inFile: outputColumns(rulebook.schemas.output, columns).length,
    about: { ...known, columns, namesFrom: namedRulebook(rulebook) },
  };
}

/**
 * The bytes of the form, in pieces; they are made as they are asked for.
 * @param extract bytes of the text file
 * @throws UserError for a file that is no extract of this column set, and for a value that the form cannot have
 */
export function madeForm(
  { form, columns, inFile, about }: FormPlan,
  extract: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array | string> {
  const rows = rowsIn(extract, inFile);
  switch (form) {
    case 'csv':
      return csvForm(rows, columns);
    case 'parquet':
      return parquetForm(rows, columns, about);
    case 'xlsx':
      return workbookForm(rows, columns, about);
  }
}
