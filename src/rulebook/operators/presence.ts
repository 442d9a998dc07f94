import { isPresent, VALUE_TYPES } from '../tree/values.ts';
import type { Operator } from './operator.ts';

/** Something is there: neither blank, nor absent, nor an empty list. With `false` on the right: nothing is there. */
export const present: Operator = {
  name: 'present',
  asks: 'presence',
  left: VALUE_TYPES,
  right: ['flag'],
  absent: 'compares',
  phrases: ['is present', 'is blank or absent'],
  holds: (left, right) => isPresent(left) === right,
  bind: (right) => (right === true ? isPresent : (left) => !isPresent(left)),
  examples: [
    ['EL', true, true],
    ['', true, false],
    [[], true, false],
    [null, true, false],
    [null, false, true],
    ['EL', false, false],
  ],
};
