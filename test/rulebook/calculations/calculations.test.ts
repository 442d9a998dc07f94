/**
 * Every calculation: its own examples, as the compiler works them out, and what it says of itself held against them and
 * against the grammar.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { Calculation, ExampleBeside } from '#rulebook/calculations/calculation';
import { CALCULATIONS } from '#rulebook/calculations/index';
import { Compiler } from '#rulebook/compile/compiler';
import { Evaluation } from '#rulebook/compile/evaluation';
import type { ParameterJson } from '#rulebook/load/declarations';
import { equal } from '#rulebook/operators/equality';
import type { Condition, Expression } from '#rulebook/tree/nodes';
import { isPresent, type Value } from '#rulebook/tree/values';

const ROOT = join(import.meta.dirname, '../../..');
const all = [...CALCULATIONS.values()];
const absentIfNull = (value: unknown): Value => (value === null ? undefined : (value as Value));

interface OfOneName {
  readonly if: { readonly properties: { readonly calculate: { readonly const?: string; readonly enum?: string[] } } };
  readonly then: { readonly required: readonly string[] };
}

t.test('the grammar and docs/rule-grammar.md list the calculations there are', async (t) => {
  const schema = JSON.parse(readFileSync(join(ROOT, 'schemas/grammar/facts.schema.json'), 'utf8'));
  const { fact } = schema.definitions;
  t.same([...fact.properties.calculate.enum].sort(), [...CALCULATIONS.keys()].sort());
  const page = readFileSync(join(ROOT, 'docs/rule-grammar.md'), 'utf8');
  const table = page.slice(page.indexOf('\nA **calculation**'), page.indexOf('\n## Fields'));
  const rows = table.split('\n').filter((line) => line.startsWith('| `{ "calculate"'));
  const names = rows.flatMap((row) => {
    const [, json = '', others = ''] = row.match(/^\| `(\{.*?\})`([^|]*)\|/) ?? [];
    return [...`${json.split(',')[0]}${others}`.matchAll(/"(\w+)"/g)].map(([, name]) => name);
  });
  t.same(names.filter((name) => name !== 'calculate').sort(), [...CALCULATIONS.keys()].sort(), 'and so does the page');
  for (const { name, parts } of all) {
    const keys = parts.flatMap((part) => [
      ...('key' in part && !('isOptional' in part) ? [part.key] : []),
      ...(part.kind === 'row' ? [part.column] : []),
    ]);
    const own = (fact.then.allOf as OfOneName[]).find(({ if: { properties } }) =>
      [properties.calculate.const, properties.calculate.enum].flat().includes(name),
    );
    t.same(keys.sort(), [...(own?.then.required ?? [])].sort(), `${name} is written with ${keys.join(' and ')}`);
  }
});

/** A condition that holds, or does not. */
const conditionThat = (holds: boolean): Condition => ({
  file: '',
  pointer: '',
  kind: 'leaf',
  id: 0,
  left: { kind: 'literal', type: 'flag', value: true },
  operator: equal,
  right: { kind: 'literal', type: 'flag', value: holds },
});

/** A column of a reference file. */
const ROW = {
  reference: { name: 'file', says: 'a file', separator: 'comma', key: 'key', columns: [] },
  column: { key: 'column', name: 'Column', type: 'CS' },
} as const;

/** The value of a calculation over values written out, as compiled. */
function compiled(calculation: Calculation, operands: readonly Value[], beside: ExampleBeside = {}): Value {
  const { table, cases, conditions } = beside;
  const parameter: ParameterJson | undefined = table && {
    name: 'table',
    says: 'a table',
    type: 'table',
    values: Object.entries(table).map(([key, value]) => ({ key, value: value as string })),
  };
  const expression: Expression = {
    kind: 'fact',
    type: 'unknown',
    node: {
      file: '',
      pointer: '',
      kind: 'calculation',
      index: 0,
      name: 'example',
      params: {},
      says: 'an example',
      type: 'unknown',
      calculation,
      operands: operands.map((value): Expression => ({ kind: 'literal', type: 'unknown', value })),
      perRecord: true,
      ...(cases && { cases }),
      ...(conditions && { conditions: conditions.map(conditionThat) }),
      ...(parameter && calculation.parts.some(({ kind }) => kind === 'row')
        ? { row: { ...ROW, values: new Map(Object.entries(table ?? {})) } }
        : parameter && { by: { kind: 'parameter', type: 'table', parameter } }),
    },
  };
  return new Compiler().value(expression)(new Evaluation(0, 0, 1));
}

t.test('examples', async (t) => {
  for (const calculation of all) {
    t.ok(calculation.examples.length > 1, `${calculation.name} has examples`);
    for (const [operands, gives, beside] of calculation.examples)
      t.same(
        compiled(calculation, operands.map(absentIfNull), beside),
        absentIfNull(gives),
        `${calculation.name} of ${JSON.stringify(operands)} is ${gives === null ? 'absent' : JSON.stringify(gives)}`,
      );
  }
});

const TYPES: Readonly<Record<string, (value: unknown) => boolean>> = {
  text: (value) => typeof value === 'string',
  day: (value) => typeof value === 'string' && /^\d{8}$/.test(value),
  number: (value) => typeof value === 'number',
  list: (value) => Array.isArray(value),
  flag: (value) => typeof value === 'boolean',
  interval: (value) => typeof value === 'object' && value !== null && 'start' in value,
};

t.test('what a calculation says of its value holds in its examples', async (t) => {
  for (const { name, gives, number, mayBeBlank, examples } of all) {
    const values = examples.map(([, value]) => value).filter((value) => value !== null);
    const isOfType = TYPES[gives];
    if (isOfType) t.ok(values.every(isOfType), `${name} gives ${gives}`);
    else
      t.ok(
        examples.some(([operands, value]) => operands.includes(value)),
        `${name} gives on an operand`,
      );
    t.equal(number === undefined, gives !== 'number', `${name} says which numbers it gives`);
    if (number)
      t.equal(
        values.every((value) => Number(value) >= 0),
        number === 'count',
        `${name} gives a ${number}`,
      );
    t.equal(values.includes(''), mayBeBlank === true, `${name} has an example of a blank if it may give one`);
  }
});

t.test('absent comes of what it says', async (t) => {
  for (const { name, absentIf, examples } of all) {
    const isAbsent = (value: unknown): boolean => value === null;
    const isMissing = (value: unknown): boolean => value === null || !isPresent(value as Value);
    const expected: Readonly<Record<Calculation['absentIf'], (operands: readonly unknown[]) => boolean | undefined>> = {
      never: () => false,
      allMissing: (operands) => operands.every(isMissing),
      anyMissing: (operands) => operands.some(isMissing),
      firstMissing: ([first]) => isMissing(first),
      // Of one that is there it may depend on the others.
      anyAbsent: (operands) => (operands.some(isAbsent) ? undefined : false),
      whatever: () => undefined,
    };
    const outcomes = examples.map(([operands, value]) => ({ operands, found: value === null }));
    t.equal(
      outcomes.some(({ found }) => found),
      absentIf !== 'never',
      `${name} has an example of what is absent if it can be`,
    );
    for (const { operands, found } of outcomes) {
      const so = expected[absentIf](operands);
      if (so !== undefined) t.equal(found, so, `${name} of ${JSON.stringify(operands)} is ${so ? 'absent' : 'there'}`);
    }
    if (absentIf === 'whatever')
      t.ok(
        outcomes.some(({ operands, found }) => found && !operands.some(isMissing)),
        `${name} has an example that is absent although all its operands are there`,
      );
  }
});

const A = { fact: 'a' };
const B = { fact: 'b' };
/** What there may be in any calculation. */
const HOLDS = { ...A, operator: 'equal', value: 'x' };
const WRITTEN = {
  ...{ name: 'n', says: 'it', day: A, days: 31, months: 3, years: 7, monthDay: '09-15', nth: 1, weekday: 'Wednesday' },
  ...{ start: A, end: B, born: A, on: B, of: [A, B], cases: { x: A, y: B } },
  ...{ holds: HOLDS, when: [{ holds: HOLDS, gives: 6 }], otherwise: 7, first: 1, length: 2 },
};

const { end: _, ...withoutEnd } = WRITTEN;

interface Said {
  /** What it is given, in words. */
  readonly operands?: readonly string[];
  readonly lines: readonly string[];
  /** Around the value of the first operand, `A`, and those of the others, `B` and `C`. */
  readonly told?: string;
  /** Place, what becomes of it, and in which words. */
  readonly mistakes?: readonly (readonly [string, unknown, string])[];
}

const leftOut = [
  ['/of', [B], 'Number 1 was left out'],
  ['/of', [A], 'Number 2 was left out'],
] as const;

const SAID: Readonly<Record<string, Said>> = {
  addDays: {
    lines: ['a, plus as many days as this: b'],
    told: 'B days after A',
    mistakes: [
      ['/days', 30, '31 became 30'],
      ['/days', 32, '31 became 32'],
    ],
  },
  addMonths: {
    lines: ['a, plus as many months as this: b'],
    told: 'B months after A',
    mistakes: [
      ['/months', 2, '3 became 2'],
      ['/months', 4, '3 became 4'],
    ],
  },
  addYears: {
    lines: ['a, plus as many years as this: b'],
    told: 'B years after A',
    mistakes: [
      ['/years', 6, '7 became 6'],
      ['/years', 8, '7 became 8'],
    ],
  },
  dayBefore: {
    lines: ['the day before this: a'],
    told: 'the day before A',
    mistakes: [
      ['', { name: 'n', says: 'it', calculate: 'firstPresent', of: [A] }, 'The day before became the day itself'],
    ],
  },
  academicYear: { lines: ['the academic year that holds this day: a'] },
  dayOfAcademicYear: {
    lines: ['the day with the month and day of this: b; in the academic year that holds this day: a'],
    told: 'B in the academic year that holds A',
  },
  firstDayOfAcademicYear: {
    lines: ['the first day of the academic year that holds this day: a'],
    told: 'the first day of the academic year that holds A',
    mistakes: [['/calculate', 'lastDayOfAcademicYear', 'The first day of the academic year became the last']],
  },
  lastDayOfAcademicYear: {
    lines: ['the last day of the academic year that holds this day: a'],
    told: 'the last day of the academic year that holds A',
    mistakes: [['/calculate', 'firstDayOfAcademicYear', 'The last day of the academic year became the first']],
  },
  firstDayOfMonth: {
    lines: ['the first day of the month that holds this day: a'],
    told: 'the first day of the month of A',
    mistakes: [['/calculate', 'lastDayOfMonth', 'The first day of the month became the last']],
  },
  lastDayOfMonth: {
    lines: ['the last day of the month that holds this day: a'],
    told: 'the last day of the month of A',
    mistakes: [['/calculate', 'firstDayOfMonth', 'The last day of the month became the first']],
  },
  nthWeekday: {
    operands: ['a', '1', '"Wednesday"'],
    lines: ['the first Wednesday of the month that holds this day: a'],
    told: 'the first Wednesday of the month of A',
    mistakes: [
      ['/nth', 2, 'The first became the second'],
      ['/weekday', 'Thursday', 'Wednesday became Thursday'],
    ],
  },
  earliest: {
    lines: ['the earliest of these, blanks ignored:', '  * a', '  * b'],
    mistakes: [['/calculate', 'latest', 'The earliest became the latest'], ...leftOut],
  },
  latest: {
    lines: ['the latest of these, blanks ignored:', '  * a', '  * b'],
    mistakes: [['/calculate', 'earliest', 'The latest became the earliest'], ...leftOut],
  },
  firstPresent: {
    lines: ['the first of these that is there:', '  * a', '  * b'],
    mistakes: [...leftOut, ['/of', [B, A], 'Number 2 came before number 1']],
  },
  period: {
    lines: ['the days from this: a; through this: b; open when that is blank or absent'],
    mistakes: [['', withoutEnd, 'The end was left out']],
  },
  intersection: {
    lines: ['the days that both of these hold:', '  * a', '  * b'],
    mistakes: [
      ['/of/0', B, 'Number 1 was left out'],
      ['/of/1', A, 'Number 2 was left out'],
    ],
  },
  daysCounted: { lines: ['how many days are in this, both ends counted: a'] },
  daysElapsed: {
    lines: ['how many days this: b; comes after this: a'],
    told: 'how many days B comes after A',
    mistakes: [['/start', B, '"start" became the same day as the other']],
  },
  age: {
    lines: ['how many full years have passed since this day: a; on this day: b'],
    told: 'the age on B of somebody born on A',
    mistakes: [['/born', B, '"born" became the same day as the other']],
  },
  labels: {
    lines: ['the distinct labels by table of these, in this order:', '  * a', '  * b'],
    mistakes: leftOut,
  },
  countOf: { lines: ['how many there are of these: a'] },
  firstOf: { lines: ['the first of these: a'] },
  partOfText: {
    lines: ['so many characters of a: undefined, from number b on'],
    told: 'the part of A from character B on',
    mistakes: [
      ['/first', 2, '1 became 2'],
      ['/length', 1, '2 became 1'],
      ['/length', 3, '2 became 3'],
    ],
  },
  lookUp: { lines: ['table, in the row for this: a'] },
  choose: {
    lines: ['by a:', '  * `x`: b'],
    mistakes: [
      ['/cases/x', B, '"x" became the same as "y"'],
      ['/cases/y', A, '"y" became the same as "x"'],
    ],
  },
  byCondition: {
    lines: ['the first of these whose condition holds:', '  * a, when c', '  * otherwise b'],
    mistakes: [
      ['/when/0/gives', 7, 'Number 1 gave what "otherwise" gives'],
      ['/when/0/gives', 5, '6 became 5'],
      ['/when/0/gives', 7, '6 became 7'],
      ['/otherwise', 6, '7 became 6'],
      ['/otherwise', 8, '7 became 8'],
    ],
  },
  whether: { lines: ['whether this holds: c'] },
};

t.test('words and mistakes', async (t) => {
  t.same(Object.keys(SAID), [...CALCULATIONS.keys()], 'SAID has every calculation, in the order of index.ts');
  for (const calculation of all) {
    const { name, toldBy } = calculation;
    const { operands = ['a', 'b'], lines, told, mistakes = [] } = SAID[name] as Said;
    t.same(calculation.lines(operands, { table: 'table', cases: ['x'], conditions: ['c'] }), lines, name);
    t.equal(
      typeof toldBy === 'function' ? toldBy('A', operands[1] === 'b' ? 'B' : '1', 'Wednesday') : undefined,
      told,
      `${name}, with values`,
    );
    t.same(
      calculation.mistakes?.(WRITTEN).map(({ pointer, at = pointer, to, says }) => [at, to, says]) ?? [],
      mistakes,
      `${name}, mistaken`,
    );
  }
});
