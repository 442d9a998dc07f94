import type { Reference } from '../load/declarations.ts';
import { nothing, quoted } from '../sql/dialect.ts';
import { type Calculation, eachLeftOut, listed } from './calculation.ts';

/** The distinct labels of the codes, in their order; blanks and codes without a label are ignored. */
export const labels: Calculation = {
  name: 'labels',
  parts: [
    { kind: 'table', key: 'by' },
    { kind: 'list', key: 'of', takes: ['text'] },
  ],
  gives: 'list',
  absentIf: 'never',
  lines: (codes, { table }) => listed(`the distinct labels by ${table} of these, in this order:`, codes),
  toldBy: 'codes',
  compute: (codes, table) => {
    const found: string[] = [];
    for (const code of codes) {
      const label = code ? (table.get(code as string) as string | undefined) : undefined;
      if (label !== undefined && !found.includes(label)) found.push(label);
    }
    return found;
  },
  sql: (codes, dialect, { table }) => {
    const known = [...table].filter(([code]) => code !== '');
    const cases = known.map(([code, label]) => `WHEN ${quoted(code)} THEN ${quoted(label as string)}`).join(' ');
    const labelsOf = codes.map(({ sql }) => (cases === '' ? nothing('text', dialect) : `CASE ${sql} ${cases} END`));
    return { sql: dialect.distinct(labelsOf) };
  },
  mistakes: ({ of }: { of: readonly Reference[] }) => eachLeftOut(of),
  examples: [
    [['b', 'a', '', 'b', 'x', null], ['Second', 'First'], { table: { a: 'First', b: 'Second' } }],
    [['a', 'b'], ['Same'], { table: { a: 'Same', b: 'Same' } }],
    [['', null], [], { table: { a: 'First' } }],
  ],
};
