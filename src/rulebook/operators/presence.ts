import type { Dialect, Term } from '../sql/dialect.ts';
import { joined } from '../sql/dialect.ts';
import { isPresent, VALUE_TYPES } from '../tree/values.ts';
import type { Operator } from './operator.ts';

/** Of what is no text and no list nothing is asked but whether it is absent. */
function presentInSQL({ type, sql, mayBeAbsent }: Term, { lengthOfList }: Dialect): string {
  const isThere = mayBeAbsent ? [`${sql} IS NOT NULL`] : [];
  if (type === 'text' || type === 'day') isThere.push(`${sql} <> ''`);
  if (type === 'list') isThere.push(`${lengthOfList(sql)} > 0`);
  return isThere.length === 0 ? 'TRUE' : joined('AND', isThere);
}

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
  sql: (left, right, dialect) => {
    const isThere = presentInSQL(left, dialect);
    return right.is?.value === true ? isThere : `NOT ${isThere}`;
  },
  examples: [
    ['EL', true, true],
    ['', true, false],
    [[], true, false],
    [null, true, false],
    [null, false, true],
    ['EL', false, false],
  ],
};
