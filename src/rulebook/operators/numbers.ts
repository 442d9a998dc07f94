import type { Operator } from './operator.ts';

const number = (
  name: string,
  phrase: string,
  passes: (left: number, right: number) => boolean,
  examples: Operator['examples'],
): Operator => ({
  name,
  left: ['number'],
  right: ['number'],
  absent: false,
  phrase,
  holds: (left, right) => left !== undefined && right !== undefined && passes(left as number, right as number),
  examples,
});

export const lessThan = number('lessThan', 'is less than', (l, r) => l < r, [
  [1, 2, true],
  [2, 2, false],
  [null, 2, false],
]);
export const lessThanInclusive = number('lessThanInclusive', 'is at most', (l, r) => l <= r, [
  [2, 2, true],
  [3, 2, false],
  [null, 2, false],
]);
export const greaterThan = number('greaterThan', 'is more than', (l, r) => l > r, [
  [2, 1, true],
  [2, 2, false],
  [null, 2, false],
]);
export const greaterThanInclusive = number('greaterThanInclusive', 'is at least', (l, r) => l >= r, [
  [2, 2, true],
  [1, 2, false],
  [null, 2, false],
]);
