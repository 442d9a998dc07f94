/** Dated values, made ready to be looked up by day (OpenFisca's dated parameters are the model). */
import type { ParameterJson, ParameterValue } from '../load/declarations.ts';
import type { Value } from './values.ts';

/** A day of a rule file, CCYY-MM-DD, as records have it. */
export const plain = (day: string): string => day.replaceAll('-', '');

/** First and last day of what holds for some days only, CCYY-MM-DD, both included; absent: open. */
export interface Validity {
  readonly from?: string;
  readonly through?: string;
}

/** @param day CCYYMMDD */
export const holdsOn = ({ from, through }: Validity, day: string): boolean =>
  (from === undefined || plain(from) <= day) && (through === undefined || day <= plain(through));

/** Whether two hold on the same day at some time. */
export const daysMeet = (a: Validity, b: Validity): boolean =>
  (a.through === undefined || b.from === undefined || b.from <= a.through) &&
  (b.through === undefined || a.from === undefined || a.from <= b.through);

const typed = (parameter: ParameterJson, value: ParameterValue): string | number | boolean =>
  parameter.type === 'day' ? plain(value.value as string) : value.value;

/**
 * What a parameter is on a day.
 * @param day CCYYMMDD; `''` for a parameter whose values have no days
 * @returns a list for parameters of type `list` (empty when nothing is in effect), else the value in effect, or absent
 */
export function parameterOn(parameter: ParameterJson, day: string): Value {
  const inForce = parameter.values.filter((value) => holdsOn(value, day));
  if (parameter.type === 'list') return inForce.map((value) => String(value.value));
  const [first] = inForce;
  return first && typed(parameter, first);
}

/** Whether any of its values holds for some days only. */
export const isDated = (parameter: ParameterJson): boolean =>
  parameter.values.some((value) => value.from !== undefined || value.through !== undefined);

/** Whether it may be asked for a day on which it has no value. */
export const mayHaveNoValue = (parameter: ParameterJson): boolean =>
  parameter.values.length === 0 || isDated(parameter);

/**
 * One stretch of days in which a parameter stays what it is; `from` is its first day, `''` for the stretch before every
 * boundary.
 */
export interface Era {
  readonly from: string;
  readonly value: Value;
}

/** The eras of a parameter, latest first, so that the days most often asked for are found at once. */
export function eras(values: readonly Validity[], valueOn: (day: string) => Value): Era[] {
  const boundaries = new Set(['']);
  for (const { from, through } of values) {
    if (from) boundaries.add(plain(from));
    // The first text after a last day, whether or not it is a day: no calendar is needed to divide the time.
    if (through) boundaries.add(`${plain(through)}~`);
  }
  return [...boundaries]
    .sort()
    .reverse()
    .map((from) => ({ from, value: valueOn(from) }));
}

/** The value in the era that holds `day` (CCYYMMDD). */
export function valueInEra(list: readonly Era[], day: string): Value {
  for (const era of list) if (era.from <= day) return era.value;
  return undefined;
}
