/**
 * The days a sample can use, numbered one after the other, so that days are added and compared as whole numbers and
 * written by looking them up.
 */
export interface Days {
  /** Gives the number of a month and day (MMDD) of a year; 0229 is the day before 1 March. */
  of(year: number, monthDay: string): number;
  /** Gives the number of a day written CCYYMMDD, or -1 when the sample cannot use that day. */
  find(text: string): number;
  /** Gives the day as CCYYMMDD; -1, an open end, is blank. Days outside the calendar become its first or last. */
  text(day: number): string;
  /** Gives the academic year (CCYY-CCYY) that holds the day. */
  academicYear(day: number): string;
  /** Gives the 29 February that follows the day, or the last one there is. */
  leapDayFrom(day: number): number;
}

/** Stands for an end that is not known yet. */
export const open = -1;

const monthLengths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** Takes the first and last calendar year and the day (MMDD) on which academic years start; gives their days. */
export function makeDays(firstYear: number, lastYear: number, yearStarts: string): Days {
  const texts: string[] = [];
  const academicYears: string[] = [];
  const leapDays: number[] = [];
  const numbers = new Map<string, number>();
  for (let year = firstYear; year <= lastYear; year++) {
    const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
    const before = `${year - 1}-${year}`;
    const after = `${year}-${year + 1}`;
    for (const [month, length] of monthLengths.entries()) {
      const days = month === 1 && leap ? 29 : length;
      for (let day = 1; day <= days; day++) {
        const monthDay = `${String(month + 1).padStart(2, '0')}${String(day).padStart(2, '0')}`;
        if (monthDay === '0229') leapDays.push(texts.length);
        numbers.set(`${year}${monthDay}`, texts.length);
        texts.push(`${year}${monthDay}`);
        academicYears.push(monthDay < yearStarts ? before : after);
      }
    }
  }
  const within = (day: number) => Math.min(Math.max(day, 0), texts.length - 1);
  return {
    of: (year, monthDay) => numbers.get(`${year}${monthDay}`) ?? (numbers.get(`${year}0301`) ?? 0) - 1,
    find: (text) => numbers.get(text) ?? -1,
    text: (day) => (day === open ? '' : (texts[within(day)] as string)),
    academicYear: (day) => academicYears[within(day)] as string,
    leapDayFrom: (day) => leapDays.find((leapDay) => leapDay >= day) ?? leapDays.at(-1) ?? day,
  };
}
