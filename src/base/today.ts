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
