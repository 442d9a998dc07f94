/** The day it is, where the service's students are. */

/**
 * @param timeZone an IANA name
 * @param clock the present moment
 * @returns a function that gives today as CCYYMMDD
 */
export function todayIn(timeZone: string, clock: () => Date): () => string {
  const format = new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' });
  let minute = Number.NaN;
  let today = '';
  return () => {
    const now = clock();
    // Formatting takes longer than a small evaluation; no day begins within a minute.
    const thisMinute = Math.floor(now.getTime() / 60_000);
    if (thisMinute !== minute) [minute, today] = [thisMinute, format.format(now).replaceAll('-', '')];
    return today;
  };
}
