/**
 * Kept lines on their way from checking to a store or to rows. A line is split once: what was found out about its values
 * (day, number of a value that comes again) is packed in place of them, and unpacked into numbers of which texts, columns
 * of a block and values of a record are made.
 *
 * A packed line: five bytes for its student and three for its length; a byte each for its layout and whether it is of an
 * ODS extract; then numbers of seven bits a byte, the lowest first: fields, file, line, upload date, last date updated, and
 * a value for each field behind the first. A value is 0 when blank, 1 for the student's own SSID, 2 before its length and
 * text, and otherwise two more than the number of a day or of a value.
 */
import { TextGatherer, type Texts as TextsTo } from '#base/byte-builder';
import type { Numbering } from './block/columns.ts';
import { dayCode } from './block/days.ts';
import type { NumberedLines } from './block/numbered-lines.ts';
import { DAY_NUMBERS, dayNumberOf, dayOfNumber } from './day-numbers.ts';
import type { Layout } from './layout.ts';
import {
  dayToKeep,
  type Lines,
  lineText,
  ODS_SUFFIX,
  type Origin,
  type ReadPlan,
  type SourceRecord,
  sourceText,
} from './record.ts';
import { ssidText } from './ssid.ts';

const [BLANK, OWN_SSID, TEXT] = [0, 1, 2];
const HEAD_BYTES = 8;
/** Besides its texts: what stands before the values, and the most that each of them needs. */
const [MOST_HEAD, MOST_VALUE] = [64, 5];
const BILLIONS = 0x100000000;

/**
 * What lines are sorted by: for an SSID of ten digits that number, -1 for a blank. Of two texts the lesser never has the
 * greater key; different ones that are not ten digits may have the same.
 */
export function ssidKey(ssid: string): number {
  if (ssid === '') return -1;
  let key = 0;
  for (let i = 0; i < 10; i++) {
    const code = i < ssid.length ? ssid.charCodeAt(i) : 0;
    if (code < 48) return key * 10 ** (10 - i);
    if (code > 57) return (key + 1) * 10 ** (10 - i) - 1;
    key = key * 10 + code - 48;
  }
  return key;
}

const TEN_DIGITS = /^\d{10}$/;

/** Packs lines, one behind the other. */
export class LinePacker {
  #bytes: Buffer;
  #length = 0;
  #from = 0;

  constructor(bytes = 1 << 16) {
    this.#bytes = Buffer.allocUnsafeSlow(bytes);
  }

  get length(): number {
    return this.#length;
  }

  /** The bytes packed so far; only good until more are packed. */
  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Begins anew. */
  clear(): void {
    this.#length = 0;
  }

  /**
   * Begins a line; its two days and the values of all fields but the first follow.
   * @param type index of its layout
   * @param texts bytes of its values
   */
  begin(key: number, type: number, isODS: boolean, fields: number, source: number, line: number, texts: number): void {
    const most = this.#length + MOST_HEAD + (fields + 2) * MOST_VALUE + texts;
    if (most > this.#bytes.length) this.#grow(most);
    const bytes = this.#bytes;
    this.#from = this.#length;
    bytes.writeUInt32LE((key + 1) % BILLIONS, this.#from);
    bytes[this.#from + 4] = (key + 1) / BILLIONS;
    bytes[this.#from + HEAD_BYTES] = type;
    bytes[this.#from + HEAD_BYTES + 1] = isODS ? 1 : 0;
    this.#length += HEAD_BYTES + 2;
    this.#number(fields);
    this.#number(source);
    this.#number(line);
  }

  blank(): void {
    this.#bytes[this.#length++] = BLANK;
  }

  ownSSID(): void {
    this.#bytes[this.#length++] = OWN_SSID;
  }

  /** A value by its number, or a day by its own. */
  numbered(number: number): void {
    this.#number(number + TEXT);
  }

  /** A value by its bytes, which are UTF-8. */
  text(bytes: Uint8Array, from: number, to: number): void {
    this.#bytes[this.#length++] = TEXT;
    this.#number(to - from);
    const own = this.#bytes;
    let at = this.#length;
    for (let i = from; i < to; i++) own[at++] = bytes[i] as number;
    this.#length = at;
  }

  end(): void {
    this.#bytes.writeUIntLE(this.#length - this.#from, this.#from + 5, 3);
  }

  /**
   * A whole line, given as its fields.
   * @param numberOf the number of a value by its column; 0 when it has none
   */
  line(
    { source, line, uploaded, lastUpdated }: Origin,
    type: number,
    ssidPlace: number,
    fields: readonly string[],
    numberOf: (column: number, text: string) => number,
  ): void {
    let size = uploaded.length + lastUpdated.length;
    for (const field of fields) size += field.length;
    const ssid = fields[ssidPlace] ?? '';
    const isODS = (fields[0] as string).endsWith(ODS_SUFFIX);
    // No UTF-16 unit needs more than three bytes.
    this.begin(ssidKey(ssid), type, isODS, fields.length, source, line, size * 3);
    for (const day of [uploaded, lastUpdated]) this.#value(dayToKeep(day), dayNumberOf(day));
    for (let i = 1; i < fields.length; i++)
      if (i === ssidPlace && TEN_DIGITS.test(ssid)) this.ownSSID();
      else this.#value(fields[i] as string, numberOf(i, fields[i] as string));
    this.end();
  }

  #value(text: string, number: number): void {
    if (text === '') this.blank();
    else if (number > 0) this.numbered(number);
    else {
      this.#bytes[this.#length++] = TEXT;
      this.#number(Buffer.byteLength(text));
      this.#length += this.#bytes.write(text, this.#length);
    }
  }

  #number(number: number): void {
    const bytes = this.#bytes;
    let rest = number;
    while (rest > 127) {
      bytes[this.#length++] = (rest & 127) | 128;
      rest >>>= 7;
    }
    bytes[this.#length++] = rest;
  }

  #grow(least: number): void {
    const larger = Buffer.allocUnsafeSlow(Math.max(least, this.#bytes.length * 2));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}

/** The key of the packed line at `at`, and how many bytes it has. */
export const keyAt = (bytes: Buffer, at: number): number =>
  (((bytes[at] as number) |
    ((bytes[at + 1] as number) << 8) |
    ((bytes[at + 2] as number) << 16) |
    ((bytes[at + 3] as number) << 24)) >>>
    0) +
  (bytes[at + 4] as number) * BILLIONS -
  1;
export const lengthAt = (bytes: Buffer, at: number): number =>
  (bytes[at + 5] as number) | ((bytes[at + 6] as number) << 8) | ((bytes[at + 7] as number) << 16);

/** Where the lines with some keys begin; lines are in ascending order of keys. */
function linesIn(bytes: Buffer, from: number, to: number, least: number, below: number): number[] {
  const lines: number[] = [];
  for (let at = from; at < to; at += lengthAt(bytes, at)) {
    const key = keyAt(bytes, at);
    if (key >= below) break;
    if (key >= least) lines.push(at);
  }
  return lines;
}

function numberAt(bytes: Buffer, from: number): number {
  let number = 0;
  for (let at = from, shift = 0; ; at++, shift += 7) {
    const byte = bytes[at] as number;
    number |= (byte & 127) << shift;
    if (byte < 128) return number;
  }
}

/** How many bytes a number has. */
const widthOf = (number: number): number =>
  number < 1 << 7 ? 1 : number < 1 << 14 ? 2 : number < 1 << 21 ? 3 : number < 1 << 28 ? 4 : 5;

const typeAt = (bytes: Buffer, at: number): number => bytes[at + HEAD_BYTES] as number;

/** Stands for the student's own SSID. */
export const OWN = DAY_NUMBERS;
/** Values that are no days have greater numbers. */
const FIRST_TEXT = DAY_NUMBERS + 1;

/** The texts of all numbers: 0 is a blank, days have theirs, other values get one each. One for a thread. */
export class Texts {
  readonly #texts: (string | undefined)[] = new Array(FIRST_TEXT).fill(undefined);
  readonly #numbers = new Map<string, number>();
  /** By number of a value that is no day. */
  #ranks = new Int32Array();

  constructor() {
    this.#texts[0] = '';
  }

  /** More than any number. */
  get size(): number {
    return this.#texts.length;
  }

  of(number: number): string {
    const text = this.#texts[number];
    if (text !== undefined) return text;
    const day = dayOfNumber(number);
    this.#texts[number] = day;
    return day;
  }

  numberOf(text: string): number | undefined {
    return this.#numbers.get(text);
  }

  /** The numbers of days, or of other values. */
  numbering(ofDays: boolean): Numbering {
    const textOf = (number: number): string => this.of(number);
    const numbering = { below: this.size, textOf, dayOf: (number: number) => dayCodeOf(number, textOf) };
    return ofDays ? numbering : { ...numbering, rankOf: (number) => this.#rankOf(number) };
  }

  #rankOf(number: number): number {
    if (this.#ranks.length !== this.size) this.#ranks = ranksOf(this.#texts);
    return this.#ranks[number] as number;
  }

  /** The number of a text that is no day where it stands; it gets one. */
  add(text: string): number {
    let number = this.#numbers.get(text);
    if (number === undefined) {
      number = this.#texts.length;
      this.#texts.push(text);
      this.#numbers.set(text, number);
    }
    return number;
  }
}

/** The places of texts among all that are no days, in ascending order; a blank comes first. */
function ranksOf(texts: readonly (string | undefined)[]): Int32Array<ArrayBuffer> {
  const ranks = new Int32Array(texts.length);
  const numbers = Int32Array.from({ length: texts.length - FIRST_TEXT }, (_, i) => FIRST_TEXT + i);
  numbers.sort((a, b) => ((texts[a] as string) < (texts[b] as string) ? -1 : 1));
  for (let i = 0; i < numbers.length; i++) ranks[numbers[i] as number] = i + 1;
  return ranks;
}

/** By number of a day, one more than its code; 0 before it is known. */
const dayCodes = new Int32Array(DAY_NUMBERS);

function dayCodeOf(number: number, textOf: (number: number) => string): number {
  if (number >= DAY_NUMBERS) return dayCode(textOf(number));
  if (dayCodes[number] === 0) dayCodes[number] = dayCode(textOf(number)) + 1;
  return (dayCodes[number] as number) - 1;
}

/** What layouts are to packed lines. */
export class PackedLayouts {
  readonly texts = new Texts();
  readonly layouts: readonly Layout[];
  /** By layout: words of a line. */
  readonly words: readonly number[];
  /** By layout, then by column: whether it has days. */
  readonly isDay: readonly (readonly boolean[])[];
  readonly ssid: readonly number[];
  /** By layout: the numbers of its record type, of a plain line and of one of an ODS extract. */
  readonly types: readonly (readonly [number, number])[];

  constructor(layouts: readonly Layout[]) {
    this.layouts = layouts;
    this.words = layouts.map(({ columns }) => HEAD_WORDS + columns.length);
    this.isDay = layouts.map(({ columns }) => columns.map(({ type }) => type === 'DT'));
    this.ssid = layouts.map(({ columns }) => columns.findIndex(({ key }) => key === 'ssid'));
    this.types = layouts.map(({ recordType }) => [this.texts.add(recordType), this.texts.add(recordType + ODS_SUFFIX)]);
  }
}

/** Words of a line before those of its columns: layout and fields, file, line, days, and its student in two. */
const HEAD_WORDS = 7;
const [HEAD, SOURCE, LINE, UPLOADED, LAST_UPDATED, KEY, KEY_BILLIONS] = [0, 1, 2, 3, 4, 5, 6];

/** In a read plan, file and line stand before the two days. */
const DAYS_IN_MARGIN = 2;

/** Where the words of a column are found that a plan wants. */
interface Reading {
  readonly type: number;
  /** Slots of file and line, -1 for none. */
  readonly source: number;
  readonly line: number;
  readonly slots: Int32Array;
  readonly words: Int32Array;
}

/** Packed lines to be unpacked: some bytes of a buffer, and what numbers of values are called in it. */
export interface PackedPart {
  readonly from: number;
  readonly to: number;
  readonly numbers: Int32Array;
}

/**
 * Lines unpacked: a word for each value. Numbers are those of `Texts`; below 0, a text stands in the bytes, behind its
 * length.
 */
export class CodedLines implements Lines, NumberedLines {
  readonly words: Int32Array;
  readonly layouts: PackedLayouts;
  /** Where each line begins, in the order of the parts. */
  readonly places: Int32Array;
  /** By which it is sorted, of each. */
  readonly keys: Float64Array;
  readonly #bytes: Buffer;
  readonly #texts: Texts;
  readonly #days: Numbering;
  readonly #values: Numbering;
  #end = 0;
  #plan: ReadPlan | undefined;
  #readings: readonly Reading[] = [];
  #key = Number.NaN;
  #ssid = '';

  /** @param least and below: lines with other keys are left out */
  constructor(layouts: PackedLayouts, bytes: Buffer, parts: readonly PackedPart[], least: number, below: number) {
    this.layouts = layouts;
    this.#bytes = bytes;
    this.#texts = layouts.texts;
    this.#days = layouts.texts.numbering(true);
    this.#values = layouts.texts.numbering(false);
    const found = parts.map(({ from, to }) => linesIn(bytes, from, to, least, below));
    let count = 0;
    let size = 0;
    for (const lines of found) {
      count += lines.length;
      for (let i = 0; i < lines.length; i++) size += layouts.words[typeAt(bytes, lines[i] as number)] as number;
    }
    this.words = new Int32Array(size);
    this.places = new Int32Array(count);
    this.keys = new Float64Array(count);
    let at = 0;
    for (const [i, { numbers }] of parts.entries()) {
      this.#unpackAll(found[i] as readonly number[], numbers, at);
      at += (found[i] as readonly number[]).length;
    }
  }

  #unpackAll(lines: readonly number[], numbers: Int32Array, first: number): void {
    const { places, keys } = this;
    for (let i = 0; i < lines.length; i++) {
      const at = lines[i] as number;
      places[first + i] = this.#end;
      keys[first + i] = keyAt(this.#bytes, at);
      this.#unpack(at, numbers);
    }
  }

  get origin(): this {
    return this;
  }

  get numbered(): this {
    return this;
  }

  /** Index of the layout of a line. */
  type(at: number): number {
    return (this.words[at] as number) & 0xff;
  }

  /** How many fields a line has. */
  count(at: number): number {
    return (this.words[at] as number) >>> 8;
  }

  #keyOf(at: number): number {
    return ((this.words[at + KEY] as number) >>> 0) + (this.words[at + KEY_BILLIONS] as number) * BILLIONS - 1;
  }

  /** The SSID of the student whose line it is. */
  ssid(at: number): string {
    const type = this.type(at);
    return this.#text(this.#wordOf(type, at, this.layouts.ssid[type] as number), at);
  }

  /** Whether that is ten digits, or a blank. */
  hasOwnSSID(at: number): boolean {
    const type = this.type(at);
    const word = this.#wordOf(type, at, this.layouts.ssid[type] as number);
    return word === OWN || word === 0;
  }

  source(at: number): number {
    return this.words[at + SOURCE] as number;
  }

  lineNumber(at: number): number {
    return this.words[at + LINE] as number;
  }

  days(at: number): readonly [uploaded: string, lastUpdated: string] {
    return [
      this.#text(this.words[at + UPLOADED] as number, at),
      this.#text(this.words[at + LAST_UPDATED] as number, at),
    ];
  }

  line(at: number): string {
    return this.fields(at).join('^');
  }

  fields(at: number): string[] {
    return Array.from({ length: this.count(at) }, (_, i) => this.#text(this.words[at + HEAD_WORDS + i] as number, at));
  }

  columns(at: number, first: number, last: number): string {
    const gathered = new TextGatherer();
    this.writeColumns(at, first, last, gathered);
    return gathered.text;
  }

  writeColumns(at: number, first: number, last: number, to: TextsTo): void {
    const type = this.type(at);
    for (let place = first; place <= last; place++) {
      if (place > first) to.add('^');
      const word = this.#wordOf(type, at, place);
      if (word !== 0) to.add(this.#text(word, at));
    }
  }

  record(at: number, plan: ReadPlan, loaded: number): SourceRecord {
    if (plan !== this.#plan) this.#readWith(plan);
    const { type, slots, words: places, source, line } = this.#readings[this.type(at)] as Reading;
    const values = (plan.blanks[type] as string[]).slice();
    const { words } = this;
    for (let i = 0; i < slots.length; i++) {
      const word = words[at + (places[i] as number)] as number;
      if (word !== 0) values[slots[i] as number] = this.#text(word, at);
    }
    if (source >= 0) values[source] = sourceText(this.source(at));
    if (line >= 0) values[line] = lineText(this.lineNumber(at));
    return { type, values, loaded, kept: this, at };
  }

  /** Lines with fields behind those of their layout are not kept. */
  beyond(): string {
    return '';
  }

  areOwn(place: number, places: Int32Array, own: readonly string[]): boolean {
    const word = HEAD_WORDS + place;
    return places.every((at, i) => this.#text(this.words[at + word] as number, at) === own[i]);
  }

  numbers(place: number, places: Int32Array, into: Int32Array): Numbering {
    const { words } = this;
    const texts = this.#texts;
    const word = HEAD_WORDS + place;
    let hasOthers = false;
    let hasNumbers = false;
    for (let i = 0; i < places.length; i++) {
      const number = words[(places[i] as number) + word] as number;
      into[i] = number;
      if (number < 0 || number === OWN) hasOthers = true;
      else if (number > 0) hasNumbers = true;
    }
    const { size } = texts;
    const isDay = this.layouts.isDay[this.type(places[0] as number)]?.[place] as boolean;
    if (!hasOthers) return isDay ? this.#days : this.#values;
    const others: string[] = [];
    const found = new Map<string, number>();
    for (let i = 0; i < places.length; i++) {
      const number = into[i] as number;
      if (number >= 0 && number !== OWN) continue;
      const text = this.#text(number, places[i] as number);
      let other = found.get(text);
      if (other === undefined && hasNumbers) other = isDay ? dayNumberOf(text) || undefined : texts.numberOf(text);
      if (other === undefined) {
        other = size + others.length;
        others.push(text);
        found.set(text, other);
      }
      into[i] = other;
    }
    const textOf = (number: number): string => (number < size ? texts.of(number) : (others[number - size] as string));
    return { below: size + others.length, textOf, dayOf: (number) => dayCodeOf(number, textOf) };
  }

  /** A text that has no number. */
  textAt(word: number): string {
    const bytes = this.#bytes;
    const at = word & 0x7fffffff;
    const length = numberAt(bytes, at);
    const from = at + widthOf(length);
    return bytes.toString('utf8', from, from + length);
  }

  #wordOf(type: number, at: number, place: number): number {
    const before = HEAD_WORDS + place;
    return before < (this.layouts.words[type] as number) ? (this.words[at + before] as number) : 0;
  }

  #text(word: number, at: number): string {
    if (word < 0) return this.textAt(word);
    return word === OWN ? this.#own(at) : this.#texts.of(word);
  }

  #own(at: number): string {
    const key = this.#keyOf(at);
    if (key !== this.#key) {
      this.#key = key;
      this.#ssid = ssidText(key);
    }
    return this.#ssid;
  }

  #readWith(plan: ReadPlan): void {
    this.#plan = plan;
    this.#readings = this.layouts.layouts.map(({ recordType, columns }): Reading => {
      const type = plan.typeIndex.get(recordType) as number;
      const wanted = plan.slotOf[type] as Int16Array;
      const before = wanted.length - columns.length;
      const places: number[] = [];
      for (const [i, word] of [UPLOADED, LAST_UPDATED].entries())
        if ((wanted[DAYS_IN_MARGIN + i] as number) >= 0) places.push(DAYS_IN_MARGIN + i, word);
      const own = plan.columns[type] as readonly string[];
      for (const [i, key] of own.entries()) {
        const place = columns.findIndex((column) => column.key === key);
        if ((wanted[before + i] as number) >= 0 && place >= 0) places.push(before + i, HEAD_WORDS + place);
      }
      const pairs = Array.from(
        { length: places.length / 2 },
        (_, i) => [places[2 * i], places[2 * i + 1]] as [number, number],
      );
      return {
        type,
        source: wanted[0] as number,
        line: wanted[1] as number,
        slots: Int32Array.from(pairs, ([field]) => wanted[field] as number),
        words: Int32Array.from(pairs, ([, word]) => word),
      };
    });
  }

  #unpack(from: number, numbers: Int32Array): void {
    const bytes = this.#bytes;
    const { words } = this;
    const base = this.#end;
    const type = typeAt(bytes, from);
    const isODS = bytes[from + HEAD_BYTES + 1] as number;
    const isDay = this.layouts.isDay[type] as readonly boolean[];
    let at = from + HEAD_BYTES + 2;
    let last = HEAD_WORDS;
    // Numbers in the order in which they stand: fields, file, line, days, values.
    for (let word = HEAD; word < last; word++) {
      if (word === KEY) {
        word = HEAD_WORDS;
        words[base + word] = (this.layouts.types[type] as readonly number[])[isODS] as number;
        continue;
      }
      let number = bytes[at] as number;
      if (number < 128) at++;
      else {
        number = numberAt(bytes, at);
        at += widthOf(number);
      }
      if (word === HEAD) {
        last = HEAD_WORDS + number;
        words[base] = type | (number << 8);
      } else if (word < UPLOADED) words[base + word] = number;
      else if (number > TEXT)
        words[base + word] =
          word < HEAD_WORDS || isDay[word - HEAD_WORDS] ? number - TEXT : (numbers[number - TEXT] as number);
      else if (number === OWN_SSID) words[base + word] = OWN;
      else if (number === TEXT) {
        words[base + word] = at | 0x80000000;
        const length = numberAt(bytes, at);
        at += widthOf(length) + length;
      }
    }
    words[base + KEY] = bytes.readInt32LE(from);
    words[base + KEY_BILLIONS] = bytes[from + 4] as number;
    this.#end = base + (this.layouts.words[type] as number);
  }
}
