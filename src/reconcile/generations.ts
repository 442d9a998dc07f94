/** Which columns a file of the state has, by how many there are or what its first line calls them. */
import { UserError } from '#base/user-error';
import { type ColumnSetItem, type OutputColumn, type OutputLayout, outputColumns } from '#records/layout';

/** `schemas/generations.json`. */
export interface Generations {
  readonly generations: Readonly<Record<string, Generation>>;
  /** By column: how many digits a value of digits has, so that zeros which a spreadsheet took off can be put back. */
  readonly digits: Readonly<Record<string, number>>;
  /** Columns of any length that may begin with zeros. */
  readonly zerosMayBeLost: readonly string[];
  /** The column that names an academic year. */
  readonly academicYear: string;
}

interface Generation {
  readonly says: string;
  readonly columns: readonly ColumnSetItem[];
}

/** A generation, or a column set of the rulebook. */
export interface FileColumns {
  readonly name: string;
  readonly says: string;
  readonly columns: readonly OutputColumn[];
}

/** Every form that a file can have, those of the rulebook first; two with the same columns count once. */
export function knownForms(output: OutputLayout, { generations }: Generations): readonly FileColumns[] {
  const sets: Record<string, readonly ColumnSetItem[]> = { ...output.columnSets };
  for (const [name, { columns }] of Object.entries(generations)) sets[`generation ${name}`] = columns;
  const layout: OutputLayout = { ...output, columnSets: sets };
  const met = new Map<string, FileColumns>();
  for (const name of Object.keys(sets)) {
    const columns = outputColumns(layout, name);
    const id = columns.map(({ key }) => key).join();
    const generation = generations[name.replace('generation ', '')];
    const says = generation?.says ?? 'a column set of the rulebook';
    if (columns.length > 0 && !met.has(id)) met.set(id, { name, says, columns });
  }
  return [...met.values()];
}

const plain = (name: string): string => name.replaceAll(/[^\p{L}\p{N}]/gu, '').toLowerCase();

/** So many names of columns make a line the header. */
const FEWEST_NAMES = 3;

/**
 * The columns that the names of a header stand for, in their order; `undefined` in the place of an unknown one.
 * @returns `undefined` when the line is no header
 */
export function headerColumns(
  fields: readonly string[],
  { columns }: OutputLayout,
): readonly (OutputColumn | undefined)[] | undefined {
  const found = fields.map((field) => {
    const name = plain(field);
    return columns.find((column) => plain(column.name) === name || plain(column.key) === name);
  });
  const known = found.filter((column) => column !== undefined);
  return known.length >= FEWEST_NAMES && known.length * 2 > fields.length ? found : undefined;
}

/**
 * The form of a file whose first row has these values: by their number, and of several forms the one whose columns they fit.
 * @throws UserError when no form has so many
 */
export function formOfRow(values: readonly string[], forms: readonly FileColumns[], where: string): FileColumns {
  const fitting = forms.filter(({ columns }) => columns.length === values.length);
  const counts = [...new Set(forms.map(({ columns }) => columns.length))].sort((a, b) => a - b);
  if (fitting.length === 0)
    throw new UserError(
      `${where} has ${values.length} fields; a CENR file has ${counts.join(', ')}. Give the file as it was downloaded, or one with the names of its columns in the first line`,
    );
  const misfits = ({ columns }: FileColumns): number =>
    columns.filter(
      ({ type }, i) => type === 'DT' && !/^$|^\d{8}$|^\d{4}-\d\d-\d\d$|^\d\d?\/\d\d?\/\d{4}$/.test(values[i] ?? ''),
    ).length;
  return fitting.reduce((best, form) => (misfits(form) < misfits(best) ? form : best));
}
