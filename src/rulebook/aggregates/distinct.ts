import { presentInSQL } from '../calculations/calculation.ts';
import { isPresent } from '../tree/values.ts';
import { type Aggregate, becameAnother } from './aggregate.ts';

/** Of so few values, looking through them costs less than making a set. */
const FEW = 8;

/** How many different values the records have; blanks are none. */
export const distinct: Aggregate = {
  name: 'distinct',
  takes: ['text', 'day', 'number'],
  gives: 'number',
  isCount: true,
  countsValues: true,
  ofNothing: 0,
  words: (value) => `how many different values these have, blanks left out: ${value}`,
  compute: (values) => {
    if (values.length > FEW) return new Set(values.filter(isPresent)).size;
    let count = 0;
    for (let i = 0; i < values.length; i++) if (isPresent(values[i]) && values.indexOf(values[i]) === i) count++;
    return count;
  },
  sql: (value, condition) =>
    `count(DISTINCT ${value.type === 'number' ? value.sql : presentInSQL(value)}) FILTER (WHERE ${condition})`,
  mistakes: becameAnother('distinct', 'count', 'Records were counted instead of different values'),
  examples: [
    [['1000001', '2000001', '1000001'], 2],
    [['', '1000001', null, ''], 1],
    [[3, 3, 1], 2],
    [[], 0],
  ],
};
