/** The records of a student by their keys, in the order of loading: what an upload puts, finds and deletes. */
import { PASSED_OVER, placeInMargin, type SourceRecord } from '#records/record';
import { type KeyPlaces, keySlots } from './keys.ts';

/**
 * A student has some dozen records, and comparing a few columns is cheaper than making a key of them. Beyond this many
 * it no longer is.
 */
const FEW = 32;

export class KeptRecords {
  readonly #places: readonly KeyPlaces[];
  /** A list while they are few, then by key. */
  #records: SourceRecord[] | Map<string, SourceRecord>;

  /**
   * @param records none with the key of another, in the order of loading
   * @param places by record type
   */
  constructor(records: readonly SourceRecord[], places: readonly KeyPlaces[]) {
    this.#places = places;
    this.#records = records.length > FEW ? this.#byKey(records) : [...records];
  }

  /** The record with the same key. */
  find(record: SourceRecord): SourceRecord | undefined {
    const records = this.#records;
    if (records instanceof Map) return records.get(this.#keyOf(record));
    const slots = this.#keySlots(record);
    for (let i = 0; i < records.length; i++) if (hasSame(records[i] as SourceRecord, record, slots)) return records[i];
    return undefined;
  }

  remove(record: SourceRecord): void {
    const records = this.#records;
    if (records instanceof Map) records.delete(this.#keyOf(record));
    else records.splice(records.indexOf(record), 1);
  }

  /** Puts a record last: "loaded last" counts from the last line that wrote it. There must be none with its key. */
  add(record: SourceRecord): void {
    const records = this.#records;
    if (records instanceof Map) records.set(this.#keyOf(record), record);
    else if (records.push(record) > FEW) this.#records = this.#byKey(records);
  }

  all(): SourceRecord[] {
    return this.#records instanceof Map ? [...this.#records.values()] : this.#records;
  }

  #byKey(records: readonly SourceRecord[]): Map<string, SourceRecord> {
    return new Map(records.map((record) => [this.#keyOf(record), record]));
  }

  #keyOf(record: SourceRecord): string {
    // What no layout of these rules has a key for is never sent again under them.
    if (record.type === PASSED_OVER) return `${placeInMargin(record)}^${record.at}`;
    const values = this.#keySlots(record).map((slot) => record.values[slot]);
    return `${record.type}^${values.join('^')}`;
  }

  #keySlots(record: SourceRecord): readonly number[] {
    return keySlots(record, this.#places[record.type] as KeyPlaces);
  }
}

function hasSame(a: SourceRecord, b: SourceRecord, slots: readonly number[]): boolean {
  if (a.type !== b.type) return false;
  for (let i = slots.length - 1; i >= 0; i--)
    if (a.values[slots[i] as number] !== b.values[slots[i] as number]) return false;
  return true;
}
