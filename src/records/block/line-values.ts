/** The fields of lines by column, as numbers: those that lines have already, or new ones for their texts. */
import { DAY_NUMBERS } from '../day-numbers.ts';
import { CodedLines } from '../packed-lines.ts';
import type { Lines } from '../record.ts';
import type { Values } from './columns.ts';
import { dayCode } from './days.ts';

/** A record of which the fields are asked for. */
interface FieldsOfLine {
  readonly fields: readonly string[];
  /** Where the line stands, when it does anywhere. */
  readonly lines?: Lines;
  readonly at?: number;
}

export interface LineValues {
  /** How many fields the line of a record has. */
  fields(i: number): number;
  /** What stands in it from a place on. */
  beyond(i: number, place: number): string;
  /** Whether all values of a column are the SSIDs of their students. */
  areOwn(place: number): boolean;
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
  const found = new Map<string, number>();
  const texts: string[] = [];
  const own = room(count);
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
    own[i] = number;
  }
  const textOf = (n: number): string => texts[n] as string;
  return { numbers: own, count, below: texts.length, textOf, dayOf: (n) => dayCode(textOf(n)) };
}

/**
 * @param records of one form
 * @param own the SSID of each record's student
 */
export function valuesOf(records: readonly FieldsOfLine[], own: readonly string[]): LineValues {
  const lines = records[0]?.lines;
  return lines instanceof CodedLines && records.every((record) => record.lines === lines)
    ? codedValues(
        lines,
        Int32Array.from(records, ({ at }) => at as number),
        own,
      )
    : fieldValues(
        records.map(({ fields }) => fields),
        own,
      );
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

/** By number of a day, one more than its code; 0 before it is known. */
const codes = new Int32Array(DAY_NUMBERS);

function dayOf(number: number, textOf: (number: number) => string): number {
  if (number >= DAY_NUMBERS) return dayCode(textOf(number));
  if (codes[number] === 0) codes[number] = dayCode(textOf(number)) + 1;
  return (codes[number] as number) - 1;
}

/** The lines of unpacked parts have numbers already, but for texts that do not come again. */
function codedValues(lines: CodedLines, places: Int32Array, own: readonly string[]): LineValues {
  const count = places.length;
  return {
    fields: (i) => lines.count(places[i] as number),
    beyond: () => '',
    areOwn: (place) => places.every((at, i) => lines.isOwn(at, place) || lines.value(at, place) === own[i]),
    of(place) {
      const found = room(count);
      const below = lines.numbers(place, places, found);
      return { numbers: found, count, ...below, dayOf: (n) => dayOf(n, below.textOf) };
    },
  };
}
