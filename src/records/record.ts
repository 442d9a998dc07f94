/**
 * Kept lines and the records in them.
 *
 * A *kept line* is a line as it was sent (dates as CCYYMMDD, trailing blanks of values dropped, the two dates of an ODS
 * extract taken off its end), behind a margin of fixed width: source (which file of which upload), line number, upload
 * date, last date updated; a blank date is blanks.
 *
 *     0000007000000122023081620240610SENR^A^^1234567^…
 *
 * A *body* is kept lines joined by LF, in the order of loading: what intake makes of a student's lines of some files, and
 * what explanations work on. A store keeps the same lines in blocks (`block/`). Reading picks only the columns that rules
 * name (the read plan); everything else stays where it is until somebody asks.
 */

import type { Texts } from '#base/byte-builder';
import type { Form } from './block/form.ts';
import type { NumberedLines } from './block/numbered-lines.ts';
import { dayBefore } from './days.ts';
import type { Layout } from './layout.ts';

/** The margin of a kept line: what stands there, from which character up to which. */
const MARGIN = [
  { key: 'source', from: 0, to: 7 },
  { key: 'line', from: 7, to: 16 },
  { key: 'uploaded', from: 16, to: 24 },
  { key: 'lastUpdated', from: 24, to: 32 },
] as const;
export const MARGIN_WIDTH = 32;
const BEFORE = MARGIN.length;
const [SOURCE, LINE, UPLOADED, LAST_UPDATED] = MARGIN;
const DAY_WIDTH = 8;
const NO_DAY = ' '.repeat(DAY_WIDTH);

/** An ODS extract's record type is the plain one with this behind it. */
export const ODS_SUFFIX = '-R';

/** Where a line came from and when it was loaded. Days are CCYYMMDD; blank when an ODS extract left them blank. */
export interface Origin {
  readonly source: number;
  readonly line: number;
  readonly uploaded: string;
  readonly lastUpdated: string;
}

/**
 * A day as it is kept beside a line: one that is none can get this far only by a rulebook that merely warns of it; in the
 * margin it would push everything behind it out of place.
 */
export const dayToKeep = (day: string): string => (day.length === DAY_WIDTH ? day : '');
const dayOfMargin = (day: string): string => dayToKeep(day) || NO_DAY;

// The digits behind the leading one: padding them takes thrice as long, and every line of every file comes by here.
const digitsOf = (number: number, width: number): string => String(number + width).slice(1);
const TEN_MILLION = 10_000_000;
const BILLION = 1_000_000_000;

function digitsAt(text: string, from: number, to: number): number {
  let number = 0;
  for (let i = from; i < to; i++) number = number * 10 + (text.charCodeAt(i) - 48);
  return number;
}

/** The source of a kept line. */
export const sourceOf = (keptLine: string): number => digitsAt(keptLine, SOURCE.from, SOURCE.to);

/** The line number of a kept line. */
export const lineNumberOf = (keptLine: string): number => digitsAt(keptLine, LINE.from, LINE.to);

/** The number of a source as a margin has it. */
export const sourceText = (source: number): string => digitsOf(source, TEN_MILLION);

/** A line number as a margin has it. */
export const lineText = (line: number): string => digitsOf(line, BILLION);

/** Source and line number as a margin has them: such texts ascend in the order of files and of lines in them. */
export const placeText = (source: number, line: number): string => sourceText(source) + lineText(line);

/** The kept line of a record. */
export const keepLine = ({ source, line, uploaded, lastUpdated }: Origin, text: string): string =>
  placeText(source, line) + dayOfMargin(uploaded) + dayOfMargin(lastUpdated) + text;

/** A kept line as it was sent; an ODS extract's two dates are at its end again. */
export function asSent(kept: string): string {
  const text = kept.slice(MARGIN_WIDTH);
  const caret = text.indexOf('^');
  if (!text.slice(0, caret < 0 ? text.length : caret).endsWith(ODS_SUFFIX)) return text;
  const [, , uploaded, lastUpdated] = MARGIN.map(({ from, to }) => kept.slice(from, to).trim());
  return `${text}^${uploaded}^${lastUpdated}`;
}

/** A record's kept line with other days: what `apply` settled may differ from what came in. */
export const keepAgain = (record: SourceRecord, uploaded: string, lastUpdated: string): string =>
  placeInMargin(record) + dayOfMargin(uploaded) + dayOfMargin(lastUpdated) + lineOf(record);

/**
 * Where kept lines are: a text, or a part of a block. A line is asked for by the place where a record says it is
 * (`SourceRecord.at`).
 */
export interface Lines {
  /** What they have in common with the same lines read with another plan. */
  readonly origin: unknown;
  /** Their form; absent for lines of the layout at hand. */
  readonly form?: Form;
  /** The same lines, where their values have numbers. */
  readonly numbered?: NumberedLines;
  /** Number of the file of the upload. */
  source(at: number): number;
  lineNumber(at: number): number;
  /** The day it counts as uploaded on, and the last day it was updated, as the margin has them: blank or CCYYMMDD. */
  days(at: number): readonly [uploaded: string, lastUpdated: string];
  /** As it was sent, without its margin. */
  line(at: number): string;
  /** Its fields. */
  fields(at: number): string[];
  /** Columns `first` to `last` (from 0) with carets between them; columns that the line does not have are blank. */
  columns(at: number, first: number, last: number): string;
  /** Writes the same. */
  writeColumns(at: number, first: number, last: number, to: Texts): void;
  /** The record of the line, read with a plan. */
  record(at: number, plan: ReadPlan, loaded: number): SourceRecord;
}

/** The line of a record as it was sent. */
export const lineOf = ({ kept, at }: SourceRecord): string => kept.line(at);

/** A line as it was sent, with another SSID: the one of then, or the one of now. */
export function withSSID(line: string, { columns }: Layout, ssid: string): string {
  const place = columns.findIndex(({ key }) => key === 'ssid');
  return place < 0 ? line : line.split('^').with(place, ssid).join('^');
}

/** The fields of that line. */
export const fieldsOf = ({ kept, at }: SourceRecord): string[] => kept.fields(at);

/** The kept line of a record. */
export function keptLineOf(record: SourceRecord): string {
  const [uploaded, lastUpdated] = record.kept.days(record.at);
  return keepAgain(record, uploaded, lastUpdated);
}

/** Where the line of a record stood: which file of which upload, and its number there. */
export interface RecordPlace {
  readonly source: number;
  readonly line: number;
}

export const placeOf = ({ kept, at }: SourceRecord): RecordPlace => ({
  source: kept.source(at),
  line: kept.lineNumber(at),
});

/** Its two days; `''` is blank. */
export function daysOf({ kept, at }: SourceRecord): Pick<Origin, 'uploaded' | 'lastUpdated'> {
  const [uploaded, lastUpdated] = kept.days(at);
  return { uploaded, lastUpdated };
}

/** The place of a record as a text; see `placeText`. */
export const placeInMargin = ({ kept, at }: SourceRecord): string => placeText(kept.source(at), kept.lineNumber(at));

/** Whether the line of a record is one of an ODS extract. */
export const isODS = ({ kept, at }: SourceRecord): boolean => kept.columns(at, 0, 0).endsWith(ODS_SUFFIX);

/** Whether two records were read from the same line. */
export const isSameLine = (a: SourceRecord, b: SourceRecord): boolean =>
  a.at === b.at && a.kept.origin === b.kept.origin;

/**
 * Columns `first` to `last` (from 0) of a record as they stand in its line, carets between them; columns the line does
 * not have are blank.
 */
export const copyColumns = ({ kept, at }: SourceRecord, first: number, last: number): string =>
  kept.columns(at, first, last);

/** Writes the same. */
export const writeColumns = ({ kept, at }: SourceRecord, first: number, last: number, to: Texts): void =>
  kept.writeColumns(at, first, last, to);

/** A record type without what marks an ODS extract. */
export const plainType = (recordType: string): string =>
  recordType.endsWith(ODS_SUFFIX) ? recordType.slice(0, -ODS_SUFFIX.length) : recordType;

const CARET = 94;
const LINE_FEED = 10;

/** One record of a student history. `values` holds the columns of the read plan, each at its slot; a blank is `''`. */
export interface SourceRecord {
  /** Index of the record type in the read plan; `PASSED_OVER` for a type that it does not have. */
  readonly type: number;
  readonly values: string[];
  /** Place in the order of loading; later is greater. */
  loaded: number;
  /** Where the line is that the record was read from, and at what place there. */
  readonly kept: Lines;
  readonly at: number;
}

/**
 * The type of a record that only another version of the rules has a layout for: it was loaded under that version, is kept
 * as it is, and has no values here.
 */
export const PASSED_OVER = -1;

/** All records of one student by record type (index as in the read plan), each list in the order of loading. */
export interface History {
  readonly ssid: string;
  readonly byType: readonly (readonly SourceRecord[])[];
  /** Those of types that the read plan does not have; absent for none. */
  readonly passedOver?: readonly SourceRecord[];
}

/** The record types of records that were passed over, with how many there are of each. */
export type PassedOver = Readonly<Record<string, number>>;

/** How many there are of each type: `DCRT 3, XABC 1`. */
export const passedOverInWords = (passedOver: PassedOver): string =>
  Object.entries(passedOver)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([type, count]) => `${type} ${count}`)
    .join(', ');

/** Counts records that were passed over, by record type. */
export function countPassedOver(into: Record<string, number>, records: readonly SourceRecord[] = []): void {
  for (const record of records) {
    const type = plainType(fieldsOf(record)[0] as string);
    into[type] = (into[type] ?? 0) + 1;
  }
}

/** Which columns of which record types to pick, and where to put them. Made by the compiler from what rules name. */
export interface ReadPlan {
  readonly types: readonly string[];
  readonly typeIndex: ReadonlyMap<string, number>;
  /** By type, then by part of the margin and column of the layout: the slot, or -1. */
  readonly slotOf: readonly Int16Array[];
  /** By type: the keys of the layout's columns. */
  readonly columns: readonly (readonly string[])[];
  /** By type: the last of those that has a slot. */
  readonly lastWanted: readonly number[];
  /** By type: the values of a record all of whose columns are blank. */
  readonly blanks: readonly (readonly string[])[];
  /** By type: its name as one number, where it is of four letters. */
  readonly packedTypes: readonly number[];
  /** Interval ends that follow from the next record (rules/facts/intervals.json). */
  readonly derivedEnds: readonly DerivedEnd[];
}

export interface DerivedEnd {
  readonly type: number;
  readonly startSlot: number;
  /** Slot of the end as sent; -1 when the record type has none. */
  readonly endSlot: number;
  readonly derivedSlot: number;
  readonly sameSlots: readonly number[];
}

/** Collects the columns that rules name and hands out slots; `plan()` freezes them into a read plan. */
export class Slots {
  readonly #layouts: readonly Layout[];
  readonly #claimed: Map<string, number>[];
  readonly #counts: number[];
  readonly #derived: DerivedEnd[] = [];

  constructor(layouts: readonly Layout[]) {
    this.#layouts = layouts;
    this.#claimed = layouts.map(() => new Map());
    this.#counts = layouts.map(() => 0);
  }

  /** Index of a record type; throws for one without a layout (the loader has refused it before). */
  type(recordType: string): number {
    const index = this.#layouts.findIndex((l) => l.recordType === recordType);
    if (index < 0) throw new RangeError(`no layout for record type ${recordType}`);
    return index;
  }

  /** The slot of a column (by key) or of `uploaded` / `lastUpdated`. */
  column(recordType: string, key: string): number {
    const type = this.type(recordType);
    const claimed = this.#claimed[type] as Map<string, number>;
    let slot = claimed.get(key);
    if (slot === undefined) {
      slot = this.#next(type);
      claimed.set(key, slot);
    }
    return slot;
  }

  /**
   * The slot of an interval end that is derived from the next record; `key` tells equal ones apart from different ones.
   */
  derivedEnd(recordType: string, key: string, start: string, end: string | undefined, same: readonly string[]): number {
    const type = this.type(recordType);
    const claimed = this.#claimed[type] as Map<string, number>;
    const known = claimed.get(key);
    if (known !== undefined) return known;
    const startSlot = this.column(recordType, start);
    const endSlot = end === undefined ? -1 : this.column(recordType, end);
    const sameSlots = same.map((s) => this.column(recordType, s));
    const derivedSlot = this.#next(type);
    claimed.set(key, derivedSlot);
    this.#derived.push({ type, startSlot, endSlot, derivedSlot, sameSlots });
    return derivedSlot;
  }

  plan(): ReadPlan {
    const slotOf = this.#layouts.map((layout, type) => {
      const claimed = this.#claimed[type] as Map<string, number>;
      const fields = [...MARGIN.map((m) => m.key), ...layout.columns.map((c) => c.key)];
      return Int16Array.from(fields, (key) => claimed.get(key) ?? -1);
    });
    return {
      types: this.#layouts.map((l) => l.recordType),
      typeIndex: new Map(this.#layouts.map((l, i) => [l.recordType, i])),
      slotOf,
      columns: this.#layouts.map((layout) => layout.columns.map((c) => c.key)),
      lastWanted: slotOf.map((slots) => slots.findLastIndex((slot) => slot >= 0)),
      blanks: this.#counts.map((count) => Array.from({ length: count }, () => '')),
      packedTypes: this.#layouts.map(({ recordType }) =>
        recordType.length === PACKED_LETTERS ? packed(recordType, 0) : NOT_PACKED,
      ),
      derivedEnds: this.#derived,
    };
  }

  #next(type: number): number {
    const slot = this.#counts[type] as number;
    this.#counts[type] = slot + 1;
    return slot;
  }
}

/** Kept lines of a text. A line is where its first character is. */
export class TextLines implements Lines {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  get origin(): string {
    return this.text;
  }

  source(at: number): number {
    return digitsAt(this.text, at + SOURCE.from, at + SOURCE.to);
  }

  lineNumber(at: number): number {
    return digitsAt(this.text, at + LINE.from, at + LINE.to);
  }

  days(at: number): readonly [uploaded: string, lastUpdated: string] {
    const day = ({ from, to }: (typeof MARGIN)[number]): string => this.text.slice(at + from, at + to).trim();
    return [day(UPLOADED), day(LAST_UPDATED)];
  }

  line(at: number): string {
    const from = at + MARGIN_WIDTH;
    return this.text.slice(from, lineEnd(this.text, from));
  }

  fields(at: number): string[] {
    return this.line(at).split('^');
  }

  columns(at: number, first: number, last: number): string {
    const { text } = this;
    const from = at + MARGIN_WIDTH;
    const end = lineEnd(text, from);
    let start = from;
    for (let column = 0; column < first; column++) {
      start = text.indexOf('^', start) + 1;
      if (start === 0 || start > end) return '^'.repeat(last - first);
    }
    let stop = start - 1;
    for (let column = first; column <= last; column++) {
      stop = text.indexOf('^', stop + 1);
      if (stop < 0 || stop >= end) return text.slice(start, end) + '^'.repeat(last - column);
    }
    return text.slice(start, stop);
  }

  /** The record of the kept line at `at`. */
  writeColumns(at: number, first: number, last: number, to: Texts): void {
    to.add(this.columns(at, first, last));
  }

  record(at: number, plan: ReadPlan, loaded: number): SourceRecord {
    return readRecord(this, at, typeAt(this.text, at + MARGIN_WIDTH, plan), plan, loaded);
  }

  /** Where the line behind the one at `at` is. */
  after(at: number): number {
    return lineEnd(this.text, at + MARGIN_WIDTH) + 1;
  }
}

/** Of records that were read from no line. */
export const NO_LINES: Lines = new TextLines('');

/**
 * The records of a body, in its order. `loaded` counts from 0.
 * @throws RangeError for a line that does not begin with a record type: a body never holds one, so this is a damaged
 * store.
 */
export const readRecords = (text: string, plan: ReadPlan): SourceRecord[] => recordsOf(new TextLines(text), plan);

function recordsOf(lines: TextLines, plan: ReadPlan): SourceRecord[] {
  const records: SourceRecord[] = [];
  for (let at = 0; at < lines.text.length; at = lines.after(at)) records.push(lines.record(at, plan, records.length));
  return records;
}

/** A column and some values of it. */
export interface ValuesOfColumn {
  readonly recordType: string;
  readonly key: string;
  /** The column's place in its layout, from 0. */
  readonly place: number;
  readonly values: ReadonlySet<string>;
}

/** A student history as it is kept, whatever its form: what it is read with decides which columns are read. */
export interface KeptHistory {
  readonly ssid: string;
  /** All records in the order of loading, which `loaded` counts from 0. */
  records(plan: ReadPlan): SourceRecord[];
  /**
   * Only the records of type `first`; the rest when asked for. They are good until those of another history are read:
   * whoever keeps records asks for `records`.
   */
  partly(plan: ReadPlan, first: number): PartialHistory;
  /** Whether any record has one of these values. Nothing is read but that column. */
  anyHas(wanted: ValuesOfColumn): boolean;
  /** As kept lines joined by LF. */
  body(): string;
}

/**
 * A student history of which only the records of one type have been read. Most students have no row in most extracts.
 */
export interface PartialHistory extends History {
  /** Reads the others as well, into the same lists. */
  complete(): History;
}

/** A history of lines that come from files. */
export class TextHistory implements KeptHistory {
  readonly ssid: string;
  readonly #lines: TextLines;

  /** @param body kept lines joined by LF, in the order of loading */
  constructor(ssid: string, body: string) {
    this.ssid = ssid;
    this.#lines = new TextLines(body);
  }

  records(plan: ReadPlan): SourceRecord[] {
    return recordsOf(this.#lines, plan);
  }

  partly(plan: ReadPlan, first: number): PartialHistory {
    return new PartlyReadText(this.ssid, this.#lines, plan, first);
  }

  anyHas({ recordType, place, values }: ValuesOfColumn): boolean {
    const { text } = this.#lines;
    for (let from = text.indexOf(recordType); from >= 0; from = text.indexOf(recordType, from + 1)) {
      // The same letters may stand in any field.
      const begins = from === MARGIN_WIDTH || text.charCodeAt(from - MARGIN_WIDTH - 1) === LINE_FEED;
      if (!begins || isOfType(text.charCodeAt(from + recordType.length))) continue;
      if (values.has(this.#lines.columns(from - MARGIN_WIDTH, place, place))) return true;
    }
    return false;
  }

  body(): string {
    return this.#lines.text;
  }
}

/** Lines of which only the records of one type, and those that are passed over, have been read. */
class PartlyReadText implements PartialHistory {
  readonly ssid: string;
  readonly byType: SourceRecord[][];
  passedOver?: SourceRecord[];
  readonly #lines: TextLines;
  readonly #plan: ReadPlan;
  readonly #first: number;

  constructor(ssid: string, lines: TextLines, plan: ReadPlan, first: number) {
    this.ssid = ssid;
    this.byType = plan.types.map(() => []);
    this.#lines = lines;
    this.#plan = plan;
    this.#first = first;
    this.#read(true);
    deriveEndsOf(this, plan, (type) => type === first);
  }

  complete(): History {
    this.#read(false);
    return deriveEndsOf(this, this.#plan, (type) => type !== this.#first);
  }

  #read(isFirst: boolean): void {
    const { text } = this.#lines;
    for (let at = 0, loaded = 0; at < text.length; at = this.#lines.after(at), loaded++) {
      const type = typeAt(text, at + MARGIN_WIDTH, this.#plan);
      if ((type === this.#first || type === PASSED_OVER) !== isFirst) continue;
      const record = readRecord(this.#lines, at, type, this.#plan, loaded);
      if (type === PASSED_OVER) this.passedOver = [...(this.passedOver ?? []), record];
      else (this.byType[type] as SourceRecord[]).push(record);
    }
  }
}

function lineEnd(text: string, from: number): number {
  const end = text.indexOf('\n', from);
  return end < 0 ? text.length : end;
}

/** Most record types are four letters: packed into one number, they are found at once. */
const packed = (text: string, from: number): number =>
  ((text.charCodeAt(from) * 128 + text.charCodeAt(from + 1)) * 128 + text.charCodeAt(from + 2)) * 128 +
  text.charCodeAt(from + 3);

const PACKED_LETTERS = 4;
/** Equal to no packed letters. */
const NOT_PACKED = Number.NaN;

/** A record type at the beginning of a line, as layouts have them (schemas/grammar/condition.schema.json). */
const RECORD_TYPE = /([A-Z][A-Z0-9]{1,15})(?:-R)?(?![^^\n])/y;
/** Whether a character may be one more of a record type. */
const isOfType = (code: number): boolean => (code >= 65 && code <= 90) || (code >= 48 && code <= 57);

function typeAt(text: string, from: number, { packedTypes, typeIndex }: ReadPlan): number {
  const type = packedTypes.indexOf(packed(text, from));
  if (type >= 0 && !isOfType(text.charCodeAt(from + PACKED_LETTERS))) return type;
  RECORD_TYPE.lastIndex = from;
  const [, name] = RECORD_TYPE.exec(text) ?? [];
  if (name !== undefined) return typeIndex.get(name) ?? PASSED_OVER;
  throw new RangeError(`a kept line begins with "${text.slice(from, from + 4)}", which is no record type`);
}

function readRecord(lines: TextLines, at: number, type: number, plan: ReadPlan, loaded: number): SourceRecord {
  if (type === PASSED_OVER) return { type, values: [], loaded, kept: lines, at };
  const { text } = lines;
  const wanted = plan.slotOf[type] as Int16Array;
  const values = (plan.blanks[type] as string[]).slice();
  for (let field = 0; field < BEFORE; field++) {
    const slot = wanted[field] as number;
    if (slot < 0) continue;
    const { from: first, to } = MARGIN[field] as (typeof MARGIN)[number];
    const part = text.slice(at + first, at + to);
    if (part !== NO_DAY) values[slot] = part;
  }
  const last = plan.lastWanted[type] as number;
  const length = text.length;
  let start = at + MARGIN_WIDTH;
  let i = start;
  for (let field = BEFORE; field <= last; field++) {
    let code = CARET;
    for (; i < length; i++) {
      code = text.charCodeAt(i);
      if (code === CARET || code === LINE_FEED) break;
    }
    const slot = wanted[field] as number;
    if (slot >= 0 && i > start) values[slot] = text.slice(start, i);
    if (i >= length || code === LINE_FEED) break;
    start = ++i;
  }
  return { type, values, loaded, kept: lines, at };
}

/**
 * The history of one student.
 * @param records of that student only, in the order of loading; their derived interval ends are filled in
 */
export function historyOf(ssid: string, records: readonly SourceRecord[], plan: ReadPlan): History {
  const byType: SourceRecord[][] = plan.types.map(() => []);
  const passedOver: SourceRecord[] = [];
  for (const record of records) (byType[record.type] ?? passedOver).push(record);
  return deriveEndsOf({ ssid, byType, ...(passedOver.length > 0 && { passedOver }) }, plan);
}

/**
 * Fills in the derived interval ends of a history.
 * @param isRead whether all records of a type were read; all types were when absent
 */
export function deriveEndsOf<T extends Pick<History, 'byType'>>(
  history: T,
  { derivedEnds }: ReadPlan,
  isRead: (type: number) => boolean = () => true,
): T {
  for (const derived of derivedEnds)
    if (isRead(derived.type)) deriveEnds(history.byType[derived.type] as SourceRecord[], derived);
  return history;
}

/**
 * A blank end stands for the day before the next record: next by start, then by loading, among those with the same
 * values (cenr.md, fields 36 and 39).
 */
function deriveEnds(
  records: readonly SourceRecord[],
  { startSlot, endSlot, derivedSlot, sameSlots }: DerivedEnd,
): void {
  const byStart = (a: SourceRecord, b: SourceRecord): number =>
    compare(a.values[startSlot], b.values[startSlot]) || a.loaded - b.loaded;
  // Most often they are loaded in this order.
  const ordered = isInOrder(records, byStart) ? records : records.toSorted(byStart);
  for (let i = 0; i < ordered.length; i++) {
    const { values } = ordered[i] as SourceRecord;
    const sent = endSlot < 0 ? '' : (values[endSlot] as string);
    values[derivedSlot] = sent !== '' ? sent : dayBeforeNext(ordered, i, startSlot, sameSlots);
  }
}

function isInOrder<T>(list: readonly T[], by: (a: T, b: T) => number): boolean {
  for (let i = 1; i < list.length; i++) if (by(list[i - 1] as T, list[i] as T) > 0) return false;
  return true;
}

function dayBeforeNext(
  ordered: readonly SourceRecord[],
  i: number,
  startSlot: number,
  sameSlots: readonly number[],
): string {
  const { values } = ordered[i] as SourceRecord;
  for (let next = i + 1; next < ordered.length; next++) {
    const candidate = (ordered[next] as SourceRecord).values;
    if (!sameSlots.every((slot) => candidate[slot] === values[slot])) continue;
    // Only a rulebook that merely warns of missing dates lets a blank start in.
    const start = candidate[startSlot] as string;
    return start === '' ? '' : dayBefore(start);
  }
  return '';
}

/** Ascending as texts, the order of `<` on strings. */
export const compare = (a: string | undefined, b: string | undefined): number =>
  a === b ? 0 : (a ?? '') < (b ?? '') ? -1 : 1;
