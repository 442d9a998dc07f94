/** How many rows of an extract have each value, read off its file: of what tells rows apart, and of the derived fields. */
import { Type } from 'typebox';
import { closed, type Shape } from '#base/shape';
import { outputColumns } from '#records/layout';
import type { Rulebook } from '#rulebook/load/assemble';
import { MOST_DISTINCT } from './counts.ts';
import { keyColumns, rowsIn } from './file-rows.ts';
import { formColumns } from './forms/columns.ts';

/** A column with more different values than this does not have them counted one by one. */
const MOST_LISTED = 1_000;

const ValueCount = Type.Object(
  {
    value: Type.String(),
    meaning: Type.Optional(Type.String({ description: 'What the code means, where a code set says it' })),
    rows: Type.Integer(),
  },
  closed,
);

export const ColumnCounts = Type.Object(
  {
    field: Type.String({ description: 'The number of the column' }),
    name: Type.String(),
    isDerived: Type.Boolean({ description: 'Whether rules make its values; otherwise it tells rows apart' }),
    blank: Type.Integer({ description: 'Rows in which it is blank' }),
    values: Type.Array(ValueCount, {
      description: `Other values, in ascending order; none for a column with more than ${MOST_LISTED} of them`,
    }),
  },
  closed,
);
export type ColumnCounts = Shape<typeof ColumnCounts>;

const SSID = 'ssid';
const DAY = 'DT';

/**
 * @param extract bytes of the text file
 * @param columnSet that it has
 * @returns in the order of the columns; without the SSID, and without days, which say more about a student than a code
 * @throws UserError for a file that is no extract of this column set
 */
export async function valueCounts(
  extract: AsyncIterable<Uint8Array>,
  rulebook: Rulebook,
  columnSet: string,
): Promise<ColumnCounts[]> {
  const columns = outputColumns(rulebook.schemas.output, columnSet);
  const forms = formColumns(rulebook, columnSet, false);
  const keys = keyColumns(columns, rulebook);
  const counted = columns.flatMap((column, place) => {
    const isKey = keys.includes(place) && column.copyOf !== SSID;
    return isKey || (column.rule && column.type !== DAY)
      ? [{ column, place, rows: new Map<string, number>(), isDerived: !isKey }]
      : [];
  });
  for await (const rows of rowsIn(extract, columns.length))
    for (const values of rows)
      for (const { place, rows: of } of counted) {
        const value = values[place] as string;
        const known = of.get(value);
        if (known !== undefined || of.size <= MOST_DISTINCT) of.set(value, (known ?? 0) + 1);
      }
  return counted.map(({ column, place, rows, isDerived }) => {
    const blank = rows.get('') ?? 0;
    rows.delete('');
    const { meanings } = forms[place] as (typeof forms)[number];
    const values = [...rows].sort(([a], [b]) => (a < b ? -1 : 1));
    return {
      field: column.no,
      name: column.name,
      isDerived,
      blank,
      values:
        values.length > MOST_LISTED
          ? []
          : values.map(([value, count]) => {
              const meaning = meanings?.get(value);
              return { value, ...(meaning !== undefined && { meaning }), rows: count };
            }),
    };
  });
}
