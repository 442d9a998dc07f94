/** What is settled stays so whatever else becomes known, and what is left says the same as the whole. */
import fc from 'fast-check';
import t from 'tap';
import { OPERATORS, type Operator } from '#rulebook/operators/index';
import type { Condition, Leaf } from '#rulebook/tree/nodes';
import { comesTo, firstOpen, residual } from '#rulebook/tree/settle';
import { leavesIn } from '#rulebook/tree/walk';
import { holds } from '../../support/histories.ts';

const LEAVES = 5;
const place = { file: 'f.json', pointer: '' };
const leaf = (id: number): Leaf => ({
  ...place,
  kind: 'leaf',
  id,
  left: { kind: 'literal', type: 'text', value: '' },
  operator: OPERATORS.get('equal') as Operator,
  right: { kind: 'literal', type: 'text', value: '' },
});
const group = (kind: 'all' | 'any', ...of: readonly Condition[]): Condition => ({ ...place, kind, id: 0, of });
const not = (of: Condition): Condition => ({ ...place, kind: 'not', id: 0, of });

const { condition } = fc.letrec<{ condition: Condition }>((tie) => ({
  condition: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.nat(LEAVES - 1).map(leaf),
    tie('condition').map(not),
    fc
      .tuple(
        fc.constantFrom('all' as const, 'any' as const),
        fc.array(tie('condition'), { minLength: 1, maxLength: 4 }),
      )
      .map(([kind, of]) => group(kind, ...of)),
  ),
}));
/** By the number of a leaf: whether it holds, and whether that is known. */
const outcomes = fc.array(fc.boolean(), { minLength: LEAVES, maxLength: LEAVES });

/** What a condition comes to, as the grammar says it. */
function expected(node: Condition, outcome: readonly boolean[]): boolean {
  switch (node.kind) {
    case 'leaf':
      return outcome[node.id] as boolean;
    case 'not':
      return !expected(node.of, outcome);
    case 'all':
      return node.of.every((child) => expected(child, outcome));
    case 'any':
      return node.of.some((child) => expected(child, outcome));
  }
}

t.test('conditions of which some comparisons are known', async (t) => {
  await holds(
    t,
    'whatever the others come to',
    500,
    fc.property(condition, outcomes, outcomes, (whole, outcome, isKnown) => {
      const known = ({ id }: Leaf): boolean | undefined => (isKnown[id] ? outcome[id] : undefined);
      const left = residual(whole, known);
      const first = firstOpen(whole, known);
      const so = expected(whole, outcome);
      if (comesTo(whole, ({ id }) => outcome[id] as boolean) !== so) throw new Error('all known');
      if (typeof left === 'boolean') {
        if (left !== so) throw new Error('settled, and wrong');
        if (first !== left) throw new Error('settled, and still open');
        return;
      }
      if (expected(left, outcome) !== so) throw new Error('what is left says something else');
      const open = leavesIn([left]);
      if (open.some((one) => known(one) !== undefined)) throw new Error('what is known is still asked');
      if (first !== open[0]) throw new Error('the first that is open');
    }),
  );
});

t.test('what is left is no larger than it has to be', async (t) => {
  const known = ({ id }: Leaf): boolean | undefined => [true, false, undefined][id];
  const [yes, no, open] = [leaf(0), leaf(1), leaf(2)];
  t.equal(residual(open, known), open);
  t.equal(residual(group('all', yes, open), known), open, 'a group of one is that one');
  t.same(residual(group('any', no, open, not(open)), known), group('any', open, not(open)));
  t.same(residual(not(group('all', open, yes, open)), known), not(group('all', open, open)));
  t.equal(residual(group('all', open, no), known), false, 'although something before it is open');
  t.equal(residual(group('any', not(group('any', no)), open), known), true);
});

t.test('no comparison is tried after one that settles its group', async (t) => {
  const tried: number[] = [];
  const conditions = group('all', group('any', leaf(0), leaf(1)), leaf(2), leaf(3));
  comesTo(conditions, ({ id }) => {
    tried.push(id);
    return id === 0;
  });
  t.same(tried, [0, 2]);
});
