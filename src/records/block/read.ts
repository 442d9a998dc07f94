/**
 * A block read: histories as they are kept, of which only the columns are decoded that somebody asks for. Texts of
 * dictionaries are shared by all records that have them.
 */
import { TextGatherer, type Texts } from '#base/byte-builder';
import {
  deriveEndsOf,
  type History,
  type KeptHistory,
  keepLine,
  type Lines,
  lineText,
  PASSED_OVER,
  type PartialHistory,
  type ReadPlan,
  type SourceRecord,
  sourceText,
  type ValuesOfColumn,
} from '../record.ts';
import { ssidText } from '../ssid.ts';
import { copyValues, KIND, type Numbering, VALUE_END, WORDS_A_COLUMN, type Words } from './columns.ts';
import { dayCode, dayTexts } from './days.ts';
import { type Form, widthOf } from './form.ts';
import { textNumbers } from './line-values.ts';
import type { Copier, NumberedLines } from './numbered-lines.ts';
import { BlockDamagedError, unsealed } from './sealed.ts';
import {
  columnsOfPart,
  FIRST_COLUMN,
  HEAD_WORDS,
  type KeptRecord,
  OWN_COLUMNS,
  type StudentToWrite,
  WORDS_A_PART,
} from './write.ts';

type Codes = Uint8Array | Uint16Array | Uint32Array;

/** A decoded column: one value for all records, or one for each. */
interface Column {
  readonly one: string | undefined;
  readonly texts: readonly string[];
  /** By record, the place of its text; absent when the texts are by record. */
  readonly codes: Codes | undefined;
}

interface NumberColumn {
  readonly base: number;
  readonly codes: Codes;
}

const NONE: readonly string[] = [];
const BLANK: Column = { one: '', texts: NONE, codes: undefined };

const valueAt = ({ one, texts, codes }: Column, at: number): string =>
  one ?? (texts[codes ? (codes[at] as number) : at] as string);

/** Bytes of a part with views on them; what lies outside of them is damage. */
class Bytes {
  readonly #bytes: Uint8Array;
  readonly where: string;

  constructor(bytes: Uint8Array, where: string) {
    this.#bytes = bytes;
    this.where = where;
  }

  refuse(reason: string): never {
    throw new BlockDamagedError(this.where, reason);
  }

  text(from: number, bytes: number): string {
    if (from + bytes > this.#bytes.length) this.refuse('a text goes beyond its end');
    return Buffer.from(this.#bytes.buffer, this.#bytes.byteOffset + from, bytes).toString('utf8');
  }

  view<T>(
    type: new (buffer: ArrayBufferLike, from: number, length: number) => T,
    from: number,
    length: number,
    width: number,
  ): T {
    if (from % width !== 0 || from + length * width > this.#bytes.length) this.refuse('numbers go beyond its end');
    return new type(this.#bytes.buffer, this.#bytes.byteOffset + from, length);
  }

  words(from: number, length: number): Uint32Array {
    return this.view(Uint32Array, from, length, 4);
  }
}

/** A block whose students can be read. */
export class Block {
  /** How many. */
  readonly students: number;
  readonly parts: readonly Part[];
  /** In ascending order. */
  readonly #ssids: Float64Array;
  readonly #changed: NumberColumn;
  readonly #openCold: () => Bytes;
  #fetchCold: () => Uint8Array | null | undefined;
  #isFetched = false;
  #cold: Bytes | undefined;
  #readers: readonly PartReader[] | undefined;

  /**
   * @param hot the part that is read often, or all of it
   * @param cold gives the other part
   * @param formOf the form that is kept under a number
   * @param where which students in which store: for errors
   * @throws BlockDamagedError
   */
  constructor(
    hot: Uint8Array,
    cold: () => Uint8Array | null | undefined,
    formOf: (number: number) => Form | undefined,
    where: string,
  ) {
    const { bytes } = unsealed(hot, where, ['hot', 'whole']);
    const part = new Bytes(bytes, where);
    const [students = 0, parts = 0, ssids = 0, ...changed] = part.words(0, HEAD_WORDS + WORDS_A_COLUMN);
    this.students = students;
    this.#ssids = part.view(Float64Array, ssids, students, 8);
    this.#changed = numbersIn(part, changed, students);
    const table = part.words((HEAD_WORDS + WORDS_A_COLUMN) * 4, parts * WORDS_A_PART);
    this.parts = Array.from({ length: parts }, (_, i) => {
      const [number = 0, records = 0, ends = 0, directory = 0] = table.subarray(
        i * WORDS_A_PART,
        (i + 1) * WORDS_A_PART,
      );
      const form = formOf(number) ?? part.refuse(`the store has no layout ${number}`);
      return new Part(this, i, part, { form, records, ends: part.words(ends, students), directory });
    });
    this.#fetchCold = cold;
    this.#openCold = () => {
      const rest = this.#fetchCold() ?? part.refuse('a part of it is missing');
      return new Bytes(unsealed(rest, where, ['cold'], hot).bytes, where);
    };
  }

  /** Gets the other part now, for whoever reads on when what it was got from may be another. */
  fetch(): void {
    if (this.#isFetched) return;
    const rest = this.#fetchCold();
    this.#fetchCold = () => rest;
    this.#isFetched = true;
  }

  /** The columns that are not read often. */
  cold(): Bytes {
    this.#cold ??= this.#openCold();
    return this.#cold;
  }

  ssid(student: number): string {
    return ssidText(this.#ssids[student] as number);
  }

  number(student: number): number {
    return this.#ssids[student] as number;
  }

  /** The upload that changed a student last. */
  changed(student: number): number {
    return numberAt(this.#changed, student);
  }

  /** The place of a student by its SSID as a number; -1 when it is not here. */
  find(number: number): number {
    const place = this.from(number);
    return this.#ssids[place] === number ? place : -1;
  }

  /** The place of the first student with this number or a greater one. */
  from(number: number): number {
    let [low, high] = [0, this.students];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#ssids[middle] as number) < number) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Whether a student has no record: among others, it stands for one who is gone. */
  isEmpty(student: number): boolean {
    return this.parts.every((part) => part.begin(student) === part.ends[student]);
  }

  /** How the records of each part are read with a plan. */
  readers(plan: ReadPlan): readonly PartReader[] {
    if (this.#readers?.[0]?.plan !== plan) this.#readers = this.parts.map((part) => part.reader(plan));
    return this.#readers;
  }

  history(student: number): BlockHistory {
    return new BlockHistory(this, student);
  }

  /** A student as it is written again. */
  toWrite(student: number): StudentToWrite {
    return { ssid: this.ssid(student), changed: this.changed(student), records: this.history(student).toWrite() };
  }

  /** Decodes everything, so that any damage is found. @throws BlockDamagedError */
  verify(): void {
    for (const part of this.parts) part.verify();
    for (let i = 1; i < this.students; i++)
      if (!((this.#ssids[i - 1] as number) < (this.#ssids[i] as number)))
        this.parts[0]?.bytes.refuse('its students are not in order');
    for (let i = 0; i < this.students; i++) this.history(i).toWrite();
  }
}

function numbersIn(bytes: Bytes, words: ArrayLike<number>, count: number): NumberColumn {
  const [kind, base, , from] = Array.from(words) as [number, number, number, number];
  switch (kind) {
    case KIND.numbers8:
      return { base, codes: bytes.view(Uint8Array, from, count, 1) };
    case KIND.numbers16:
      return { base, codes: bytes.view(Uint16Array, from, count, 2) };
    case KIND.numbers32:
      return { base, codes: bytes.view(Uint32Array, from, count, 4) };
    default:
      return bytes.refuse(`found kind ${kind} of a column, expected numbers`);
  }
}

const numberAt = ({ base, codes }: NumberColumn, at: number): number => base + (codes[at] as number);

interface PartHead {
  readonly form: Form;
  readonly records: number;
  /** By student: how many records there are up to and including its own. */
  readonly ends: Uint32Array;
  readonly directory: number;
}

/** The last dictionary of each column: neighbors often have the same, and share it then. */
const DICTIONARIES = new WeakMap<Form, ({ readonly text: string; readonly texts: readonly string[] } | undefined)[]>();

/** The records of one form in a block. A record is known by its place among them. */
export class Part implements NumberedLines {
  readonly form: Form;
  readonly records: number;
  readonly ends: Uint32Array;
  readonly bytes: Bytes;
  readonly #block: Block;
  readonly #index: number;
  readonly #directory: Uint32Array;
  readonly #columns: (Column | undefined)[];
  readonly #numbers: (NumberColumn | undefined)[] = [];
  #reader: PartReader | undefined;

  constructor(block: Block, index: number, bytes: Bytes, { form, records, ends, directory }: PartHead) {
    this.form = form;
    this.records = records;
    this.ends = ends;
    this.bytes = bytes;
    this.#block = block;
    this.#index = index;
    const columns = columnsOfPart(form);
    this.#directory = bytes.words(directory, columns * WORDS_A_COLUMN);
    this.#columns = new Array(columns);
    let before = 0;
    for (const end of ends) {
      if (end < before) bytes.refuse('the records of its students are not in order');
      before = end;
    }
    if (before !== records) bytes.refuse(`its students have ${before} records, expected ${records}`);
  }

  /** How records are read with a plan. */
  reader(plan: ReadPlan): PartReader {
    if (this.#reader?.plan !== plan) this.#reader = new PartReader(this, plan);
    return this.#reader;
  }

  begin(student: number): number {
    return student === 0 ? 0 : (this.ends[student - 1] as number);
  }

  source(at: number): number {
    return numberAt(this.#numbersOf(OWN_COLUMNS.source), at);
  }

  lineNumber(at: number): number {
    return numberAt(this.#numbersOf(OWN_COLUMNS.line), at);
  }

  loaded(at: number): number {
    return numberAt(this.#numbersOf(OWN_COLUMNS.loaded), at);
  }

  count(at: number): number {
    return numberAt(this.#numbersOf(OWN_COLUMNS.fields), at);
  }

  fields(at: number): string[] {
    const count = this.count(at);
    const width = widthOf(this.form);
    const fields: string[] = [];
    for (let c = 0; c < count && c < width; c++) fields.push(this.value(FIRST_COLUMN + c, at));
    if (count > width) fields.push(...this.beyond(at).split('^'));
    return fields;
  }

  beyond(at: number): string {
    return this.value(FIRST_COLUMN + widthOf(this.form), at);
  }

  areOwn(place: number, places: Int32Array, own: readonly string[]): boolean {
    const column = this.column(FIRST_COLUMN + place);
    return places.every((at, i) => valueAt(column, at) === own[i]);
  }

  numbers(place: number, places: Int32Array, into: Int32Array): Numbering {
    const { one, texts, codes } = this.column(FIRST_COLUMN + place);
    if (one !== undefined) {
      into.fill(0, 0, places.length);
      return { below: 1, textOf: () => one, dayOf: () => dayCode(one) };
    }
    if (codes === undefined) return textNumbers(places.length, (i) => texts[places[i] as number] as string, into);
    for (let i = 0; i < places.length; i++) into[i] = codes[places[i] as number] as number;
    const textOf = (number: number): string => texts[number] as string;
    const dayOf = texts === dayTexts() ? (number: number) => number : (number: number) => dayCode(textOf(number));
    return { below: texts.length, textOf, dayOf, rankOf: (number) => number };
  }

  copier(places: Int32Array): Copier | undefined {
    if (places.length !== this.records || places.some((at, i) => at !== i)) return undefined;
    return (payload, column) => {
      const { bytes, words } = this.#storedAt(column);
      return copyValues(payload, words, this.records, (from, length) => bytes.view(Uint8Array, from, length, 1));
    };
  }

  record(at: number): KeptRecord {
    return new RecordOfPart(this, at);
  }

  value(column: number, at: number): string {
    return valueAt(this.column(column), at);
  }

  /** The values of a column. @throws BlockDamagedError */
  column(column: number): Column {
    const known = this.#columns[column];
    if (known) return known;
    const { bytes, words } = this.#storedAt(column);
    const opened = this.#opened(bytes, words, column);
    this.#columns[column] = opened;
    return opened;
  }

  verify(): void {
    const { source, line, loaded, fields } = OWN_COLUMNS;
    for (const column of [source, line, loaded, fields]) this.#numbersOf(column);
    for (let column = 0; column < this.#columns.length; column++) if (!NUMBERS.has(column)) this.column(column);
  }

  #wordsOf(directory: Uint32Array, column: number): Uint32Array {
    return directory.subarray(column * WORDS_A_COLUMN, (column + 1) * WORDS_A_COLUMN);
  }

  #numbersOf(column: number): NumberColumn {
    let numbers = this.#numbers[column];
    if (!numbers) {
      numbers = numbersIn(this.bytes, this.#wordsOf(this.#directory, column), this.records);
      this.#numbers[column] = numbers;
    }
    return numbers;
  }

  /** Where a column is stored, in this part or the other one. */
  #storedAt(column: number): { readonly bytes: Bytes; readonly words: Words } {
    const here = this.#wordsOf(this.#directory, column) as unknown as Words;
    if (here[0] !== KIND.elsewhere) return { bytes: this.bytes, words: here };
    const cold = this.#block.cold();
    const directory = cold.words(this.#index * 4, 1)[0] as number;
    const words = this.#wordsOf(cold.words(directory, this.#columns.length * WORDS_A_COLUMN), column);
    return { bytes: cold, words: words as unknown as Words };
  }

  #opened(bytes: Bytes, [kind, textFrom, textBytes, codesFrom]: Words, column: number): Column {
    switch (kind) {
      case KIND.blank:
        return BLANK;
      case KIND.one:
        return { one: bytes.text(textFrom, textBytes), texts: NONE, codes: undefined };
      case KIND.ownSSID:
        return { one: undefined, texts: this.#ownSSIDs(), codes: undefined };
      case KIND.day:
        return { one: undefined, texts: dayTexts(), codes: bytes.view(Uint16Array, codesFrom, this.records, 2) };
      case KIND.plain: {
        const texts = bytes.text(textFrom, textBytes).split(VALUE_END);
        if (texts.length !== this.records)
          bytes.refuse(`a column has ${texts.length} values, expected ${this.records}`);
        return { one: undefined, texts, codes: undefined };
      }
      case KIND.codes8:
      case KIND.codes16: {
        const texts = this.#dictionary(column, bytes.text(textFrom, textBytes));
        const codes =
          kind === KIND.codes8
            ? bytes.view(Uint8Array, codesFrom, this.records, 1)
            : bytes.view(Uint16Array, codesFrom, this.records, 2);
        const most = codes instanceof Uint8Array ? mostOf8(codes) : mostOf16(codes);
        if (most >= texts.length) bytes.refuse(`found place ${most} in a list of ${texts.length} values`);
        return { one: undefined, texts, codes };
      }
      default:
        return bytes.refuse(`found kind ${kind} of a column, which is none`);
    }
  }

  #dictionary(column: number, text: string): readonly string[] {
    let ofForm = DICTIONARIES.get(this.form);
    if (!ofForm) {
      ofForm = [];
      DICTIONARIES.set(this.form, ofForm);
    }
    const last = ofForm[column];
    if (last?.text === text) return last.texts;
    const texts = text.split(VALUE_END);
    ofForm[column] = { text, texts };
    return texts;
  }

  #ownSSIDs(): readonly string[] {
    const texts: string[] = [];
    for (let student = 0; student < this.#block.students; student++) {
      const ssid = this.#block.ssid(student);
      while (texts.length < (this.ends[student] as number)) texts.push(ssid);
    }
    return texts;
  }
}

/** Read where it is, when it is written again. */
class RecordOfPart implements KeptRecord {
  readonly lines: Part;
  readonly at: number;

  constructor(lines: Part, at: number) {
    this.lines = lines;
    this.at = at;
  }

  get form(): Form {
    return this.lines.form;
  }

  get source(): number {
    return this.lines.source(this.at);
  }

  get line(): number {
    return this.lines.lineNumber(this.at);
  }

  get uploaded(): string {
    return this.lines.value(OWN_COLUMNS.uploaded, this.at);
  }

  get lastUpdated(): string {
    return this.lines.value(OWN_COLUMNS.lastUpdated, this.at);
  }

  get fields(): readonly string[] {
    return this.lines.fields(this.at);
  }
}

// One of each width: every value of every column comes by here, and a loop that knows its numbers takes half the time.
function mostOf8(codes: Uint8Array): number {
  let most = -1;
  for (let i = 0; i < codes.length; i++) most = Math.max(most, codes[i] as number);
  return most;
}

function mostOf16(codes: Uint16Array): number {
  let most = -1;
  for (let i = 0; i < codes.length; i++) most = Math.max(most, codes[i] as number);
  return most;
}

const NUMBERS: ReadonlySet<number> = new Set([
  OWN_COLUMNS.source,
  OWN_COLUMNS.line,
  OWN_COLUMNS.loaded,
  OWN_COLUMNS.fields,
]);

/** The parts of the margin in a read plan, and where they are here. */
const MARGIN = [OWN_COLUMNS.source, OWN_COLUMNS.line, OWN_COLUMNS.uploaded, OWN_COLUMNS.lastUpdated] as const;

/** Where a form has the columns of a layout: by place in the layout, place in the form or -1. */
function placesIn({ columns }: Form, layout: readonly string[]): Int16Array {
  if (typeof columns === 'number') return Int16Array.from(layout, (_, place) => (place < columns ? place : -1));
  const places = new Map(columns.map((key, place) => [key, place]));
  return Int16Array.from(layout, (key) => places.get(key) ?? -1);
}

interface Reading {
  readonly type: number;
  readonly places: Int16Array;
}

const READINGS = new WeakMap<ReadPlan, Map<Form, Reading>>();

function readingOf(form: Form, plan: ReadPlan): Reading {
  let ofPlan = READINGS.get(plan);
  if (!ofPlan) {
    ofPlan = new Map();
    READINGS.set(plan, ofPlan);
  }
  let reading = ofPlan.get(form);
  if (!reading) {
    const type = plan.typeIndex.get(form.recordType) ?? PASSED_OVER;
    reading = { type, places: placesIn(form, plan.columns[type] ?? []) };
    ofPlan.set(form, reading);
  }
  return reading;
}

/** What a plan wants of the records of a part. */
interface WantedColumns {
  /** The values of a record, with those that all records have; the others are blank. */
  readonly blank: string[];
  // By column that is not the same for all records.
  readonly slots: number[];
  readonly texts: (readonly string[])[];
  readonly codes: (Codes | undefined)[];
  /** Slots of parts of the margin that are numbers. */
  readonly numbers: (readonly [slot: number, column: 0 | 1])[];
}

/** A column to be copied, and what stands before it in every record. */
interface CopyStep {
  readonly before: string;
  readonly column: Column;
}

interface Copying {
  readonly first: number;
  readonly last: number;
  readonly steps: readonly CopyStep[];
  readonly end: string;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** Reads the records of a part with a plan. Its places are those of the layout that the plan was made of. */
class PartReader implements Lines {
  readonly plan: ReadPlan;
  /** Index of the record type in the plan; `PASSED_OVER` when it has none. */
  readonly type: number;
  readonly origin: Part;
  readonly numbered: Part;
  readonly form: Form;
  readonly #places: Int16Array;
  #columns: WantedColumns | undefined;
  /** What was copied before: row after row asks for the same. */
  readonly #copied: Copying[] = [];
  /** By their number. */
  readonly #passing: SourceRecord[][] = [];

  constructor(part: Part, plan: ReadPlan) {
    this.origin = part;
    this.numbered = part;
    this.form = part.form;
    this.plan = plan;
    const { type, places } = readingOf(part.form, plan);
    this.type = type;
    this.#places = places;
  }

  /**
   * Some records, in the order of the part. They are good until it is asked again: the same objects are filled anew then,
   * since to make them for every student is most of what reading costs.
   */
  passing(from: number, to: number): readonly SourceRecord[] {
    this.#columns ??= this.#open();
    const count = to - from;
    const records = this.#passing[count] ?? this.#make(count);
    for (let i = 0; i < count; i++) {
      const record = records[i] as Writable<SourceRecord>;
      record.at = from + i;
      record.loaded = this.origin.loaded(from + i);
      this.#fill(this.#columns, record.values, from + i);
    }
    return records;
  }

  record(at: number, plan: ReadPlan, loaded: number): SourceRecord {
    if (plan !== this.plan) return this.origin.reader(plan).record(at, plan, loaded);
    this.#columns ??= this.#open();
    const values = this.#columns.blank.slice();
    this.#fill(this.#columns, values, at);
    return { type: this.type, values, loaded, kept: this, at };
  }

  /** Records to be filled; a longer list begins with those of a shorter one. */
  #make(count: number): SourceRecord[] {
    const made = this.#passing.at(-1) ?? [];
    const records = made.slice(0, count);
    while (records.length < count)
      records.push({ type: this.type, values: this.#columns?.blank.slice() ?? [], loaded: 0, kept: this, at: 0 });
    this.#passing[count] = records;
    return records;
  }

  #fill({ slots, texts, codes, numbers }: WantedColumns, values: string[], at: number): void {
    for (let i = 0; i < slots.length; i++) {
      const own = codes[i];
      values[slots[i] as number] = (texts[i] as readonly string[])[
        own === undefined ? at : (own[at] as number)
      ] as string;
    }
    for (const [slot, column] of numbers)
      values[slot] = column === OWN_COLUMNS.source ? sourceText(this.source(at)) : lineText(this.lineNumber(at));
  }

  source(at: number): number {
    return this.origin.source(at);
  }

  lineNumber(at: number): number {
    return this.origin.lineNumber(at);
  }

  days(at: number): readonly [uploaded: string, lastUpdated: string] {
    return [this.origin.value(OWN_COLUMNS.uploaded, at), this.origin.value(OWN_COLUMNS.lastUpdated, at)];
  }

  line(at: number): string {
    return this.origin.fields(at).join('^');
  }

  fields(at: number): string[] {
    return this.origin.fields(at);
  }

  columns(at: number, first: number, last: number): string {
    const gathered = new TextGatherer();
    this.writeColumns(at, first, last, gathered);
    return gathered.text;
  }

  writeColumns(at: number, first: number, last: number, to: Texts): void {
    const isAsked = (known: Copying): boolean => known.first === first && known.last === last;
    const { steps, end } = this.#copied.find(isAsked) ?? this.#copying(first, last);
    for (let i = 0; i < steps.length; i++) {
      const { before, column } = steps[i] as CopyStep;
      if (before !== '') to.add(before);
      to.add(valueAt(column, at));
    }
    to.add(end);
  }

  /** How columns are copied. What is the same for all records is put together. */
  #copying(first: number, last: number): Copying {
    const steps: CopyStep[] = [];
    let before = '';
    for (let place = first; place <= last; place++) {
      if (place > first) before += '^';
      const own = this.#places[place] ?? -1;
      if (own < 0) continue;
      const column = this.origin.column(FIRST_COLUMN + own);
      if (column.one !== undefined) before += column.one;
      else {
        steps.push({ before, column });
        before = '';
      }
    }
    const copying = { first, last, steps, end: before };
    this.#copied.push(copying);
    return copying;
  }

  /** Opens the columns that the plan wants. */
  #open(): WantedColumns {
    const columns: WantedColumns = { blank: [], slots: [], texts: [], codes: [], numbers: [] };
    if (this.type === PASSED_OVER) return columns;
    const wanted = this.plan.slotOf[this.type] as Int16Array;
    columns.blank.push(...(this.plan.blanks[this.type] as string[]));
    for (let field = 0; field < wanted.length; field++) {
      const slot = wanted[field] as number;
      if (slot < 0) continue;
      const margin = MARGIN[field];
      if (margin === OWN_COLUMNS.source || margin === OWN_COLUMNS.line) {
        columns.numbers.push([slot, margin]);
        continue;
      }
      const place = this.#places[field - MARGIN.length] ?? -1;
      if (margin === undefined && place < 0) continue;
      const { one, texts, codes } = this.origin.column(margin ?? FIRST_COLUMN + place);
      if (one !== undefined) columns.blank[slot] = one;
      else {
        columns.slots.push(slot);
        columns.texts.push(texts);
        columns.codes.push(codes);
      }
    }
    return columns;
  }
}

/** The records of a student of a block as they are needed. They are good until the next student's are asked for. */
class PassingHistory implements PartialHistory {
  readonly byType: (readonly SourceRecord[])[];
  passedOver?: readonly SourceRecord[];
  readonly #block: Block;
  readonly #student: number;
  readonly #plan: ReadPlan;
  readonly #first: number;

  constructor(block: Block, student: number, plan: ReadPlan, first: number) {
    this.byType = new Array(plan.types.length).fill(NO_RECORDS);
    this.#block = block;
    this.#student = student;
    this.#plan = plan;
    this.#first = first;
    for (const reader of block.readers(plan))
      if (reader.type === first || reader.type === PASSED_OVER) this.#read(reader);
    deriveEndsOf(this, plan, (type) => type === first);
  }

  get ssid(): string {
    return this.#block.ssid(this.#student);
  }

  complete(): History {
    for (const reader of this.#block.readers(this.#plan))
      if (reader.type !== this.#first && reader.type !== PASSED_OVER) this.#read(reader);
    return deriveEndsOf(this, this.#plan, (type) => type !== this.#first);
  }

  #read(reader: PartReader): void {
    const { origin, type } = reader;
    const [from, to] = [origin.begin(this.#student), origin.ends[this.#student] as number];
    if (from === to) return;
    const records = reader.passing(from, to);
    if (type === PASSED_OVER) this.passedOver = [...(this.passedOver ?? []), ...records];
    else this.byType[type] = inOrder(this.byType[type] as readonly SourceRecord[], records);
  }
}

const NO_RECORDS: readonly SourceRecord[] = [];

/** Those of several forms of one record type, in the order of loading. */
const inOrder = (some: readonly SourceRecord[], others: readonly SourceRecord[]): readonly SourceRecord[] =>
  some.length === 0 ? others : [...some, ...others].sort((a, b) => a.loaded - b.loaded);

/** A student of a block. */
export class BlockHistory implements KeptHistory {
  readonly #block: Block;
  readonly #student: number;

  constructor(block: Block, student: number) {
    this.#block = block;
    this.#student = student;
  }

  get ssid(): string {
    return this.#block.ssid(this.#student);
  }

  /** Gets all that can be read of the student now, and gives the history. */
  fetched(): this {
    this.#block.fetch();
    return this;
  }

  records(plan: ReadPlan): SourceRecord[] {
    return this.#inOrder((part, at) => part.reader(plan).record(at, plan, part.loaded(at)));
  }

  partly(plan: ReadPlan, first: number): PartialHistory {
    return new PassingHistory(this.#block, this.#student, plan, first);
  }

  anyHas({ recordType, key, place, values }: ValuesOfColumn): boolean {
    return this.#block.parts.some((part) => {
      const from = part.begin(this.#student);
      const to = part.ends[this.#student] as number;
      if (from === to || part.form.recordType !== recordType) return false;
      const { columns } = part.form;
      const own = typeof columns === 'number' ? place : columns.indexOf(key);
      if (own < 0 || own >= widthOf(part.form)) return values.has('');
      for (let at = from; at < to; at++) if (values.has(part.value(FIRST_COLUMN + own, at))) return true;
      return false;
    });
  }

  body(): string {
    return this.toWrite()
      .map((record) => keepLine(record, record.fields.join('^')))
      .join('\n');
  }

  /** Whether it holds the same lines. */
  isSame(records: readonly KeptRecord[]): boolean {
    const own = this.#inOrder((part, at) => ({ part, at }));
    // What changed is most often last.
    return (
      own.length === records.length &&
      records.findLastIndex((record, i) => {
        const { part, at } = own[i] as (typeof own)[number];
        return !(
          part.lineNumber(at) === record.line &&
          part.source(at) === record.source &&
          isAlike(part.record(at), record)
        );
      }) < 0
    );
  }

  /** The records as they are written again. */
  toWrite(): KeptRecord[] {
    return this.#inOrder((part, at) => part.record(at));
  }

  /** What `each` gives for every record, in the order of loading. */
  #inOrder<T>(each: (part: Part, at: number) => T): T[] {
    const found: T[] = [];
    let count = 0;
    for (const part of this.#block.parts) {
      const to = part.ends[this.#student] as number;
      for (let at = part.begin(this.#student); at < to; at++, count++) found[part.loaded(at)] = each(part, at);
    }
    if (found.length !== count || found.includes(undefined as T))
      this.#block.parts[0]?.bytes.refuse('the records of a student are not in order');
    return found;
  }
}

const isAlike = (a: KeptRecord, b: KeptRecord): boolean =>
  a.uploaded === b.uploaded &&
  a.lastUpdated === b.lastUpdated &&
  ((a.lines === b.lines && a.at === b.at) || areAlike(a.fields, b.fields));

const areAlike = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((field, i) => field === b[i]);
