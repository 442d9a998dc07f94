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

/** Whether two values are for the same: both for all, or both for somebody. */
export const areForTheSame = ({ for: a }: ParameterValue, { for: b }: ParameterValue): boolean =>
  a === undefined || b === undefined ? a === b : a.some((one) => b.includes(one));

const typed = (parameter: ParameterJson, value: ParameterValue): string | number | boolean =>
  parameter.type === 'day' ? plain(value.value as string) : value.value;

/** The values in effect on a day: those for all, and those for whom it is asked. Those without days always hold. */
const inForceOn = ({ values }: ParameterJson, day: string | undefined, whose: string | undefined): ParameterValue[] =>
  values.filter(
    (value) =>
      (day === undefined ? hasNoDays(value) : holdsOn(value, day)) && (value.for === undefined || isFor(value, whose)),
  );

const hasNoDays = ({ from, through }: Validity): boolean => from === undefined && through === undefined;

const isFor = ({ for: only }: ParameterValue, whose: string | undefined): boolean =>
  whose !== undefined && only?.includes(whose) === true;

/**
 * What a parameter is on a day.
 * @param day CCYYMMDD; `''` for a parameter whose values have no days; `undefined` when the day is not known
 * @param whose the LEA, county, school or grade for which it is asked; a value for it comes before one for all
 * @returns a list for parameters of type `list` (empty when nothing is in effect), else the value in effect, or absent
 */
export function parameterOn(parameter: ParameterJson, day: string | undefined, whose?: string): Value {
  // Of a list with days nothing is known without one.
  if (parameter.type === 'list' && day === undefined) return [];
  const inForce = inForceOn(parameter, day, whose);
  if (parameter.type === 'list') return inForce.map((value) => String(value.value));
  const first = inForce.find((value) => value.for !== undefined) ?? inForce[0];
  return first && typed(parameter, first);
}

export type Table = ReadonlyMap<string, string>;

/** What a table is on a day: texts by key. Of two for one key the one that is not for all counts, then the later one. */
export function tableOn(parameter: ParameterJson, day: string | undefined, whose?: string): Table {
  const inForce = inForceOn(parameter, day, whose);
  const own = inForce.filter((value) => value.for !== undefined);
  const all = own.length === 0 ? inForce : [...inForce.filter((value) => value.for === undefined), ...own];
  return new Map(all.map(({ key, value }) => [key as string, String(value)]));
}

/** For whom a parameter has values of their own: LEAs, counties, schools or grades. */
export const ownersIn = ({ values }: ParameterJson): readonly string[] => [
  ...new Set(values.flatMap((value) => value.for ?? [])),
];

/** Whether it is the same for all, on all days. */
export const isFixed = (parameter: ParameterJson): boolean =>
  !isDated(parameter) && parameter.values.every((value) => value.for === undefined);

/** Whether any of its values holds for some days only. */
export const isDated = (parameter: ParameterJson): boolean =>
  parameter.values.some((value) => value.from !== undefined || value.through !== undefined);

/** Whether it may be asked for a day on which it has no value, or for somebody for whom it has none. */
export const mayHaveNoValue = (parameter: ParameterJson): boolean =>
  parameter.values.every((value) => value.for !== undefined || !hasNoDays(value));

/**
 * One stretch of days in which a parameter stays what it is; `from` is its first day, `''` for the stretch before every
 * boundary.
 */
export interface Era<T = Value> {
  readonly from: string;
  readonly value: T;
}

/** The eras of a parameter, latest first, so that the days most often asked for are found at once. */
export function eras<T = Value>(values: readonly Validity[], valueOn: (day: string) => T): Era<T>[] {
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
export function valueInEra<T>(list: readonly Era<T>[], day: string): T | undefined {
  for (const era of list) if (era.from <= day) return era.value;
  return undefined;
}
