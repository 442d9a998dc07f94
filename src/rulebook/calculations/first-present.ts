import type { Reference } from '../load/declarations.ts';
import type { Dialect, Term } from '../sql/dialect.ts';
import { isPresent } from '../tree/values.ts';
import { type Calculation, eachLeftOut, listed, presentInSQL } from './calculation.ts';

const unlessMissing = (term: Term, { lengthOfList }: Dialect): string => {
  if (term.type === 'list') return `CASE WHEN ${lengthOfList(term.sql)} > 0 THEN ${term.sql} END`;
  return term.type === 'text' || term.type === 'day' ? presentInSQL(term) : term.sql;
};

/** The first that is there. */
export const firstPresent: Calculation = {
  name: 'firstPresent',
  parts: [{ kind: 'list', key: 'of', takes: ['text', 'day', 'number', 'list'], isOfOneType: true }],
  gives: 'same',
  absentIf: 'allMissing',
  lines: (operands) => listed('the first of these that is there:', operands),
  toldBy: 'chosen',
  compute: (operands) => operands.find(isPresent),
  sql: (operands, dialect) => ({
    sql: `COALESCE(${operands.map((term) => unlessMissing(term, dialect)).join(', ')})`,
  }),
  mistakes: ({ of }: { of: readonly Reference[] }) => [
    ...eachLeftOut(of),
    ...of.slice(1).map((next, i) => ({
      pointer: `/of/${i}`,
      at: '/of',
      to: of.toSpliced(i, 2, next, of[i] as Reference),
      says: `Number ${i + 2} came before number ${i + 1}`,
    })),
  ],
  examples: [
    [['one', 'two'], 'one'],
    [['', null, 'two'], 'two'],
    [[0, 1], 0],
    [[[], ['one']], ['one']],
    [['', null], null],
  ],
};
