/** The one traversal: it comes to every node that a tree holds, and gives them in the order of the rule files. */

import fc from 'fast-check';
import t from 'tap';
import { CALCULATIONS } from '#rulebook/calculations/index';
import { labels } from '#rulebook/calculations/labels';
import type { Rulebook } from '#rulebook/load/assemble';
import { OPERATORS, type Operator } from '#rulebook/operators/index';
import type { Expression, FactNode, Field, LookNode, Node } from '#rulebook/tree/nodes';
import {
  below,
  concerns,
  conditionsIn,
  expressionsIn,
  factOf,
  factsIn,
  fieldsRead,
  intervalsIn,
  leavesIn,
  lookOf,
  looksIn,
  nodesIn,
  parametersIn,
  partsOf,
  rootsOf,
  sourcesOf,
  withThoseRead,
} from '#rulebook/tree/walk';
import { holds, shipped } from '../../support/histories.ts';
import { assembled, generatedFiles } from '../../support/rulebooks.ts';

/** Every kind of node there is: the compiler asks for each. */
const KINDS: Readonly<Record<Node['kind'], true>> = {
  all: true,
  any: true,
  not: true,
  leaf: true,
  literal: true,
  column: true,
  interval: true,
  loaded: true,
  record: true,
  context: true,
  parameter: true,
  codeSet: true,
  fact: true,
  field: true,
  look: true,
  calculation: true,
  greatest: true,
  least: true,
  preferring: true,
};

const isNode = (value: object): value is Node => 'kind' in value && typeof value.kind === 'string';

/** The nodes that are found by looking at every property of everything, without knowing what a node is. */
function nodesByLookingEverywhere(value: unknown, met = new Set<object>()): Set<object> {
  if (typeof value === 'object' && value !== null && !met.has(value)) {
    met.add(value);
    for (const inner of Object.values(value)) nodesByLookingEverywhere(inner, met);
  }
  return met;
}

const namesOf = (nodes: Iterable<Node>): string[] =>
  [...nodes].map((node) => `${node.kind} ${'pointer' in node ? node.file + node.pointer : ''}`);

/** What one way of looking finds and the other does not. */
function missed({ extract, checks }: Rulebook): string[] {
  const walked = new Set(nodesIn(rootsOf({ extract, checks })));
  // What a calculation says of itself stands in no rule file.
  const there = new Set(
    [...nodesByLookingEverywhere([extract, checks], new Set(CALCULATIONS.values()))].filter(isNode),
  );
  return [...namesOf(there.difference(walked)), ...namesOf(walked.difference(there)).map((name) => `${name} is extra`)];
}

const generated = fc.sample(generatedFiles, { numRuns: 40, seed: 1 }).map(assembled);

t.test('every node of a tree is visited, of every kind', async (t) => {
  const kinds = new Set<string>();
  for (const rulebook of [shipped, ...generated]) {
    t.same(missed(rulebook), []);
    for (const { kind } of nodesIn(rootsOf(rulebook))) kinds.add(kind);
  }
  t.same([...kinds].sort(), Object.keys(KINDS).sort(), 'the rulebooks tried have every kind');
  await holds(
    t,
    'so it is in any rulebook',
    60,
    fc.property(generatedFiles, (files) => {
      const found = missed(assembled(files));
      if (found.length) throw new Error(found.join('\n'));
    }),
  );
});

t.test('what stands right below a node is every node that one of its properties holds', async (t) => {
  const heldBy = (node: Node): Node[] =>
    Object.values(node)
      .flat()
      .filter((value): value is Node => typeof value === 'object' && value !== null && isNode(value));
  for (const rulebook of [shipped, ...generated]) {
    const wrong = nodesIn(rootsOf(rulebook)).filter(
      (node) => new Set(heldBy(node)).symmetricDifference(new Set(below(node))).size > 0,
    );
    t.same(namesOf(wrong), []);
  }
});

// A small tree: field 1 asks by way of the calculation `b` for the look `a`, and its value is field 2.
const place = { file: 'f.json', pointer: '' };
const text = (value: string): Expression => ({ kind: 'literal', type: 'text', value });
const interval = { name: 'days', of: 'SENR', start: 's', blankEnd: 'open' } as const;
const P = { name: 'p', says: 'p', type: 'text', values: [] } as const;
const Q = { name: 'q', says: 'q', type: 'text', values: [] } as const;
const T = { name: 't', says: 't', type: 'table', values: [] } as const;
const table = { kind: 'parameter', type: 'table', parameter: T } as const;
const day: Expression = { kind: 'column', type: 'day', record: 'record', recordType: 'SPRG', key: 'day' };
const ofP: Expression = { kind: 'parameter', type: 'text', parameter: P, on: day };
const ofQ: Expression = { kind: 'parameter', type: 'text', parameter: Q };
const operator = OPERATORS.get('equal') as Operator;
const leaf = (id: number, left: Expression, right: Expression = text('x')) =>
  ({ ...place, pointer: `/${id}`, kind: 'leaf', id, left, operator, right }) as const;
const a: LookNode = {
  ...place,
  kind: 'look',
  index: 0,
  name: 'a',
  params: {},
  says: 'a',
  type: 'record',
  from: 'SPRG',
  where: leaf(0, { kind: 'interval', type: 'interval', record: 'record', interval }, ofP),
  order: [
    { kind: 'greatest', by: day, blankFirst: false },
    { kind: 'preferring', condition: leaf(1, day, ofQ) },
    { kind: 'loaded', last: true },
  ],
  gives: 'record',
};
const ofA: Expression = { kind: 'column', type: 'text', record: a, recordType: 'SPRG', key: 'code' };
const b: FactNode = {
  ...place,
  kind: 'calculation',
  index: 1,
  name: 'b',
  params: {},
  says: 'b',
  type: 'text',
  calculation: labels,
  operands: [ofA, ofP],
  by: table,
  perRecord: true,
};
const ofB: Expression = { kind: 'fact', type: 'text', node: b };
const field2: Expression = { kind: 'field', type: 'text', number: '2' };
const group = {
  ...place,
  kind: 'all',
  id: 2,
  of: [leaf(3, ofB), { ...place, kind: 'not', id: 4, of: leaf(5, ofQ) }],
} as const;
const field = (number: string, ...rules: readonly Partial<Field['rules'][number]>[]): Field => ({
  ...place,
  number,
  json: undefined as never,
  rules: rules.map((rule) => ({ ...place, name: 'rule', value: text(''), ...rule })),
});
const field1 = field('1', { condition: group, value: field2 });

t.test('questions that stop at facts', async (t) => {
  t.same(
    conditionsIn([group]).map(({ id }) => id),
    [2, 3, 4, 5],
    'a condition comes before those in it',
  );
  t.same(
    leavesIn([group, a]).map(({ id }) => id),
    [3, 5, 0, 1],
    'of a fact its own: where and order',
  );
  t.same(expressionsIn([group]), [ofB, text('x'), ofQ, text('x')]);
  t.same(expressionsIn([b]), [ofA, ofP, day, table], 'the day of a parameter comes after it');
});

t.test('questions that go by way of facts', async (t) => {
  t.same(factsIn(partsOf(field1)), [b, a], 'in the order in which they are met');
  t.same(factsIn([ofA, ofB]), [a, b], 'each once');
  t.same(looksIn([group]), [a]);
  t.same([...intervalsIn([group])], [interval]);
  t.same(
    parametersIn(partsOf(field1)).map(({ name }) => name),
    ['q', 'p', 't'],
    'those of the conditions themselves first, then those of facts',
  );
});

t.test('single expressions', async (t) => {
  t.equal(factOf(ofB), b);
  t.equal(lookOf(ofB), undefined);
  t.equal(lookOf(ofA), a);
  t.same(sourcesOf(ofB), [ofB, ofA, ofP, day, table], 'through calculations, not through looks');
  t.ok(concerns(ofP, 'record'), 'by the day for which a parameter is asked');
  t.ok(concerns(ofB, 'record'), 'a calculation over the record');
  t.notOk(concerns(ofA, 'record'), 'a column of another record');
  t.notOk(concerns(ofP, 'enrollment'));
});

t.test('fields and those that they read', async (t) => {
  const field2s = field('2', {
    value: { kind: 'fact', type: 'text', node: { ...b, operands: [{ ...field2, number: '3' }] } },
  });
  const [field3, field4] = [field('3', {}), field('4', {})];
  t.same([...fieldsRead(field1)], ['2']);
  t.same([...fieldsRead(field2s)], ['3'], 'by way of a calculation');
  const all = [field3, field4, field2s, field1];
  t.same(
    withThoseRead(all, ['1']).map(({ number }) => number),
    ['3', '2', '1'],
  );
  t.same(
    withThoseRead(all, ['4', '3']).map(({ number }) => number),
    ['3', '4'],
  );
});
