/** A rulebook with other values of parameters. */
import type { Rulebook } from '#rulebook/load/assemble';
import type { ParameterValue } from '#rulebook/load/declarations';
import { resolveExtract } from '#rulebook/resolve/resolve';
import { parametersIn, partsOf } from '#rulebook/tree/walk';

/** By name of a parameter: the values that it has. */
export type ParameterValues = ReadonlyMap<string, readonly ParameterValue[]>;

/**
 * The rulebook as it would make extracts with these values; its files and its checks stay as they are.
 * @returns `undefined` for values that the rules cannot have
 */
export function withParameters(rulebook: Rulebook, values: ParameterValues): Rulebook | undefined {
  if (values.size === 0) return rulebook;
  const parameters = new Map(rulebook.declared.parameters);
  for (const [name, own] of values) {
    const located = parameters.get(name);
    if (!located) return undefined;
    parameters.set(name, { ...located, json: { ...located.json, values: own } });
  }
  const declared = { ...rulebook.declared, parameters };
  const { tree: extract, findings } = resolveExtract(declared);
  return findings.length > 0 ? undefined : { ...rulebook, declared, extract };
}

/**
 * Every choice that a parameter with a reading offers and that is not the one in effect on all days. What only checks ask
 * for changes no row.
 */
export function otherChoices({
  declared,
  extract: { selection, fields },
}: Pick<Rulebook, 'declared' | 'extract'>): { name: string; value: string }[] {
  const asked = new Set(parametersIn([selection.where, ...selection.order, ...fields.flatMap(partsOf)]));
  return [...declared.parameters].flatMap(([name, { json }]) => {
    const { choices } = json as { readonly choices?: readonly string[] };
    if (json.type !== 'choice' || !choices || !('reading' in json) || !asked.has(json)) return [];
    const isInEffect = (value: string): boolean => json.values.length === 1 && json.values[0]?.value === value;
    return choices.filter((value) => !isInEffect(value)).map((value) => ({ name, value }));
  });
}
