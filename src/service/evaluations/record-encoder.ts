/** Records as an evaluation brings them, caret lines or named columns, become caret lines as files have them. */

import { escapePointer } from '#base/json';
import { parseDay } from '#records/days';
import { incomingColumns, type Layout, ofItsYear, placeOfYear } from '#records/layout';
import { ODS_SUFFIX } from '#records/record';
import type { MadeItem } from '../http/errors.ts';
import { shown, unknownKey } from '../http/validate.ts';

interface EncodedType {
  readonly layout: Layout;
  /** Whether the columns of a line depend on its academic year. */
  readonly hasYears: boolean;
  /** Index among `incomingColumns` by key; a Map, since keys are what callers send. */
  readonly places: ReadonlyMap<string, number>;
  readonly isDay: readonly boolean[];
  readonly keyOf: ReadonlyMap<string, string>;
  readonly blank: readonly string[];
}

/** Says what is wrong with the value of a key; `''` for the record as a whole. */
type Wrong = (key: string, message: () => string) => void;

/** What would end a field or a line. */
const BREAKS = /[\^\r\n]/;
const TYPE_KEY = 'recordType';
const SSID_KEY = 'ssid';
/** No line has its SSID behind so many. */
const MOST_FIELDS = 100;

export class RecordEncoder {
  readonly #types = new Map<string, EncodedType>();
  readonly #typeNames: readonly string[];

  constructor(layouts: readonly Layout[]) {
    this.#typeNames = layouts.map((l) => l.recordType);
    for (const layout of layouts) {
      const encoded = encodedType(layout);
      this.#types.set(layout.recordType, encoded);
      this.#types.set(layout.recordType + ODS_SUFFIX, encoded);
    }
  }

  /**
   * A record as a caret line.
   * @param index its place in the request
   * @param errors gets what is wrong with its form; the line is then of no use
   */
  line(record: unknown, index: number, errors: MadeItem[]): string {
    const wrong: Wrong = (key, message) =>
      errors.push(() => ({
        pointer: `/records/${index}${key === '' ? '' : `/${escapePointer(key)}`}`,
        message: message(),
      }));
    if (typeof record === 'string') {
      const line = record.replace(/\r?\n$/, '');
      if (line.trim() === '' || /[\r\n]/.test(line))
        wrong('', () => 'expected one line that is not blank: each text is one record');
      return line;
    }
    if (typeof record === 'object' && record !== null && !Array.isArray(record))
      return this.#encode(record as Record<string, unknown>, wrong);
    wrong(
      '',
      () =>
        `found ${shown(record)}, expected a caret-delimited line, or an object with "${TYPE_KEY}" and named columns`,
    );
    return '';
  }

  /** The SSID of records, whatever else is wrong with them; `undefined` when they have none or several. */
  ssidIn(records: unknown): string | undefined {
    if (!Array.isArray(records)) return undefined;
    const found = new Set<unknown>();
    for (const record of records as readonly unknown[]) {
      const fields = typeof record === 'string' ? record.split('^', MOST_FIELDS) : undefined;
      const place = fields && this.#types.get(fields[0] as string)?.places.get(SSID_KEY);
      found.add(fields ? place && fields[place] : (record as Readonly<Record<string, unknown>> | null)?.[SSID_KEY]);
    }
    const ssids = [...found].filter((ssid) => typeof ssid === 'string' && /^\d{10}$/.test(ssid));
    return ssids.length === 1 ? (ssids[0] as string) : undefined;
  }

  /** Key of a column by record type, as it stands in field 1, and field number. */
  keyOf(recordType: string, field: string): string | undefined {
    return this.#types.get(recordType)?.keyOf.get(field);
  }

  #encode(record: Record<string, unknown>, wrong: Wrong): string {
    const recordType = record[TYPE_KEY];
    const type = typeof recordType === 'string' ? this.#types.get(recordType) : undefined;
    if (!type) {
      const expected = () => `expected one of ${this.#typeNames.join(', ')}`;
      if (recordType === undefined) wrong('', () => `the key "${TYPE_KEY}" is missing; ${expected()}`);
      else wrong(TYPE_KEY, () => `found ${shown(recordType)}, ${expected()}`);
      return '';
    }
    const { places, isDay } = type;
    const fields = type.blank.slice();
    for (const key in record) {
      const value = record[key];
      const at = places.get(key);
      if (at === undefined) wrong(key, () => unknownKey(key, [...places.keys()]));
      else if (typeof value === 'string') {
        if (BREAKS.test(value)) wrong(key, () => 'a value cannot contain a caret (^) or a line break');
        fields[at] = isDay[at] ? plainDay(value) : value;
      } else if (value !== null) wrong(key, () => `found ${shown(value)}, expected a text, or null for a blank`);
    }
    return joined(fields, type);
  }
}

function encodedType(layout: Layout): EncodedType {
  const columns = incomingColumns(layout);
  // Field 1 is `recordType` here; a second key for it would only raise the question which one counts.
  const keys = columns.map((c, i) => (i === 0 ? TYPE_KEY : c.key));
  return {
    layout,
    hasYears: placeOfYear(layout) !== undefined,
    places: new Map(keys.map((key, i): [string, number] => [key, i])),
    isDay: columns.map((c) => c.type === 'DT'),
    keyOf: new Map(columns.map((c, i) => [c.no, keys[i] as string])),
    blank: columns.map(() => ''),
  };
}

/** CCYY-MM-DD as CCYYMMDD; anything else as it is. */
const plainDay = (value: string): string =>
  value.length === 10 && value[4] === '-' ? (parseDay(value) ?? value) : value;

/**
 * Fields as a line: of an ODS extract when the record type says so, or when it has one of the days that only those have.
 */
function joined(fields: string[], { layout, hasYears }: EncodedType): string {
  const recordType = fields[0] as string;
  const count = layout.columns.length;
  let isOds = recordType.endsWith(ODS_SUFFIX);
  for (let i = count; i < fields.length; i++) isOds ||= fields[i] !== '';
  if (isOds && !recordType.endsWith(ODS_SUFFIX)) fields[0] = recordType + ODS_SUFFIX;
  if (!isOds) fields.length = count;
  if (!hasYears) return fields.join('^');
  return [...ofItsYear(layout, fields.slice(0, count)), ...fields.slice(count)].join('^');
}
