import { daysCounted as daysBetween } from '#records/days';
import type { Interval } from '../tree/values.ts';
import type { Calculation } from './calculation.ts';

/** How many days, both ends counted; none of an interval with an open end, less than 1 of one that ends too early. */
export const daysCounted: Calculation = {
  name: 'daysCounted',
  parts: [{ kind: 'operand', key: 'interval', takes: ['interval'] }],
  gives: 'number',
  absentIf: 'whatever',
  number: 'whole',
  lines: ([interval]) => [`how many days are in this, both ends counted: ${interval}`],
  toldBy: 'operands',
  compute: ([interval]) => {
    const { start, end } = (interval as Interval | undefined) ?? { start: '', end: '' };
    return start && end ? daysBetween(start, end) : undefined;
  },
  sql: ([{ sql, end = '' }], dialect) => ({
    sql: `(${dialect.daysBetween(`NULLIF(${sql}, '')`, `NULLIF(${end}, '')`)} + 1)`,
  }),
  examples: [
    [[{ start: '20230817', end: '20230817' }], 1],
    [[{ start: '20240228', end: '20240301' }], 3],
    [[{ start: '20230817', end: '20230815' }], -1],
    [[{ start: '20230817', end: '' }], null],
    [[null], null],
  ],
};
