/**
 * Lines over their bytes: of most lines no check has anything to say, and that is found out here without making a text
 * of them. A line of which this is not certain goes the ordinary way (`check-lines.ts`), whatever is the matter with it;
 * nothing is ever reported here. The checks are the same compiled ones: they are only asked once for each value.
 */
import { DAY_NUMBERS, dayNumber, dayNumberOf, dayOfNumber, slashedDayNumber } from '#records/day-numbers';
import { isRealDay } from '#records/days';
import { type Column, columnsIn, incomingColumns, type Layout, placeOfYear } from '#records/layout';
import { type LinePacker, ssidKey } from '#records/packed-lines';
import { dayToKeep, ODS_SUFFIX } from '#records/record';
import { type CheckProgram, type ColumnChecks, type CompiledCheck, PLAIN } from '#rulebook/compile/check-program';
import type { Evaluation } from '#rulebook/compile/evaluation';
import { type Encoding, MOST_LINE_CHARACTERS, textOf } from './lines.ts';
import { type Outcome, type RememberedChecks, remembered } from './remembered-checks.ts';
import { ValueTable } from './value-table.ts';

const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;
const SPACE = 32;
const SLASH = 47;
const ZERO = 48;
const CARET = 94;

/** What a byte says of its value: that a character is no plain one, not printable, or of several bytes. */
const [ODD, UNPRINTABLE, WIDE] = [1, 2, 4];
const SAYS = Uint8Array.from({ length: 256 }, (_, code) => {
  if (code > 127) return ODD | WIDE;
  if (code < 32 || code === 127) return ODD | UNPRINTABLE;
  return /[A-Za-z0-9]/.test(String.fromCharCode(code)) || PLAIN.includes(String.fromCharCode(code)) ? 0 : ODD;
});
/** By byte, what stands for it in a form. */
const FORM = Uint8Array.from({ length: 256 }, (_, code) => {
  if (code >= 48 && code <= 57) return 57;
  return code >= 65 && code <= 90 ? 65 : code;
});
const REPLACEMENT = '\ufffd';

/** Of columns with more values most come once only: they are packed as they stand. */
const MOST_PACKED = 512;
/** No layout comes near this many fields. */
const MOST_FIELDS = 512;
/** Values that are not clear by themselves are remembered too, but these may be anything. */
const MOST_UNCLEAR = 256;
const LONGEST_FORM = 32;

/** How the values of a column are looked at: by how they look alone, by their form, or each for itself. */
const [BY_LOOKS, BY_FORM, BY_VALUE, BY_DAY] = [0, 1, 2, 3];

/** Marks of a value: no check can fail for it (otherwise they are tried); of a day also that it was met, and is real. */
const [CLEAR, SEEN, REAL] = [1, 2, 4];
/** Stands for a value that is not blank, and not remembered. */
const NO_NUMBER = -1;

/** A record type, and what is known of its values so far. By column of a line as it comes in, flat. */
interface LineType {
  readonly index: number;
  readonly layout: Layout;
  readonly checks: readonly ColumnChecks[];
  readonly records: ReturnType<typeof remembered>;
  readonly how: Uint8Array;
  /** The greatest length of a value that is looked at by its looks or form. */
  readonly most: Float64Array;
  readonly odd: Uint8Array;
  /** Whether checks have something to say of a blank. */
  readonly blank: Uint8Array;
  /** Columns that checks read beside the value at hand: their texts are made when checks are tried. */
  readonly read: readonly number[];
  /** By number of fields, of a plain line and of one of an ODS extract: whether checks of lines have nothing to say. */
  readonly clearLines: readonly [boolean[], boolean[]];
  /** The number of its first column among those of all types. */
  readonly first: number;
  readonly values: string[];
  /** By column of days and number of a day: what was found out about it. */
  readonly marks: (Uint8Array | undefined)[];
  /** By column: how many values are remembered that are not clear. */
  readonly unclear: number[];
  /** By column: whether it has so many values that the next one is none of them. */
  readonly varied: Uint8Array;
  readonly ssid: number;
  readonly lea: number;
  /** The place of the academic year, where that decides which columns a line has. */
  readonly year: number | undefined;
}

/** Four characters as one number. */
const packed = (recordType: string): number =>
  recordType.charCodeAt(0) |
  (recordType.charCodeAt(1) << 8) |
  (recordType.charCodeAt(2) << 16) |
  (recordType.charCodeAt(3) << 24);
/** Equal to no four characters. */
const NO_TYPE = Number.NaN;
const [SUFFIX_START, SUFFIX_END] = [ODS_SUFFIX.charCodeAt(0), ODS_SUFFIX.charCodeAt(1)];

export class QuickCheck {
  /** How often compiled checks were asked, of values and of records. */
  asked = 0;
  /** Of the line read last: where its text ends, and where the next line begins. */
  to = 0;
  next = 0;
  /** The checks that warn of it. */
  warnings: CompiledCheck[] = [];

  readonly #program: CheckProgram;
  readonly #x: Evaluation;
  readonly #incoming: { values: string[] };
  readonly #nameSender: ((lea: string) => void) | undefined;
  readonly #types: readonly LineType[];
  readonly #packed: readonly number[];

  #table = new ValueTable();
  readonly #forms = new ValueTable();
  /** Texts of days by number. */
  readonly #days = new Array<string | undefined>(DAY_NUMBERS).fill(undefined);
  #bytes: Buffer = Buffer.alloc(0);
  #view: DataView = new DataView(new ArrayBuffer(0));
  #encoding: Encoding = 'utf-8';
  /** Of the line at hand: its fields, and what all its characters say. */
  #count = 0;
  #said = 0;
  /** Of the last line that passed. */
  #passed: LineType | undefined;
  #isOds = false;
  #before = 0;
  #dates = 0;
  /** Where its values begin and end, what the characters of each say, and the numbers of those that are known. */
  readonly #starts = new Int32Array(MOST_FIELDS);
  readonly #ends = new Int32Array(MOST_FIELDS);
  readonly #saids = new Uint8Array(MOST_FIELDS);
  readonly #numbers = new Int32Array(MOST_FIELDS);
  /** Columns whose checks are to be tried. */
  readonly #open = new Int32Array(MOST_FIELDS);
  #opened = 0;
  #inWords = true;
  #isRead = false;
  readonly #scratch = Buffer.alloc(LONGEST_FORM);
  readonly #scratchView = viewOf(this.#scratch);
  /** By column: numbers of values that were asked for by their texts. */
  readonly #asked = new Map<number, Map<string, number>>();
  /** No UTF-16 unit needs more than three bytes. */
  readonly #askedBytes = Buffer.alloc(LONGEST_FORM * 3);
  readonly #askedView = viewOf(this.#askedBytes);
  readonly #retired: ReadonlySet<number> | undefined;
  readonly #loadDay: string;
  readonly #loadBytes: Buffer;
  readonly #loadNumber: number;

  /**
   * @param x and incoming: of the ordinary way, so that closures see what they see there
   * @param nameSender told the LEA of a line where that decides who sends it
   * @param retired numbers whose lines always go the ordinary way; `undefined` for none
   */
  constructor(
    layouts: readonly Layout[],
    program: CheckProgram,
    x: Evaluation,
    incoming: { values: string[] },
    loadDay: string,
    nameSender: ((lea: string) => void) | undefined,
    retired?: ReadonlySet<number> | undefined,
  ) {
    this.#retired = retired;
    this.#program = program;
    this.#x = x;
    this.#incoming = incoming;
    this.#loadDay = loadDay;
    this.#loadBytes = Buffer.from(loadDay);
    this.#loadNumber = dayNumberOf(loadDay);
    this.#nameSender = nameSender;
    this.#types = layouts.map((layout, index) => lineType(layout, index, program, nameSender !== undefined));
    // What checks have to say of field 1 itself they say the ordinary way.
    this.#packed = this.#types.map(({ layout: { recordType }, checks }) =>
      checks[0]?.isClear(recordType) ? packed(recordType) : NO_TYPE,
    );
  }

  /**
   * Takes bytes in hand.
   * @param inWords whether warnings are to be put into words, which is done the ordinary way
   */
  take(bytes: Uint8Array<ArrayBuffer>, encoding: Encoding = 'utf-8', inWords = true): void {
    this.#inWords = inWords;
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#view = viewOf(bytes);
    if (encoding === this.#encoding) return;
    // The same bytes are other texts now.
    this.#table = new ValueTable();
    this.#asked.clear();
    this.#encoding = encoding;
  }

  /**
   * Reads the line that begins at `from`.
   * @returns whether it is certain that it is to be kept and nothing has to be said of it
   */
  passes(from: number): boolean {
    this.#split(from);
    const count = this.#count;
    if (count < 2 || count > MOST_FIELDS || this.to - from > MOST_LINE_CHARACTERS) return false;
    if (this.#encoding !== 'utf-8' && (this.#said & WIDE) !== 0) return false;
    const length = (this.#ends[0] as number) - from;
    const isOds = length === 6;
    if (length !== 4 && !isOds) return false;
    const type = this.#types[this.#packed.indexOf(this.#view.getInt32(from, true))];
    if (type === undefined) return false;
    if (isOds && (this.#bytes[from + 4] !== SUFFIX_START || this.#bytes[from + 5] !== SUFFIX_END)) return false;
    const { columns, odsColumns = [] } = type.layout;
    const dates = isOds ? odsColumns.length : 0;
    const before = Math.max(count - dates, 1);
    if (before > columns.length) return false;
    if (type.year !== undefined && before > this.#columnsOf(type.year, columns)) return false;
    this.#place(columns.length, before, dates, odsColumns.length);
    if (this.#retired !== undefined && this.#isRetired(type.ssid, this.#retired)) return false;
    if (!this.#areClear(type) || !this.#isClear(type, before, isOds)) return false;
    this.#passed = type;
    this.#isOds = isOds;
    this.#before = before;
    this.#dates = dates;
    return true;
  }

  #isRetired(ssid: number, retired: ReadonlySet<number>): boolean {
    const [from, to] = [this.#starts[ssid] as number, this.#ends[ssid] as number];
    return from !== to && retired.has(this.#key(from, to));
  }

  /** The values that are packed by their numbers, by number. */
  get texts(): readonly string[] {
    return this.#table.texts;
  }

  /** The line that passed last, as texts. */
  kept(): { readonly ssid: string; readonly text: string; readonly uploaded: string; readonly lastUpdated: string } {
    const type = this.#passed as LineType;
    let text = this.#text(this.#starts[0] as number, this.#ends[0] as number);
    for (let c = 1; c < this.#before; c++) text += `^${this.#valueOf(type, c)}`;
    const { length } = type.layout.columns;
    const [uploaded, lastUpdated] =
      this.#dates > 0 ? [this.#valueOf(type, length), this.#valueOf(type, length + 1)] : [this.#loadDay, this.#loadDay];
    return { ssid: this.#valueOf(type, type.ssid), text, uploaded, lastUpdated };
  }

  /** Packs the line that passed last. */
  pack(into: LinePacker, source: number, line: number): void {
    const type = this.#passed as LineType;
    const { ssid, layout } = type;
    const count = this.#before;
    const starts = this.#starts;
    const ends = this.#ends;
    const from = starts[ssid] as number;
    const isBlank = starts[ssid] === ends[ssid];
    const key = isBlank ? -1 : this.#key(from, ends[ssid] as number);
    into.begin(
      key < -1 ? -2 - key : key,
      type.index,
      this.#isOds,
      count,
      source,
      line,
      this.to - (starts[0] as number) + 16,
    );
    const first = layout.columns.length;
    for (let c = first; c < first + 2; c++)
      if (this.#dates > 0) this.#packDay(into, c);
      else if (this.#loadNumber > 0) into.numbered(this.#loadNumber);
      else into.text(this.#loadBytes, 0, this.#loadBytes.length);
    for (let c = 1; c < count; c++)
      if (c === ssid && key >= 0) into.ownSSID();
      else this.#packValue(into, type, c);
    into.end();
  }

  /**
   * The number by which a value is packed that was not read here; 0 when it has none.
   * @param type index of the layout
   */
  numberOf(type: number, c: number, text: string): number {
    const { how, first, varied } = this.#types[type] as LineType;
    if (how[c] === BY_DAY) return dayNumberOf(text);
    // Long values have none; and of a column with very many values, those that are asked for have hardly ever one.
    if (text === '' || varied[c] === 1 || text.length > LONGEST_FORM) return 0;
    const column = first + c;
    let known = this.#asked.get(column);
    if (!known) {
      known = new Map();
      this.#asked.set(column, known);
    }
    let number = known.get(text);
    if (number === undefined) {
      number = this.#table.find(column, this.#askedView, 0, this.#askedBytes.write(text));
      if (number > 0) known.set(text, number);
    }
    return number;
  }

  #packDay(into: LinePacker, c: number): void {
    const start = this.#starts[c] as number;
    const end = this.#ends[c] as number;
    const number = this.#numbers[c] as number;
    if (number > 0) into.numbered(number);
    else if (dayToKeep(this.#text(start, end)) === '') into.blank();
    else into.text(this.#bytes, start, end);
  }

  #packValue(into: LinePacker, { how, varied, first }: LineType, c: number): void {
    const start = this.#starts[c] as number;
    const end = this.#ends[c] as number;
    if (start === end) {
      into.blank();
      return;
    }
    let number = this.#numbers[c] as number;
    if (number === NO_NUMBER && how[c] !== BY_DAY && varied[c] === 0) {
      const table = this.#table;
      number =
        table.find(first + c, this.#view, start, end) ||
        table.add(first + c, this.#view, start, end, this.#text(start, end), MOST_PACKED);
      if (number === 0 && end - start <= LONGEST_FORM) varied[c] = 1;
    }
    if (number > 0) into.numbered(number);
    else into.text(this.#bytes, start, end);
  }

  /** The key of an SSID of ten digits; of another one, as far below -1 as its own is above it. */
  #key(from: number, to: number): number {
    let key = 0;
    for (let at = from; at < to; at++) {
      const digit = (this.#bytes[at] as number) - ZERO;
      if (digit < 0 || digit > 9 || to - from !== 10) return -2 - ssidKey(this.#text(from, to));
      key = key * 10 + digit;
    }
    return key;
  }

  /** How many columns the line at hand has, by its academic year. */
  #columnsOf(year: number, columns: readonly Column[]): number {
    if (year >= this.#count) return columns.length;
    return columnsIn(columns, this.#bytes.toString('latin1', this.#starts[year], this.#ends[year]));
  }

  /** Where the values of a line begin and end. */
  // biome-ignore lint/complexity/noExcessiveCognitiveComplexity: measured: every byte of every line passes this loop
  #split(from: number): void {
    const bytes = this.#bytes;
    const starts = this.#starts;
    const ends = this.#ends;
    const saids = this.#saids;
    const { length } = bytes;
    let count = 0;
    let all = 0;
    let i = from;
    for (let start = from; ; start = ++i) {
      let said = 0;
      let byte = LINE_FEED;
      for (; i < length; i++) {
        byte = bytes[i] as number;
        if (byte === CARET || byte === LINE_FEED) break;
        said |= SAYS[byte] as number;
      }
      const isLast = i >= length || byte === LINE_FEED;
      let end = i;
      if (isLast) {
        if (end > start && bytes[end - 1] === CARRIAGE_RETURN) {
          end--;
          said = 0;
          for (let at = start; at < end; at++) said |= SAYS[bytes[at] as number] as number;
        }
        this.to = end;
      }
      if (end > start) {
        if (bytes[start] === SPACE) said |= ODD;
        // Trailing blanks of a value say nothing (records.md section 1).
        while (end > start && bytes[end - 1] === SPACE) end--;
      }
      if (count < MOST_FIELDS) {
        starts[count] = start;
        ends[count] = end;
        saids[count] = said;
      }
      all |= said;
      count++;
      if (isLast) break;
    }
    this.next = i + 1;
    this.#count = count;
    this.#said = all;
  }

  /** Puts every value where its column is: the dates of an ODS extract come last, and what is missing is blank. */
  #place(length: number, before: number, dates: number, most: number): void {
    const starts = this.#starts;
    const ends = this.#ends;
    const saids = this.#saids;
    const count = this.#count;
    for (let k = dates - 1; k >= 0; k--) {
      const at = before + k;
      starts[length + k] = at < count ? (starts[at] as number) : 0;
      ends[length + k] = at < count ? (ends[at] as number) : 0;
      saids[length + k] = saids[at] as number;
    }
    for (let c = before; c < length; c++) starts[c] = ends[c] = 0;
    for (let c = length + dates; c < length + most; c++) starts[c] = ends[c] = 0;
  }

  /** Whether every value is clear, or its checks can be tried. */
  // biome-ignore lint/complexity/noExcessiveCognitiveComplexity: measured: every value of every line passes this loop
  #areClear(type: LineType): boolean {
    const { how, most, odd, blank, first } = type;
    const starts = this.#starts;
    const ends = this.#ends;
    const saids = this.#saids;
    const numbers = this.#numbers;
    let open = 0;
    const table = this.#table;
    for (let c = 1; c < how.length; c++) {
      const start = starts[c] as number;
      const end = ends[c] as number;
      if (start === end) {
        numbers[c] = 0;
        if (blank[c] === 1) this.#open[open++] = c;
        continue;
      }
      const said = saids[c] as number;
      const way = how[c] as number;
      if (way < BY_VALUE && (said === 0 || (said === ODD && odd[c] === 1))) {
        if (end - start > (most[c] as number)) return false;
        if (way === BY_LOOKS || this.#hasClearForm(type, c, start, end)) {
          numbers[c] = NO_NUMBER;
          continue;
        }
      }
      if (way === BY_DAY) {
        const isSlashed = this.#bytes[start + 1] === SLASH || this.#bytes[start + 2] === SLASH;
        const day = isSlashed
          ? slashedDayNumber(this.#bytes, start, end)
          : end - start === 8
            ? dayNumber(this.#view, start)
            : 0;
        if (day !== 0) {
          const mark = this.#markOfDay(type, c, day);
          // What is no real day stays as it was sent.
          if (isSlashed && (mark & REAL) === 0) return false;
          numbers[c] = day;
          if ((mark & CLEAR) === 0) this.#open[open++] = c;
          continue;
        }
        if (isSlashed) return false;
      }
      const number = table.find(first + c, this.#view, start, end) || this.#learn(type, c, start, end);
      if (number === 0) {
        const text = this.#text(start, end);
        // It would be kept as something else.
        if (text.includes(REPLACEMENT)) return false;
        numbers[c] = NO_NUMBER;
        this.#open[open++] = c;
        continue;
      }
      // Days have their own numbers.
      numbers[c] = way === BY_DAY ? NO_NUMBER : number;
      if (table.mark(number) !== CLEAR) this.#open[open++] = c;
    }
    this.#opened = open;
    return true;
  }

  /** Whether no check of the line, of the values left open, or of the record fails. */
  #isClear(type: LineType, before: number, isOds: boolean): boolean {
    const x = this.#x;
    const { records, checks } = type;
    if (this.warnings.length > 0) this.warnings = [];
    this.#isRead = false;
    if (this.#nameSender) this.#read(type);
    const clearLines = type.clearLines[isOds ? 1 : 0];
    if (this.#nameSender || clearLines[this.#count] !== true) {
      this.#readLine(type, before);
      if (!this.#none(this.#program.lines)) return false;
      clearLines[this.#count] = this.warnings.length === 0;
    }
    for (let i = 0; i < this.#opened; i++) {
      const c = this.#open[i] as number;
      const { onBlank, onPresent } = checks[c] as ColumnChecks;
      this.#read(type);
      x.value = this.#valueOf(type, c);
      if (!this.#none(x.value === '' ? onBlank : onPresent)) return false;
    }
    for (let i = 0; i < records.groups.length; i++) {
      const group = records.groups[i] as RememberedChecks;
      const { failed, open } = group.recall(this.#numbers) ?? this.#settle(type, group);
      if (failed.length > 0 && !failed.every((check) => this.#merelyWarns(check))) return false;
      if (open.length === 0) continue;
      this.#read(type);
      if (!this.#none(open)) return false;
    }
    if (records.others.length === 0) return true;
    this.#read(type);
    return this.#none(records.others);
  }

  #settle(type: LineType, group: RememberedChecks): Outcome {
    this.asked += group.checks.length;
    this.#read(type);
    return group.settle(this.#x, this.#numbers, (c) => this.#valueOf(type, c));
  }

  /** The line as its checks see it. */
  #readLine({ layout }: LineType, before: number): void {
    const { line } = this.#x;
    line.fields = this.#count;
    line.most = layout.columns.length + this.#count - before;
    line.excess = 0;
    line.filled = 0;
    line.beyond = '';
    line.known = true;
    line.header = false;
    this.#x.stamp++;
  }

  /** The record as checks see it; texts are made only once one has to be asked. */
  #read(type: LineType): void {
    if (this.#isRead) return;
    this.#isRead = true;
    const { values, read, lea } = type;
    for (let i = 0; i < read.length; i++) values[read[i] as number] = this.#valueOf(type, read[i] as number);
    this.#incoming.values = values;
    this.#x.stamp++;
    this.#nameSender?.(lea < 0 ? '' : this.#valueOf(type, lea));
  }

  #valueOf({ how }: LineType, c: number): string {
    const number = this.#numbers[c] as number;
    if (number > 0 && how[c] === BY_DAY) return this.#day(number);
    if (number >= 0) return this.#table.texts[number] as string;
    return this.#text(this.#starts[c] as number, this.#ends[c] as number);
  }

  /** Whether none fails, or none that matters. */
  #none(checks: readonly CompiledCheck[]): boolean {
    this.asked += checks.length;
    for (let i = 0; i < checks.length; i++) {
      const check = checks[i] as CompiledCheck;
      if (check.fails(this.#x) && !this.#merelyWarns(check)) return false;
    }
    return true;
  }

  /** Of a check that failed: whether the line is kept as if it had not, since nobody wants to read what it says. */
  #merelyWarns(check: CompiledCheck): boolean {
    const { severity, reported } = check.json;
    if (this.#inWords || severity === 'reject' || reported !== undefined) return false;
    this.warnings.push(check);
    return true;
  }

  /** Whether a value has a form that was found clear before, or is now. */
  #hasClearForm({ first, checks }: LineType, c: number, start: number, end: number): boolean {
    const length = end - start;
    if (length > LONGEST_FORM) return false;
    for (let i = 0; i < length; i++) this.#scratch[i] = FORM[this.#bytes[start + i] as number] as number;
    const number = this.#forms.find(first + c, this.#scratchView, 0, length);
    if (number > 0) return this.#forms.mark(number) === CLEAR;
    const isClear = (checks[c] as ColumnChecks).isClear(this.#text(start, end));
    const added = this.#forms.add(first + c, this.#scratchView, 0, length, '');
    if (added > 0) this.#forms.setMark(added, isClear ? CLEAR : 0);
    return isClear;
  }

  #day(number: number): string {
    let day = this.#days[number];
    if (day === undefined) {
      day = dayOfNumber(number);
      this.#days[number] = day;
    }
    return day;
  }

  #markOfDay({ marks, checks }: LineType, c: number, day: number): number {
    let own = marks[c];
    if (own === undefined) {
      own = new Uint8Array(DAY_NUMBERS);
      marks[c] = own;
    }
    if (own[day] === 0) {
      const text = this.#day(day);
      const isClear = (checks[c] as ColumnChecks).isClear(text);
      own[day] = SEEN | (isClear ? CLEAR : 0) | (isRealDay(text) ? REAL : 0);
    }
    return own[day] as number;
  }

  /** Remembers a value of a column. Gives its number; 0 when it cannot be remembered. */
  #learn({ checks, unclear, first }: LineType, c: number, start: number, end: number): number {
    const text = this.#text(start, end);
    // Of days, those that are read here are none.
    if (text.includes(REPLACEMENT)) return 0;
    const isClear = (checks[c] as ColumnChecks).isClear(text);
    if (!isClear && (unclear[c] as number) >= MOST_UNCLEAR) return 0;
    if (!isClear) unclear[c] = (unclear[c] as number) + 1;
    const number = this.#table.add(first + c, this.#view, start, end, text);
    if (number > 0 && isClear) this.#table.setMark(number, CLEAR);
    return number;
  }

  #text(start: number, end: number): string {
    return start === end ? '' : decoded(this.#bytes, start, end, this.#encoding);
  }
}

const decoded = (bytes: Buffer, start: number, end: number, encoding: Encoding): string =>
  encoding === 'utf-8' ? bytes.toString('utf8', start, end) : textOf(bytes.subarray(start, end), encoding);

const viewOf = ({ buffer, byteOffset, byteLength }: Uint8Array): DataView =>
  new DataView(buffer, byteOffset, byteLength);

/** @param varies whether the sender is not the same for all lines */
function lineType(layout: Layout, index: number, program: CheckProgram, varies: boolean): LineType {
  const columns = incomingColumns(layout);
  const checks = program.values[index] as readonly ColumnChecks[];
  // Lines with a retired number do not come here.
  const all = (program.records[index] as readonly CompiledCheck[]).filter((check) => !check.isOfRetired);
  const records = varies ? { groups: [], others: all } : remembered(all, (c) => columns[c]?.type === 'DT');
  const numbered = new Set(records.groups.flatMap((group) => group.numbered));
  const place = (key: string): number => columns.findIndex((column) => column.key === key);
  const read = program.readByRecords[index] as ReadonlySet<number>;
  const values = columns.map(() => '');
  // `-R` says where a line comes from; checks see the record type of its layout.
  values[0] = layout.recordType;
  return {
    index,
    layout,
    checks,
    records,
    how: Uint8Array.from(checks, ({ plain, byForm }, c) =>
      columns[c]?.type === 'DT' ? BY_DAY : numbered.has(c) ? BY_VALUE : plain ? BY_LOOKS : byForm ? BY_FORM : BY_VALUE,
    ),
    most: Float64Array.from(checks, ({ plain, byForm }) => (plain ?? byForm)?.length ?? 0),
    odd: Uint8Array.from(checks, ({ plain, byForm }) => Number((plain ?? byForm)?.odd ?? false)),
    marks: columns.map(() => undefined),
    blank: Uint8Array.from(checks, ({ isClear }) => Number(!isClear(''))),
    // Field 1 is the name of the layout itself.
    read: [...read].filter((c) => c > 0),
    clearLines: [[], []],
    unclear: columns.map(() => 0),
    varied: new Uint8Array(columns.length),
    first: index * MOST_FIELDS,
    values,
    ssid: place('ssid'),
    lea: place('reportingLEA'),
    year: placeOfYear(layout),
  };
}
