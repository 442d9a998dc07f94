/** SSIDs that are retired: a line that still carries one is taken for its replacement, or rejected, as the rules say. */

/** The active number that stands for a retired one, and what is known of its student. */
export interface Replacement {
  readonly ssid: string;
  /** Both `undefined` when nothing is known of them. */
  readonly gender: string | undefined;
  /** CCYY */
  readonly birthYear: string | undefined;
}

/** Plain data, so that it can be handed to threads. */
export interface RetiredNumbers {
  readonly replacements: ReadonlyMap<string, Replacement>;
  /** The columns that are compared; record types without them are taken by the number alone. */
  readonly columns: { readonly gender: string; readonly birthDate: string };
}

/** A line that was sent with a retired number. */
export interface SentWithRetired {
  readonly source: number;
  readonly line: number;
  readonly retired: string;
}

const YEAR = 4;

/** The year of a day CCYYMMDD. */
export const yearOf = (day: string): string | undefined => (day === '' ? undefined : day.slice(0, YEAR));
