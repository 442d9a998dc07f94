/**
 * Every operator: its own examples, what it makes of blank and absent (docs/rule-grammar.md), and the same of
 * json-rules-engine with this project's operators installed.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Engine } from 'json-rules-engine';
import t from 'tap';
import { LIBRARY_OPERATORS, OPERATORS, type Operator, OWN_OPERATORS } from '#rulebook/operators/index';
import { DELIBERATE_DIFFERENCES } from '#rulebook/second-opinion/differences';
import { installOperators } from '#rulebook/second-opinion/library';
import type { Value } from '#rulebook/tree/values';

const ROOT = join(import.meta.dirname, '../../..');
const all = [...OPERATORS.values()];
const shown = (value: unknown): string => (value === undefined ? 'absent' : JSON.stringify(value));
const absentIfNull = (value: unknown): Value => (value === null ? undefined : (value as Value));

/** What json-rules-engine says, with or without this project's operators. */
async function asked(left: unknown, operator: string, right: unknown, install: boolean): Promise<boolean> {
  const engine = new Engine([], { allowUndefinedFacts: true });
  if (install) installOperators(engine);
  engine.addRule({
    conditions: { all: [{ fact: 'left', operator, value: { fact: 'right' } }] },
    event: { type: 'holds' },
  });
  const { results } = await engine.run({ left, right });
  return results.length === 1;
}

t.test('docs/rule-grammar.md lists the operators there are', async (t) => {
  const page = readFileSync(join(ROOT, 'docs/rule-grammar.md'), 'utf8');
  const table = page.slice(page.indexOf('\n## Operators'), page.indexOf('\n## Parameters'));
  const rows = table.split('\n').filter((line) => line.startsWith('| `'));
  const names = rows.flatMap((row) =>
    [...(row.split('|')[1] as string).matchAll(/`(\w+)`/g)].map((m) => m[1] as string),
  );
  t.same(names.sort(), [...OPERATORS.keys()].sort(), 'its table of operators has a row for each of index.ts');
  const { definitions } = JSON.parse(readFileSync(join(ROOT, 'schemas/grammar/condition.schema.json'), 'utf8'));
  t.same(
    [...definitions.operator.enum].sort(),
    [...OPERATORS.keys()].sort(),
    'schemas/grammar/condition.schema.json has each of index.ts too',
  );
  t.equal(OPERATORS.size, LIBRARY_OPERATORS.length + OWN_OPERATORS.length, 'no name appears twice');
});

t.test('examples', async (t) => {
  for (const { name, holds, bind, examples } of all) {
    t.ok(
      examples.some(([left]) => left === null) &&
        examples.some(([, , outcome]) => outcome) &&
        examples.some(([, , outcome]) => !outcome),
      `${name} has an example that holds, one that does not and one of what is absent`,
    );
    for (const [l, r, expected] of examples) {
      const [left, right] = [absentIfNull(l), absentIfNull(r)];
      const sentence = `${shown(left)} ${name} ${shown(right)}: ${expected}`;
      t.equal(holds(left, right), expected, sentence);
      if (bind && right !== undefined) t.equal(bind(right)(left), expected, `${sentence}, bound`);
      t.equal(await asked(left, name, right, true), expected, `${sentence}, by json-rules-engine`);
    }
  }
});

t.test('opposites and near misses', async (t) => {
  for (const operator of all) {
    const { name, opposite, mistakenFor = [], isNegated, examples } = operator;
    for (const other of mistakenFor)
      t.ok(OPERATORS.has(other) && other !== opposite, `${name} is mistaken for ${other}`);
    if (isNegated) t.ok(opposite, `${name} is the opposite of something`);
    const other = opposite === undefined ? undefined : OPERATORS.get(opposite);
    if (opposite === undefined || !other) {
      t.equal(opposite, undefined, `${name} names an opposite that there is`);
      continue;
    }
    t.equal(other.opposite, name, `${name} and ${opposite} are each other's opposite`);
    t.equal(other.asks, operator.asks, `${name} and ${opposite} ask the same`);
    for (const [left, right, expected] of examples.filter((sides) => !sides.includes(null) && sides[0] !== ''))
      t.equal(other.holds(left as Value, right as Value), !expected, `${shown(left)} ${opposite} ${shown(right)}`);
  }
});

t.test('words between two sides, when it holds and when it does not', async (t) => {
  t.same(
    all.map(({ name, phrases: [holds, fails] }) => `${name}: ${holds} / ${fails}`),
    [
      'equal: is / is not',
      'notEqual: is not / is',
      'in: is one of / is none of',
      'notIn: is none of / is one of',
      'contains: contains / does not contain',
      'doesNotContain: does not contain / contains',
      'lessThan: is less than / is not less than',
      'lessThanInclusive: is at most / is more than',
      'greaterThan: is more than / is not more than',
      'greaterThanInclusive: is at least / is less than',
      'before: is before / is on or after',
      'onOrBefore: is on or before / is after',
      'after: is after / is on or before',
      'onOrAfter: is on or after / is before',
      'overlaps: overlaps / does not overlap',
      'present: is present / is blank or absent',
      'realDay: is a real date / is not a real date',
      'consecutiveYears: is two consecutive years / is not two consecutive years',
      'hasForm: has the form / does not have the form',
      'lacksForm: does not have the form / has the form',
      'longerThan: has more characters than / does not have more characters than',
      'hasControlCharacters: contains control characters / contains no control characters',
      'hasOnly: has only characters of / has other characters than',
      'hasOther: has other characters than / has only characters of',
    ],
  );
});

/** A value of each type that operators take, unlike any other here. */
const SAMPLES: Readonly<Record<string, Value>> = {
  text: '10',
  day: '20230815',
  number: 3,
  flag: true,
  list: ['10', '30'],
  interval: { start: '20230701', end: '20240630' },
  record: true,
};
const sampleOf = (types: Operator['left']): Value => SAMPLES[types[0] as string];
const leftOf = ({ left }: Operator): Value => sampleOf(left);
const rightOf = ({ left, right }: Operator): Value => sampleOf(right === 'same' ? left : right);

/** The table's column "absent", word for word: what holds when the left, the right or both are absent. */
const ABSENT: Readonly<Record<string, boolean>> = { equal: false, notEqual: true, in: false, notIn: true };

t.test('absent', async (t) => {
  for (const operator of all) {
    const { name, holds, bind, absent } = operator;
    const [left, right] = [leftOf(operator), rightOf(operator)];
    if (name === 'present') {
      t.equal(absent, 'compares');
      t.equal(holds(undefined, true), false, 'what is absent is not there');
      t.equal(holds(undefined, false), true, 'what is absent is not there: holds');
      continue;
    }
    const expected = ABSENT[name] ?? false;
    t.equal(absent, expected, `${name} says what it makes of what is absent`);
    t.equal(holds(undefined, right), expected, `${name} of an absent left side`);
    if (bind) t.equal(bind(right)(undefined), expected, `${name} of an absent left side, bound`);
    // The grammar wants true or false written out on the right of a question, so nothing can be absent there.
    if (operator.right !== 'same' && operator.right[0] === 'flag') continue;
    t.equal(holds(left, undefined), expected, `${name} of an absent right side`);
    t.equal(holds(undefined, undefined), expected, `${name} of two absent sides`);
    for (const [l, r] of [
      [undefined, right],
      [left, undefined],
      [undefined, undefined],
    ] as const)
      t.equal(await asked(l, name, r, true), expected, `${shown(l)} ${name} ${shown(r)}, by json-rules-engine`);
  }
});

/** Left, operator, right, outcome: the table's column "blank". */
const BLANK: readonly (readonly [Value, string, Value, boolean])[] = [
  ['', 'equal', '', true],
  ['', 'equal', '10', false],
  ['', 'notEqual', '', false],
  ['10', 'notEqual', '', true],
  ['', 'in', ['10', ''], true],
  ['', 'in', ['10'], false],
  ['', 'notIn', ['10'], true],
  ['', 'notIn', [''], false],
  [[''], 'contains', '', true],
  [['10'], 'contains', '', false],
  [['10'], 'doesNotContain', '', true],
  [[''], 'doesNotContain', '', false],
  ['', 'before', '20230815', false],
  ['20230815', 'before', '', true],
  ['', 'before', '', false],
  ['', 'onOrBefore', '20230815', false],
  ['20230815', 'onOrBefore', '', true],
  ['', 'onOrBefore', '', true],
  ['', 'after', '20230815', true],
  ['20230815', 'after', '', false],
  ['', 'after', '', false],
  ['', 'onOrAfter', '20230815', true],
  ['20230815', 'onOrAfter', '', false],
  ['', 'onOrAfter', '', true],
  [{ start: '20230101', end: '' }, 'overlaps', { start: '20990101', end: '' }, true],
  [{ start: '20230101', end: '' }, 'overlaps', { start: '20220101', end: '20230101' }, true],
  [{ start: '20230101', end: '' }, 'overlaps', { start: '20220101', end: '20221231' }, false],
  [{ start: '20230702', end: '20230701' }, 'overlaps', { start: '20220101', end: '' }, false],
  [{ start: '20220101', end: '' }, 'overlaps', { start: '20230702', end: '20230701' }, false],
  [{ start: '20230702', end: '20230701' }, 'overlaps', { start: '20230702', end: '20230701' }, false],
  ['', 'present', true, false],
  ['', 'present', false, true],
  [[], 'present', true, false],
  [[], 'present', false, true],
  [0, 'present', true, true],
  [false, 'present', true, true],
  [['10'], 'present', true, true],
  [{ start: '20230101', end: '' }, 'present', true, true],
  ...['realDay', 'consecutiveYears', 'hasControlCharacters'].flatMap(
    (name): (readonly [Value, string, Value, boolean])[] => [
      ['', name, true, false],
      ['', name, false, false],
    ],
  ),
  ['', 'hasOnly', 'A', false],
  ['', 'hasOther', 'A', false],
  ['', 'hasForm', '', false],
  ['', 'hasForm', '99', false],
  ['', 'lacksForm', '', false],
  ['', 'lacksForm', '99', false],
  ['', 'longerThan', 0, false],
];

t.test('blank', async (t) => {
  for (const [left, name, right, expected] of BLANK) {
    const { holds, bind } = OPERATORS.get(name) as Operator;
    const sentence = `${shown(left)} ${name} ${shown(right)}: ${expected}`;
    t.equal(holds(left, right), expected, sentence);
    if (bind) t.equal(bind(right)(left), expected, `${sentence}, bound`);
    t.equal(await asked(left, name, right, true), expected, `${sentence}, by json-rules-engine`);
  }
  const covered = new Set(BLANK.map(([, name]) => name));
  t.same(
    all.filter(({ name, left }) => !covered.has(name) && !left.includes('number')).map((o) => o.name),
    [],
    'BLANK says of every operator whose left side may be blank what it makes of one',
  );
});

t.test('deliberate differences from json-rules-engine', async (t) => {
  for (const { name, operator, reason, example } of DELIBERATE_DIFFERENCES) {
    t.ok(reason.length > 20, `${name} has a reason`);
    if (!operator || !example) continue;
    const own = await asked(example.left, operator, example.right, false).catch((error: unknown) =>
      error instanceof TypeError ? 'throws' : Promise.reject(error),
    );
    t.not(own, example.here, `${name} is a difference still: ${operator} of the library gives ${own}`);
    t.equal(await asked(example.left, operator, example.right, true), example.here, `${name} holds here`);
    t.equal(
      OPERATORS.get(operator)?.holds(example.left as Value, example.right as Value),
      example.here,
      `${name} is what ${operator} does when compiled`,
    );
  }
  await t.rejects(
    Promise.resolve().then(
      () => new Engine([{ conditions: { fact: 'a', operator: 'equal', value: 1 } as never, event: { type: 'x' } }]),
    ),
    'a leaf at the root is refused by the library',
  );
});
