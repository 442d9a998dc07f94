/**
 * What a field, the selection or a check reads: its own conditions, and the facts, parameters and intervals below them.
 */
import { ACADEMIC_YEAR_PARAMETER } from '#rulebook/calculations/academic-year';
import type { Rulebook } from '#rulebook/load/assemble';
import type { IntervalJson, ParameterJson } from '#rulebook/load/declarations';
import type { Located } from '#rulebook/resolve/declared';
import type { Condition, FactNode, Node } from '#rulebook/tree/nodes';
import { conditionsOf, factsIn, intervalsIn, nodesIn, parametersIn, partsOf, withThoseRead } from '#rulebook/tree/walk';

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
      ? [
          extract.selection.where,
          ...extract.selection.order.flatMap((entry) => (entry.kind === 'preferring' ? [entry.condition] : [])),
        ]
      : field
        ? conditionsOf(field)
        : checks.checks.filter(({ json }) => json.code === of).map(({ condition }) => condition);
  const roots = field ? partsOf(field) : conditions;
  const parameters = new Set(parametersIn(roots).map(({ name }) => name));
  // The window of a request for an academic year is worked out before any rule is asked.
  if (of === 'selection' || nodesIn(roots).some(isWindow)) parameters.add(ACADEMIC_YEAR_PARAMETER);
  const intervals = intervalsIn(roots);
  return {
    conditions,
    facts: factsIn(roots),
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
  return { ...rulebook, extract: { ...extract, fields: withThoseRead(extract.fields, [number]), laws: [] } };
}

const isWindow = (node: Node): boolean => node.kind === 'context' && node.fact === 'window';
