/** The columns that transactions need (records.md section 2): where each record type has them. */
import { codeSetOf, type Layout, type Schemas } from '#records/layout';
import type { Slots, SourceRecord } from '#records/record';

/** Where the columns are that transactions need, of one record type: slots of the read plan. */
export interface KeyPlaces {
  readonly layout: Layout;
  readonly key: readonly number[];
  /** The same for a record without an SSID. */
  readonly keyWithoutSSID: readonly number[];
  /** What tells students without an SSID apart. */
  readonly newStudent: readonly number[];
  readonly ssid: number;
  readonly reportingLEA: number;
  readonly transaction: number;
  readonly uploaded: number;
  readonly lastUpdated: number;
  /** Of the former reading of transaction `replace`, which replaces the latest record alike in some columns. */
  readonly replaces:
    | false
    | { readonly same: readonly number[]; readonly sameWithoutSSID: readonly number[]; readonly latestBy: number }
    | undefined;
}

/** Claims the slots that transactions need, by record type. To be called before the read plan is made. */
export function keyPlaces(schemas: Schemas, slots: Slots): readonly KeyPlaces[] {
  return schemas.layouts.map((layout): KeyPlaces => {
    const slot = (key: string) => slots.column(layout.recordType, key);
    const { replaces, keyColumnsWithoutSSID = [] } = layout;
    return {
      layout,
      key: layout.keyColumns.map(slot),
      keyWithoutSSID: [...keyColumnsWithoutSSID, ...layout.keyColumns].map(slot),
      newStudent: keyColumnsWithoutSSID.map(slot),
      ssid: slot('ssid'),
      reportingLEA: slot('reportingLEA'),
      transaction: slot('transactionTypeCode'),
      uploaded: slot('uploaded'),
      lastUpdated: slot('lastUpdated'),
      replaces: replaces?.by === 'latestAlike' && {
        same: replaces.sameColumns.map(slot),
        sameWithoutSSID: [...keyColumnsWithoutSSID, ...replaces.sameColumns].map(slot),
        latestBy: slot(replaces.latestBy),
      },
    };
  });
}

/** What each code of a transaction does. */
export function transactionsOf(schemas: Schemas): ReadonlyMap<string, string> {
  const { codes = [] } = codeSetOf(schemas, 'TransactionType') ?? {};
  return new Map(codes.map(({ code, does = 'put' }) => [code, does]));
}

/** The slots of a record's key columns, the most telling last. */
export const keySlots = (record: SourceRecord, { key, keyWithoutSSID, ssid }: KeyPlaces): readonly number[] =>
  record.values[ssid] === '' ? keyWithoutSSID : key;

/** Records without an SSID come in so many parts, and those of one new student in one: no transaction looks beyond it. */
const PARTS = 256;

/** In which part a record without an SSID is. */
export function partOfNewStudent({ type, values }: SourceRecord, places: readonly KeyPlaces[]): number {
  let hash = 0;
  for (const slot of (places[type] as KeyPlaces).newStudent) {
    const value = values[slot] as string;
    for (let i = 0; i < value.length; i++) hash = (hash * 31 + value.charCodeAt(i)) | 0;
  }
  return (hash >>> 0) % PARTS;
}

/**
 * What transaction type `replace` replaces: the latest stored record alike in the layout's columns, and of the same new
 * student while there is no SSID.
 */
export function latestAlike(
  records: readonly SourceRecord[],
  { type, values }: SourceRecord,
  { replaces, ssid }: KeyPlaces,
): SourceRecord | undefined {
  if (!replaces) return undefined;
  const same = values[ssid] === '' ? replaces.sameWithoutSSID : replaces.same;
  const day = (record: SourceRecord): string => record.values[replaces.latestBy] as string;
  let latest: SourceRecord | undefined;
  for (const candidate of records)
    if (
      candidate.type === type &&
      same.every((slot) => candidate.values[slot] === values[slot]) &&
      (!latest || day(candidate) > day(latest))
    )
      latest = candidate;
  return latest;
}
