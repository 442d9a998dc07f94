import { dayAfter, daysCounted } from '#records/days';
import type { Interval } from '../tree/values.ts';
import { type Aggregate, becameAnother } from './aggregate.ts';

const shared = (a: Interval, b: Interval): Interval => ({
  start: a.start > b.start ? a.start : b.start,
  end: a.end === '' || (b.end !== '' && b.end < a.end) ? b.end : a.end,
});

/** How many days of an interval are covered by at least one of others; none of an interval that has an open end. */
export const days: Aggregate = {
  name: 'days',
  takes: ['interval'],
  gives: 'number',
  isCount: true,
  isWithin: true,
  ofNothing: 0,
  words: (value, within) => `how many days of ${within} at least one of these covers: ${value}`,
  compute: (values, within) => {
    if (!within?.start || !within.end) return 0;
    const inOrder = (values as readonly (Interval | undefined)[])
      .filter((interval) => interval !== undefined && interval.start !== '')
      .map((interval) => shared(interval as Interval, within))
      .filter(({ start, end }) => start <= end)
      .sort((a, b) => (a.start < b.start ? -1 : 1));
    let count = 0;
    let next = within.start;
    for (const { start, end } of inOrder) {
      if (end < next) continue;
      count += daysCounted(start > next ? start : next, end);
      next = dayAfter(end);
    }
    return count;
  },
  sql: (value, condition, { daysCovered }, within) =>
    daysCovered([value.sql, value.end ?? "''"], [within?.sql ?? "''", within?.end ?? "''"], condition),
  mistakes: becameAnother('days', 'count', 'Records were counted instead of days'),
  examples: [
    [
      [{ start: '20230801', end: '20230810' }, { start: '20230808', end: '20230812' }, null],
      12,
      { start: '20230703', end: '20240630' },
    ],
    [[{ start: '20230601', end: '' }], 364, { start: '20230703', end: '20240630' }],
    [
      [
        { start: '20230601', end: '20230703' },
        { start: '20240630', end: '' },
      ],
      2,
      { start: '20230703', end: '20240630' },
    ],
    [
      [
        { start: '20230810', end: '20230801' },
        { start: '20240701', end: '' },
      ],
      0,
      { start: '20230703', end: '20240630' },
    ],
    [[{ start: '20230601', end: '' }], 0, { start: '20230703', end: '' }],
    [[], 0, { start: '20230703', end: '20240630' }],
  ],
};
