import { type Calculation, presentInSQL } from './calculation.ts';

/** Characters that JavaScript counts as two. */
const BEYOND = /[\u{10000}-\u{10FFFF}]/u;

/** Some characters of a text, counted from 1: the county is the first two of an LEA. None of a text that is too short. */
export const partOfText: Calculation = {
  name: 'partOfText',
  parts: [
    { kind: 'operand', key: 'text', takes: ['text', 'day'] },
    { kind: 'operand', key: 'first', takes: ['number'], isPlace: true, isWrittenOut: true },
    { kind: 'operand', key: 'length', takes: ['number'], isPlace: true, isWrittenOut: true },
  ],
  gives: 'text',
  absentIf: 'whatever',
  isOfLength: true,
  lines: ([text, first, length]) => [`so many characters of ${text}: ${length}, from number ${first} on`],
  toldBy: (text, first) => `the part of ${text} from character ${first} on`,
  compute: ([text, first, length]) => {
    const from = (first as number) - 1;
    const through = from + (length as number);
    if (typeof text !== 'string') return undefined;
    if (!BEYOND.test(text)) return text.length >= through ? text.slice(from, through) : undefined;
    const characters = [...text];
    return characters.length >= through ? characters.slice(from, through).join('') : undefined;
  },
  sql: ([text, first, length], { characters }) => ({
    sql: `CASE WHEN char_length(${text.sql}) >= ${first.sql} + ${length.sql} - 1 THEN ${characters(presentInSQL(text), first.sql, length.sql)} END`,
  }),
  mistakes: ({ first, length }: { first: number; length: number }) => [
    ...(first > 1 ? [{ pointer: '/first', to: first - 1, says: `${first} became ${first - 1}` }] : []),
    { pointer: '/first', to: first + 1, says: `${first} became ${first + 1}` },
    ...(length > 1 ? [{ pointer: '/length', to: length - 1, says: `${length} became ${length - 1}` }] : []),
    { pointer: '/length', to: length + 1, says: `${length} became ${length + 1}` },
  ],
  examples: [
    [['1964733', 1, 2], '19'],
    [['1964733', 3, 5], '64733'],
    [['19', 1, 2], '19'],
    [['x', 1, 2], null],
    [['𝒜𝒜b', 2, 2], '𝒜b'],
    [['𝒜b', 1, 3], null],
    [['', 1, 2], null],
    [[null, 1, 2], null],
  ],
};
