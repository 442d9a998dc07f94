/** Which comparisons are the reason why a condition came out as it did. */
import t from 'tap';
import { settlingCondition, settlingLeaves } from '#explain/words/settling';
import type { Condition } from '#rulebook/tree/nodes';

const leaf = (pointer: string) => ({ kind: 'leaf', pointer }) as Condition;
const group = (kind: 'all' | 'any', ...of: readonly Condition[]) => ({ kind, of }) as Condition;
const not = (of: Condition) => ({ kind: 'not', of }) as Condition;

/** Leaves that begin with `+` hold. */
function holds(condition: Condition): boolean {
  if (condition.kind === 'leaf') return condition.pointer.startsWith('+');
  if (condition.kind === 'not') return !holds(condition.of);
  return condition.kind === 'all' ? condition.of.every(holds) : condition.of.some(holds);
}
const settling = (condition: Condition): string[] => settlingLeaves(condition, holds).map(({ pointer }) => pointer);

t.test('one child settles an all that fails and an any that holds; all of them settle the others', async (t) => {
  const [a, b, c, d] = [leaf('+a'), leaf('-b'), leaf('+c'), leaf('-d')];
  t.same(settling(group('all', a, c)), ['+a', '+c']);
  t.same(settling(group('all', a, b, d)), ['-b']);
  t.same(settling(group('any', b, a, c)), ['+a']);
  t.same(settling(group('any', b, d)), ['-b', '-d']);
  t.same(settling(not(group('any', b, d))), ['-b', '-d']);
  t.same(settling(group('all', a, group('any', b, c))), ['+a', '+c']);
});

t.test('the condition that alone settled another is found from the outside in', async (t) => {
  const [a, b, c, d] = [leaf('+a'), leaf('-b'), leaf('+c'), leaf('-d')];
  const both = group('any', b, d);
  t.equal(settlingCondition(group('all', a, group('all', c, d)), holds), d);
  t.equal(settlingCondition(group('all', a, both), holds), both, 'where several settle it, what holds them');
  t.equal(settlingCondition(not(group('any', b, a)), holds), a);
});
