/** What a calculation is given, by the parts that its file declares. */
import { isMonthAndDay } from '#records/days';
import type { Calculation, Part, Written } from '../calculations/calculation.ts';
import { CALCULATIONS } from '../calculations/index.ts';
import type { CalculationJson, ConditionJson, Reference } from '../load/declarations.ts';
import type { CalculationNode, Condition, Expression, ParameterExpression, Place, RowColumn } from '../tree/nodes.ts';
import type { ValueType } from '../tree/values.ts';
import { resolveCondition } from './conditions.ts';
import { at, type Located } from './declared.ts';
import { rowNamed, typeInRow } from './reference-rows.ts';
import { resolveParameter, resolveValue } from './references.ts';
import type { Resolution } from './resolution.ts';
import type { Scope } from './scope.ts';
import { dayWrittenOut, fits, foundType, oneOf } from './types.ts';

type Made = Pick<CalculationNode, 'calculation' | 'type' | 'operands' | 'cases' | 'conditions' | 'by' | 'row'>;

/** A calculation with its operands, in the order of its parts, and the type of what it gives. */
export function operandsOf(resolution: Resolution, declared: Located<CalculationJson>, scope: Scope): Made {
  const calculation = CALCULATIONS.get(declared.json.calculate) as Calculation;
  const parts = new Parts(resolution, declared, scope);
  for (const part of calculation.parts) parts.add(part);
  return { calculation, ...parts.made(calculation.gives) };
}

/** One of the conditions of a calculation, and what it gives. */
interface RuleOfCalculation {
  readonly holds: ConditionJson;
  readonly gives: unknown;
}

/** What a calculation is made with, part by part. */
class Parts {
  readonly #resolution: Resolution;
  readonly #declared: Located<CalculationJson>;
  readonly #scope: Scope;
  readonly #operands: Expression[] = [];
  /** Those of a list, of cases or of conditions. */
  #several: readonly Expression[] = [];
  #cases: readonly string[] | undefined;
  #conditions: readonly Condition[] | undefined;
  #by: ParameterExpression | undefined;
  #row: RowColumn | undefined;

  constructor(resolution: Resolution, declared: Located<CalculationJson>, scope: Scope) {
    this.#resolution = resolution;
    this.#declared = declared;
    this.#scope = scope;
  }

  add(part: Part): void {
    if (part.kind === 'parameter') {
      const reference = { fact: 'parameter', params: { name: part.name } };
      this.#operands.push(resolveParameter(this.#resolution, reference, this.#scope, this.#declared));
      return;
    }
    const place = at(this.#declared, `/${part.key}`);
    const value = (this.#declared.json as Written)[part.key];
    switch (part.kind) {
      case 'table':
        this.#by = tableNamed(this.#resolution, value, this.#scope, place);
        return;
      case 'row':
        this.#row = rowNamed(this.#resolution, this.#declared, part);
        return;
      case 'condition':
        this.#conditions = [this.#condition(value as ConditionJson, place)];
        return;
      case 'rules':
        this.#addRules(value as readonly RuleOfCalculation[], part.takes, place);
        return;
      case 'operand':
        if (!part.isOptional || value !== undefined) this.#addOperand(value, part, place);
        return;
      case 'cases':
        this.#cases = Object.keys(value as object);
        checkCases(this.#resolution, this.#operands.at(-1), this.#cases, place);
        this.#addSeveral(value as object, part.takes, place);
        return;
      case 'list':
        this.#addSeveral(value as object, part.takes, place);
        if (part.isOfOneType) this.#typeOf(this.#several, (i) => at(place, `/${i}`));
    }
  }

  /** @param gives the type of its value; `same`: that of its list, its cases or what its conditions give */
  made(gives: Calculation['gives']): Omit<Made, 'calculation'> {
    const [cases, conditions, by] = [this.#cases, this.#conditions, this.#by];
    const same = (): ValueType =>
      conditions
        ? this.#typeOf(this.#operands, (i) =>
            at(this.#declared, i < conditions.length ? `/when/${i}/gives` : '/otherwise'),
          )
        : (this.#several[0]?.type ?? (this.#row ? typeInRow(this.#row.column) : 'text'));
    return {
      type: gives === 'same' ? same() : gives,
      operands: this.#operands,
      ...(cases && { cases }),
      ...(conditions && { conditions }),
      ...(by && { by }),
      ...(this.#row && { row: this.#row }),
    };
  }

  #condition(json: ConditionJson, place: Place): Condition {
    return resolveCondition(this.#resolution, json, this.#scope, place);
  }

  #addRules(rules: readonly RuleOfCalculation[], takes: readonly ValueType[], place: Place): void {
    this.#conditions = rules.map(({ holds }, i) => this.#condition(holds, at(place, `/${i}/holds`)));
    this.#operands.push(...rules.map(({ gives }, i) => this.#value(gives, takes, at(place, `/${i}/gives`))));
  }

  #addOperand(value: unknown, part: Extract<Part, { kind: 'operand' }>, place: Place): void {
    const expression = this.#value(value, part.takes, place);
    this.#operands.push(part.isMonthAndDay ? monthAndDay(this.#resolution, expression, place) : expression);
  }

  #addSeveral(values: object, takes: readonly ValueType[], place: Place): void {
    this.#several = Object.entries(values).map(([key, value]) => this.#value(value, takes, at(place, `/${key}`)));
    this.#operands.push(...this.#several);
  }

  #value(json: unknown, takes: readonly ValueType[], place: Place): Expression {
    const written = resolveValue(this.#resolution, json, this.#scope, place);
    const expression = dayWrittenOut(written, takes, (message) => this.#resolution.found(place, message));
    if (!fits(expression, takes))
      this.#resolution.found(
        place,
        `"${this.#declared.json.calculate}" takes ${oneOf(takes)} here, but ${foundType(expression, takes)}`,
      );
    return expression;
  }

  /** The type that all of these must have: what is written out fits in where a day is looked up. */
  #typeOf(operands: readonly Expression[], placeOf: (i: number) => Place): ValueType {
    const decides = Math.max(
      operands.findIndex(({ kind }) => kind !== 'literal'),
      0,
    );
    const type = operands[decides]?.type ?? 'text';
    operands.forEach((operand, i) => {
      if (!fits(operand, [type]))
        this.#resolution.found(
          placeOf(i),
          `"${this.#declared.json.calculate}" takes operands of one type; ${decides === 0 ? 'the first' : `number ${decides + 1}`} is ${oneOf([type])}, this is ${oneOf([operand.type])}`,
        );
    });
    return type;
  }
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
