import type { Operator } from './operator.ts';

type OfNumbers = Pick<Operator, 'name' | 'opposite' | 'mistakenFor' | 'phrases' | 'examples'>;

const number = (own: OfNumbers, sign: string, passes: (left: number, right: number) => boolean): Operator => ({
  ...own,
  asks: 'order',
  left: ['number'],
  right: ['number'],
  absent: false,
  holds: (left, right) => left !== undefined && right !== undefined && passes(left as number, right as number),
  sql: (left, right) => `${left.sql} ${sign} ${right.sql}`,
});

export const lessThan = number(
  {
    name: 'lessThan',
    opposite: 'greaterThanInclusive',
    mistakenFor: ['lessThanInclusive'],
    phrases: ['is less than', 'is not less than'],
    examples: [
      [1, 2, true],
      [2, 2, false],
      [null, 2, false],
    ],
  },
  '<',
  (l, r) => l < r,
);
export const lessThanInclusive = number(
  {
    name: 'lessThanInclusive',
    opposite: 'greaterThan',
    mistakenFor: ['lessThan'],
    phrases: ['is at most', 'is more than'],
    examples: [
      [2, 2, true],
      [3, 2, false],
      [null, 2, false],
    ],
  },
  '<=',
  (l, r) => l <= r,
);
export const greaterThan = number(
  {
    name: 'greaterThan',
    opposite: 'lessThanInclusive',
    mistakenFor: ['greaterThanInclusive'],
    phrases: ['is more than', 'is not more than'],
    examples: [
      [2, 1, true],
      [2, 2, false],
      [null, 2, false],
    ],
  },
  '>',
  (l, r) => l > r,
);
export const greaterThanInclusive = number(
  {
    name: 'greaterThanInclusive',
    opposite: 'lessThan',
    mistakenFor: ['greaterThan'],
    phrases: ['is at least', 'is less than'],
    examples: [
      [2, 2, true],
      [1, 2, false],
      [null, 2, false],
    ],
  },
  '>=',
  (l, r) => l >= r,
);
