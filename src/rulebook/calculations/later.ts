/** Calculations that give a day so many days or months after another. */
import { addDays as daysLater, addMonths as monthsLater } from '#records/days';
import { monthsLater as monthsLaterInSQL } from '../sql/days.ts';
import { type Calculation, numberMistakes, ofDay, presentInSQL, shifted } from './calculation.ts';

/** So many days later: a grace; earlier when they are less than 0. */
export const addDays: Calculation = {
  name: 'addDays',
  parts: [
    { kind: 'operand', key: 'day', takes: ['day'] },
    { kind: 'operand', key: 'days', takes: ['number'] },
  ],
  gives: 'day',
  absentIf: 'anyMissing',
  later: 'days',
  lines: ([day, days]) => [`${day}, plus as many days as this: ${days}`],
  toldBy: shifted('day'),
  compute: ofDay((day, days) => (typeof days === 'number' ? daysLater(day, days) : undefined)),
  sql: ([day, days], dialect) => ({ sql: dialect.daysLater(presentInSQL(day), days.sql) }),
  mistakes: ({ days }) => numberMistakes('/days', days),
  examples: [
    [['20230817', 31], '20230917'],
    [['20240228', 2], '20240301'],
    [['20240101', -1], '20231231'],
    [['20240101', 0], '20240101'],
    [['', 31], null],
    [[null, 31], null],
    [['20230817', null], null],
  ],
};

/** The same day of the month so many months later; the last day of a month that does not have it. */
export const addMonths: Calculation = {
  name: 'addMonths',
  parts: [
    { kind: 'operand', key: 'day', takes: ['day'] },
    { kind: 'operand', key: 'months', takes: ['number'] },
  ],
  gives: 'day',
  absentIf: 'anyMissing',
  later: 'months',
  lines: ([day, months]) => [`${day}, plus as many months as this: ${months}`],
  toldBy: shifted('month'),
  compute: ofDay((day, months) => (typeof months === 'number' ? monthsLater(day, months) : undefined)),
  sql: ([day, months]) => ({ sql: monthsLaterInSQL(presentInSQL(day), months.sql) }),
  mistakes: ({ months }) => numberMistakes('/months', months),
  examples: [
    [['20230817', 5], '20240117'],
    [['20240131', 1], '20240229'],
    [['20240331', -1], '20240229'],
    [['20240115', -13], '20221215'],
    [['', 1], null],
    [[null, 1], null],
    [['20230817', null], null],
  ],
};
