/** Condition trees with what came of every node. */

import type { Condition, Expression, FactNode } from '#rulebook/tree/nodes';
import { factOf } from '#rulebook/tree/walk';
import { expressionWords, type Glossary, leafWords } from '#rulebook/words/words';
import type { OutcomeWord, Shown, ShownCondition, ShownSide } from './explanation.ts';
import type { Inspector } from './inspector.ts';
import type { RecordView } from './record-view.ts';
import { shownValue, WITHHELD } from './words/values-in-words.ts';

/** What a node came to, as it was recorded or as it is when asked. */
export type Ask = (condition: Condition) => { readonly outcome: OutcomeWord; readonly holds: boolean };

export interface ConditionContext {
  readonly inspector: Inspector;
  readonly glossary: Glossary;
  readonly view: RecordView;
}

const NOT_REACHED = { outcome: 'notReached', holds: false } as const;

/** A fact by name and params: `programAtSchool(program=homelessProgram)`. */
export function factID({ name, params }: FactNode): string {
  const given = Object.entries(params).map(([key, value]) => `${key}=${value}`);
  return given.length ? `${name}(${given.join(', ')})` : name;
}

/** Asks every comparison anew, for conditions of which nothing was recorded. */
export function asking(inspector: Inspector): Ask {
  return (condition) => {
    const holds = inspector.holds(condition);
    const isAbsent = condition.kind === 'leaf' && inspector.value(condition.left) === undefined;
    return { outcome: isAbsent ? 'absent' : holds ? 'true' : 'false', holds };
  };
}

/**
 * A condition as an explanation has it. What a group no longer asks, because the children before have settled it, is
 * not reached.
 * @param inFull whether what is not reached is shown too
 */
export function shownCondition(
  condition: Condition,
  ask: Ask,
  context: ConditionContext,
  inFull = true,
  isReached = true,
): ShownCondition {
  const { outcome, holds } = isReached ? ask(condition) : NOT_REACHED;
  const reached = outcome !== 'notReached';
  const own = { outcome, ...(reached && { holds }), pointer: condition.pointer };
  switch (condition.kind) {
    case 'all':
    case 'any': {
      let isOpen = reached;
      const of: ShownCondition[] = [];
      for (const child of condition.of) {
        if (!isOpen && !inFull) break;
        const shown = shownCondition(child, ask, context, inFull, isOpen);
        of.push(shown);
        if (isOpen && shown.holds === (condition.kind === 'any')) isOpen = false;
      }
      return { ...own, kind: condition.kind, of };
    }
    case 'not':
      return { ...own, kind: 'not', of: shownCondition(condition.of, ask, context, inFull, reached) };
    case 'leaf': {
      const { left, operator, right } = condition;
      const nodes = reached ? [left, right].flatMap((side) => factOf(side) ?? []) : [];
      return {
        ...own,
        kind: 'leaf',
        says: wordsOf(condition, () => leafWords(condition, context.glossary)),
        operator: operator.name,
        left: shownSide(left, context, reached),
        right: shownSide(right, context, reached),
        facts: [...new Set(nodes.map(factID))],
      };
    }
  }
}

const knownWords = new WeakMap<Condition | Expression, string>();

/** What a node says is the same for all students. */
function wordsOf(node: Condition | Expression, say: () => string): string {
  let words = knownWords.get(node);
  if (words === undefined) {
    words = say();
    knownWords.set(node, words);
  }
  return words;
}

/** An expression in words, with its value unless nobody asked for it. */
export function shownSide(expression: Expression, context: ConditionContext, isAsked = true): ShownSide {
  return {
    says: wordsOf(expression, () => expressionWords(expression, context.glossary)),
    value: isAsked ? sideValue(expression, context) : null,
    ...(expression.type === 'day' && { isDay: true as const }),
  };
}

function sideValue(expression: Expression, { inspector, view }: ConditionContext): Shown {
  return isWithheld(expression, inspector, view) ? WITHHELD : shownValue(inspector.value(expression));
}

/** Whether an expression is a column that the reader may not see, or a text made from one. */
export function isWithheld(e: Expression, inspector: Inspector, view: RecordView): boolean {
  if (e.kind === 'column') {
    const record = inspector.record(e.record);
    return record !== undefined && view.value(record, e.key) === undefined;
  }
  if (e.kind !== 'fact' || e.node.kind !== 'calculation' || (e.type !== 'text' && e.type !== 'list')) return false;
  return e.node.operands.some((operand) => isWithheld(operand, inspector, view));
}
