import { type Dialect, quoted, type Term } from '../sql/dialect.ts';
import type { Operator } from './operator.ts';

/** Later than every day CCYYMMDD: what a blank end stands for. */
const OPEN = '~';

type OfDays = Pick<Operator, 'name' | 'opposite' | 'mistakenFor' | 'phrases' | 'examples'>;

const inSQL = ({ sql, is }: Term, { ordered }: Dialect): string =>
  ordered(is ? quoted((is.value as string) || OPEN) : `COALESCE(NULLIF(${sql}, ''), ${quoted(OPEN)})`);

const day = (own: OfDays, sign: string, passes: (left: string, right: string) => boolean): Operator => ({
  ...own,
  asks: 'order',
  left: ['day'],
  right: ['day'],
  absent: false,
  holds: (left, right) =>
    left !== undefined && right !== undefined && passes((left as string) || OPEN, (right as string) || OPEN),
  bind: (right) => {
    const to = (right as string) || OPEN;
    return (left) => left !== undefined && passes((left as string) || OPEN, to);
  },
  sql: (left, right, dialect) => `${inSQL(left, dialect)} ${sign} ${inSQL(right, dialect)}`,
});

/**
 * Days compare as texts once they are known to be real; a blank day is later than every day, an absent one compares as
 * false.
 */
export const before = day(
  {
    name: 'before',
    opposite: 'onOrAfter',
    mistakenFor: ['onOrBefore'],
    phrases: ['is before', 'is on or after'],
    examples: [
      ['20230630', '20230701', true],
      ['20230701', '20230701', false],
      ['', '20230701', false],
      ['20230701', '', true],
      [null, '20230701', false],
    ],
  },
  '<',
  (l, r) => l < r,
);
export const onOrBefore = day(
  {
    name: 'onOrBefore',
    opposite: 'after',
    mistakenFor: ['before'],
    phrases: ['is on or before', 'is after'],
    examples: [
      ['20230630', '20230701', true],
      ['20230701', '20230701', true],
      ['20230702', '20230701', false],
      ['20230701', '', true],
      ['', '20230701', false],
      [null, '', false],
    ],
  },
  '<=',
  (l, r) => l <= r,
);
export const after = day(
  {
    name: 'after',
    opposite: 'onOrBefore',
    mistakenFor: ['onOrAfter'],
    phrases: ['is after', 'is on or before'],
    examples: [
      ['20230702', '20230701', true],
      ['20230701', '20230701', false],
      ['', '20230701', true],
      [null, '20230701', false],
    ],
  },
  '>',
  (l, r) => l > r,
);
export const onOrAfter = day(
  {
    name: 'onOrAfter',
    opposite: 'before',
    mistakenFor: ['after'],
    phrases: ['is on or after', 'is before'],
    examples: [
      ['20230702', '20230701', true],
      ['20230701', '20230701', true],
      ['20230630', '20230701', false],
      ['', '20230701', true],
      [null, '20230701', false],
    ],
  },
  '>=',
  (l, r) => l >= r,
);
