import type { Operator, Relation } from './operator.ts';

interface OfNumbers extends Pick<Operator, 'name' | 'opposite' | 'mistakenFor' | 'examples'> {
  readonly relation: Relation;
}

const number = (own: OfNumbers, passes: (left: number, right: number) => boolean): Operator => ({
  ...own,
  asks: 'order',
  left: ['number'],
  right: ['number'],
  absent: false,
  phrase: `is ${own.relation.holds}`,
  holds: (left, right) => left !== undefined && right !== undefined && passes(left as number, right as number),
});

export const lessThan = number(
  {
    name: 'lessThan',
    opposite: 'greaterThanInclusive',
    mistakenFor: ['lessThanInclusive'],
    relation: { holds: 'less than', fails: 'not less than' },
    examples: [
      [1, 2, true],
      [2, 2, false],
      [null, 2, false],
    ],
  },
  (l, r) => l < r,
);
export const lessThanInclusive = number(
  {
    name: 'lessThanInclusive',
    opposite: 'greaterThan',
    mistakenFor: ['lessThan'],
    relation: { holds: 'at most', fails: 'more than' },
    examples: [
      [2, 2, true],
      [3, 2, false],
      [null, 2, false],
    ],
  },
  (l, r) => l <= r,
);
export const greaterThan = number(
  {
    name: 'greaterThan',
    opposite: 'lessThanInclusive',
    mistakenFor: ['greaterThanInclusive'],
    relation: { holds: 'more than', fails: 'not more than' },
    examples: [
      [2, 1, true],
      [2, 2, false],
      [null, 2, false],
    ],
  },
  (l, r) => l > r,
);
export const greaterThanInclusive = number(
  {
    name: 'greaterThanInclusive',
    opposite: 'lessThan',
    mistakenFor: ['greaterThan'],
    relation: { holds: 'at least', fails: 'less than' },
    examples: [
      [2, 2, true],
      [1, 2, false],
      [null, 2, false],
    ],
  },
  (l, r) => l >= r,
);
