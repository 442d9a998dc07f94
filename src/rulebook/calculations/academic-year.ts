import { academicYearOf, dayOfAcademicYear as dayOfYear } from '#records/days';
import { academicYearOf as academicYearInSQL, dayOfAcademicYear as dayOfYearInSQL } from '../sql/days.ts';
import { quoted, type Term } from '../sql/dialect.ts';
import { isPresent } from '../tree/values.ts';
import { type Calculation, ofDay, type Part, presentInSQL } from './calculation.ts';

/** Where academic years begin; these calculations and the windows of requests read it. */
export const ACADEMIC_YEAR_PARAMETER = 'academicYearFirstDay';

const FIRST_DAY: Part = { kind: 'parameter', name: ACADEMIC_YEAR_PARAMETER };

/** `08-15`, as rule files have it, as `0815`. */
const monthAndDay = (text: string): string => text.slice(0, 2) + text.slice(3);

const monthAndDayInSQL = (term: Term): string =>
  term.is && isPresent(term.is.value)
    ? quoted(monthAndDay(term.is.value as string))
    : `(substr(${presentInSQL(term)}, 1, 2) || substr(${presentInSQL(term)}, 4))`;

/** The academic year that holds the day, `CCYY-CCYY`. */
export const academicYear: Calculation = {
  name: 'academicYear',
  parts: [{ kind: 'operand', key: 'day', takes: ['day'] }, FIRST_DAY],
  gives: 'text',
  absentIf: 'anyMissing',
  lines: ([day]) => [`the academic year that holds this day: ${day}`],
  toldBy: 'operands',
  compute: ofDay((day, firstDay) => academicYearOf(day, monthAndDay(firstDay as string))),
  sql: ([day, firstDay]) => ({ sql: academicYearInSQL(presentInSQL(day), monthAndDayInSQL(firstDay)) }),
  examples: [
    [['20230801', '08-01'], '2023-2024'],
    [['20230731', '08-01'], '2022-2023'],
    [['20240229', '08-01'], '2023-2024'],
    [['', '08-01'], null],
    [[null, '08-01'], null],
  ],
};

/** The day with that month and day in the academic year that holds the day. */
export const dayOfAcademicYear: Calculation = {
  name: 'dayOfAcademicYear',
  parts: [
    { kind: 'operand', key: 'day', takes: ['day'] },
    { kind: 'operand', key: 'monthDay', takes: ['text'], isMonthAndDay: true },
    FIRST_DAY,
  ],
  gives: 'day',
  absentIf: 'anyMissing',
  lines: ([day, monthDay]) => [
    `the day with the month and day of this: ${monthDay}; in the academic year that holds this day: ${day}`,
  ],
  toldBy: (day, monthDay) => `${monthDay} in the academic year that holds ${day}`,
  compute: ofDay((day, monthDay, firstDay) =>
    isPresent(monthDay) ? dayOfYear(day, monthAndDay(monthDay as string), monthAndDay(firstDay as string)) : undefined,
  ),
  sql: ([day, monthDay, firstDay]) => ({
    sql: dayOfYearInSQL(presentInSQL(day), monthAndDayInSQL(monthDay), monthAndDayInSQL(firstDay)),
  }),
  examples: [
    [['20230801', '09-15', '08-01'], '20230915'],
    [['20230731', '09-15', '08-01'], '20220915'],
    [['20230801', '03-15', '08-01'], '20240315'],
    [['20220801', '02-29', '08-01'], '20230228'],
    [['', '09-15', '08-01'], null],
    [[null, '09-15', '08-01'], null],
    [['20230801', null, '08-01'], null],
  ],
};
