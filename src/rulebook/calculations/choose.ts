import type { Reference } from '../load/declarations.ts';
import { quoted } from '../sql/dialect.ts';
import type { Calculation } from './calculation.ts';

/** The case whose word the first operand is; every choice of a parameter has its case. */
export const choose: Calculation = {
  name: 'choose',
  parts: [
    { kind: 'operand', key: 'by', takes: ['text'] },
    { kind: 'cases', key: 'cases', takes: ['text', 'day', 'number', 'list', 'flag'] },
  ],
  gives: 'same',
  absentIf: 'anyAbsent',
  mayBeBlank: true,
  lines: ([by, ...rest], { cases = [] }) => [`by ${by}:`, ...cases.map((word, i) => `  * \`${word}\`: ${rest[i]}`)],
  toldBy: 'chosen',
  sql: ([by, ...values], _, { cases }) => {
    const [known] = by.is ? values.filter((_, i) => cases[i] === by.is?.value) : [];
    if (known) return { sql: known.sql };
    const each = cases.map((word, i) => `WHEN ${quoted(word)} THEN ${values[i]?.sql}`);
    return { sql: `CASE ${by.sql} ${each.join(' ')} END` };
  },
  mistakes: ({ cases }: { cases: Readonly<Record<string, Reference>> }) => {
    const words = Object.keys(cases);
    return words.map((word, i) => {
      const other = words[(i + 1) % words.length] as string;
      return { pointer: `/cases/${word}`, to: cases[other], says: `"${word}" became the same as "${other}"` };
    });
  },
  examples: [
    [['second', 'one', 'two'], 'two', { cases: ['first', 'second'] }],
    [['first', '', 'two'], '', { cases: ['first', 'second'] }],
    [['first', null, 'two'], null, { cases: ['first', 'second'] }],
    [[null, 'one', 'two'], null, { cases: ['first', 'second'] }],
  ],
};
