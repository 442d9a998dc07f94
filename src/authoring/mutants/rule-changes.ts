/** Mistakes in the files of fields, of the selection and of checks. */
import type { CheckJson, FieldJson, RuleJson, SelectionJson } from '#rulebook/load/declarations';
import type { Located } from '#rulebook/resolve/declared';
import { type Change, pairs, swapped, without } from './change.ts';
import type { FileWords } from './change-words.ts';
import { columnChanges, conditionChanges } from './condition-changes.ts';
import { orderChanges } from './fact-changes.ts';

export function fieldChanges({ rules }: FieldJson, words: FileWords): Change[] {
  const withConditions = rules.slice(0, -1);
  return [
    ...withConditions.map(
      ({ name }, i): Change => ({
        kind: 'rule',
        pointer: `/rules/${i}`,
        at: '/rules',
        to: without(rules, i),
        says: `Rule "${name}" was left out.`,
      }),
    ),
    ...pairs(withConditions).map((i): Change => {
      const [first, second] = [rules[i] as RuleJson, rules[i + 1] as RuleJson];
      return {
        kind: 'rule',
        pointer: `/rules/${i}`,
        at: '/rules',
        to: swapped(rules, i),
        says: `Rule "${first.name}" was tried after "${second.name}".`,
      };
    }),
    ...rules.flatMap((_, i) => valueChanges(rules, i, words)),
    ...rules.flatMap(({ name, event }, i) =>
      columnChanges(event.params.value, `/rules/${i}/event/params/value`, `what rule "${name}" gives`, words),
    ),
    ...rules.flatMap(({ conditions }, i) =>
      conditions ? conditionChanges(conditions, `/rules/${i}/conditions`, words) : [],
    ),
  ];
}

/** What a rule gives becomes what the next rule with another value gives. */
function valueChanges(rules: readonly RuleJson[], i: number, words: FileWords): Change[] {
  const given = (rule: number): unknown => rules[rule]?.event.params.value;
  const differs = (rule: number): boolean => JSON.stringify(given(rule)) !== JSON.stringify(given(i));
  const other = [...rules.keys().drop(i + 1), ...rules.keys().take(i)].find(differs);
  if (other === undefined) return [];
  const says = `Rule "${rules[i]?.name}" gave what rule "${rules[other]?.name}" gives: ${words.value(other)}, instead of ${words.value(i)}.`;
  return [{ kind: 'value', pointer: `/rules/${i}/event/params/value`, to: given(other), says }];
}

export function selectionChanges({ where, onePer, order, rowOrder }: SelectionJson, words: FileWords): Change[] {
  return [
    ...conditionChanges(where, '/where', words),
    ...onePer.map(
      (key, i): Change => ({
        kind: 'scope',
        pointer: `/onePer/${i}`,
        at: '/onePer',
        to: without(onePer, i),
        says: `One row for each combination without "${key}".`,
      }),
    ),
    ...orderChanges(order, '/order', 'enrollment', words),
    ...rowOrder.map(
      (key, i): Change => ({
        kind: 'order',
        pointer: `/rowOrder/${i}`,
        at: '/rowOrder',
        to: without(rowOrder, i),
        says: `Rows were not sorted by "${key}".`,
      }),
    ),
    ...pairs(rowOrder).map(
      (i): Change => ({
        kind: 'order',
        pointer: `/rowOrder/${i}`,
        at: '/rowOrder',
        to: swapped(rowOrder, i),
        says: `Rows were sorted by "${rowOrder[i + 1]}" before "${rowOrder[i]}".`,
      }),
    ),
  ];
}

/** Of one part of a check; pointers go on from where it stands. */
export function checkChanges(
  { pointer: part, json: { severity, recordTypes, columns = {}, conditions } }: Located<CheckJson>,
  words: FileWords,
): Change[] {
  const other = severity === 'reject' ? 'warn' : 'reject';
  const changes: Change[] = [
    { kind: 'value', pointer: `${part}/severity`, to: other, says: `"${severity}" became "${other}".` },
  ];
  if (recordTypes !== 'all' && recordTypes.length > 1)
    for (const [i, type] of recordTypes.entries())
      changes.push({
        kind: 'scope',
        pointer: `/recordTypes/${i}`,
        at: '/recordTypes',
        to: without(recordTypes, i),
        says: `Records of type ${type} were not examined.`,
      });
  for (const key of ['required', 'closedCodeSet', 'completeCodeSet', 'lengthKnown'] as const) {
    const value = columns[key];
    if (value !== undefined)
      changes.push({
        kind: 'scope',
        pointer: `${part}/columns/${key}`,
        to: !value,
        says: `Of the columns, "${key}" ${value} became ${!value}.`,
      });
  }
  if (columns.type) {
    const type = columns.type === 'CS' ? 'DT' : 'CS';
    changes.push({
      kind: 'scope',
      pointer: `${part}/columns/type`,
      to: type,
      says: `Columns of type ${type} were examined instead of ${columns.type}.`,
    });
  }
  for (const key of ['codeSets', 'keys'] as const) {
    const list = columns[key] ?? [];
    if (list.length > 1)
      for (const [i, name] of list.entries())
        changes.push({
          kind: 'scope',
          pointer: `${part}/columns/${key}/${i}`,
          at: `${part}/columns/${key}`,
          to: without(list, i),
          says: `Of the columns, those of "${name}" were not examined.`,
        });
  }
  const { except = [] } = columns;
  for (const [i, key] of except.entries()) {
    const { except: _, ...rest } = columns;
    const to = except.length > 1 ? { ...rest, except: without(except, i) } : rest;
    changes.push({
      kind: 'scope',
      pointer: `${part}/columns/except/${i}`,
      at: `${part}/columns`,
      to,
      says: `Column "${key}" was examined too.`,
    });
  }
  return [...changes, ...conditionChanges(conditions, `${part}/conditions`, words)];
}
