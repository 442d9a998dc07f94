/** What is remembered of checks tells apart lines of which they say different things, however many columns they read. */
import t from 'tap';
import { remembered } from '#intake/remembered-checks';
import type { CompiledCheck } from '#rulebook/compile/check-program';
import type { Evaluation } from '#rulebook/compile/evaluation';

const MOST = 64;
const X = {} as Evaluation;

for (const columns of [1, 8, 31, 32, 33, MOST])
  t.test(`a check that asks of ${columns} columns whether they are blank`, async (t) => {
    const numbers = new Int32Array(MOST);
    const check: CompiledCheck = {
      json: { code: 'TEST0001', severity: 'reject' } as CompiledCheck['json'],
      column: undefined,
      fails: () => numbers[0] !== 0,
      isOfRetired: false,
      reads: new Map(Array.from({ length: columns }, (_, c) => [c, 'presence'] as const)),
    };
    const { groups, others } = remembered([check], () => false);
    t.equal(groups.length + others.length, 1, 'it is tried in one way');
    const failed = (first: number): readonly CompiledCheck[] => {
      numbers[0] = first;
      const open = others.filter((other) => other.fails(X));
      return [...open, ...groups.flatMap((of) => (of.recall(numbers) ?? of.settle(X, numbers, () => '')).failed)];
    };
    t.same(failed(0), []);
    t.same(failed(1), [check]);
    t.same(failed(0), [], 'as remembered');
  });
