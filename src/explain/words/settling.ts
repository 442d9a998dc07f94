/** Which comparisons of a condition are the reason why it came out as it did. */
import type { Condition, Leaf } from '#rulebook/tree/nodes';

/** How a condition came out. */
export type Holds = (condition: Condition) => boolean;

/** The comparisons that settled how a condition came out. */
export function settlingLeaves(condition: Condition, holds: Holds): Leaf[] {
  if (condition.kind === 'leaf') return [condition];
  if (condition.kind === 'not') return settlingLeaves(condition.of, holds);
  const so = holds(condition);
  // One child settles an `all` that fails and an `any` that holds; all of them settle the others.
  const settling =
    so === (condition.kind === 'all') ? condition.of : condition.of.filter((child) => holds(child) === so).slice(0, 1);
  return settling.flatMap((child) => settlingLeaves(child, holds));
}

/** The first condition, from the outside in, that alone settled how a condition came out. */
export function settlingCondition(condition: Condition, holds: Holds): Condition {
  if (condition.kind === 'leaf') return condition;
  if (condition.kind === 'not') return settlingCondition(condition.of, holds);
  const so = holds(condition);
  if (so === (condition.kind === 'all')) return condition;
  const first = condition.of.find((child) => holds(child) === so);
  return first ? settlingCondition(first, holds) : condition;
}
