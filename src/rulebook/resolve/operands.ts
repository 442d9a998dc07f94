/** What a calculation is given, by the parts that its file declares. */
import { isMonthAndDay } from '#records/days';
import type { Calculation, Written } from '../calculations/calculation.ts';
import { CALCULATIONS } from '../calculations/index.ts';
import type { CalculationJson, Reference } from '../load/declarations.ts';
import type { CalculationNode, Expression, ParameterExpression, Place } from '../tree/nodes.ts';
import type { ValueType } from '../tree/values.ts';
import { at, type Located } from './declared.ts';
import { resolveParameter, resolveValue } from './references.ts';
import type { Resolution } from './resolution.ts';
import type { Scope } from './scope.ts';
import { fits, foundType, oneOf } from './types.ts';

/** A calculation with its operands, in the order of its parts, and the type of what it gives. */
export function operandsOf(
  resolution: Resolution,
  declared: Located<CalculationJson>,
  scope: Scope,
): Pick<CalculationNode, 'calculation' | 'type' | 'operands' | 'cases' | 'by'> {
  const { json } = declared;
  const calculation = CALCULATIONS.get(json.calculate) as Calculation;
  const written: Written = json;
  const operand = (value: unknown, place: Place, wanted: readonly ValueType[]): Expression => {
    const expression = resolveValue(resolution, value, scope, place);
    if (!fits(expression, wanted))
      resolution.found(place, `"${json.calculate}" takes ${oneOf(wanted)} here, but ${foundType(expression, wanted)}`);
    return expression;
  };
  const operands: Expression[] = [];
  let several: readonly Expression[] = [];
  let cases: readonly string[] | undefined;
  let by: ParameterExpression | undefined;
  for (const part of calculation.parts) {
    if (part.kind === 'parameter') {
      operands.push(resolveParameter(resolution, { fact: 'parameter', params: { name: part.name } }, scope, declared));
      continue;
    }
    const place = at(declared, `/${part.key}`);
    const value = written[part.key];
    if (part.kind === 'table') by = tableNamed(resolution, value, scope, place);
    else if (part.kind === 'operand') {
      const expression = operand(value, place, part.takes);
      operands.push(part.isMonthAndDay ? monthAndDay(resolution, expression, place) : expression);
    } else {
      if (part.kind === 'cases') {
        cases = Object.keys(value as object);
        checkCases(resolution, operands.at(-1), cases, place);
      }
      several = Object.entries(value as object).map(([key, one]) => operand(one, at(place, `/${key}`), part.takes));
      if (part.kind === 'list' && part.isOfOneType) checkOneType(resolution, several, json.calculate, place);
      operands.push(...several);
    }
  }
  const type = calculation.gives === 'same' ? (several[0]?.type ?? 'text') : calculation.gives;
  return { calculation, type, operands, ...(cases && { cases }), ...(by && { by }) };
}

/** The table that a part names, or refers to with the day for which it is asked. */
function tableNamed(
  resolution: Resolution,
  written: unknown,
  scope: Scope,
  place: Place,
): ParameterExpression | undefined {
  const ref = typeof written === 'string' ? { fact: 'parameter', params: { name: written } } : (written as Reference);
  if (ref.fact !== 'parameter') {
    resolution.found(
      place,
      'expected the name of a parameter of type table, or a reference to one with "fact": "parameter"',
    );
    return undefined;
  }
  const table = resolveParameter(resolution, ref, scope, place, true);
  return table.kind === 'parameter' ? table : undefined;
}

/** Every choice of a parameter must have its case. */
function checkCases(resolution: Resolution, by: Expression | undefined, cases: readonly string[], place: Place): void {
  const choices = by?.kind === 'parameter' ? (by.parameter.choices ?? []) : [];
  for (const choice of choices)
    if (!cases.includes(choice)) resolution.found(place, `the choice "${choice}" has no case`);
}

function checkOneType(resolution: Resolution, operands: readonly Expression[], name: string, place: Place): void {
  const type = operands[0]?.type ?? 'text';
  operands.forEach((operand, i) => {
    if (!fits(operand, [type]))
      resolution.found(
        at(place, `/${i}`),
        `"${name}" takes operands of one type; the first is ${oneOf([type])}, this is ${oneOf([operand.type])}`,
      );
  });
}

/**
 * Refuses whatever might not be a month and day on the day it is asked for: what a student's record holds is not
 * known before.
 */
function monthAndDay(resolution: Resolution, expression: Expression, place: Place): Expression {
  const values =
    expression.kind === 'literal'
      ? [expression.value]
      : expression.kind === 'parameter'
        ? expression.parameter.values.map(({ value }) => value)
        : undefined;
  if (!values) resolution.found(place, 'expected a month and day, MM-DD, or a parameter of type text that holds one');
  for (const value of values ?? [])
    if (typeof value === 'string' && !isMonthAndDay(value))
      resolution.found(
        place,
        `${expression.kind === 'parameter' ? `the parameter "${expression.parameter.name}" holds` : 'found'} "${value}"; expected a month and day, MM-DD, such as 09-30`,
      );
  return expression;
}
