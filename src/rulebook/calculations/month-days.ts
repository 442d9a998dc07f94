/** The first and the last day of the month that holds a day. */
import { firstOfMonth, lastOfMonth } from '#records/days';
import { firstOfMonth as firstOfMonthInSQL, lastOfMonth as lastOfMonthInSQL } from '../sql/days.ts';
import { type Calculation, ofDay, presentInSQL } from './calculation.ts';

const dayOfMonth = (
  own: Pick<Calculation, 'name' | 'sql' | 'examples'>,
  which: 'first' | 'last',
  opposite: Calculation['name'],
  find: (day: string) => string,
): Calculation => ({
  ...own,
  parts: [{ kind: 'operand', key: 'day', takes: ['day'] }],
  gives: 'day',
  absentIf: 'anyMissing',
  lines: ([day]) => [`the ${which} day of the month that holds this day: ${day}`],
  toldBy: (day) => `the ${which} day of the month of ${day}`,
  compute: ofDay(find),
  mistakes: () => [
    {
      pointer: '/calculate',
      to: opposite,
      says: `The ${which} day of the month became the ${which === 'first' ? 'last' : 'first'}`,
    },
  ],
});

export const firstDayOfMonth = dayOfMonth(
  {
    name: 'firstDayOfMonth',
    sql: ([day]) => ({ sql: firstOfMonthInSQL(presentInSQL(day)) }),
    examples: [
      [['20231017'], '20231001'],
      [['20231001'], '20231001'],
      [[''], null],
      [[null], null],
    ],
  },
  'first',
  'lastDayOfMonth',
  firstOfMonth,
);

export const lastDayOfMonth = dayOfMonth(
  {
    name: 'lastDayOfMonth',
    sql: ([day]) => ({ sql: lastOfMonthInSQL(presentInSQL(day)) }),
    examples: [
      [['20240201'], '20240229'],
      [['20230228'], '20230228'],
      [['20231005'], '20231031'],
      [['20230430'], '20230430'],
      [[''], null],
      [[null], null],
    ],
  },
  'last',
  'firstDayOfMonth',
  lastOfMonth,
);
