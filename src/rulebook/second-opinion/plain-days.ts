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

/** The day so many days after a day. */
export const daysLater = (day: string, days: number): string => dayOf(utc(day) + days * DAY);

/** The first day of the month some months after that of a day. */
const monthAfter = (day: string, months: number): number => {
  const first = new Date(utc(`${day.slice(0, 6)}01`));
  return first.setUTCMonth(first.getUTCMonth() + months);
};

/** The first day of the month that holds a day. */
export const firstInMonth = (day: string): string => dayOf(monthAfter(day, 0));

/** The last day of the month that holds a day: the one before the next month. */
export const lastInMonth = (day: string): string => dayOf(monthAfter(day, 1) - DAY);

/** The same day of another month, or its last day. */
export function monthsLater(day: string, months: number): string {
  const first = dayOf(monthAfter(day, months));
  const sought = first.slice(0, 6) + day.slice(6);
  return sought > lastInMonth(first) ? lastInMonth(first) : sought;
}

/** The days of a month that fall on one day of the week, by its English name. */
export function weekdaysOfMonth(day: string, weekday: string): readonly string[] {
  const found: string[] = [];
  for (let each = firstInMonth(day); each <= lastInMonth(day); each = daysLater(each, 1))
    if (new Date(utc(each)).toLocaleDateString('en-US', { weekday: 'long', timeZone: 'UTC' }) === weekday)
      found.push(each);
  return found;
}

/** Birthdays are counted one by one. */
export function birthdays(born: string, on: string): number {
  let years = 0;
  while (yearsLater(born, years + 1) <= on) years++;
  while (yearsLater(born, years) > on) years--;
  return years;
}

/** `Date` turns 29 February of a common year into 1 March; the extract wants the day before. */
export function yearsLater(day: string, years: number): string {
  const sought = fourDigits(Number(day.slice(0, 4)) + years) + day.slice(4);
  return dayOf(utc(sought)) === sought ? sought : dayBeforeOf(dayOf(utc(sought)));
}
