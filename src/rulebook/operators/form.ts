import { areConsecutiveYears, isRealDay } from '#records/days';
import { type Dialect, joined, NotInSQL, type Term } from '../sql/dialect.ts';
import type { Value } from '../tree/values.ts';
import type { Operator } from './operator.ts';

type Told = Pick<Operator, 'name' | 'asks' | 'phrases' | 'examples'>;

/** Whether a text that is not blank is what is asked, or is not. */
const asked = (text: string, isWanted: boolean, is: string): string =>
  joined('AND', [`${text} <> ''`, isWanted ? is : `NOT ${is}`]);

const question = (
  own: Told,
  is: (text: string) => boolean,
  inSQL?: (text: string, dialect: Dialect) => string,
): Operator => ({
  ...own,
  left: ['text', 'day'],
  right: ['flag'],
  absent: false,
  holds: (left, right) => left !== undefined && left !== '' && is(left as string) === right,
  bind: (right) => (left) => left !== undefined && left !== '' && is(left as string) === right,
  ...(inSQL && {
    sql: (left, right, dialect) => asked(left.sql, right.is?.value === true, inSQL(left.sql, dialect)),
  }),
});

const LEAP_YEAR = '([0-9]{2}(0[48]|[2468][048]|[13579][26])|([02468][048]|[13579][26])00)';
const REAL_DAY = `[0-9]{4}((0[13578]|1[02])(0[1-9]|[12][0-9]|3[01])|(0[469]|11)(0[1-9]|[12][0-9]|30)|02(0[1-9]|1[0-9]|2[0-8]))|${LEAP_YEAR}0229`;

/** The value is a day of the calendar, CCYYMMDD. A blank is neither a day nor not one. */
export const realDay = question(
  {
    name: 'realDay',
    asks: 'calendar',
    phrases: ['is a real date', 'is not a real date'],
    examples: [
      ['20240229', true, true],
      ['20230229', true, false],
      ['20230229', false, true],
      ['', false, false],
      [null, false, false],
    ],
  },
  isRealDay,
  (text, { fits }) => joined('AND', [`${text} NOT LIKE '0000%'`, fits(text, REAL_DAY)]),
);

/** The value is `CCYY-CCYY`, the second year following the first. */
export const consecutiveYears = question(
  {
    name: 'consecutiveYears',
    asks: 'other',
    phrases: ['is two consecutive years', 'is not two consecutive years'],
    examples: [
      ['2023-2024', true, true],
      ['2023-2025', false, true],
      ['', false, false],
      [null, true, false],
    ],
  },
  areConsecutiveYears,
  (text, { fits }) => {
    const year = (from: number): string => `CAST(substr(${text}, ${from}, 4) AS BIGINT)`;
    return `CASE WHEN ${fits(text, '[0-9]{4}-[0-9]{4}')} THEN ${year(6)} = ${year(1)} + 1 ELSE FALSE END`;
  },
);

const REPLACEMENT = 0xfffd;

function holdsControlCharacters(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x20 || (code >= 0x7f && code <= 0x9f) || code === REPLACEMENT) return true;
  }
  return false;
}

/**
 * The text holds control characters, or the replacement character that decoding puts where bytes were no text in the
 * file's encoding.
 */
export const hasControlCharacters = question(
  {
    name: 'hasControlCharacters',
    asks: 'characters',
    phrases: ['contains control characters', 'contains no control characters'],
    examples: [
      ['a\tb', true, true],
      ['Peña', true, false],
      ['Pe\ufffda', true, true],
      ['', true, false],
      [null, true, false],
    ],
  },
  holdsControlCharacters,
);

const isDigit = (code: number): boolean => code >= 48 && code <= 57;
const isCapital = (code: number): boolean => code >= 65 && code <= 90;

/** What stands in a form for a digit and for a capital letter; every other character is there as its code unit. */
const DIGIT = -1;
const CAPITAL = -2;

/** The characters of a form. What stands in brackets means itself; a bracket that is not closed does too. */
const marksOf = (form: string): readonly number[] =>
  (form.match(/\[[^\]]+\]|./gs) ?? []).flatMap((part) => {
    if (part === '9') return [DIGIT];
    if (part === 'A') return [CAPITAL];
    const text = part.length > 1 ? part.slice(1, -1) : part;
    return text.split('').map((character) => character.charCodeAt(0));
  });

/** How many characters a text of this form has. */
export const lengthOfForm = (form: string): number => marksOf(form).length;

function fitsMarks(text: string, marks: readonly number[]): boolean {
  if (text.length !== marks.length) return false;
  for (let i = 0; i < marks.length; i++) {
    const code = text.charCodeAt(i);
    const mark = marks[i] as number;
    if (mark === DIGIT ? !isDigit(code) : mark === CAPITAL ? !isCapital(code) : code !== mark) return false;
  }
  return true;
}

/** Whether each character of a text fits a form. */
export const fitsForm = (text: string, form: string): boolean => fitsMarks(text, marksOf(form));

/** The form of a text: `9` for a digit, `A` for a capital letter, every other character itself. */
export const formOf = (text: string): string => text.replaceAll(/[0-9]/g, '9').replaceAll(/[A-Z]/g, 'A');

/** A form as a regular expression. */
const asExpression = (form: string): string =>
  marksOf(form)
    .map((mark) => {
      if (mark === DIGIT) return '[0-9]';
      if (mark === CAPITAL) return '[A-Z]';
      const character = String.fromCharCode(mark);
      return /[a-z0-9]/i.test(character) ? character : `\\${character}`;
    })
    .join('');

function formInSQL({ sql }: Term, form: Term, isWanted: boolean, { fits }: Dialect): string {
  if (form.is === undefined) throw new NotInSQL('compares with a form that differs from record to record');
  return asked(sql, isWanted, fits(sql, asExpression(form.is.value as string)));
}

const form = (own: Pick<Operator, 'name' | 'isNegated' | 'opposite' | 'phrases' | 'examples'>): Operator => {
  const wanted = !own.isNegated;
  const holds = (left: Value, right: Value) =>
    left !== undefined && left !== '' && right !== undefined && fitsForm(left as string, right as string) === wanted;
  return {
    ...own,
    asks: 'form',
    left: ['text'],
    right: ['text'],
    absent: false,
    holds,
    bind: (right) => {
      const marks = marksOf(right as string);
      return (left) => left !== undefined && left !== '' && fitsMarks(left as string, marks) === wanted;
    },
    sql: (left, right, dialect) => formInSQL(left, right, wanted, dialect),
  };
};

/**
 * Each character fits the form: `9` a digit, `A` a capital letter, anything else itself, and in brackets a 9 and an A
 * too. Forms, not regular expressions: nothing in them can run away.
 */
export const hasForm = form({
  name: 'hasForm',
  opposite: 'lacksForm',
  phrases: ['has the form', 'does not have the form'],
  examples: [
    ['9900000001', '9999999999', true],
    ['990000001', '9999999999', false],
    ['E199', 'E1[99]', true],
    ['E288', 'E1[99]', false],
    ['A5', '[A]9', true],
    ['', '9999999999', false],
    [null, '9', false],
    ['9', null, false],
  ],
});
export const lacksForm = form({
  name: 'lacksForm',
  isNegated: true,
  opposite: 'hasForm',
  phrases: ['does not have the form', 'has the form'],
  examples: [
    ['99000X0001', '9999999999', true],
    ['9900000001', '9999999999', false],
    ['', '9999999999', false],
    [null, '9', false],
    ['9', null, false],
  ],
});

// Counting code points is slow, and a text of few UTF-16 units has at most as many characters.
const isLonger = (left: Value, right: Value): boolean =>
  left !== undefined && (left as string).length > (right as number) && [...(left as string)].length > (right as number);

/** The text has more characters than the number. */
export const longerThan: Operator = {
  name: 'longerThan',
  asks: 'length',
  left: ['text'],
  right: ['number'],
  absent: false,
  phrases: ['has more characters than', 'does not have more characters than'],
  holds: isLonger,
  bind: (right) => (left) => isLonger(left, right),
  sql: (left, right) => `char_length(${left.sql}) > ${right.sql}`,
  examples: [
    ['12345678', 7, true],
    ['1234567', 7, false],
    ['', 0, false],
    [null, 0, false],
  ],
};

const LETTER = /^[\p{L}\p{M}]$/u;

/** Whether a text has no other characters than those of a list; a blank only between others. */
function isOf(text: string, list: string): boolean {
  if (text.startsWith(' ') || text.endsWith(' ')) return false;
  for (const character of text) {
    const isAllowed =
      (list.includes('A') && LETTER.test(character)) ||
      (list.includes('9') && character >= '0' && character <= '9') ||
      (character !== 'A' && character !== '9' && list.includes(character));
    if (!isAllowed) return false;
  }
  return true;
}

const madeOf = (own: Pick<Operator, 'name' | 'isNegated' | 'opposite' | 'phrases' | 'examples'>): Operator => {
  const wanted = !own.isNegated;
  const holds = (left: Value, right: Value) =>
    left !== undefined && left !== '' && right !== undefined && isOf(left as string, right as string) === wanted;
  return {
    ...own,
    asks: 'letters',
    left: ['text'],
    right: ['text'],
    absent: false,
    holds,
    bind: (right) => (left) => holds(left, right),
  };
};

/**
 * Each character is one of those listed: `A` any letter of any language with its accents, `9` any digit, a blank a
 * blank between other characters, anything else itself.
 */
export const hasOnly = madeOf({
  name: 'hasOnly',
  opposite: 'hasOther',
  phrases: ['has only characters of', 'has other characters than'],
  examples: [
    ["Peña-O'Neil 3.", "A9 .-'", true],
    ['Ana_Maria', "A9 .-'", false],
    [' Ana', "A9 .-'", false],
    ['Ana7', 'A', false],
    ['', 'A', false],
    [null, 'A', false],
    ['A', null, false],
  ],
});
export const hasOther = madeOf({
  name: 'hasOther',
  isNegated: true,
  opposite: 'hasOnly',
  phrases: ['has other characters than', 'has only characters of'],
  examples: [
    ['Ana_Maria', "A9 .-'", true],
    ['Zoë', "A9 .-'", false],
    [' Ana', "A9 .-'", true],
    ['', 'A', false],
    [null, 'A', false],
    ['A', null, false],
  ],
});
