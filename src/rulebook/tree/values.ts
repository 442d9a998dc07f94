/** The values that conditions compare, and their types as the loader works them out. */

/** A closed interval of days CCYYMMDD; a blank end is open. */
export interface Interval {
  readonly start: string;
  readonly end: string;
}

/** `undefined` is *absent*: what a fact did not find. A blank column is `''`. */
export type Value = string | number | boolean | readonly string[] | Interval | undefined;

export const VALUE_TYPES = ['text', 'day', 'number', 'flag', 'list', 'interval', 'record'] as const;
/**
 * `unknown` is the type of what could not be resolved; it exists only beside a finding. A `table` is no value: it stands
 * behind a calculation that reads it.
 */
export type ValueType = (typeof VALUE_TYPES)[number] | 'table' | 'unknown';

/** Whether a value counts as there: neither absent nor blank nor an empty list. */
export const isPresent = (value: Value): boolean =>
  value !== undefined && value !== '' && !(Array.isArray(value) && value.length === 0);
