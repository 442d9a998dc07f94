import { overlap } from '#records/days';
import { joined } from '../sql/dialect.ts';
import type { Interval } from '../tree/values.ts';
import type { Operator } from './operator.ts';

/**
 * The two closed intervals have a day in common (cenr.md section 1): a blank end is open, an interval that ends before
 * it starts overlaps nothing.
 */
export const overlaps: Operator = {
  name: 'overlaps',
  asks: 'overlap',
  left: ['interval'],
  right: ['interval'],
  absent: false,
  phrases: ['overlaps', 'does not overlap'],
  holds: (left, right) => {
    if (left === undefined || right === undefined) return false;
    const a = left as Interval;
    const b = right as Interval;
    return overlap(a.start, a.end, b.start, b.end);
  },
  sql: (left, right, { ordered }) => {
    const reaches = (end: string, ...starts: readonly string[]): string =>
      joined('OR', [
        `${end} = ''`,
        joined(
          'AND',
          starts.map((start) => `${ordered(end)} >= ${ordered(start)}`),
        ),
      ]);
    const [a, b] = [left.sql, right.sql];
    return joined('AND', [reaches(left.end ?? "''", a, b), reaches(right.end ?? "''", b, a)]);
  },
  examples: [
    [{ start: '20230101', end: '20230815' }, { start: '20230815', end: '' }, true],
    [{ start: '20230101', end: '20230814' }, { start: '20230815', end: '' }, false],
    [{ start: '20240608', end: '' }, { start: '20230815', end: '20240607' }, false],
    [{ start: '20230901', end: '20230831' }, { start: '20230815', end: '' }, false],
    [null, { start: '20230815', end: '' }, false],
  ],
};
