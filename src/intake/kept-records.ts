/** The records of a student by their keys, in the order of loading: what an upload puts, finds and deletes. */
import type { SourceRecord } from '#records/record';

/**
 * A student has some dozen records, and comparing a few columns is cheaper than making a key of them. Beyond this many
 * it no longer is.
 */
const FEW = 32;

export interface KeptRecords {
  /** The record with the same key. */
  find(record: SourceRecord): SourceRecord | undefined;
  remove(record: SourceRecord): void;
  /** Puts a record last: "loaded last" counts from the last line that wrote it. There must be none with its key. */
  add(record: SourceRecord): void;
  all(): SourceRecord[];
}

/** @param keySlots by record, the slots of its key columns, the most telling last */
export function keptRecords(
  records: readonly SourceRecord[],
  keySlots: (record: SourceRecord) => readonly number[],
): KeptRecords {
  let few: SourceRecord[] | undefined;
  const many = new Map<string, SourceRecord>();

  const keyOf = (record: SourceRecord): string =>
    `${record.type}^${keySlots(record)
      .map((slot) => record.values[slot])
      .join('^')}`;
  const same = (a: SourceRecord, b: SourceRecord, slots: readonly number[]): boolean => {
    if (a.type !== b.type) return false;
    for (let i = slots.length - 1; i >= 0; i--)
      if (a.values[slots[i] as number] !== b.values[slots[i] as number]) return false;
    return true;
  };
  const grow = (): void => {
    for (const record of few ?? []) many.set(keyOf(record), record);
    few = undefined;
  };

  few = [...records];
  if (few.length > FEW) grow();
  return {
    find(record) {
      if (!few) return many.get(keyOf(record));
      const slots = keySlots(record);
      for (let i = 0; i < few.length; i++) if (same(few[i] as SourceRecord, record, slots)) return few[i];
      return undefined;
    },
    remove(record) {
      if (!few) many.delete(keyOf(record));
      else few.splice(few.indexOf(record), 1);
    },
    add(record) {
      if (!few) many.set(keyOf(record), record);
      else if (few.push(record) > FEW) grow();
    },
    all: () => few ?? [...many.values()],
  };
}
