import { type Aggregate, becameAnother } from './aggregate.ts';

/** The sum of the numbers; 0 when there is none. */
export const sum: Aggregate = {
  name: 'sum',
  takes: ['number'],
  gives: 'number',
  ofNothing: 0,
  words: (value) => `the sum of these, 0 when there is none: ${value}`,
  compute: (values) => {
    let total = 0;
    for (const value of values) if (typeof value === 'number') total += value;
    return total;
  },
  sql: ({ sql }, condition) => `CAST(COALESCE(sum(${sql}) FILTER (WHERE ${condition}), 0) AS BIGINT)`,
  mistakes: becameAnother('sum', 'greatest', 'The sum became the greatest'),
  examples: [
    [[90, 85, 90], 265],
    [[90, null], 90],
    [[-1, 1], 0],
    [[], 0],
  ],
};
