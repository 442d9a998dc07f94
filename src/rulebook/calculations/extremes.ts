import type { Reference } from '../load/declarations.ts';
import { isPresent } from '../tree/values.ts';
import { type Calculation, eachLeftOut, listed, presentInSQL } from './calculation.ts';

const extreme = (
  own: Pick<Calculation, 'name' | 'examples'>,
  inSQL: 'LEAST' | 'GREATEST',
  opposite: Calculation['name'],
  isBetter: (a: string, b: string) => boolean,
): Calculation => ({
  ...own,
  parts: [{ kind: 'list', key: 'of', takes: ['day'] }],
  gives: 'day',
  absentIf: 'allMissing',
  lines: (days) => listed(`the ${own.name} of these, blanks ignored:`, days),
  toldBy: 'chosen',
  compute: (operands) => {
    let best: string | undefined;
    for (const operand of operands)
      if (isPresent(operand) && (best === undefined || isBetter(operand as string, best))) best = operand as string;
    return best;
  },
  // Both leave out what is NULL.
  sql: (operands, { ordered }) => ({
    sql: `${inSQL}(${operands.map((day) => ordered(presentInSQL(day))).join(', ')})`,
  }),
  mistakes: ({ of }: { of: readonly Reference[] }) => [
    { pointer: '/calculate', to: opposite, says: `The ${own.name} became the ${opposite}` },
    ...eachLeftOut(of),
  ],
});

/** The earliest of the days that are there. */
export const earliest = extreme(
  {
    name: 'earliest',
    examples: [
      [['20230817', '20230816', '20240101'], '20230816'],
      [['', '20230817', null], '20230817'],
      [['', null], null],
    ],
  },
  'LEAST',
  'latest',
  (a, b) => a < b,
);

/** The latest of the days that are there. */
export const latest = extreme(
  {
    name: 'latest',
    examples: [
      [['20230817', '20230816', '20240101'], '20240101'],
      [['', '20230817', null], '20230817'],
      [['', null], null],
    ],
  },
  'GREATEST',
  'earliest',
  (a, b) => a > b,
);
