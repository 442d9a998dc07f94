/** The day it is, where the students are. */
import { UserError } from './user-error.ts';

function dayFormat(timeZone: string): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' });
  } catch (error) {
    throw new UserError((error as Error).message);
  }
}

/**
 * @param timeZone an IANA name
 * @returns a function that gives the day of a moment as CCYYMMDD. Making one takes long; it serves any number of
 * moments
 * @throws UserError for a time zone that there is not
 */
export function dayIn(timeZone: string): (moment: Date) => string {
  const format = dayFormat(timeZone);
  return (moment) => format.format(moment).replaceAll('-', '');
}

/**
 * @param timeZone an IANA name
 * @param clock the present moment
 * @returns a function that gives today as CCYYMMDD
 * @throws UserError for a time zone that there is not
 */
export function todayIn(timeZone: string, clock: () => Date): () => string {
  const dayOf = dayIn(timeZone);
  let minute = Number.NaN;
  let today = '';
  return () => {
    const now = clock();
    // Formatting takes longer than a small evaluation; no day begins within a minute.
    const thisMinute = Math.floor(now.getTime() / 60_000);
    if (thisMinute !== minute) [minute, today] = [thisMinute, dayOf(now)];
    return today;
  };
}

const QUARTER = 15 * 60_000;
const DAY = 24 * 60 * 60_000;

/**
 * The moments of a day in a time zone: the first one, and the first of the day after it, ISO 8601 in UTC. A day has 23
 * to 25 hours; none begins but at a quarter of an hour.
 * @param day CCYYMMDD
 * @throws UserError for a time zone that there is not
 */
export function bounds(day: string, timeZone: string): readonly [from: string, before: string] {
  const dayOf = dayIn(timeZone);
  const noon = Date.UTC(Number(day.slice(0, 4)), Number(day.slice(4, 6)) - 1, Number(day.slice(6)), 12);
  const first = (after: (of: string) => boolean): string => {
    let moment = noon - 2 * DAY;
    while (!after(dayOf(new Date(moment)))) moment += QUARTER;
    return new Date(moment).toISOString();
  };
  return [first((of) => of >= day), first((of) => of > day)];
}
