/**
 * Between two rulebooks: the old one with some of the differences made in it. What is new in the newer one is there in
 * every variant, since nothing comes of a parameter, a fact or a field before something else asks for it.
 */
import type { OutputColumn } from '#records/layout';
import type { Rulebook } from '#rulebook/load/assemble';
import type { ConditionJson, FieldJson, RuleJson, SelectionJson } from '#rulebook/load/declarations';
import type { Declarations, Located } from '#rulebook/resolve/declared';
import { resolveExtract } from '#rulebook/resolve/resolve';
import type { Compared } from './canonical.ts';
import { conditionPairs, type Difference, SELECTION_PARTS, WHERE } from './declared.ts';

/** Differences that can be made one by one. */
export const isMade = ({ kind, did }: Difference): boolean =>
  kind === 'rule' ||
  kind === 'ruleOrder' ||
  kind === 'selection' ||
  (did === 'changed' && ['parameter', 'fact', 'interval', 'column', 'layout'].includes(kind));

export type Variant = Compared & { readonly declared: Declarations };

/**
 * @param made ids of the differences to be made
 * @param laws that its rows are held to
 * @returns `undefined` when a rulebook with these and no others cannot be used
 */
export function variantOf(
  from: Rulebook,
  to: Rulebook,
  made: ReadonlySet<string>,
  laws: Declarations['laws'] = [],
): Variant | undefined {
  const [a, b] = [from.declared, to.declared];
  const mixed = <T>(kind: string, before: ReadonlyMap<string, T>, now: ReadonlyMap<string, T>): Map<string, T> => {
    const map = new Map(before);
    for (const [name, json] of now) if (!before.has(name) || made.has(`${kind} ${name}`)) map.set(name, json);
    return map;
  };
  const intervals = ({ intervals }: Declarations) => new Map(intervals.map((i) => [`${i.json.of} ${i.json.name}`, i]));
  const layouts = ({ schemas }: Declarations) => new Map(schemas.layouts.map((l) => [l.recordType, l]));
  const columns = ({ schemas }: Declarations) =>
    new Map(schemas.output.columns.map((c): [string, OutputColumn] => [c.no, c]));
  const output = { ...a.schemas.output, columns: [...mixed('column', columns(a), columns(b)).values()] };
  const schemas = { ...a.schemas, layouts: [...mixed('layout', layouts(a), layouts(b)).values()], output };
  const fields = mixed(
    'field',
    new Map(a.fields.map((f) => [f.json.field, f])),
    new Map(b.fields.map((f) => [f.json.field, f])),
  );
  const declared: Declarations = {
    schemas,
    parameters: mixed('parameter', a.parameters, b.parameters),
    facts: mixed('fact', a.facts, b.facts),
    intervals: [...mixed('interval', intervals(a), intervals(b)).values()],
    fields: [...fields.values()].map((field) => fieldWith(field, b.fields, output.columns, made)),
    selection: { ...a.selection, json: selectionWith(a.selection.json, b.selection.json, made) },
    checks: [],
    laws,
    references: mixed('reference', a.references, b.references),
    reports: [],
    horizons: [],
  };
  const { tree: extract, findings } = resolveExtract(declared);
  return findings.length > 0 ? undefined : { schemas, extract, declared };
}

function fieldWith(
  field: Located<FieldJson>,
  others: Declarations['fields'],
  columns: readonly OutputColumn[],
  made: ReadonlySet<string>,
): Located<FieldJson> {
  const { json } = field;
  const now = others.find((other) => other.json.field === json.field)?.json ?? json;
  // A column may have been given another name, which its field then has to know.
  const name = columns.find(({ no }) => no === json.field)?.name ?? json.name;
  return { ...field, json: { ...json, name, rules: rulesWith(json, now, made) } };
}

function rulesWith(
  { field, rules: before }: FieldJson,
  { rules: now }: FieldJson,
  made: ReadonlySet<string>,
): readonly RuleJson[] {
  const isRuleMade = ({ name }: RuleJson): boolean => made.has(`rule ${field} ${name}`);
  const inNow = ({ name }: RuleJson): RuleJson | undefined => now.find((rule) => rule.name === name);
  const rules = before
    .filter((rule) => inNow(rule) || !isRuleMade(rule))
    .map((rule) => (isRuleMade(rule) ? (inNow(rule) ?? rule) : rule));
  if (made.has(`ruleOrder ${field}`)) {
    const inNewOrder = now.flatMap(({ name }) => rules.filter((rule) => rule.name === name));
    for (const [i, rule] of rules.entries()) if (inNow(rule)) rules[i] = inNewOrder.shift() as RuleJson;
  }
  for (const [i, rule] of now.entries()) {
    if (rules.some(({ name }) => name === rule.name) || !isRuleMade(rule)) continue;
    const before = now.slice(0, i).findLast(({ name }) => rules.some((known) => known.name === name));
    rules.splice(rules.findIndex(({ name }) => name === before?.name) + 1, 0, rule);
  }
  return rules;
}

function selectionWith(before: SelectionJson, now: SelectionJson, made: ReadonlySet<string>): SelectionJson {
  const parts = SELECTION_PARTS.filter((part) => made.has(`selection ${part}`)).map(
    (part) => [part, now[part]] as const,
  );
  return { ...before, where: whereWith(before, now, made), ...Object.fromEntries(parts) };
}

function whereWith(before: SelectionJson, now: SelectionJson, made: ReadonlySet<string>): ConditionJson {
  const pairs = conditionPairs(before, now);
  if (!pairs) return made.has(`selection ${WHERE}`) ? now.where : before.where;
  const [old, fresh] = [before.where, now.where].map((where) => ('all' in where ? where.all : [])) as [
    readonly ConditionJson[],
    readonly ConditionJson[],
  ];
  const gone = new Set<number>();
  const come: number[] = [];
  for (const [a, b] of pairs) {
    const part = a === undefined ? `+${b}` : b === undefined ? `-${a}` : `${a}>${b}`;
    if (!made.has(`selection ${WHERE} ${part}`)) continue;
    if (a !== undefined) gone.add(a);
    if (b !== undefined) come.push(b);
  }
  // In which order conditions stand that must all hold makes no difference to what is selected.
  return { all: [...old.filter((_, i) => !gone.has(i)), ...come.map((i) => fresh[i] as ConditionJson)] };
}
