/** Values as an explanation has them, and as its sentences say them. */
import { withDashes } from '#records/days';
import type { ParameterJson } from '#rulebook/load/declarations';
import { isDated, parameterOn } from '#rulebook/tree/parameter-values';
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

/** `20240229` as `2024-02-29`; whatever is no text of eight characters stays as it is. */
export const dayWords = (day: string): string => (day.length === 8 ? withDashes(day) : day);

/** Both ends of an interval: `2023-08-15 to 2024-06-07`, `2023-10-01, still open`. */
export const intervalWords = ({ start, end }: Interval): string =>
  `${dayWords(start)}${end === '' ? ', still open' : ` to ${dayWords(end)}`}`;

/** A value within a sentence. `isDay` tells texts that are days from others. */
export function inWords(value: Value, isDay: boolean): string {
  if (value === undefined) return 'absent';
  if (value === '') return 'blank';
  if (isList(value)) return value.length === 0 ? 'none' : value.join(', ');
  if (isInterval(value)) return intervalWords(value);
  return isDay && typeof value === 'string' ? dayWords(value) : String(value);
}

/** A value of the extract at the beginning of a sentence. */
export const valueAtStart = (value: string, isDay: boolean): string =>
  value === '' ? 'Blank' : isDay ? dayWords(value) : value;

/** Several reasons in one sentence. */
export function joined(reasons: readonly string[]): string {
  if (reasons.length < 3) return reasons.join(', and ');
  return `${reasons.slice(0, -1).join('; ')}; and ${reasons.at(-1)}`;
}

/** The value of a parameter when it is the same on every day. */
export const undatedValue = (parameter: ParameterJson): Value =>
  isDated(parameter) ? undefined : parameterOn(parameter, '');

/** Each item once, in the order in which they are met. */
export const unique = <T>(items: readonly T[]): T[] => [...new Set(items)];
