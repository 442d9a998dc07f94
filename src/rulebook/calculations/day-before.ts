import { dayBefore as theDayBefore } from '#records/days';
import type { Reference } from '../load/declarations.ts';
import { type Calculation, ofDay, presentInSQL, type Written } from './calculation.ts';

/** The day before. */
export const dayBefore: Calculation = {
  name: 'dayBefore',
  parts: [{ kind: 'operand', key: 'day', takes: ['day'] }],
  gives: 'day',
  absentIf: 'anyMissing',
  lines: ([day]) => [`the day before this: ${day}`],
  toldBy: (day) => `the day before ${day}`,
  compute: ofDay((day) => theDayBefore(day)),
  sql: ([day], { daysLater }) => ({ sql: daysLater(presentInSQL(day), '-1') }),
  mistakes: ({ name, says, params, day }: Written & { day: Reference }) => [
    {
      pointer: '',
      to: { name, says, ...(params !== undefined && { params }), calculate: 'firstPresent', of: [day] },
      says: 'The day before became the day itself',
    },
  ],
  examples: [
    [['20230817'], '20230816'],
    [['20240301'], '20240229'],
    [['20240101'], '20231231'],
    [[''], null],
    [[null], null],
  ],
};
