import { academicYearDays, academicYearOf, dayOfAcademicYear as dayOfYear } from '#records/days';
import { academicYearOf as academicYearInSQL, dayOfAcademicYear as dayOfYearInSQL, yearsLater } from '../sql/days.ts';
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

const endOfAcademicYear = (
  own: Pick<Calculation, 'name' | 'sql' | 'examples'>,
  which: 'first' | 'last',
  opposite: Calculation['name'],
  end: 'start' | 'end',
): Calculation => ({
  ...own,
  parts: [{ kind: 'operand', key: 'day', takes: ['day'] }, FIRST_DAY],
  gives: 'day',
  absentIf: 'anyMissing',
  lines: ([day]) => [`the ${which} day of the academic year that holds this day: ${day}`],
  toldBy: (day) => `the ${which} day of the academic year that holds ${day}`,
  compute: ofDay((day, firstDay) => {
    const first = monthAndDay(firstDay as string);
    return academicYearDays(academicYearOf(day, first), first)[end];
  }),
  mistakes: () => [
    {
      pointer: '/calculate',
      to: opposite,
      says: `The ${which} day of the academic year became the ${which === 'first' ? 'last' : 'first'}`,
    },
  ],
});

/** The first day of the academic year in SQL. */
const firstInSQL = (day: Term, firstDay: Term): string => {
  const first = monthAndDayInSQL(firstDay);
  return dayOfYearInSQL(presentInSQL(day), first, first);
};

/** The first day of the academic year that holds the day. */
export const firstDayOfAcademicYear = endOfAcademicYear(
  {
    name: 'firstDayOfAcademicYear',
    sql: ([day, firstDay]) => ({ sql: firstInSQL(day, firstDay) }),
    examples: [
      [['20230801', '08-01'], '20230801'],
      [['20230731', '08-01'], '20220801'],
      [['', '08-01'], null],
      [[null, '08-01'], null],
    ],
  },
  'first',
  'lastDayOfAcademicYear',
  'start',
);

/** The last day of the academic year that holds the day. */
export const lastDayOfAcademicYear = endOfAcademicYear(
  {
    name: 'lastDayOfAcademicYear',
    sql: ([day, firstDay], { daysLater }) => ({ sql: daysLater(yearsLater(firstInSQL(day, firstDay), 1), '-1') }),
    examples: [
      [['20230801', '08-01'], '20240731'],
      [['20230731', '08-01'], '20230731'],
      [['20240105', '03-01'], '20240229'],
      [['', '08-01'], null],
      [[null, '08-01'], null],
    ],
  },
  'last',
  'firstDayOfAcademicYear',
  'end',
);
