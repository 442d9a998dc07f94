/** Parts of a record or a row: its columns, intervals, place in the order of loading, and the record as a whole. */
import { closest } from '#base/closest';
import { columnIndex, layoutOf, type OutputColumn } from '#records/layout';
import type { IntervalJson, Reference } from '../load/declarations.ts';
import type { Expression, Place, RecordSource } from '../tree/nodes.ts';
import type { ValueType } from '../tree/values.ts';
import { at } from './declared.ts';
import type { Resolution } from './resolution.ts';

/** Columns that every kept record has beside those of its layout. */
const KEPT_DAYS = ['uploaded', 'lastUpdated'];

/** The path of a reference without its `$.`; empty when it has none. */
export function pathOf(resolution: Resolution, ref: Reference, place: Place): string {
  if (ref.path === undefined) return '';
  if (ref.path.startsWith('$.')) return ref.path.slice(2);
  resolution.found(at(place, '/path'), `found "${ref.path}"; a path is "$." and a name`);
  return '';
}

/** What stands at a path of a record of this type. */
export function partOfRecord(
  resolution: Resolution,
  record: RecordSource,
  recordType: string,
  path: string,
  place: Place,
): Expression {
  if (path === '') return { kind: 'record', record, type: 'record' };
  if (path === 'loaded') return { kind: 'loaded', record, type: 'number' };
  const interval = intervalOf(resolution, recordType, path);
  if (interval) return { kind: 'interval', record, interval, type: 'interval' };
  const type = typeOfColumn(resolution, recordType, path, at(place, '/path'));
  return { kind: 'column', record, recordType, key: path, type };
}

function intervalOf(resolution: Resolution, recordType: string, name: string): IntervalJson | undefined {
  return resolution.declared.intervals.find(({ json }) => json.of === recordType && json.name === name)?.json;
}

/** Refuses an interval whose end follows from other records, where these are not known yet. */
export function checkKnownAlone(resolution: Resolution, recordType: string, path: string, place: Place): void {
  const interval = intervalOf(resolution, recordType, path);
  if (interval && interval.blankEnd !== 'open')
    resolution.found(
      at(place, '/path'),
      `a blank end of "${path}" follows from the student's next record, which is not known yet when a check examines values or records; let it examine histories`,
    );
}

/** The type of a column of a record type; `unknown` after a finding when it has no such column. */
export function typeOfColumn(resolution: Resolution, recordType: string, key: string, place: Place): ValueType {
  if (KEPT_DAYS.includes(key)) return 'day';
  const layout = layoutOf(resolution.declared.schemas, recordType);
  const column = layout?.columns[columnIndex(layout, key)];
  if (column) return column.type === 'DT' ? 'day' : 'text';
  const names = [
    ...(layout?.columns.map((c) => c.key) ?? []),
    ...resolution.declared.intervals.filter((i) => i.json.of === recordType).map((i) => i.json.name),
  ];
  resolution.found(
    place,
    resolution.declared.facts.has(key)
      ? `${recordType} has no column or interval "${key}", but there is a fact of this name: ask for it with { "fact": "${key}" }, without "path"`
      : `${recordType} has no column or interval "${key}".${closest(key, names)} schemas/records/${recordType}.json lists the columns`,
  );
  return 'unknown';
}

/** The value of a column of a row: what fills the column. */
export function columnOfRow(resolution: Resolution, path: string, place: Place): Expression {
  const column = outputColumnOf(resolution, path, at(place, '/path'));
  return column
    ? sourceOf(column, resolution.declared.schemas.output.copiesFrom)
    : { kind: 'literal', type: 'unknown', value: '' };
}

/** A column of the extract by its key. */
export function outputColumnOf(resolution: Resolution, key: string, place: Place): OutputColumn | undefined {
  const { columns } = resolution.declared.schemas.output;
  const column = columns.find((c) => c.key === key);
  if (column) return column;
  const near = closest(
    key,
    columns.map((c) => c.key),
  );
  resolution.found(place, `the extract has no column "${key}".${near} schemas/records/CENR.json lists the columns`);
}

function sourceOf({ no, type, literal, copyOf, day }: OutputColumn, recordType: string): Expression {
  const own = type === 'DT' ? 'day' : 'text';
  if (literal !== undefined) return { kind: 'literal', type: own, value: literal };
  const key = copyOf ?? day;
  return key === undefined
    ? { kind: 'field', number: no, type: own }
    : { kind: 'column', record: 'enrollment', recordType, key, type: own };
}
