/** What is known to be the same comes to the same, and what counts is what whoever asks says. */
import fc from 'fast-check';
import t from 'tap';
import { compileForExplanations, Inspector } from '#explain/inspector';
import { requestFacts } from '#extract/request';
import { historyOf, readRecords } from '#records/record';
import type { ParameterJson } from '#rulebook/load/declarations';
import { OPERATORS, type Operator } from '#rulebook/operators/index';
import { Identities, type KnownBy } from '#rulebook/tree/identity';
import type { Condition, Expression, LookNode } from '#rulebook/tree/nodes';
import { conditionsIn, expressionsIn, partsOf } from '#rulebook/tree/walk';
import { bodyFrom, history, holds, request, runDate, SSID } from '../../support/histories.ts';
import { assembled, generatedFiles } from '../../support/rulebooks.ts';

t.test('whatever has the same number has the same value, for any student', async (t) => {
  let compared = 0;
  await holds(
    t,
    'expressions and conditions of fields and selection',
    150,
    fc.property(generatedFiles, history, request, runDate, (files, records, asked, day) => {
      const rulebook = assembled(files);
      const compiled = compileForExplanations(rulebook);
      const inspector = new Inspector(compiled, requestFacts(asked, rulebook), day);
      const rows = inspector.select(historyOf(SSID, readRecords(bodyFrom(records), compiled.plan), compiled.plan));
      const identities = new Identities();
      const roots = [rulebook.extract.selection.where, ...rulebook.extract.fields.flatMap(partsOf)];
      for (const enrollment of rows) {
        inspector.evaluate(enrollment);
        const values = new Map<number, string | undefined>();
        const see = (number: number, value: string | undefined, what: string): void => {
          if (values.has(number)) compared++;
          if (values.has(number) && values.get(number) !== value)
            throw new Error(`${what}: ${value}, and ${values.get(number)}`);
          values.set(number, value);
        };
        for (const e of expressionsIn(roots)) see(identities.expression(e), JSON.stringify(inspector.value(e)), e.kind);
        for (const c of conditionsIn(roots)) see(identities.condition(c), String(inspector.holds(c)), c.pointer);
      }
    }),
  );
  t.ok(compared > 0, `${compared} were compared`);
});

const place = { file: 'f.json', pointer: '' };
const column = (key: string, record: Extract<Expression, { kind: 'column' }>['record'] = 'enrollment'): Expression => ({
  kind: 'column',
  type: 'text',
  record,
  recordType: 'SENR',
  key,
});
const leaf = (key: string, operator = 'equal', pointer = ''): Condition => ({
  ...place,
  pointer,
  kind: 'leaf',
  id: 0,
  left: column(key),
  operator: OPERATORS.get(operator) as Operator,
  right: { kind: 'literal', type: 'text', value: 'x' },
});
const group = (kind: 'all' | 'any', ...of: readonly Condition[]): Condition => ({ ...place, kind, id: 0, of });
const look = (name: string, where: Condition): LookNode => ({
  ...place,
  kind: 'look',
  index: 0,
  name,
  params: {},
  says: name,
  type: 'record',
  from: 'SENR',
  where,
  order: [{ kind: 'loaded', last: true }],
  gives: 'record',
});
const [a, b] = [leaf('a'), leaf('b')];

t.test('places and names do not count', async (t) => {
  const known = new Identities();
  t.equal(known.condition(a), known.condition(leaf('a', 'equal', '/elsewhere')));
  t.not(known.condition(a), known.condition(b));
  t.not(known.condition(a), known.condition(leaf('a', 'notEqual')));
  t.equal(known.expression(column('c', look('one', a))), known.expression(column('c', look('two', a))));
  t.not(known.expression(column('c', look('one', a))), known.expression(column('c', look('one', b))));
});

t.test('the order of conditions counts when it is asked to', async (t) => {
  const byName: KnownBy = { column: (_, key) => key, parameter: ({ name }) => name, field: (number) => number };
  const pairs = [
    [group('all', a, b), group('all', b, a)],
    [group('any', a, b, a), group('any', b, a)],
    [group('any', a), a],
  ] as const;
  for (const [one, other] of pairs) {
    const known = new Identities(byName);
    const inOrder = new Identities({ ...byName, inOrder: true });
    t.equal(known.condition(one), known.condition(other));
    t.not(inOrder.condition(one), inOrder.condition(other));
  }
  const known = new Identities();
  t.not(known.condition(group('all', a, b)), known.condition(group('any', a, b)));
});

t.test('a parameter is known by its name, or by what it is', async (t) => {
  const expression = (name: string, value: string): Expression => {
    const parameter: ParameterJson = { name, says: name, type: 'text', values: [{ value }] };
    return { kind: 'parameter', type: 'text', parameter };
  };
  const same = (by: Partial<KnownBy>, one: Expression, other: Expression): boolean => {
    const known = new Identities({ column: (_, key) => key, parameter: ({ name }) => name, field: (n) => n, ...by });
    return known.expression(one) === known.expression(other);
  };
  const byValues: Partial<KnownBy> = { parameter: ({ values }) => values };
  t.ok(same({}, expression('p', '1'), expression('p', '2')));
  t.notOk(same({}, expression('p', '1'), expression('q', '1')));
  t.notOk(same(byValues, expression('p', '1'), expression('p', '2')));
  t.ok(same(byValues, expression('p', '1'), expression('q', '1')));
});
