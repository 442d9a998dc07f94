/** One change to one source record, and what making it needs: kept lines taken apart, days moved by one. */
import { dayAfter, dayBefore, daysCounted, isRealDay } from '#records/days';
import { columnIndex, type Layout, type Schemas } from '#records/layout';
import {
  copyColumns,
  daysOf,
  fieldsOf,
  keepLine,
  NO_LINES,
  placeOf,
  type ReadPlan,
  type SourceRecord,
} from '#records/record';
import type { Inspector } from '../inspector.ts';

/** A column of one record has another value. Columns by key. */
export interface ColumnChange {
  readonly kind: 'change';
  readonly record: SourceRecord;
  readonly key: string;
  readonly from: string;
  readonly to: string;
  /** Columns that have to change with it, and their values: without them a check rejects the record. */
  readonly also?: ReadonlyMap<string, string>;
}

/** A record that is gone. */
export interface Removal {
  readonly kind: 'remove';
  readonly record: SourceRecord;
}

/** A record that is there as well, by its columns. */
export interface Addition {
  readonly kind: 'add';
  readonly recordType: string;
  readonly values: ReadonlyMap<string, string>;
}

/** One change to one source record. */
export type Edit = ColumnChange | Removal | Addition;

/** The columns that a change gives other values, by key. */
export const changesOf = ({ key, to, also = new Map() }: ColumnChange): ReadonlyMap<string, string> =>
  new Map([[key, to], ...also]);

/** A record of a type, all blank. It was loaded after all others, as whatever is sent next. */
export function blankRecord(recordType: string, { typeIndex, blanks }: ReadPlan): SourceRecord {
  const type = typeIndex.get(recordType) as number;
  const values = [...(blanks[type] as readonly string[])];
  return { type, values, loaded: Number.MAX_SAFE_INTEGER, kept: NO_LINES, at: 0 };
}

/** A student in hand, and the records that may be changed. */
export interface StudentInHand {
  readonly inspector: Inspector;
  readonly schemas: Schemas;
  readonly enrollment: SourceRecord;
  readonly mayChange: (record: SourceRecord) => boolean;
}

const PARTS_OF_MARGIN = 4;

/**
 * The slot under which a record type's column, or one of its two kept days, stands in `values`; -1 for one that no rule
 * reads.
 */
export function slotOf(plan: ReadPlan, layout: Layout, key: string): number {
  const slots = plan.slotOf[plan.typeIndex.get(layout.recordType) as number] as Int16Array;
  if (key === 'uploaded') return slots[PARTS_OF_MARGIN - 2] as number;
  if (key === 'lastUpdated') return slots[PARTS_OF_MARGIN - 1] as number;
  const index = columnIndex(layout, key);
  return index < 0 ? -1 : (slots[PARTS_OF_MARGIN + index] as number);
}

/** The value of a column, whether or not a rule reads it; `''` is blank. */
export function columnValue(record: SourceRecord, key: string | undefined, plan: ReadPlan, layout: Layout): string {
  if (key === undefined) return '';
  const slot = slotOf(plan, layout, key);
  if (slot >= 0) return record.values[slot] as string;
  const index = columnIndex(layout, key);
  return index < 0 ? '' : copyColumns(record, index, index);
}

/**
 * The same kept line with other values in some columns; a line that ends before a column is filled up with blanks,
 * which is what joining does.
 */
export function withColumns(record: SourceRecord, layout: Layout, changes: ReadonlyMap<string, string>): string {
  const fields = fieldsOf(record);
  for (const [key, value] of changes) {
    fields[columnIndex(layout, key)] = value;
  }
  return keepLine({ ...placeOf(record), ...daysOf(record) }, fields.join('^'));
}

/** How many days lie between two real days. */
export const daysBetween = (a: string, b: string): number => Math.abs(daysCounted(a, b) - 1);

/** A real day and its two neighbors; nothing for what is none. */
export const around = (day: string): string[] => (isRealDay(day) ? [day, dayBefore(day), dayAfter(day)] : []);
