import { type Dialect, nothing, quoted } from '../sql/dialect.ts';
import type { Value } from '../tree/values.ts';
import type { Calculation } from './calculation.ts';

const said = (value: Value, { list }: Dialect): string =>
  Array.isArray(value) ? list(value.map(quoted)) : quoted(value as string);

/** What a column has in the row of a reference file that has this key; no such row, or no file: absent. */
export const lookUp: Calculation = {
  name: 'lookUp',
  parts: [
    { kind: 'row', key: 'in', column: 'column' },
    { kind: 'operand', key: 'key', takes: ['text'] },
  ],
  gives: 'same',
  absentIf: 'whatever',
  mayBeBlank: true,
  lines: ([key], { table }) => [`${table}, in the row for this: ${key}`],
  toldBy: 'operands',
  sql: ([key], dialect, { table, type }) => {
    const cases = [...table].map(([one, value]) => `WHEN ${quoted(one)} THEN ${said(value, dialect)}`);
    return { sql: cases.length === 0 ? nothing(type, dialect) : `CASE ${key.sql} ${cases.join(' ')} END` };
  },
  compute: ([key], rows) => rows.get(key as string),
  examples: [
    [['0199001'], 'Ash', { table: { '0199001': 'Ash', '0199002': '' } }],
    [['0199002'], '', { table: { '0199001': 'Ash', '0199002': '' } }],
    [['0199003'], null, { table: { '0199001': 'Ash' } }],
    [['0199001'], ['a', 'b'], { table: { '0199001': ['a', 'b'], '0199002': [] } }],
    [['0199002'], [], { table: { '0199001': ['a', 'b'], '0199002': [] } }],
    [[''], null, { table: { '0199001': 'Ash' } }],
    [[null], null, { table: { '0199001': 'Ash' } }],
  ],
};
