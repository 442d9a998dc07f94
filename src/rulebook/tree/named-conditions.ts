/** Conditions that have a name of their own: what is asked of a condition goes through the name to what it stands for. */
import type { Condition, Leaf } from './nodes.ts';

const written = new WeakMap<Condition, Condition>();

/** A condition with those that it asks for by name written out in their place; the same each time it is asked. */
export function writtenOut(condition: Condition): Condition {
  let out = written.get(condition);
  if (!out) {
    out = write(condition);
    written.set(condition, out);
  }
  return out;
}

function write(condition: Condition): Condition {
  switch (condition.kind) {
    case 'leaf': {
      const named = namedBy(condition);
      if (!named) return condition;
      const out = writtenOut(named.condition);
      return named.isSo
        ? out
        : { file: condition.file, pointer: condition.pointer, kind: 'not', id: condition.id, of: out };
    }
    case 'not': {
      const of = writtenOut(condition.of);
      return of === condition.of ? condition : { ...condition, of };
    }
    default: {
      const of = condition.of.map(writtenOut);
      return of.every((child, i) => child === condition.of[i]) ? condition : { ...condition, of };
    }
  }
}

/** The condition whose name a comparison asks for, and whether it is to hold. */
function namedBy({
  left,
  operator,
  right,
}: Leaf): { readonly condition: Condition; readonly isSo: boolean } | undefined {
  if (left.kind !== 'fact' || left.node.kind !== 'calculation' || !left.node.calculation.isCondition) return undefined;
  const [condition] = left.node.conditions ?? [];
  if (!condition || operator.asks !== 'sameness' || right.kind !== 'literal' || typeof right.value !== 'boolean')
    return undefined;
  return { condition, isSo: right.value !== (operator.isNegated === true) };
}
