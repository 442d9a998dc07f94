/** Mistakes in facts: in what a look asks for and which record it prefers, and in calculations. */
import { AGGREGATES } from '#rulebook/aggregates/index';
import type { Mistake } from '#rulebook/calculations/calculation';
import { CALCULATIONS } from '#rulebook/calculations/index';
import type { CalculationJson, ConditionJson, FactJson, LookJson, OrderJson } from '#rulebook/load/declarations';
import { type Change, type MutantKind, pairs, swapped, without } from './change.ts';
import type { FileWords } from './change-words.ts';
import { columnChanges, conditionChanges } from './condition-changes.ts';

export function factChanges(json: FactJson, pointer: string, words: FileWords): Change[] {
  if ('calculate' in json)
    return [...calculationChanges(json, pointer, words), ...operandChanges(json, pointer, words)];
  return [
    ...whereChanges(json, pointer, words),
    ...(json.order ? orderChanges(json.order, `${pointer}/order`, 'record', words) : []),
    ...givenChanges(json, pointer, words),
  ];
}

/** What a look gives of all its records, and what it asks of each. */
function givenChanges(json: LookJson, pointer: string, words: FileWords): Change[] {
  const says = words.fact(pointer);
  return [
    ...written(AGGREGATES.get(json.gives)?.mistakes(json) ?? [], pointer, words),
    ...columnChanges(json.value, `${pointer}/value`, says, words),
    ...columnChanges(json.within, `${pointer}/within`, says, words),
  ];
}

function whereChanges(json: LookJson, pointer: string, words: FileWords): Change[] {
  const { where, ...rest } = json;
  if (!where) return [];
  const place = `${pointer}/where`;
  const changes = conditionChanges(where, place, words);
  // Of a group each part is left out, of a single condition the whole.
  if ('all' in where || 'any' in where) return changes;
  return [
    { kind: 'dropped', pointer: place, at: pointer, to: rest, says: `Left out: ${words.of(place)}.` },
    ...changes,
  ];
}

export function orderChanges(
  order: readonly OrderJson[],
  pointer: string,
  focus: 'record' | 'enrollment',
  words: FileWords,
): Change[] {
  const says = (entry: OrderJson): string => {
    if ('loaded' in entry) return `the one loaded ${entry.loaded}`;
    if ('preferring' in entry) return 'the one preferred';
    const column =
      'greatest' in entry ? `the greatest ${entry.greatest.slice(2)}` : `the least ${entry.least.slice(2)}`;
    return entry.blank === 'first' ? `${column}, a blank first` : column;
  };
  // An order ends with the order of loading, so that entry stays where it is.
  const before = order.slice(0, -1);
  return [
    ...before.map(
      (entry, i): Change => ({
        kind: 'order',
        pointer: `${pointer}/${i}`,
        at: pointer,
        to: without(order, i),
        says: `Left out of the order: ${says(entry)}.`,
      }),
    ),
    ...pairs(before).map((i): Change => {
      const [first, second] = [order[i] as OrderJson, order[i + 1] as OrderJson];
      return {
        kind: 'order',
        pointer: `${pointer}/${i}`,
        at: pointer,
        to: swapped(order, i),
        says: `In the order, ${says(second)} came before ${says(first)}.`,
      };
    }),
    ...order.flatMap((entry, i): Change[] => {
      const place = `${pointer}/${i}`;
      if ('preferring' in entry) return conditionChanges(entry.preferring, `${place}/preferring`, words);
      const turned = turnedRound(entry);
      const change = (kind: MutantKind, to: OrderJson): Change => ({
        kind,
        pointer: place,
        to,
        says: `In the order, ${says(entry)} became ${says(to)}.`,
      });
      if ('loaded' in entry) return [change('order', turned)];
      const key = ('greatest' in entry ? entry.greatest : entry.least).slice(2);
      const twin = words.twin(focus, key);
      // A column that no record may leave blank is as good before blanks as behind them.
      const isRequired = words.isRequired(focus, key);
      return [
        change('order', turned),
        ...(twin === undefined ? [] : [change('column', ofColumn(entry, twin))]),
        ...(isRequired ? [] : [change('order', blankMoved(entry))]),
      ];
    }),
  ];
}

type ColumnOrder = Extract<OrderJson, { greatest: string } | { least: string }>;

function turnedRound(entry: Exclude<OrderJson, { preferring: ConditionJson }>): OrderJson {
  if ('loaded' in entry) return { loaded: entry.loaded === 'last' ? 'first' : 'last' };
  const { blank } = entry;
  return { ...('greatest' in entry ? { least: entry.greatest } : { greatest: entry.least }), ...(blank && { blank }) };
}

const ofColumn = ({ blank, ...entry }: ColumnOrder, key: string): ColumnOrder => ({
  ...('greatest' in entry ? { greatest: `$.${key}` } : { least: `$.${key}` }),
  ...(blank && { blank }),
});

function blankMoved(entry: ColumnOrder): ColumnOrder {
  if (entry.blank !== 'first') return { ...entry, blank: 'first' };
  const { blank: _, ...rest } = entry;
  return rest;
}

function operandChanges(json: CalculationJson, pointer: string, words: FileWords): Change[] {
  const says = words.fact(pointer);
  const { calculate, name: __, says: ___, params: ____, ...operands } = json;
  const parts = CALCULATIONS.get(calculate)?.parts ?? [];
  return Object.entries(operands).flatMap(([key, operand]) => {
    const place = `${pointer}/${key}`;
    const kind = parts.find((part) => 'key' in part && part.key === key)?.kind;
    if (kind === 'condition') return conditionChanges(operand as ConditionJson, place, words);
    if (kind === 'rules')
      return (operand as readonly { holds: ConditionJson; gives: unknown }[]).flatMap(({ holds, gives }, i) => [
        ...conditionChanges(holds, `${place}/${i}/holds`, words),
        ...columnChanges(gives, `${place}/${i}/gives`, says, words),
      ]);
    return operand instanceof Object && !('fact' in operand)
      ? Object.entries(operand).flatMap(([part, each]) => columnChanges(each, `${place}/${part}`, says, words))
      : columnChanges(operand, place, says, words);
  });
}

const calculationChanges = (json: CalculationJson, pointer: string, words: FileWords): Change[] =>
  written(CALCULATIONS.get(json.calculate)?.mistakes?.(json) ?? [], pointer, words);

/** Mistakes in writing a fact, where they stand in its file. */
const written = (mistakes: readonly Mistake[], pointer: string, words: FileWords): Change[] =>
  mistakes.map(({ pointer: place, at = place, to, says }) => ({
    kind: 'calculation',
    pointer: pointer + place,
    at: pointer + at,
    to,
    says: `${says} (in: ${words.fact(pointer)}).`,
  }));
