import { daysCounted } from '#records/days';
import type { Interval, Value } from '../tree/values.ts';
import { type Aggregate, becameAnother } from './aggregate.ts';

const startOf = (interval: Value): string => (interval as Interval | undefined)?.start ?? '';

const byStart = (a: Value, b: Value): number => (startOf(a) < startOf(b) ? -1 : startOf(a) > startOf(b) ? 1 : 0);

/** How many days of an interval are covered by at least one of others. */
function covered(values: readonly Value[], within: Interval): number {
  let count = 0;
  // The days from the one through the other are covered, and not counted yet.
  let first = '';
  let last = '';
  for (const interval of values as readonly (Interval | undefined)[]) {
    if (!interval?.start) continue;
    const start = interval.start > within.start ? interval.start : within.start;
    const end = interval.end === '' || interval.end > within.end ? within.end : interval.end;
    if (start > end) continue;
    // Those of most students come in order.
    if (start < first) return covered(values.toSorted(byStart), within);
    if (start > last) {
      if (last !== '') count += daysCounted(first, last);
      first = start;
      last = end;
    } else if (end > last) last = end;
  }
  return last === '' ? count : count + daysCounted(first, last);
}

/** How many days of an interval are covered by at least one of others; none of an interval that has an open end. */
export const days: Aggregate = {
  name: 'days',
  takes: ['interval'],
  gives: 'number',
  isCount: true,
  isWithin: true,
  ofNothing: 0,
  words: (value, within) => `how many days of ${within} at least one of these covers: ${value}`,
  compute: (values, within) => (within?.start && within.end ? covered(values, within) : 0),
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
