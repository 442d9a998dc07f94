import type { Calculation } from './calculation.ts';

/** How many the list holds. */
export const countOf: Calculation = {
  name: 'countOf',
  parts: [{ kind: 'operand', key: 'list', takes: ['list'] }],
  gives: 'number',
  absentIf: 'anyAbsent',
  number: 'count',
  lines: ([list]) => [`how many there are of these: ${list}`],
  toldBy: 'list',
  sql: ([list], { lengthOfList }) => ({ sql: lengthOfList(list.sql) }),
  compute: ([list]) => (list as readonly string[] | undefined)?.length,
  examples: [
    [[['one', 'two']], 2],
    [[[]], 0],
    [[null], null],
  ],
};
