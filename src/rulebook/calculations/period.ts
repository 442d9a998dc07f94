import type { Term } from '../sql/dialect.ts';
import type { Interval } from '../tree/values.ts';
import { isPresent } from '../tree/values.ts';
import { type Calculation, presentInSQL, type Written } from './calculation.ts';

/** The days from one to another, both included. Without an end, or where it is missing, it is open. */
export const period: Calculation = {
  name: 'period',
  parts: [
    { kind: 'operand', key: 'start', takes: ['day'] },
    { kind: 'operand', key: 'end', takes: ['day'], isOptional: true },
  ],
  gives: 'interval',
  absentIf: 'firstMissing',
  isOfTwoDays: true,
  lines: ([start, end]) => [
    `the days from this: ${start}; ${end === undefined ? 'on, without an end' : `through this: ${end}; open when that is blank or absent`}`,
  ],
  toldBy: 'operands',
  compute: ([start, end]) =>
    isPresent(start) ? { start: start as string, end: (end as string | undefined) ?? '' } : undefined,
  sql: ([start, end]: readonly Term[]) => {
    const first = presentInSQL(start as Term);
    return { sql: first, end: `CASE WHEN ${first} IS NOT NULL THEN ${end ? `COALESCE(${end.sql}, '')` : "''"} END` };
  },
  doubt: {
    isSo: (_, value) => value !== undefined && isBackwards(value as Interval),
    says: 'gives days that end before they start, which overlap nothing; take the later of the two as the end, or ask first which day comes before the other',
  },
  mistakes: ({ end, ...rest }: Written) =>
    end === undefined ? [] : [{ pointer: '', to: rest, says: 'The end was left out' }],
  examples: [
    [['20230817', '20240531'], { start: '20230817', end: '20240531' }],
    [['20230817', ''], { start: '20230817', end: '' }],
    [['20230817', null], { start: '20230817', end: '' }],
    [['20230817'], { start: '20230817', end: '' }],
    [['20230817', '20230815'], { start: '20230817', end: '20230815' }],
    [['', '20240531'], null],
    [[null, '20240531'], null],
  ],
};

const isBackwards = ({ start, end }: Interval): boolean => end !== '' && end < start;
