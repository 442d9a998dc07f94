import type { Operator } from './operator.ts';

const COMPARABLE = ['text', 'day', 'number', 'flag'] as const;

/** The two sides are the same; what is absent equals nothing. */
export const equal: Operator = {
  name: 'equal',
  asks: 'sameness',
  left: COMPARABLE,
  right: 'same',
  absent: false,
  opposite: 'notEqual',
  phrases: ['is', 'is not'],
  holds: (left, right) => left !== undefined && left === right,
  bind: (right) => (left) => left === right,
  sql: (left, right) => `${left.sql} = ${right.sql}`,
  examples: [
    ['191', '191', true],
    ['191', '135', false],
    ['', '', true],
    [null, '191', false],
  ],
};

/** The two sides differ; what is absent differs from everything. */
export const notEqual: Operator = {
  name: 'notEqual',
  asks: 'sameness',
  isNegated: true,
  left: COMPARABLE,
  right: 'same',
  absent: true,
  opposite: 'equal',
  phrases: ['is not', 'is'],
  holds: (left, right) => left === undefined || left !== right,
  bind: (right) => (left) => left !== right,
  sql: (left, right) => `${left.sql} <> ${right.sql}`,
  examples: [
    ['191', '135', true],
    ['191', '191', false],
    [null, '191', true],
  ],
};
