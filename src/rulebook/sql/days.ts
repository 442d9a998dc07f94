/** Calculations with days CCYYMMDD in SQL that every dialect understands. */

const year = (day: string): string => `CAST(substr(${day}, 1, 4) AS BIGINT)`;

const fourDigits = (number: string): string =>
  `CASE WHEN ${number} < 1000 THEN right('000' || CAST(${number} AS TEXT), 4) ELSE CAST(${number} AS TEXT) END`;

const CENTURY = 100;

const isLeap = (year: string): string =>
  `(${year} % 4 = 0 AND ${year} % ${CENTURY} <> 0) OR ${year} % ${4 * CENTURY} = 0`;

/** The day of the same month and day in another year; 29 February becomes 28 February in a year that has none. */
const inYear = (number: string, monthDay: string): string =>
  `((${fourDigits(number)}) || CASE WHEN ${monthDay} = '0229' AND NOT (${isLeap(number)}) THEN '0228' ELSE ${monthDay} END)`;

/** The same day some years later. */
export const yearsLater = (day: string, years: string | number): string =>
  inYear(`(${year(day)} + ${years})`, `substr(${day}, 5)`);

const firstYear = (day: string, firstDay: string): string =>
  `(${year(day)} - CASE WHEN substr(${day}, 5) < ${firstDay} THEN 1 ELSE 0 END)`;

/** The academic year that holds a day, `CCYY-CCYY`; it begins on the day MMDD. */
export function academicYearOf(day: string, firstDay: string): string {
  const first = firstYear(day, firstDay);
  return `((${fourDigits(first)}) || '-' || (${fourDigits(`(${first} + 1)`)}))`;
}

/** The day with this month and day, MMDD, in the academic year that holds the day. */
export const dayOfAcademicYear = (day: string, monthDay: string, firstDay: string): string =>
  inYear(`(${firstYear(day, firstDay)} + CASE WHEN ${monthDay} < ${firstDay} THEN 1 ELSE 0 END)`, monthDay);

const month = (day: string): string => `CAST(substr(${day}, 5, 2) AS BIGINT)`;

const twoDigits = (number: string): string => `right('0' || CAST(${number} AS TEXT), 2)`;

const MONTHS = 12;

/** How many days a month has. */
const lengthOfMonth = (year: string, month: string): string =>
  `CASE WHEN ${month} IN (4, 6, 9, 11) THEN 30 WHEN ${month} <> 2 THEN 31 WHEN ${isLeap(year)} THEN 29 ELSE 28 END`;

/** Months begin on it. */
const FIRST = 1;

/** The first day of the month that holds a day. */
export const firstOfMonth = (day: string): string => `(substr(${day}, 1, 6) || ${twoDigits(String(FIRST))})`;

/** The last day of the month that holds a day. */
export const lastOfMonth = (day: string): string =>
  `(substr(${day}, 1, 6) || CAST(${lengthOfMonth(year(day), month(day))} AS TEXT))`;

/** The same day of the month some months later; the last day of a month that does not have it. */
export function monthsLater(day: string, months: string): string {
  const all = `(${year(day)} * ${MONTHS} + ${month(day)} - 1 + ${months})`;
  const [newYear, newMonth] = [`CAST((${all} - ${all} % ${MONTHS}) / ${MONTHS} AS BIGINT)`, `(${all} % ${MONTHS} + 1)`];
  const ofMonth = `LEAST(CAST(substr(${day}, 7) AS BIGINT), ${lengthOfMonth(newYear, newMonth)})`;
  const later = `((${fourDigits(newYear)}) || ${twoDigits(newMonth)} || ${twoDigits(ofMonth)})`;
  // LEAST passes over what is NULL.
  return `CASE WHEN ${day} IS NOT NULL THEN ${later} END`;
}

const WEEK = 7;
const A_MONDAY = "'19000101'";

/**
 * The n-th day of the week in the month that holds a day; NULL in a month that has no fifth one.
 * @param nth 1 to 5, or -1 for the last
 * @param weekday 0 is Monday
 * @param daysBetween as the dialect counts
 */
export function weekdayOfMonth(
  day: string,
  nth: number,
  weekday: number,
  daysBetween: (day: string, later: string) => string,
): string {
  const first = `(${daysBetween(A_MONDAY, firstOfMonth(day))} % ${WEEK})`;
  const earliest = `((${weekday + 2 * WEEK} - ${first}) % ${WEEK} + 1)`;
  const length = lengthOfMonth(year(day), month(day));
  const inWeek = (weeks: number): string => `${earliest} + ${weeks * WEEK}`;
  const written = (number: string): string => `substr(${day}, 1, 6) || ${twoDigits(`(${number})`)}`;
  const fifth = `CASE WHEN ${inWeek(4)} <= ${length} THEN ${written(inWeek(4))}`;
  if (nth === -1) return `${fifth} ELSE ${written(inWeek(3))} END`;
  return nth === 5 ? `${fifth} END` : `(${written(inWeek(nth - 1))})`;
}

/** How many full years there are from one day to another, as `yearsLater` counts them. */
export function fullYears(from: string, to: string, ordered: (text: string) => string): string {
  const years = `(${year(to)} - ${year(from)})`;
  return `(${years} - CASE WHEN ${ordered(yearsLater(from, years))} > ${ordered(to)} THEN 1 ELSE 0 END)`;
}
