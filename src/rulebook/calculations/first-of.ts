import type { Calculation } from './calculation.ts';

/** The first of the list. */
export const firstOf: Calculation = {
  name: 'firstOf',
  parts: [{ kind: 'operand', key: 'list', takes: ['list'] }],
  gives: 'text',
  absentIf: 'anyMissing',
  mayBeBlank: true,
  lines: ([list]) => [`the first of these: ${list}`],
  toldBy: 'list',
  sql: ([list], { ofList }) => ({ sql: ofList(list.sql, 1) }),
  compute: ([list]) => (list as readonly string[] | undefined)?.[0],
  examples: [
    [[['one', 'two']], 'one'],
    [[['', 'two']], ''],
    [[[]], null],
    [[null], null],
  ],
};
