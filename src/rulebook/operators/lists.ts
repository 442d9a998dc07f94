import { type Dialect, quoted, type Term } from '../sql/dialect.ts';
import type { Value } from '../tree/values.ts';
import type { Operator } from './operator.ts';

const isIn = (item: Value, list: Value): boolean => Array.isArray(list) && list.includes(item as string);

// A set must hash every text it is asked for; one or two codes are compared sooner.
const inBound = (right: Value): ((left: Value) => boolean) => {
  const items = new Set(right as readonly string[]);
  const [first, second] = items;
  if (items.size === 1) return (left) => left === first;
  if (items.size === 2) return (left) => left === first || left === second;
  return (left) => items.has(left as string);
};

/** From here on engines make a join of IN. */
const MOST_IN = 4;

function isInSQL(item: Term, list: Term, { holds }: Dialect): string {
  if (!list.is) return holds(list.sql, item.sql);
  const items = list.is.value as readonly string[];
  if (items.length === 0) return 'FALSE';
  if (items.length === 1) return `${item.sql} = ${quoted(items[0] as string)}`;
  return items.length > MOST_IN ? holds(list.sql, item.sql) : `${item.sql} IN (${items.map(quoted).join(', ')})`;
}

/** The text is one of the list. */
export const inList: Operator = {
  name: 'in',
  asks: 'membership',
  left: ['text', 'day'],
  right: ['list'],
  absent: false,
  opposite: 'notIn',
  phrases: ['is one of', 'is none of'],
  holds: (left, right) => left !== undefined && isIn(left, right),
  bind: inBound,
  sql: isInSQL,
  examples: [
    ['10', ['10', '30'], true],
    ['20', ['10', '30'], false],
    [null, ['10'], false],
  ],
};

/** The text is none of the list. */
export const notInList: Operator = {
  name: 'notIn',
  asks: 'membership',
  isNegated: true,
  left: ['text', 'day'],
  right: ['list'],
  absent: true,
  opposite: 'in',
  phrases: ['is none of', 'is one of'],
  holds: (left, right) => left === undefined || !isIn(left, right),
  bind: (right) => {
    const isOneOf = inBound(right);
    return (left) => !isOneOf(left);
  },
  sql: (left, right, dialect) => `NOT (${isInSQL(left, right, dialect)})`,
  examples: [
    ['20', ['10', '30'], true],
    ['10', ['10', '30'], false],
    [null, ['10'], true],
  ],
};

/** The list holds the text. */
export const contains: Operator = {
  name: 'contains',
  asks: 'containment',
  left: ['list'],
  right: ['text', 'day'],
  absent: false,
  opposite: 'doesNotContain',
  phrases: ['contains', 'does not contain'],
  holds: (left, right) => isIn(right, left),
  sql: (left, right, dialect) => isInSQL(right, left, dialect),
  examples: [
    [['Asian', 'White'], 'White', true],
    [['Asian'], 'White', false],
    [null, 'White', false],
  ],
};

/** Both sides are there, and the list does not hold the text. */
export const doesNotContain: Operator = {
  name: 'doesNotContain',
  asks: 'containment',
  isNegated: true,
  left: ['list'],
  right: ['text', 'day'],
  absent: false,
  opposite: 'contains',
  phrases: ['does not contain', 'contains'],
  holds: (left, right) => Array.isArray(left) && right !== undefined && !isIn(right, left),
  sql: (left, right, dialect) => `NOT (${isInSQL(right, left, dialect)})`,
  examples: [
    [['Asian'], 'White', true],
    [['White'], 'White', false],
    [null, 'White', false],
    [['White'], null, false],
  ],
};
