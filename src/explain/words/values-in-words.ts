/** Values as an explanation has them, and as its sentences say them. */
import { series, shortList } from '#base/text';
import { withDashes } from '#records/days';
import type { ParameterJson } from '#rulebook/load/declarations';
import { isFixed, parameterOn } from '#rulebook/tree/parameter-values';
import type { Interval, Value } from '#rulebook/tree/values';
import type { Shown } from '../explanation.ts';

/** What stands for a value that the reader may not see. */
export const WITHHELD = '(withheld)';

const isList = (value: Value): value is readonly string[] => Array.isArray(value);
const isInterval = (value: Value): value is Interval => typeof value === 'object' && !isList(value);

export function shownValue(value: Value): Shown {
  if (value === undefined) return null;
  if (isList(value)) return [...value];
  return isInterval(value) ? { start: value.start, end: value.end } : value;
}

/** `20240229` as `2024-02-29`; whatever is not eight digits stays as it is. */
export const dayWords = (day: string): string => (/^\d{8}$/.test(day) ? withDashes(day) : day);

/** Both ends of an interval: `2023-08-15 to 2024-06-07`, `2023-10-01, still open`. */
export const intervalWords = ({ start, end }: Interval): string =>
  `${dayWords(start)}${end === '' ? ', still open' : ` to ${dayWords(end)}`}`;

const MOST_OF_A_LIST = 8;

/** A value within a sentence. `isDay` tells texts that are days from others. */
export function inWords(value: Value, isDay: boolean): string {
  if (value === undefined) return 'absent';
  if (value === '') return 'blank';
  if (isList(value))
    return value.length === 0
      ? 'none'
      : shortList(
          value.map((item) => inWords(item, isDay)),
          MOST_OF_A_LIST,
        );
  if (isInterval(value)) return intervalWords(value);
  return isDay && typeof value === 'string' ? dayWords(value) : String(value);
}

/** A value of the extract at the beginning of a sentence. */
export const valueAtStart = (value: string, isDay: boolean): string =>
  value === '' ? 'Blank' : isDay ? dayWords(value) : value;

/** How many words a text has. */
export const wordCount = (text: string): number => text.split(/\s+/).filter(Boolean).length;

/** The value of a parameter when it is the same on every day. */
export const undatedValue = (parameter: ParameterJson): Value =>
  isFixed(parameter) ? parameterOn(parameter, '') : undefined;

/** Each item once, in the order in which they are met. */
export const unique = <T>(items: readonly T[]): T[] => [...new Set(items)];

/** Parts in series of at most so many words: "A, B and C". A longer part stands alone. */
export function packed(parts: readonly string[], most: number): string[] {
  const groups: string[][] = [];
  let length = 0;
  for (const part of parts) {
    const words = wordCount(part);
    const last = groups.at(-1);
    length = last && length + words <= most ? length + words : words;
    if (last && length > words) last.push(part);
    else groups.push([part]);
  }
  return groups.map((group) => series(group));
}
