/** The rows of an extract in another form. */
import { outputColumns } from '#records/layout';
import type { Rulebook } from '#rulebook/load/assemble';
import { rowsIn } from '../file-rows.ts';
import type { About } from './about.ts';
import { formColumns } from './columns.ts';
import { csvForm } from './csv.ts';
import type { MadeForm } from './form.ts';
import { parquetForm } from './parquet.ts';
import { workbookForm } from './workbook.ts';

export interface FormOptions {
  /** Where names of columns and meanings of codes are from. */
  readonly rulebook: Rulebook;
  /** The column set of the extract. */
  readonly columns: string;
  /** Whether the meanings of codes stand beside them. */
  readonly labels: boolean;
  readonly about: Omit<About, 'columns' | 'namesFrom'>;
}

/**
 * The bytes of the form, in pieces; they are made as they are asked for.
 * @param extract bytes of the text file
 * @throws UserError for a file that is no extract of this column set, and for a value that the form cannot have
 */
export function madeForm(
  form: MadeForm,
  extract: AsyncIterable<Uint8Array>,
  { rulebook, columns: set, labels, about }: FormOptions,
): AsyncIterable<Uint8Array | string> {
  const columns = formColumns(rulebook, set, labels);
  const rows = rowsIn(extract, outputColumns(rulebook.schemas.output, set).length);
  const { name, version } = rulebook.about;
  const known: About = { ...about, columns: set, namesFrom: { name, version, sha256: rulebook.hash } };
  switch (form) {
    case 'csv':
      return csvForm(rows, columns);
    case 'parquet':
      return parquetForm(rows, columns, known);
    case 'xlsx':
      return workbookForm(rows, columns, known);
  }
}
