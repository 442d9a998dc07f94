/**
 * An extract as Parquet: days are dates, all other columns texts, blanks null. Rows are written in groups, so that
 * memory stays flat.
 */
import type { SchemaElement } from 'hyparquet-writer';
import { UserError } from '#base/user-error';
import { type About, aboutLines } from './about.ts';
import { dateOf, type FormColumn, type Rows, valueIn } from './columns.ts';

const ROWS_IN_GROUP = 20_000;

type Cell = string | Date | null;

const elementOf = ({ name, isDay }: FormColumn): SchemaElement => ({
  name,
  repetition_type: 'OPTIONAL',
  ...(isDay ? { type: 'INT32', converted_type: 'DATE' } : { type: 'BYTE_ARRAY', converted_type: 'UTF8' }),
});

/**
 * The bytes of the file, in pieces.
 * @param about becomes the file's key-value metadata
 * @throws UserError for a day that is none, which a date cannot be
 */
export async function* parquetForm(
  rows: Rows,
  columns: readonly FormColumn[],
  about: About,
  rowsInGroup = ROWS_IN_GROUP,
): AsyncGenerator<Uint8Array> {
  // Loaded by whoever writes one: it takes a while.
  const { ByteWriter, ParquetWriter } = await import('hyparquet-writer');
  const writer = new ByteWriter();
  const file = new ParquetWriter({
    writer,
    schema: [{ name: 'root', num_children: columns.length }, ...columns.map(elementOf)],
    kvMetadata: aboutLines(about).map(([key, value]) => ({ key, value })),
    createdBy: 'cenr',
  });
  const written = (): Uint8Array => {
    const bytes = writer.getBytes().slice();
    writer.index = 0;
    return bytes;
  };
  let cells: Cell[][] = columns.map(() => []);
  const group = (): Uint8Array => {
    const columnData = columns.map(({ name }, i) => ({ name, data: cells[i] as Cell[] }));
    file.write({ columnData, rowGroupSize: rowsInGroup });
    cells = columns.map(() => []);
    return written();
  };
  for await (const some of rows)
    for (const row of some) {
      for (const [i, column] of columns.entries()) cells[i]?.push(cellOf(column, valueIn(row, column)));
      if (cells[0]?.length === rowsInGroup) yield group();
    }
  yield group();
  file.finish();
  yield written();
}

function cellOf({ name, isDay }: FormColumn, value: string): Cell {
  if (value === '') return null;
  if (!isDay) return value;
  const date = dateOf(value);
  if (date) return date;
  throw new UserError(
    `found "${value}" in ${name}, expected a real date, written CCYYMMDD; Parquet keeps this column as dates, so make CSV or a workbook instead`,
  );
}
