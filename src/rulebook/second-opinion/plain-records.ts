/** The records of a history as plain objects, read from their text. */
import type { Layout } from '#records/layout';
import { daysOf, fieldsOf, type History, type SourceRecord } from '#records/record';
import type { IntervalJson } from '../load/declarations.ts';
import { dayBeforeOf } from './plain-days.ts';

/** A record by column key, its intervals as `{ start, end }`, and `uploaded`, `lastUpdated`, `loaded`. */
export type PlainRecord = Readonly<Record<string, unknown>>;

/** A record and its columns by key. */
interface ReadRecord {
  readonly record: SourceRecord;
  readonly values: Readonly<Record<string, string>>;
}

/** The records of a history as plain objects, by record type and by the record they were made of. */
export interface PlainRecords {
  readonly plain: ReadonlyMap<SourceRecord, PlainRecord>;
  readonly byType: ReadonlyMap<string, readonly PlainRecord[]>;
}

/** Reads the records of a history from their text. */
export function plainRecords(
  history: History,
  layouts: readonly Layout[],
  intervals: readonly IntervalJson[],
): PlainRecords {
  const plain = new Map<SourceRecord, PlainRecord>();
  const byType = new Map<string, readonly PlainRecord[]>();
  for (const [type, layout] of layouts.entries()) {
    const read = (history.byType[type] ?? []).map((record) => ({ record, values: valuesOf(record, layout) }));
    const own = intervals.filter(({ of }) => of === layout.recordType);
    for (const one of read) {
      const spans = own.map((interval) => [
        interval.name,
        { start: one.values[interval.start], end: endOf(interval, one, read) },
      ]);
      plain.set(one.record, { ...one.values, loaded: one.record.loaded, ...Object.fromEntries(spans) });
    }
    const inOrder = read.map(({ record }) => plain.get(record) as PlainRecord);
    byType.set(layout.recordType, inOrder);
  }
  return { plain, byType };
}

function valuesOf(record: SourceRecord, layout: Layout): Readonly<Record<string, string>> {
  const sent = fieldsOf(record);
  const values = Object.fromEntries(layout.columns.map(({ key }, i) => [key, sent[i] ?? '']));
  return { ...values, ...daysOf(record) };
}

/**
 * The last day of an interval, by the words of docs/rule-grammar.md: as sent, or the day before the next record, or
 * open.
 */
function endOf(
  { start, end, blankEnd }: IntervalJson,
  { record, values }: ReadRecord,
  all: readonly ReadRecord[],
): string {
  const sent = (end && values[end]) ?? '';
  if (sent !== '' || blankEnd === 'open') return sent;
  const { sameColumns } = blankEnd.dayBeforeNext;
  const startOf = (one: ReadRecord): string => one.values[start] as string;
  const later = all
    .filter((other) => sameColumns.every((key) => other.values[key] === values[key]))
    .filter(
      (other) =>
        startOf(other) > (values[start] as string) ||
        (startOf(other) === values[start] && other.record.loaded > record.loaded),
    )
    .sort((a, b) => Number(startOf(a)) - Number(startOf(b)));
  return later[0] ? dayBeforeOf(startOf(later[0])) : '';
}
