/**
 * Rows: the columns of the output layout, put together from the qualifying enrollment, the derived fields and the two
 * dates (cenr.md section 3).
 */
import { TextGatherer, type Texts } from '#base/byte-builder';
import { type OutputColumn, outputColumns, type Schemas } from '#records/layout';
import { copyColumns, type Slots, type SourceRecord, writeColumns } from '#records/record';
import type { Evaluation } from '#rulebook/compile/evaluation';

/** Ends every line of an extract, the last one too. */
export const LINE_END = '\r\n';

export interface RowWriter {
  /** Writes the row as a line of the file, its end included. `x` holds the fields of this enrollment. */
  write(x: Evaluation, enrollment: SourceRecord, to: Texts): void;
  /** That line. */
  line(x: Evaluation, enrollment: SourceRecord): string;
  /** The values of every column of the layout by column key, of those outside the column set too. */
  named(x: Evaluation, enrollment: SourceRecord): Record<string, string>;
}

export type Part = (x: Evaluation, enrollment: SourceRecord) => string;

/** What fills a column of a row. Parameters are those of `rowWriter`. */
export function columnPart(
  { output, layouts }: Schemas,
  column: OutputColumn,
  fieldNumbers: readonly string[],
  slots: Slots,
): Part {
  if (column.literal !== undefined) return () => column.literal as string;
  if (column.rule) {
    const index = fieldNumbers.indexOf(column.no);
    return (x) => x.fields[index] as string;
  }
  if (column.day) {
    const slot = slots.column(output.copiesFrom, column.day);
    return (_, enrollment) => enrollment.values[slot] as string;
  }
  const place =
    layouts.find((l) => l.recordType === output.copiesFrom)?.columns.findIndex((c) => c.key === column.copyOf) ?? -1;
  return (_, enrollment) => copyColumns(enrollment, place, place);
}

/**
 * @param columnSet a name of `columnSets` in the output layout, such as `50`
 * @param fieldNumbers field numbers in the order of `Evaluation.fields`
 * @param slots hands out the slots of the two dates; to be called before the read plan is made
 */
export function rowWriter(
  schemas: Schemas,
  columnSet: string,
  fieldNumbers: readonly string[],
  slots: Slots,
): RowWriter {
  const { output } = schemas;
  const source = schemas.layouts.find((l) => l.recordType === output.copiesFrom)?.columns ?? [];
  const columns = outputColumns(output, columnSet);
  const placeOf = (column: OutputColumn): number => source.findIndex((c) => c.key === column.copyOf);

  const partOf = (column: OutputColumn): Part => columnPart(schemas, column, fieldNumbers, slots);

  // Neighbors in the source that are neighbors in the output are copied in one piece.
  const parts: ((x: Evaluation, enrollment: SourceRecord, to: Texts) => void)[] = [];
  for (let i = 0; i < columns.length; i++) {
    const column = columns[i] as OutputColumn;
    const first = placeOf(column);
    let run = 0;
    while (
      first >= 0 &&
      i + run + 1 < columns.length &&
      placeOf(columns[i + run + 1] as OutputColumn) === first + run + 1
    )
      run++;
    if (run > 0) {
      const last = first + run;
      parts.push((_, enrollment, to) => writeColumns(enrollment, first, last, to));
      i += run;
    } else {
      const part = partOf(column);
      parts.push((x, enrollment, to) => to.add(part(x, enrollment)));
    }
  }
  const named = output.columns.map((column): [string, Part] => [column.key, partOf(column)]);

  const write = (x: Evaluation, enrollment: SourceRecord, to: Texts): void => {
    for (let i = 0; i < parts.length; i++) {
      if (i > 0) to.add('^');
      (parts[i] as (typeof parts)[number])(x, enrollment, to);
    }
    to.add(LINE_END);
  };
  return {
    write,
    line(x, enrollment) {
      const gathered = new TextGatherer();
      write(x, enrollment, gathered);
      return gathered.text;
    },
    named(x, enrollment) {
      const row: Record<string, string> = {};
      for (const [key, part] of named) row[key] = part(x, enrollment);
      return row;
    },
  };
}
