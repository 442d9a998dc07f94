/** Differences of two extracts as a list: a line for each, as NDJSON, and for each value that changed as CSV. */
import { csvLine } from '#intake/problem';
import type { OutputColumn } from '#records/layout';
import type { PlacedRow, RowDifference } from './row-differences.ts';

/** Columns of the two extracts. */
export interface DifferingColumns {
  readonly before: readonly OutputColumn[];
  readonly after: readonly OutputColumn[];
  /** Those that tell rows apart. */
  readonly keys: readonly OutputColumn[];
  /** Whether it is looked for why rows differ. */
  readonly hasReasons?: boolean;
}

/** A difference as it is shown. */
export interface ShownDifference {
  readonly kind: RowDifference['kind'];
  /** By key of the column. */
  readonly row: Readonly<Record<string, string>>;
  /** Whether the student has no row in the other extract; absent for a row that changed. */
  readonly isStudent?: boolean;
  /** Of a row that changed: the values that differ. */
  readonly fields?: readonly {
    readonly field: string;
    readonly name: string;
    readonly before: string;
    readonly after: string;
  }[];
  /** Why, in a sentence or more; absent where nobody looked, or can tell. */
  readonly reason?: string;
}

const valueIn = ({ values }: PlacedRow, columns: readonly OutputColumn[], key: string): string =>
  values[columns.findIndex((column) => column.key === key)] ?? '';

export function shownDifference(
  difference: RowDifference,
  columns: DifferingColumns,
  reason?: string,
): ShownDifference {
  const { kind } = difference;
  const why = reason === undefined ? {} : { reason };
  const row = (of: PlacedRow, own: readonly OutputColumn[]): Record<string, string> =>
    Object.fromEntries(columns.keys.map(({ key }) => [key, valueIn(of, own, key)]));
  if (difference.kind !== 'changed')
    return {
      kind,
      row: row(difference.row, kind === 'new' ? columns.after : columns.before),
      isStudent: difference.isStudent,
      ...why,
    };
  const { before, after } = difference;
  return {
    kind,
    row: row(after, columns.after),
    fields: difference.columns.map(({ no, name, key }) => ({
      field: no,
      name,
      before: valueIn(before, columns.before, key),
      after: valueIn(after, columns.after, key),
    })),
    ...why,
  };
}

/** How a list is written. */
export interface DifferenceForm {
  readonly head: (columns: DifferingColumns) => string;
  readonly lines: (difference: ShownDifference, columns: DifferingColumns) => string;
}

export const asNDJSON: DifferenceForm = {
  head: () => '',
  lines: (difference) => `${JSON.stringify(difference)}\n`,
};

export const asCSV: DifferenceForm = {
  head: ({ keys, hasReasons }) =>
    csvLine([
      ...['Difference', ...keys.map(({ name }) => name), 'Field', 'Name', 'Before', 'After'],
      ...(hasReasons ? ['Reason'] : []),
    ]),
  lines({ kind, row, fields, reason = '' }, { hasReasons }) {
    const start = [kind, ...Object.values(row)];
    const end = hasReasons ? [reason] : [];
    if (!fields) return csvLine([...start, '', '', '', '', ...end]);
    return fields
      .map(({ field, name, before, after }) => csvLine([...start, field, name, before, after, ...end]))
      .join('');
  },
};
