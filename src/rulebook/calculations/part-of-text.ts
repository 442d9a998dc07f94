import { type Calculation, presentInSQL } from './calculation.ts';

/** Some characters of a text, counted from 1: the county is the first two of an LEA. None of a text that is too short. */
export const partOfText: Calculation = {
  name: 'partOfText',
  parts: [
    { kind: 'operand', key: 'text', takes: ['text', 'day'] },
    { kind: 'operand', key: 'start', takes: ['number'], isPlace: true },
    { kind: 'operand', key: 'length', takes: ['number'], isPlace: true },
  ],
  gives: 'text',
  absentIf: 'whatever',
  lines: ([text, start, length]) => [`so many characters of ${text}: ${length}, from number ${start} on`],
  toldBy: (text, start) => `the part of ${text} from character ${start} on`,
  compute: ([text, start, length]) => {
    const from = (start as number) - 1;
    const through = from + (length as number);
    return typeof text === 'string' && text.length >= through ? text.slice(from, through) : undefined;
  },
  sql: ([text, start, length]) => ({
    sql: `CASE WHEN length(${text.sql}) >= ${start.sql} + ${length.sql} - 1 THEN substr(${presentInSQL(text)}, ${start.sql}, ${length.sql}) END`,
  }),
  mistakes: ({ start, length }: { start: number; length: number }) => [
    ...(start > 1 ? [{ pointer: '/start', to: start - 1, says: `${start} became ${start - 1}` }] : []),
    { pointer: '/start', to: start + 1, says: `${start} became ${start + 1}` },
    ...(length > 1 ? [{ pointer: '/length', to: length - 1, says: `${length} became ${length - 1}` }] : []),
    { pointer: '/length', to: length + 1, says: `${length} became ${length + 1}` },
  ],
  examples: [
    [['1964733', 1, 2], '19'],
    [['1964733', 3, 5], '64733'],
    [['19', 1, 2], '19'],
    [['1', 1, 2], null],
    [['', 1, 2], null],
    [[null, 1, 2], null],
  ],
};
