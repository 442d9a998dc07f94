import { addYears as yearsLater } from '#records/days';
import { yearsLater as yearsLaterInSQL } from '../sql/days.ts';
import { type Calculation, numberMistakes, ofDay, presentInSQL, shifted } from './calculation.ts';

/** The same day that many years later; 29 February becomes 28 February where there is none. */
export const addYears: Calculation = {
  name: 'addYears',
  parts: [
    { kind: 'operand', key: 'day', takes: ['day'] },
    { kind: 'operand', key: 'years', takes: ['number'] },
  ],
  gives: 'day',
  absentIf: 'anyMissing',
  later: 'years',
  lines: ([day, years]) => [`${day}, plus as many years as this: ${years}`],
  toldBy: shifted('year'),
  compute: ofDay((day, years) => (typeof years === 'number' ? yearsLater(day, years) : undefined)),
  sql: ([day, years]) => ({ sql: yearsLaterInSQL(presentInSQL(day), years.sql) }),
  mistakes: ({ years }) => numberMistakes('/years', years),
  examples: [
    [['20200817', 3], '20230817'],
    [['20240229', 1], '20250228'],
    [['20240229', 4], '20280229'],
    [['', 3], null],
    [[null, 3], null],
    [['20200817', null], null],
  ],
};
