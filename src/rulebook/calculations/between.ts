/** Calculations that count from one day to another: full years of a life, days. */
import { ageOn, daysCounted } from '#records/days';
import { fullYears } from '../sql/days.ts';
import { isPresent } from '../tree/values.ts';
import { type Calculation, ofDay, presentInSQL, type Written } from './calculation.ts';

/** How many full years somebody has lived; less than 0 before the birth. */
export const age: Calculation = {
  name: 'age',
  parts: [
    { kind: 'operand', key: 'born', takes: ['day'] },
    { kind: 'operand', key: 'on', takes: ['day'] },
  ],
  gives: 'number',
  absentIf: 'anyMissing',
  number: 'whole',
  lines: ([born, on]) => [`how many full years have passed since this day: ${born}; on this day: ${on}`],
  toldBy: (born, on) => `the age on ${on} of somebody born on ${born}`,
  compute: ofDay((born, on) => (isPresent(on) ? ageOn(born, on as string) : undefined)),
  sql: ([born, on], dialect) => ({ sql: fullYears(presentInSQL(born), presentInSQL(on), dialect.ordered) }),
  doubt: {
    isSo: (_, value) => Number(value) < 0,
    says: 'gives an age below 0, because the day comes before the birth; ask first whether the birth is on or before that day',
  },
  mistakes: ({ born, on }: Written) => swapped('/born', born, on),
  examples: [
    [['20100501', '20240501'], 14],
    [['20100501', '20240430'], 13],
    [['20080229', '20250228'], 17],
    [['20080229', '20240228'], 15],
    [['20240501', '20240430'], -1],
    [['20240501', '20240501'], 0],
    [['', '20240501'], null],
    [['20100501', ''], null],
    [[null, '20240501'], null],
    [['20100501', null], null],
  ],
};

/** How many days after one day another one is: none for the same day, less than 0 when it comes before. */
export const daysElapsed: Calculation = {
  name: 'daysElapsed',
  parts: [
    { kind: 'operand', key: 'start', takes: ['day'] },
    { kind: 'operand', key: 'end', takes: ['day'] },
  ],
  gives: 'number',
  absentIf: 'anyMissing',
  number: 'whole',
  lines: ([start, end]) => [`how many days this: ${end}; comes after this: ${start}`],
  toldBy: (start, end) => `how many days ${end} comes after ${start}`,
  compute: ofDay((start, end) => (isPresent(end) ? daysCounted(start, end as string) - 1 : undefined)),
  sql: ([start, end], dialect) => ({ sql: dialect.daysBetween(presentInSQL(start), presentInSQL(end)) }),
  doubt: {
    isSo: (_, value) => Number(value) < 0,
    says: 'gives a number below 0, because "end" comes before "start"; exchange the two, or ask first which day comes before the other',
  },
  mistakes: ({ start, end }: Written) => swapped('/start', start, end),
  examples: [
    [['20230817', '20230817'], 0],
    [['20240228', '20240301'], 2],
    [['20230817', '20230815'], -2],
    [['', '20230817'], null],
    [['20230817', ''], null],
    [[null, '20230817'], null],
    [['20230817', null], null],
  ],
};

/** The first day was taken for the second. */
const swapped = (pointer: string, first: unknown, second: unknown) =>
  JSON.stringify(first) === JSON.stringify(second)
    ? []
    : [{ pointer, to: second, says: `"${pointer.slice(1)}" became the same day as the other` }];
