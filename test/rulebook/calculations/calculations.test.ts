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
import type { Expression } from '#rulebook/tree/nodes';
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
    const keys = parts.flatMap((part) => ('key' in part ? [part.key] : []));
    const own = (fact.then.allOf as OfOneName[]).find(({ if: { properties } }) =>
      [properties.calculate.const, properties.calculate.enum].flat().includes(name),
    );
    t.same(keys.sort(), [...(own?.then.required ?? [])].sort(), `${name} is written with ${keys.join(' and ')}`);
  }
});

/** The value of a calculation over values written out, as compiled. */
function compiled(calculation: Calculation, operands: readonly Value[], { table, cases }: ExampleBeside = {}): Value {
  const parameter: ParameterJson | undefined = table && {
    name: 'table',
    says: 'a table',
    type: 'table',
    values: Object.entries(table).map(([key, value]) => ({ key, value })),
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
      ...(parameter && { by: { kind: 'parameter', type: 'table', parameter } }),
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
const WRITTEN = {
  name: 'n',
  says: 'it',
  day: A,
  years: 7,
  monthDay: '09-15',
  of: [A, B],
  cases: { x: A, y: B },
  start: 1,
  length: 2,
};

interface Said {
  readonly lines: readonly string[];
  /** Around the value of the first operand, `A`, and that of the second, `B`. */
  readonly told?: string;
  /** Place, what becomes of it, and in which words. */
  readonly mistakes?: readonly (readonly [string, unknown, string])[];
}

const leftOut = [
  ['/of', [B], 'Number 1 was left out'],
  ['/of', [A], 'Number 2 was left out'],
] as const;

const SAID: Readonly<Record<string, Said>> = {
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
  intersection: {
    lines: ['the days that both of these hold:', '  * a', '  * b'],
    mistakes: [
      ['/of/0', B, 'Number 1 was left out'],
      ['/of/1', A, 'Number 2 was left out'],
    ],
  },
  daysCounted: { lines: ['how many days are in this, both ends counted: a'] },
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
      ['/start', 2, '1 became 2'],
      ['/length', 1, '2 became 1'],
      ['/length', 3, '2 became 3'],
    ],
  },
  choose: {
    lines: ['by a:', '  * `x`: b'],
    mistakes: [
      ['/cases/x', B, '"x" became the same as "y"'],
      ['/cases/y', A, '"y" became the same as "x"'],
    ],
  },
};

t.test('words and mistakes', async (t) => {
  t.same(Object.keys(SAID), [...CALCULATIONS.keys()], 'SAID has every calculation, in the order of index.ts');
  for (const calculation of all) {
    const { name, toldBy } = calculation;
    const { lines, told, mistakes = [] } = SAID[name] as Said;
    t.same(calculation.lines(['a', 'b'], { table: 'table', cases: ['x'] }), lines, name);
    t.equal(typeof toldBy === 'function' ? toldBy('A', 'B') : undefined, told, `${name}, with values`);
    t.same(
      calculation.mistakes?.(WRITTEN).map(({ pointer, at = pointer, to, says }) => [at, to, says]) ?? [],
      mistakes,
      `${name}, mistaken`,
    );
  }
});
