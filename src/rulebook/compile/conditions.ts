/** Conditions as closures. */
import { mayBeAbsent } from '../tree/absence.ts';
import type { Condition } from '../tree/nodes.ts';
import type { Compiling, Get, Observer, Test } from './compiling.ts';
import { holdsBy, OUTCOME } from './evaluation.ts';
import { compileProbe, compileTest, not, outcomeOf, testOfLook } from './leaves.ts';
import { compileValue } from './values.ts';

/**
 * Whether a condition holds.
 * @param recording whether each node's outcome is written down, for the trace
 */
export function compileCondition(compiling: Compiling, node: Condition, recording: boolean): Test {
  const observe = compiling.observer?.condition;
  if (observe) return observed(compiling, node, observe);
  if (node.kind === 'leaf') {
    if (!recording) return compileTest(compiling, node);
    const { id } = node;
    // Of what can be absent, the outcome must tell absent from false.
    if (!mayBeAbsent(node.left)) {
      const test = compileTest(compiling, node);
      return (x) => {
        const result = test(x);
        x.outcomes[id] = result ? OUTCOME.true : OUTCOME.false;
        return result;
      };
    }
    const ofLook = testOfLook(compiling, node);
    if (ofLook) return ofLook;
    const probe = compileProbe(compiling, node);
    return (x) => {
      const outcome = probe(x);
      x.outcomes[id] = outcome;
      return holdsBy(outcome);
    };
  }
  const test =
    node.kind === 'not'
      ? not(compileCondition(compiling, node.of, recording))
      : compileGroup(compiling, node.kind, node.of, recording);
  if (!recording) return test;
  const { id } = node;
  return (x) => {
    const result = test(x);
    x.outcomes[id] = result ? OUTCOME.true : OUTCOME.false;
    return result;
  };
}

function observed(compiling: Compiling, node: Condition, observe: NonNullable<Observer['condition']>): Test {
  const test =
    node.kind === 'leaf'
      ? compileTest(compiling, node)
      : node.kind === 'not'
        ? not(compileCondition(compiling, node.of, false))
        : compileGroup(compiling, node.kind, node.of, false);
  const left: Get = node.kind === 'leaf' ? compileValue(compiling, node.left) : () => true;
  return (x) => {
    const result = test(x);
    observe(node, outcomeOf(left(x), result));
    return result;
  };
}

function compileGroup(
  compiling: Compiling,
  kind: 'all' | 'any',
  nodes: readonly Condition[],
  recording: boolean,
): Test {
  const tests = nodes.map((node) => compileCondition(compiling, node, recording));
  return kind === 'all' ? allOf(tests) : anyOf(tests);
}

// Unrolled: most groups are small, and a loop over closures costs more than the closures.
function allOf(tests: readonly Test[]): Test {
  const [a, b, c, ...rest] = tests as [Test, Test, Test, ...Test[]];
  if (tests.length === 1) return a;
  if (tests.length === 2) return (x) => a(x) && b(x);
  if (tests.length === 3) return (x) => a(x) && b(x) && c(x);
  const d = allOf(rest);
  return (x) => a(x) && b(x) && c(x) && d(x);
}

function anyOf(tests: readonly Test[]): Test {
  const [a, b, c, ...rest] = tests as [Test, Test, Test, ...Test[]];
  if (tests.length === 1) return a;
  if (tests.length === 2) return (x) => a(x) || b(x);
  if (tests.length === 3) return (x) => a(x) || b(x) || c(x);
  const d = anyOf(rest);
  return (x) => a(x) || b(x) || c(x) || d(x);
}
