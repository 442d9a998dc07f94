/**
 * What a field, the selection or a check reads: its own conditions, and the facts, parameters and intervals below them.
 */
import { ACADEMIC_YEAR_PARAMETER } from '#rulebook/calculations/academic-year';
import type { Rulebook } from '#rulebook/load/assemble';
import type { IntervalJson, ParameterJson } from '#rulebook/load/declarations';
import type { Located } from '#rulebook/resolve/resolver';
import type { Condition, Expression, FactNode, Field, Order } from '#rulebook/tree/nodes';
import { factsIn, parametersIn } from '#rulebook/words/words';

/** What examples can be of: the numbers of all fields, `selection`, the codes of all checks. */
export const subjectsOf = ({ declared }: Rulebook): string[] => [
  ...declared.fields.map(({ json }) => json.field),
  'selection',
  ...declared.checks.map(({ json }) => json.code),
];

export interface Reads {
  /**
   * Its own conditions: those of a field's rules, of the selection with its order, of a check for each record type and
   * column.
   */
  readonly conditions: readonly Condition[];
  readonly facts: readonly FactNode[];
  readonly parameters: readonly Located<ParameterJson>[];
  readonly intervals: readonly Located<IntervalJson>[];
}

/**
 * Follows everything below a field, the selection or a check. Of another field that a field reads only the value
 * counts: its rules are that field's own.
 * @param of a field's number, `selection`, or a check's code
 */
export function readsOf({ declared, extract, checks }: Rulebook, of: string): Reads {
  const field = extract.fields.find(({ number }) => number === of);
  const conditions =
    of === 'selection'
      ? [extract.selection.where, ...extract.selection.order.flatMap(preferred)]
      : field
        ? ownConditions(field)
        : checks.checks.filter(({ json }) => json.code === of).map(({ condition }) => condition);
  const values = field ? field.rules.map(({ value }) => value) : [];
  const facts = factsIn(conditions, values);
  const expressions = [...conditions.flatMap(sides), ...values, ...facts.flatMap(expressionsIn)];
  const parameters = new Set(parametersIn(conditions, values, facts).map(({ name }) => name));
  // The window of a request for an academic year is worked out before any rule is asked.
  if (of === 'selection' || expressions.some(isWindow)) parameters.add(ACADEMIC_YEAR_PARAMETER);
  const intervals = new Set(
    expressions.flatMap((expression) => (expression.kind === 'interval' ? [expression.interval] : [])),
  );
  return {
    conditions,
    facts,
    parameters: [...parameters].flatMap((name) => declared.parameters.get(name) ?? []),
    intervals: declared.intervals.filter(({ json }) => intervals.has(json)),
  };
}

/**
 * The rulebook with no other fields than one and those below it. Nothing else then asks for the facts that they share
 * with other fields.
 */
export function withFieldOnly(rulebook: Rulebook, number: string): Rulebook {
  const { extract } = rulebook;
  const wanted = new Set([number]);
  // Each field stands after those it reads, so going backwards meets every reader first.
  for (const field of extract.fields.toReversed()) {
    if (!wanted.has(field.number)) continue;
    const conditions = ownConditions(field);
    const values = field.rules.map(({ value }) => value);
    for (const expression of [
      ...conditions.flatMap(sides),
      ...values,
      ...factsIn(conditions, values).flatMap(expressionsIn),
    ])
      if (expression.kind === 'field') wanted.add(expression.number);
  }
  return { ...rulebook, extract: { ...extract, fields: extract.fields.filter((field) => wanted.has(field.number)) } };
}

/** A condition and every condition in it, itself first. */
export function nodesOf(condition: Condition): Condition[] {
  if (condition.kind === 'leaf') return [condition];
  return [condition, ...(condition.kind === 'not' ? [condition.of] : condition.of).flatMap(nodesOf)];
}

/** The conditions that a fact tries on records. */
export const factConditions = (fact: FactNode): Condition[] =>
  fact.kind === 'look' ? [...(fact.where ? [fact.where] : []), ...fact.order.flatMap(preferred)] : [];

const ownConditions = ({ rules }: Field): Condition[] =>
  rules.flatMap(({ condition }) => (condition ? [condition] : []));

const preferred = (order: Order): Condition[] => (order.kind === 'preferring' ? [order.condition] : []);

const sides = (condition: Condition): Expression[] =>
  nodesOf(condition).flatMap((node) => (node.kind === 'leaf' ? [node.left, node.right] : []));

const expressionsIn = (fact: FactNode): Expression[] =>
  fact.kind === 'calculation' ? [...fact.operands] : factConditions(fact).flatMap(sides);

const isWindow = (expression: Expression): boolean => expression.kind === 'context' && expression.fact === 'window';
