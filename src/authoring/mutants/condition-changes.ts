/**
 * Mistakes in conditions and references: an operator turned round, a part left out, a code, a day or a column taken for
 * another.
 */
import { dayAfter, dayBefore, isRealDay } from '#records/days';
import { codeSetOf } from '#records/layout';
import type { Rulebook } from '#rulebook/load/assemble';
import type { ConditionJson, LeafJson, Reference } from '#rulebook/load/declarations';
import { OPERATORS } from '#rulebook/operators/index';
import type { Expression } from '#rulebook/tree/nodes';
import { columnOf } from '#rulebook/words/words';
import { type Change, type MutantKind, quotedValue, without } from './change.ts';
import type { FileWords } from './change-words.ts';

/** What an operator is easily mistaken for: the one that differs on the boundary, and its opposite. */
function mistakenFor(name: string): readonly string[] {
  const { mistakenFor = [], opposite } = OPERATORS.get(name) ?? {};
  return opposite === undefined ? mistakenFor : [...mistakenFor, opposite];
}

export function conditionChanges(json: ConditionJson, pointer: string, words: FileWords): Change[] {
  if ('not' in json) {
    const says = `Became its opposite ("not" was left out): ${words.of(pointer)}.`;
    return [{ kind: 'operator', pointer, to: json.not, says }, ...conditionChanges(json.not, `${pointer}/not`, words)];
  }
  if ('all' in json) return groupChanges('all', json.all, pointer, words);
  if ('any' in json) return groupChanges('any', json.any, pointer, words);
  return leafChanges(json, pointer, words);
}

function groupChanges(
  kind: 'all' | 'any',
  children: readonly ConditionJson[],
  pointer: string,
  words: FileWords,
): Change[] {
  const changes: Change[] = [];
  if (children.length > 1) {
    const other = kind === 'all' ? 'any' : 'all';
    changes.push({
      kind: 'group',
      pointer,
      to: { [other]: children },
      says: `"${kind}" became "${other}": ${words.of(pointer)}.`,
    });
    for (const i of children.keys()) {
      const place = `${pointer}/${kind}/${i}`;
      changes.push({
        kind: 'dropped',
        pointer: place,
        at: `${pointer}/${kind}`,
        to: without(children, i),
        says: `Left out: ${words.of(place)}.`,
      });
    }
  }
  return [...changes, ...children.flatMap((child, i) => conditionChanges(child, `${pointer}/${kind}/${i}`, words))];
}

function leafChanges(json: LeafJson, pointer: string, words: FileWords): Change[] {
  const { operator, value } = json;
  const others = mistakenFor(operator);
  const changes = others.map(
    (other): Change => ({
      kind: 'operator',
      pointer,
      at: `${pointer}/operator`,
      to: other,
      says: `${operator} became ${other}: ${words.of(pointer)}.`,
    }),
  );
  // An operator without a counterpart is turned round from outside, one that asks for true or false by its value.
  if (others.length === 0 && typeof value !== 'boolean')
    changes.push({ kind: 'operator', pointer, to: { not: json }, says: `Became its opposite: ${words.of(pointer)}.` });
  const says = words.of(pointer);
  return [
    ...changes,
    ...literalChanges(value, pointer, words),
    ...columnChanges(json, pointer, says, words),
    ...columnChanges(value, `${pointer}/value`, says, words),
  ];
}

/** References to columns, those in params included. */
export function columnChanges(reference: unknown, pointer: string, says: string, words: FileWords): Change[] {
  if (typeof reference !== 'object' || reference === null || !('fact' in reference)) return [];
  const { path, params = {} } = reference as Reference;
  const twin = path === undefined ? undefined : words.twin((reference as Reference).fact, path.slice(2));
  const own: Change[] =
    twin === undefined
      ? []
      : [
          {
            kind: 'column',
            pointer: `${pointer}/path`,
            to: `$.${twin}`,
            says: `"${path?.slice(2)}" became "${twin}": ${says}.`,
          },
        ];
  return [
    ...own,
    ...Object.entries(params).flatMap(([key, param]) => columnChanges(param, `${pointer}/params/${key}`, says, words)),
  ];
}

/** The value of a leaf, as far as it is written out. */
function literalChanges(value: unknown, pointer: string, words: FileWords): Change[] {
  const at = `${pointer}/value`;
  const change = (kind: MutantKind, to: unknown): Change => ({
    kind,
    pointer,
    at,
    to,
    says: `${quotedValue(value)} became ${quotedValue(to)}: ${words.of(pointer)}.`,
  });
  if (typeof value === 'boolean') return [change('value', !value)];
  if (typeof value === 'number') return [change('number', value - 1), change('number', value + 1)];
  if (Array.isArray(value)) {
    const dropped = value.map(
      (item, i): Change => ({
        kind: 'code',
        pointer,
        at,
        to: without(value, i),
        says: `${quotedValue(item)} was left out: ${words.of(pointer)}.`,
      }),
    );
    return value.length > 1 ? dropped : [];
  }
  if (typeof value !== 'string') return [];
  if (isRealDay(value)) return [change('day', dayBefore(value)), change('day', dayAfter(value))];
  const node = words.node(pointer);
  const left = node?.kind === 'leaf' ? node.left : undefined;
  if (left?.kind === 'parameter')
    return (left.parameter.choices ?? []).filter((choice) => choice !== value).map((choice) => change('value', choice));
  const known = left ? wordsFor(left, words.rulebook) : [];
  const next = known[(known.indexOf(value) + 1) % known.length];
  if (next !== undefined && next !== value) return [change('code', next)];
  return value.length > 1 ? [change('value', value.slice(0, -1))] : [];
}

/** The words that may stand on the right of a reference: the codes of a column, what transaction types do. */
function wordsFor(left: Expression, { schemas }: Rulebook): string[] {
  if (left.kind === 'column') {
    const name = columnOf(left.recordType, left.key, schemas)?.codeSet;
    return name === undefined ? [] : (codeSetOf(schemas, name)?.codes ?? []).map(({ code }) => code);
  }
  if (left.kind === 'context' && left.fact === 'transaction')
    return [...new Set((codeSetOf(schemas, 'TransactionType')?.codes ?? []).map(({ does = 'put' }) => does))];
  return [];
}
