/** Arithmetic of days, written again: nothing here is shared with what the compiled rules count with. */

/** A day or a month and day without its hyphens. */
export const undashed = (day: string): string => day.split('-').join('');

const DAY = 86_400_000;

/** A number as a year is written. */
export const fourDigits = (year: number): string => String(year).padStart(4, '0');

/**
 * Milliseconds of the day's beginning, UTC. Not `Date.UTC`, which takes the years 0 to 99 for those of the last
 * century.
 */
const utc = (day: string): number =>
  new Date(0).setUTCFullYear(Number(day.slice(0, 4)), Number(day.slice(4, 6)) - 1, Number(day.slice(6)));

/** How many days one day is after another. */
export const daysBetween = (first: string, last: string): number => Math.round((utc(last) - utc(first)) / DAY);

const dayOf = (milliseconds: number): string => undashed(new Date(milliseconds).toISOString().slice(0, 10));

/** The day before a day, both CCYYMMDD. */
export const dayBeforeOf = (day: string): string => dayOf(utc(day) - DAY);

/** `Date` turns 29 February of a common year into 1 March; the extract wants the day before. */
export function yearsLater(day: string, years: number): string {
  const sought = fourDigits(Number(day.slice(0, 4)) + years) + day.slice(4);
  return dayOf(utc(sought)) === sought ? sought : dayBeforeOf(dayOf(utc(sought)));
}
