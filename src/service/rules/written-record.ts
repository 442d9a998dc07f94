/** A record of a worked example with the published names of its columns. */
import type { ExampleRecord } from '#authoring/examples/cases';
import { codeSetOf, incomingColumns, layoutOf } from '#records/layout';
import { plainType } from '#records/record';
import type { Rulebook } from '#rulebook/load/assemble';
import type { WrittenRecord } from '../schemas/examples.ts';

export function writtenRecord({ schemas }: Rulebook, record: ExampleRecord): WrittenRecord {
  const { recordType = '', line, ...named } = record as Readonly<Record<string, string>>;
  if (line !== undefined && recordType === '') return { recordType, line, values: [] };
  const layout = layoutOf(schemas, plainType(recordType));
  const columns = layout ? incomingColumns(layout) : [];
  return {
    recordType,
    values: Object.entries(named).map(([key, value]) => {
      const column = columns.find((one) => one.key === key);
      const set = column?.codeSet === undefined ? undefined : codeSetOf(schemas, column.codeSet);
      const meaning = set?.codes.find(({ code }) => code === value)?.meaning;
      return { name: column ? `${column.no} ${column.name}` : key, value, ...(meaning && { meaning }) };
    }),
  };
}
