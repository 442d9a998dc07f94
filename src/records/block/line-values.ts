/** The fields of lines by column, as numbers: those that lines have already, or new ones for their texts. */
import type { Numbering, Values } from './columns.ts';
import { dayCode } from './days.ts';
import type { Copier, NumberedLines } from './numbered-lines.ts';

/** A record of which the fields are asked for. */
interface FieldsOfLine {
  readonly fields: readonly string[];
  /** Where the line stands, when its values have numbers there. */
  readonly lines?: NumberedLines | undefined;
  readonly at?: number;
}

export interface LineValues {
  /** How many fields the line of a record has. */
  fields(i: number): number;
  /** What stands in it from a place on. */
  beyond(i: number, place: number): string;
  /** Whether all values of a column are the SSIDs of their students. */
  areOwn(place: number): boolean;
  /** Writes columns as they stand already. */
  readonly copy?: Copier | undefined;
  /** Borrowed: good until the next column is asked for. */
  of(place: number): Values;
}

let numbers = new Int32Array(1 << 12);

function room(count: number): Int32Array {
  if (numbers.length < count) numbers = new Int32Array(count * 2);
  return numbers;
}

/** Texts as values. */
export function textValues(count: number, text: (i: number) => string): Values {
  const numbers = room(count);
  return { ...textNumbers(count, text, numbers), numbers, count };
}

/** @param into takes the numbers */
export function textNumbers(count: number, text: (i: number) => string, into: Int32Array): Numbering {
  const found = new Map<string, number>();
  const texts: string[] = [];
  let before: string | undefined;
  let number = 0;
  for (let i = 0; i < count; i++) {
    const value = text(i);
    if (value !== before) {
      before = value;
      const known = found.get(value);
      number = known ?? texts.push(value) - 1;
      if (known === undefined) found.set(value, number);
    }
    into[i] = number;
  }
  return numberingOf(texts);
}

function numberingOf(texts: readonly string[]): Numbering {
  const textOf = (number: number): string => texts[number] as string;
  return { below: texts.length, textOf, dayOf: (number) => dayCode(textOf(number)) };
}

/**
 * @param records of one form
 * @param own the SSID of each record's student
 */
export function valuesOf(records: readonly FieldsOfLine[], own: readonly string[]): LineValues {
  const sources = sourcesOf(records, own);
  if (!sources)
    return fieldValues(
      records.map(({ fields }) => fields),
      own,
    );
  return sources.length === 1 ? numberedValues(sources[0] as Source) : mergedValues(sources, records.length);
}

/** Records of which the lines stand in one place. */
interface Source {
  readonly lines: NumberedLines;
  /** The number of each among all records. */
  readonly records: Int32Array;
  readonly places: Int32Array;
  readonly own: readonly string[];
}

/** Absent when the values of a line have no numbers. */
function sourcesOf(records: readonly FieldsOfLine[], own: readonly string[]): Source[] | undefined {
  const found = new Map<NumberedLines, number[]>();
  let last: NumberedLines | undefined;
  let of: number[] = [];
  for (let i = 0; i < records.length; i++) {
    const { lines } = records[i] as FieldsOfLine;
    if (!lines) return undefined;
    if (lines !== last) {
      of = found.get(lines) ?? [];
      found.set(lines, of);
      last = lines;
    }
    of.push(i);
  }
  return Array.from(found, ([lines, numbers]) => ({
    lines,
    records: Int32Array.from(numbers),
    places: Int32Array.from(numbers, (i) => (records[i] as FieldsOfLine).at as number),
    own: found.size === 1 ? own : numbers.map((i) => own[i] as string),
  }));
}

function fieldValues(all: readonly (readonly string[])[], own: readonly string[]): LineValues {
  const value = (i: number, place: number): string => (all[i] as readonly string[])[place] ?? '';
  return {
    fields: (i) => (all[i] as readonly string[]).length,
    beyond: (i, place) => (all[i] as readonly string[]).slice(place).join('^'),
    areOwn: (place) => own.every((ssid, i) => value(i, place) === ssid),
    of: (place) => textValues(all.length, (i) => value(i, place)),
  };
}

export const NO_VALUES = fieldValues([], []);

function numberedValues({ lines, places, own }: Source): LineValues {
  const count = places.length;
  return {
    copy: lines.copier?.(places),
    fields: (i) => lines.count(places[i] as number),
    beyond: (i) => lines.beyond(places[i] as number),
    areOwn: (place) => lines.areOwn(place, places, own),
    of(place) {
      const found = room(count);
      return { ...lines.numbers(place, places, found), numbers: found, count };
    },
  };
}

let ofSource = new Int32Array(1 << 12);
/** By number in a source, one more than the number among all; 0 while it has none. */
let numberOf = new Int32Array(1 << 12);

/** Lines of several places: each different value of each of them is looked up once. */
function mergedValues(sources: readonly Source[], count: number): LineValues {
  const parts = sources.map(numberedValues);
  const partOf = new Uint16Array(count);
  const placeIn = new Int32Array(count);
  for (const [part, { records }] of sources.entries())
    for (let i = 0; i < records.length; i++) {
      partOf[records[i] as number] = part;
      placeIn[records[i] as number] = i;
    }
  const part = (i: number): LineValues => parts[partOf[i] as number] as LineValues;
  return {
    fields: (i) => part(i).fields(placeIn[i] as number),
    beyond: (i, place) => part(i).beyond(placeIn[i] as number, place),
    areOwn: (place) => parts.every((one) => one.areOwn(place)),
    of: (place) => mergedNumbers(sources, place, count),
  };
}

function mergedNumbers(sources: readonly Source[], place: number, count: number): Values {
  const all = room(count);
  const found = new Map<string, number>();
  const texts: string[] = [];
  for (const { lines, records, places } of sources) {
    if (ofSource.length < places.length) ofSource = new Int32Array(places.length * 2);
    const { below, textOf } = lines.numbers(place, places, ofSource);
    if (numberOf.length < below) numberOf = new Int32Array(below * 2);
    const met: number[] = [];
    for (let i = 0; i < places.length; i++) {
      const own = ofSource[i] as number;
      if (numberOf[own] === 0) {
        const text = textOf(own);
        const known = found.get(text) ?? texts.push(text) - 1;
        found.set(text, known);
        numberOf[own] = known + 1;
        met.push(own);
      }
      all[records[i] as number] = (numberOf[own] as number) - 1;
    }
    for (const own of met) numberOf[own] = 0;
  }
  return { ...numberingOf(texts), numbers: all, count };
}
