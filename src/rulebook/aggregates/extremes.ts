import { presentInSQL } from '../calculations/calculation.ts';
import { isPresent, type Value } from '../tree/values.ts';
import { type Aggregate, becameAnother } from './aggregate.ts';

type Comparable = string | number;

const extreme = (
  { name, examples }: Pick<Aggregate, 'name' | 'examples'>,
  opposite: Aggregate['name'],
  inSQL: 'min' | 'max',
  isBetter: (a: Comparable, b: Comparable) => boolean,
): Aggregate => ({
  name,
  takes: ['text', 'day', 'number'],
  gives: 'same',
  ofNothing: undefined,
  words: (value) => `the ${name} of these, blanks left out: ${value}`,
  compute: (values) => {
    let best: Value;
    for (const value of values)
      if (isPresent(value) && (best === undefined || isBetter(value as Comparable, best as Comparable))) best = value;
    return best;
  },
  // CASE, since engines differ in what comes of none: what is never NULL stays so in some.
  sql: (value, condition, { ordered }) =>
    `${inSQL}(CASE WHEN ${condition} THEN ${value.type === 'number' ? value.sql : ordered(presentInSQL(value))} END)`,
  mistakes: becameAnother(name, opposite, `The ${name} became the ${opposite}`),
  examples,
});

/** The least of the values that are there: the earliest day, the first text, the smallest number. */
export const least = extreme(
  {
    name: 'least',
    examples: [
      [['20230817', '20230816', ''], '20230816'],
      [['b', null, 'c'], 'b'],
      [[3, -1, 10], -1],
      [['', null], null],
      [[], null],
    ],
  },
  'greatest',
  'min',
  (a, b) => a < b,
);

/** The greatest of the values that are there: the latest day, the last text, the largest number. */
export const greatest = extreme(
  {
    name: 'greatest',
    examples: [
      [['20230817', '20230816', ''], '20230817'],
      [['b', null, 'c'], 'c'],
      [[3, -1, 10], 10],
      [['', null], null],
      [[], null],
    ],
  },
  'least',
  'max',
  (a, b) => a > b,
);
