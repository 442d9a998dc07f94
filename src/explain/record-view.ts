/** Source records as explanations show and name them, with what the reader may not see left out. */
import { type Column, codeSetOf, incomingColumns, type Layout, type Schemas } from '#records/layout';
import { lineOf, type ReadPlan, Slots, type SourceRecord, withSSID } from '#records/record';
import type { LEAScope } from '#records/scope';
import type { ShownRecord } from './explanation.ts';

/**
 * Where a kept line came from, by the number of its source. `sender` is the LEA that sent it, or `all`; without it the
 * reader sent it.
 */
export type PlaceOf = (source: number) => Sent | undefined;

/** The SSID that a line was sent with, where its student has another one now; by its source and its number there. */
export type SentWith = (source: number, line: number) => string | undefined;

interface Sent {
  readonly upload?: string;
  readonly file: string;
  readonly sender?: string;
}

interface ReadType {
  readonly layout: Layout;
  readonly slots: ReadonlyMap<string, number>;
  /** Columns that stand in explanations whoever reads them: days, codes, and the LEA. */
  readonly open: ReadonlySet<string>;
  readonly columns: ReadonlyMap<string, Column>;
}

const MARGIN = ['source', 'line', 'uploaded', 'lastUpdated'] as const;

/** Reads every column of a record, and where its line came from. Made once for a rulebook. */
export class RecordReader {
  readonly #plan: ReadPlan;
  readonly #types: readonly ReadType[];
  readonly #meanings = new Map<string, ReadonlyMap<string, string>>();
  readonly #values = new WeakMap<SourceRecord, readonly string[]>();

  constructor(schemas: Schemas) {
    const slots = new Slots(schemas.layouts);
    this.#types = schemas.layouts.map((layout) => {
      const columns = new Map(incomingColumns(layout).map((c) => [c.key, c]));
      const isOpen = ({ key, type, codeSet }: Column): boolean =>
        type === 'DT' || codeSet !== undefined || key === 'recordTypeCode' || key === 'reportingLEA';
      return {
        layout,
        columns,
        slots: new Map(
          [...MARGIN, ...layout.columns.map((c) => c.key)].map((key) => [key, slots.column(layout.recordType, key)]),
        ),
        open: new Set([...columns.values()].filter(isOpen).map((c) => c.key)),
      };
    });
    this.#plan = slots.plan();
    for (const { codeSet } of schemas.layouts.flatMap((l) => l.columns))
      if (codeSet !== undefined && !this.#meanings.has(codeSet))
        this.#meanings.set(
          codeSet,
          new Map(codeSetOf(schemas, codeSet)?.codes.map((c) => [c.code, shortMeaning(c.code, c.meaning)]) ?? []),
        );
  }

  layout(record: SourceRecord): Layout {
    return (this.#types[record.type] as ReadType).layout;
  }

  /** Whether records of this type have a reporting LEA. */
  hasLEA(record: SourceRecord): boolean {
    return (this.#types[record.type] as ReadType).columns.has('reportingLEA');
  }

  isOpen(record: SourceRecord, key: string): boolean {
    return (this.#types[record.type] as ReadType).open.has(key);
  }

  /** A column, `uploaded`, `lastUpdated`, `source` or `line`; blank is `''`. */
  value(record: SourceRecord, key: string): string {
    let values = this.#values.get(record);
    if (!values) {
      values = record.kept.record(record.at, this.#plan, record.loaded).values;
      this.#values.set(record, values);
    }
    return values[(this.#types[record.type] as ReadType).slots.get(key) as number] ?? '';
  }

  /** What a code says, in few words; `''` when nothing more is known of it. */
  meaning(record: SourceRecord, key: string, code: string): string {
    const codeSet = (this.#types[record.type] as ReadType).columns.get(key)?.codeSet;
    return (codeSet && this.#meanings.get(codeSet)?.get(code)) || '';
  }
}

/** What stands before the first bracket. A meaning that merely spells the code out (Y, Yes) adds nothing. */
function shortMeaning(code: string, meaning: string): string {
  const short = meaning.split(' (')[0] as string;
  return short.startsWith(code) ? '' : short;
}

/** Records as one reader sees them. */
export class RecordView {
  readonly #reader: RecordReader;
  readonly #visible: ReadonlySet<string> | undefined;
  readonly #placeOf: PlaceOf;
  readonly #sentWith: SentWith;

  /** @param visible LEAs whose records the reader may see in full */
  constructor(reader: RecordReader, visible: LEAScope, placeOf: PlaceOf, sentWith: SentWith = () => undefined) {
    this.#reader = reader;
    this.#visible = visible === 'all' ? undefined : new Set(visible);
    this.#placeOf = placeOf;
    this.#sentWith = sentWith;
  }

  /** A record belongs to its reporting LEA; one without belongs to the LEA that sent it. */
  isVisible(record: SourceRecord): boolean {
    if (this.#visible === undefined) return true;
    const owner = this.#reader.hasLEA(record)
      ? this.#reader.value(record, 'reportingLEA')
      : this.#placeOf(Number(this.#reader.value(record, 'source')))?.sender;
    return owner === undefined || this.#visible.has(owner);
  }

  /** A column; `undefined` when the reader may not see it. */
  value(record: SourceRecord, key: string): string | undefined {
    return this.isVisible(record) || this.#reader.isOpen(record, key) ? this.#reader.value(record, key) : undefined;
  }

  meaning(record: SourceRecord, key: string, code: string): string {
    return this.#reader.meaning(record, key, code);
  }

  /**
   * @param keys columns to show beside the key columns of its layout; those that the reader may not see are left out
   */
  shown(record: SourceRecord, keys: Iterable<string>): ShownRecord {
    const { recordType, keyColumns } = this.#reader.layout(record);
    const values: Record<string, string> = {};
    const lea = this.#reader.hasLEA(record) ? ['reportingLEA'] : [];
    for (const key of new Set([...lea, ...keyColumns, ...keys])) {
      const value = this.value(record, key);
      if (value !== undefined) values[key] = value;
    }
    const place = this.#place(record);
    if (!place) return { recordType, values };
    const ssid = this.#sentSSID(record);
    const line = Number(this.#reader.value(record, 'line'));
    return { recordType, sent: { ...place, line, ...(ssid !== undefined && { ssid }) }, values };
  }

  /** The line of a record as it was sent, with the SSID of then; `undefined` when the reader may not see it. */
  line(record: SourceRecord): string | undefined {
    if (!this.isVisible(record)) return undefined;
    const ssid = this.#sentSSID(record);
    return ssid === undefined ? lineOf(record) : withSSID(lineOf(record), this.#reader.layout(record), ssid);
  }

  #sentSSID(record: SourceRecord): string | undefined {
    const [source, line] = ['source', 'line'].map((key) => Number(this.#reader.value(record, key)));
    return this.#sentWith(source as number, line as number);
  }

  /** ` (LEA 1234567, FILE, line 3)`; without the place when it is not known or not to be told. */
  sourceWords(record: SourceRecord): string {
    const place = this.#place(record);
    const lea = this.#reader.value(record, 'reportingLEA');
    const upload = place?.upload === undefined ? [] : [`upload ${place.upload}`];
    const where = place ? [...upload, place.file, `line ${Number(this.#reader.value(record, 'line'))}`] : [];
    const parts = [...(lea === '' ? [] : [`LEA ${lea}`]), ...where];
    return parts.length === 0 ? '' : ` (${parts.join(', ')})`;
  }

  #place(record: SourceRecord): { readonly upload?: string; readonly file: string } | undefined {
    if (!this.isVisible(record)) return undefined;
    const place = this.#placeOf(Number(this.#reader.value(record, 'source')));
    return place && { ...(place.upload !== undefined && { upload: place.upload }), file: place.file };
  }
}
