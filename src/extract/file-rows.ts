/** The rows of a file that `cenr` made, of today or of months ago. */
import { UserError } from '#base/user-error';
import type { OutputColumn } from '#records/layout';
import type { Rulebook } from '#rulebook/load/assemble';
import { LINE_END } from './row.ts';

const AS_MADE = 'give the text file of the extract as cenr made it';

/**
 * Lines without their ends, as many at a time as came at a time. A last line without an end counts.
 * @throws UserError for bytes that are no UTF-8, such as those of a workbook
 */
export async function* linesOf(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<readonly string[]> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  const textOf = (chunk?: Uint8Array): string => {
    try {
      return chunk ? decoder.decode(chunk, { stream: true }) : decoder.decode();
    } catch {
      throw new UserError(`the extract is not a text in UTF-8; ${AS_MADE}`);
    }
  };
  let left = '';
  for await (const chunk of bytes) {
    const lines = (left + textOf(chunk)).split(LINE_END);
    left = lines.pop() as string;
    yield lines;
  }
  left += textOf();
  if (left !== '') yield [left];
}

/**
 * The values of a line.
 * @param number of the line in the file, from 1
 * @param columns how many the column set of the extract has
 * @param of what messages call the extract
 * @throws UserError for a line that has more or fewer
 */
export function valuesOf(line: string, number: number, columns: number, of = 'the extract'): readonly string[] {
  const values = line.split('^');
  if (values.length === columns) return values;
  throw new UserError(
    `line ${number} of ${of} has ${values.length} fields, expected ${columns}; ${AS_MADE}, and its column set`,
  );
}

/**
 * The values of all rows, as many rows at a time as came at a time.
 * @param columns how many the column set of the extract has
 * @throws UserError as `linesOf` and `valuesOf` do
 */
export async function* rowsIn(
  bytes: AsyncIterable<Uint8Array>,
  columns: number,
): AsyncGenerator<readonly (readonly string[])[]> {
  let number = 0;
  for await (const lines of linesOf(bytes)) yield lines.map((line) => valuesOf(line, ++number, columns));
}

/** The places, from 0, of the columns that tell a row of an extract from every other. */
export const keyColumns = (
  columns: readonly Pick<OutputColumn, 'copyOf'>[],
  { extract }: Pick<Rulebook, 'extract'>,
): number[] =>
  extract.selection.json.onePer.map((key) => columns.findIndex(({ copyOf }) => copyOf === key)).filter((i) => i >= 0);
