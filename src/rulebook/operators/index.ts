/** The closed list of operators. What there is to know of one stands in its file. */

import { equal, notEqual } from './equality.ts';
import {
  consecutiveYears,
  hasControlCharacters,
  hasForm,
  hasOnly,
  hasOther,
  lacksForm,
  longerThan,
  realDay,
} from './form.ts';
import { overlaps } from './intervals.ts';
import { contains, doesNotContain, inList, notInList } from './lists.ts';
import { greaterThan, greaterThanInclusive, lessThan, lessThanInclusive } from './numbers.ts';
import type { Operator } from './operator.ts';
import { after, before, onOrAfter, onOrBefore } from './order-of-days.ts';
import { present } from './presence.ts';

export type { Operator } from './operator.ts';

/**
 * Operators that json-rules-engine brings itself; the second opinion uses its own, so that both are tested against each
 * other.
 */
export const LIBRARY_OPERATORS: readonly Operator[] = [
  equal,
  notEqual,
  inList,
  notInList,
  contains,
  doesNotContain,
  lessThan,
  lessThanInclusive,
  greaterThan,
  greaterThanInclusive,
];

/** Operators that this project adds. */
export const OWN_OPERATORS: readonly Operator[] = [
  before,
  onOrBefore,
  after,
  onOrAfter,
  overlaps,
  present,
  realDay,
  consecutiveYears,
  hasForm,
  lacksForm,
  longerThan,
  hasControlCharacters,
  hasOnly,
  hasOther,
];

export const OPERATORS: ReadonlyMap<string, Operator> = new Map(
  [...LIBRARY_OPERATORS, ...OWN_OPERATORS].map((operator) => [operator.name, operator]),
);
