import type { Reference } from '../load/declarations.ts';
import type { Interval } from '../tree/values.ts';
import { type Calculation, listed } from './calculation.ts';

const earliestEnd = (a: string, b: string): string => (a === '' ? b : b === '' ? a : a < b ? a : b);

/** The days that both intervals hold: it ends before it starts when there are none. */
export const intersection: Calculation = {
  name: 'intersection',
  parts: [{ kind: 'list', key: 'of', takes: ['interval'] }],
  gives: 'interval',
  absentIf: 'anyAbsent',
  lines: (intervals) => listed('the days that both of these hold:', intervals),
  toldBy: 'operands',
  compute: (operands) => {
    const [a, b] = operands as readonly (Interval | undefined)[];
    return a && b && { start: a.start > b.start ? a.start : b.start, end: earliestEnd(a.end, b.end) };
  },
  sql: ([a, b], { ordered }) => {
    const [first, second] = [a.end ?? "''", b.end ?? "''"];
    const isThere = (end: string): string => `WHEN ${a.sql} IS NOT NULL AND ${b.sql} IS NOT NULL THEN ${end}`;
    return {
      sql: `CASE ${isThere(`CASE WHEN ${ordered(a.sql)} > ${ordered(b.sql)} THEN ${a.sql} ELSE ${b.sql} END`)} END`,
      end: `CASE ${isThere(`CASE WHEN ${first} = '' OR (${second} <> '' AND ${ordered(second)} <= ${ordered(first)}) THEN ${second} ELSE ${first} END`)} END`,
    };
  },
  mistakes: ({ of }: { of: readonly Reference[] }) =>
    of.map((_, i) => ({ pointer: `/of/${i}`, to: of[1 - i], says: `Number ${i + 1} was left out` })),
  examples: [
    [
      [
        { start: '20230817', end: '' },
        { start: '20230101', end: '20231231' },
      ],
      { start: '20230817', end: '20231231' },
    ],
    [
      [
        { start: '20230817', end: '20240531' },
        { start: '20240102', end: '' },
      ],
      { start: '20240102', end: '20240531' },
    ],
    [
      [
        { start: '20230817', end: '' },
        { start: '20230816', end: '' },
      ],
      { start: '20230817', end: '' },
    ],
    [[null, { start: '20230817', end: '' }], null],
    [[{ start: '20230817', end: '' }, null], null],
  ],
};
