/** Conditions: every operator is known, and its sides are of types that it takes. */
import { closest } from '#base/closest';
import type { ConditionJson } from '../load/declarations.ts';
import { OPERATORS, type Operator } from '../operators/index.ts';
import { present } from '../operators/presence.ts';
import type { Condition, Expression, Place } from '../tree/nodes.ts';
import type { ValueType } from '../tree/values.ts';
import { at, only } from './declared.ts';
import { resolveReference, resolveValue } from './references.ts';
import type { Resolution } from './resolution.ts';
import type { Scope } from './scope.ts';
import { daysWrittenOut, dayWrittenOut, fits, foundType, oneOf } from './types.ts';

/** A condition and those below it, numbered in the order of the file. */
export function resolveCondition(resolution: Resolution, json: ConditionJson, scope: Scope, place: Place): Condition {
  const id = resolution.nextCondition();
  if ('all' in json || 'any' in json) {
    const kind = 'all' in json ? 'all' : 'any';
    const children = 'all' in json ? json.all : json.any;
    const of = children.map((child, i) => resolveCondition(resolution, child, scope, at(place, `/${kind}/${i}`)));
    return { ...only(place), kind, id, of };
  }
  if ('not' in json)
    return { ...only(place), kind: 'not', id, of: resolveCondition(resolution, json.not, scope, at(place, '/not')) };
  const left = resolveReference(resolution, json, scope, place);
  const written = resolveValue(resolution, json.value, scope, at(place, '/value'));
  const operator = OPERATORS.get(json.operator);
  if (!operator) {
    resolution.found(
      at(place, '/operator'),
      `unknown operator "${json.operator}".${closest(json.operator, OPERATORS.keys())} docs/operators.md lists them`,
    );
    return { ...only(place), kind: 'leaf', id, left, operator: present, right: written };
  }
  const right =
    left.type === 'day' && operator.asks === 'membership'
      ? daysWrittenOut(written, (i, message) => resolution.found(at(place, `/value/${i}`), message))
      : dayWrittenOut(written, rightOf(operator, left), (message) => resolution.found(at(place, '/value'), message));
  checkSides(resolution, left, operator, right, place);
  return { ...only(place), kind: 'leaf', id, left, operator, right };
}

/** The types that may stand right. */
const rightOf = (operator: Operator, left: Expression): readonly ValueType[] =>
  operator.right === 'same' ? [left.type] : operator.right;

function checkSides(
  resolution: Resolution,
  left: Expression,
  operator: Operator,
  right: Expression,
  place: Place,
): void {
  if (!fits(left, operator.left)) {
    resolution.found(
      at(place, '/operator'),
      `"${operator.name}" takes ${oneOf(operator.left)} on the left, but ${foundType(left, [])}`,
    );
    return;
  }
  const wanted = rightOf(operator, left);
  // A day column compared with `equal` may meet a text and the other way round: both are texts CCYYMMDD.
  const alike =
    operator.right === 'same' &&
    (left.type === 'text'
      ? right.type === 'day'
      : left.type === 'day' && right.type === 'text' && right.kind !== 'literal');
  if (!alike && !fits(right, wanted)) {
    resolution.found(
      at(place, '/value'),
      `"${operator.name}" takes ${oneOf(wanted)} on the right, but ${foundType(right, wanted)}`,
    );
  }
}
