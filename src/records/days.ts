/**
 * Days as CCYYMMDD texts. Once a day is known to be real it is compared as it stands, so no `Date` object is made on
 * the way from a file to the extract (docs/decisions/0004-days-as-texts.md). A blank (`''`) stands for an open end and
 * is never passed to these functions.
 */

const LENGTHS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

const digits = (text: string, from: number, through: number): number => {
  let value = 0;
  for (let i = from; i <= through; i++) {
    const digit = text.charCodeAt(i) - 48;
    if (digit < 0 || digit > 9) return Number.NaN;
    value = value * 10 + digit;
  }
  return value;
};

const SLASHED = /^(\d{1,2})\/(\d{1,2})\/(\d{4})$/;

const isLeap = (year: number): boolean => (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;

const monthLength = (year: number, month: number): number =>
  month === 2 && isLeap(year) ? 29 : (LENGTHS[month - 1] as number);

const pad = (value: number, width: number): string => String(value).padStart(width, '0');

/** A day as text. Of the years in which students live, one number makes it: nothing is padded or put together. */
const dayText = (year: number, month: number, ofMonth: number): string =>
  year < 1_000 ? pad(year, 4) + pad(month, 2) + pad(ofMonth, 2) : String((year * 100 + month) * 100 + ofMonth);

/**
 * Whether `text` is a day of the calendar written CCYYMMDD: `20240229` is, `20230229` and `2024-02-29` are not. Year
 * 0000 is no year.
 */
export function isRealDay(text: string): boolean {
  if (text.length !== 8) return false;
  const year = digits(text, 0, 3);
  const month = digits(text, 4, 5);
  const day = digits(text, 6, 7);
  return year >= 1 && month >= 1 && month <= 12 && day >= 1 && day <= monthLength(year, month);
}

/**
 * A day in any accepted form as CCYYMMDD: takes `CCYYMMDD`, `CCYY-MM-DD` and `MM/DD/YYYY`, also without leading zeros
 * (`8/5/2023`); gives `undefined` for anything that is not a real day in one of these forms.
 */
export function parseDay(text: string): string | undefined {
  let day = text;
  if (text.length === 10 && text[4] === '-' && text[7] === '-')
    day = text.slice(0, 4) + text.slice(5, 7) + text.slice(8);
  else {
    const [, month = '', ofMonth = '', year = ''] = SLASHED.exec(text) ?? [];
    if (year !== '') day = year + month.padStart(2, '0') + ofMonth.padStart(2, '0');
  }
  return isRealDay(day) ? day : undefined;
}

/** `20240229` as `2024-02-29`, for people and for JSON. */
export const withDashes = (day: string): string => `${day.slice(0, 4)}-${day.slice(4, 6)}-${day.slice(6)}`;

/** The day before a real day: `20240301` gives `20240229`. */
export function dayBefore(day: string): string {
  const ofMonth = digits(day, 6, 7);
  const month = digits(day, 4, 5);
  const year = digits(day, 0, 3);
  if (ofMonth > 1) return dayText(year, month, ofMonth - 1);
  return month > 1 ? dayText(year, month - 1, monthLength(year, month - 1)) : dayText(year - 1, 12, 31);
}

/** The day after a real day: `20240229` gives `20240301`. */
export function dayAfter(day: string): string {
  const year = digits(day, 0, 3);
  const month = digits(day, 4, 5);
  const ofMonth = digits(day, 6, 7);
  if (ofMonth < monthLength(year, month)) return dayText(year, month, ofMonth + 1);
  return month < 12 ? dayText(year, month + 1, 1) : dayText(year + 1, 1, 1);
}

/** Month and day, `MMDD` as a number, on which a day comes round in a year: 29 February becomes 28 February. */
function anniversary(day: string, year: number): number {
  const monthDay = digits(day, 4, 7);
  return monthDay === 229 && !isLeap(year) ? 228 : monthDay;
}

/** The same day `years` later; 29 February becomes 28 February in a year that has none (cenr.md, field 45). */
export function addYears(day: string, years: number): string {
  const year = digits(day, 0, 3) + years;
  return dayText(year, digits(day, 4, 5), anniversary(day, year) % 100);
}

// The calendar repeats every 400 years; a cycle more keeps what is divided above 0. Years that begin in March have
// their leap day at the end, and months of 153 days in five.
const CYCLE = 400;
const DAYS_OF_CYCLE = 146_097;
const daysBeforeMonth = (fromMarch: number): number => Math.floor((153 * fromMarch + 2) / 5);

/** Days since 1 March 400 years before the year 0. */
function dayNumber(day: string): number {
  const month = digits(day, 4, 5);
  const year = digits(day, 0, 3) + CYCLE - (month < 3 ? 1 : 0);
  const leapDays = Math.floor(year / 4) - Math.floor(year / 100) + Math.floor(year / 400);
  return 365 * year + leapDays + daysBeforeMonth((month + 9) % 12) + digits(day, 6, 7) - 1;
}

/** The day of such a number. */
function dayOfNumber(number: number): string {
  const ofCycle = number % DAYS_OF_CYCLE;
  const leapDays = Math.floor(ofCycle / 1_460) - Math.floor(ofCycle / 36_524) + Math.floor(ofCycle / 146_096);
  const ofYear = Math.floor((ofCycle - leapDays) / 365);
  const rest = ofCycle - (365 * ofYear + Math.floor(ofYear / 4) - Math.floor(ofYear / 100));
  const fromMarch = Math.floor((5 * rest + 2) / 153);
  const year = Math.floor(number / DAYS_OF_CYCLE) * 400 + ofYear - CYCLE + (fromMarch < 10 ? 0 : 1);
  return dayText(year, ((fromMarch + 2) % 12) + 1, rest - daysBeforeMonth(fromMarch) + 1);
}

/**
 * How many days `[start, end]` has, both ends counted: one for `start = end`, zero or less for an end before the start.
 */
export const daysCounted = (start: string, end: string): number => dayNumber(end) - dayNumber(start) + 1;

/** The day `days` later; earlier when they are less than 0. */
export const addDays = (day: string, days: number): string => dayOfNumber(dayNumber(day) + days);

/** The same day of the month `months` later; the last day of a month that does not have it. */
export function addMonths(day: string, months: number): string {
  const month = digits(day, 0, 3) * 12 + digits(day, 4, 5) - 1 + months;
  const [year, ofYear] = [Math.floor(month / 12), (month % 12) + 1];
  return dayText(year, ofYear, Math.min(digits(day, 6, 7), monthLength(year, ofYear)));
}

/** The first day of the month that holds `day`. */
export const firstOfMonth = (day: string): string => `${day.slice(0, 6)}01`;

/** The last day of the month that holds `day`. */
export const lastOfMonth = (day: string): string => day.slice(0, 6) + monthLength(digits(day, 0, 3), digits(day, 4, 5));

/** As calendars of schools have them: weeks begin on Monday. */
export const WEEKDAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'] as const;
/** Day 0 of `dayNumber` was a Wednesday, as 1 March 2000 was. */
const FIRST_WEEKDAY = 2;

/**
 * The n-th day of the week in the month that holds `day`; absent in a month that has no fifth one.
 * @param nth 1 to 5, or -1 for the last
 * @param weekday its place in WEEKDAYS
 */
export function weekdayOfMonth(day: string, nth: number, weekday: number): string | undefined {
  const first = (dayNumber(firstOfMonth(day)) + FIRST_WEEKDAY) % WEEKDAYS.length;
  const earliest = 1 + ((weekday - first + WEEKDAYS.length) % WEEKDAYS.length);
  const length = monthLength(digits(day, 0, 3), digits(day, 4, 5));
  const weeks = nth === -1 ? Math.floor((length - earliest) / WEEKDAYS.length) : nth - 1;
  const found = earliest + weeks * WEEKDAYS.length;
  return found > length ? undefined : day.slice(0, 6) + pad(found, 2);
}

/**
 * How many full years somebody born on a day has lived on another one, as `addYears` counts them: whoever is born on 29
 * February is a year older on 28 February where there is no other. Less than 0 before the birth.
 */
export function ageOn(born: string, on: string): number {
  const year = digits(on, 0, 3);
  const years = year - digits(born, 0, 3);
  return anniversary(born, year) > digits(on, 4, 7) ? years - 1 : years;
}

/** Academic years by their first year: the same few are asked for again and again. */
const ACADEMIC_YEARS = new Map<number, string>();

/**
 * The academic year that holds `day`, as `CCYY-CCYY`.
 * @param firstDay month and day on which academic years begin, `MMDD`
 */
export function academicYearOf(day: string, firstDay: string): string {
  const year = digits(day, 0, 3) - (digits(day, 4, 7) < digits(firstDay, 0, 3) ? 1 : 0);
  let name = ACADEMIC_YEARS.get(year);
  if (name === undefined) {
    name = `${pad(year, 4)}-${pad(year + 1, 4)}`;
    ACADEMIC_YEARS.set(year, name);
  }
  return name;
}

/** Whether `text` is `CCYY-CCYY`, the second year following the first. */
export function areConsecutiveYears(text: string): boolean {
  return text.length === 9 && text[4] === '-' && digits(text, 5, 8) === digits(text, 0, 3) + 1;
}

/**
 * The first and last day of an academic year.
 * @param academicYear `CCYY-CCYY`, consecutive
 * @param firstDay `MMDD`
 */
export function academicYearDays(academicYear: string, firstDay: string): { start: string; end: string } {
  return { start: academicYear.slice(0, 4) + firstDay, end: dayBefore(academicYear.slice(5) + firstDay) };
}

/**
 * The day with this month and day in the academic year that holds `day`: of `20230901` and `0815`, `20230815` with
 * `firstDay` `0701` was a month ago, and `0301` is yet to come, `20240301`. 29 February becomes 28 February in a year
 * that has none.
 * @param firstDay month and day on which academic years begin, `MMDD`
 * @param monthDay `MMDD`, of a real day of some year
 */
export function dayOfAcademicYear(day: string, monthDay: string, firstDay: string): string {
  const firstYear = academicYearOf(day, firstDay).slice(0, 4);
  return addYears(firstYear + monthDay, monthDay < firstDay ? 1 : 0);
}

/** Whether `text` is `MM-DD`, a day that some year has: `02-29` is one. */
export const isMonthAndDay = (text: string): boolean =>
  text.length === 5 && text[2] === '-' && isRealDay(`2000${text.slice(0, 2)}${text.slice(3)}`);

/**
 * Whether two closed intervals have a day in common (cenr.md section 1). A blank end is open; an interval that ends
 * before it starts overlaps nothing.
 */
export function overlap(aStart: string, aEnd: string, bStart: string, bEnd: string): boolean {
  if (aEnd !== '' && (aEnd < aStart || aEnd < bStart)) return false;
  if (bEnd !== '' && (bEnd < bStart || bEnd < aStart)) return false;
  return true;
}
