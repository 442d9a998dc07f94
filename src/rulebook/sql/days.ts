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
export const yearsLater = (day: string, years: string): string =>
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
