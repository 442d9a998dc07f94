/** What looks give of all records that they find, written again. */
import type { Interval } from '../tree/values.ts';
import { dayBeforeOf } from './plain-days.ts';

/**
 * What comes of one value of each record found; `undefined` is absent.
 * @param gives as the look has it
 * @param within the interval within which days are counted
 */
export function summarize(gives: string, values: readonly unknown[], within: Interval | undefined): unknown {
  const there = values.filter((value) => value !== undefined && value !== '') as (string | number)[];
  switch (gives) {
    case 'distinct':
      return Object.keys(Object.groupBy(there, (value) => `${typeof value} ${value}`)).length;
    case 'sum':
      return there.reduce<number>((total, value) => total + Number(value), 0);
    case 'least':
      return inOrder(there)[0];
    case 'greatest':
      return inOrder(there).at(-1);
    default:
      return daysCovered(values as (Interval | undefined)[], within);
  }
}

const inOrder = (values: readonly (string | number)[]): (string | number)[] =>
  values.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0));

/** Goes through the days of the interval one by one, from the last to the first. */
function daysCovered(intervals: readonly (Interval | undefined)[], within: Interval | undefined): number {
  if (!within?.start || !within.end) return 0;
  let covered = 0;
  for (let day = within.end; day >= within.start; day = dayBeforeOf(day))
    if (intervals.some((one) => one?.start && one.start <= day && (one.end === '' || day <= one.end))) covered++;
  return covered;
}
