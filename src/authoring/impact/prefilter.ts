/**
 * Students of whom a glance shows that a change cannot reach them. A look that asks for a column with certain values
 * finds nothing in a history without such a record; when the changed fields come to the same for everybody in whom
 * their looks find nothing, only students with such a record need be evaluated.
 */
import { columnIndex, type Layout, layoutOf } from '#records/layout';
import type { KeptHistory, ValuesOfColumn } from '#records/record';
import type { Rulebook } from '#rulebook/load/assemble';
import type { ParameterJson } from '#rulebook/load/declarations';
import { namesValues } from '#rulebook/operators/operator';
import { Numbers } from '#rulebook/tree/identity';
import type { Condition, Expression, Field, LookNode } from '#rulebook/tree/nodes';
import { plain } from '#rulebook/tree/parameter-values';
import { residual } from '#rulebook/tree/settle';
import type { Value } from '#rulebook/tree/values';
import { Canonical } from './canonical.ts';

/** What a look needs a record to have, or it does not find it. */
interface Need {
  readonly recordType: string;
  readonly key: string;
  readonly values: readonly string[];
}

/** Whether the student with this history may be reached. */
export type Glance = (kept: KeptHistory) => boolean;

const NO_WINDOW = { from: '', through: '' };

/**
 * @param fields numbers of the derived fields that differ
 * @returns `undefined` when a glance cannot tell
 */
export function glanceAt(from: Rulebook, to: Rulebook, fields: readonly string[]): Glance | undefined {
  const numbers = new Numbers();
  const needs = new Map<LookNode, Need>();
  const alike = fields.every((number) => {
    const [before, now] = [from, to].map((rulebook) => {
      const field = rulebook.extract.fields.find((f) => f.number === number);
      return field && new Canonical(numbers, rulebook, NO_WINDOW).rules(withoutFinds(field, needs));
    });
    return before !== undefined && before === now;
  });
  return alike && needs.size > 0 ? anyRecord([...needs.values()], from) : undefined;
}

function anyRecord(needs: readonly Need[], { schemas }: Rulebook): Glance {
  const wanted = needs.map(({ recordType, key, values }): ValuesOfColumn => {
    const place = columnIndex(layoutOf(schemas, recordType) as Layout, key);
    return { recordType, key, place, values: new Set(values) };
  });
  return (kept) => wanted.some((values) => kept.anyHas(values));
}

/** The rules of a field for a student in whom looks with needs find nothing; those looks are added to `needs`. */
function withoutFinds({ rules }: Field, needs: Map<LookNode, Need>): Field['rules'] {
  const left: Field['rules'][number][] = [];
  for (const rule of rules) {
    const condition = rule.condition && leftOf(rule.condition, needs);
    if (condition === false) continue;
    const { condition: _, ...always } = rule;
    if (condition === true || condition === undefined) {
      left.push(always);
      break;
    }
    left.push({ ...rule, condition });
  }
  return left;
}

/** What is left of a condition when looks with needs find nothing. */
const leftOf = (condition: Condition, needs: Map<LookNode, Need>): Condition | boolean =>
  residual(condition, ({ left, operator, right }) => {
    const found = nothingFound(left, needs);
    return found && right.kind === 'literal' ? operator.holds(found.value, right.value) : undefined;
  });

/**
 * What an expression comes to when its look finds nothing; `undefined` when it is none that goes by a look with needs.
 */
function nothingFound(e: Expression, needs: Map<LookNode, Need>): { readonly value: Value } | undefined {
  const look = e.kind === 'fact' ? e.node : e.kind === 'record' || e.kind === 'column' ? e.record : undefined;
  if (typeof look !== 'object' || look.kind !== 'look') return undefined;
  const need = needs.get(look) ?? needOf(look);
  if (!need) return undefined;
  needs.set(look, need);
  return { value: look.gives === 'any' ? false : look.gives === 'count' ? 0 : look.aggregate?.ofNothing };
}

function needOf({ from, where }: LookNode): Need | undefined {
  const asked = where?.kind === 'all' ? where.of : where ? [where] : [];
  for (const leaf of asked) {
    if (
      leaf.kind !== 'leaf' ||
      leaf.left.kind !== 'column' ||
      leaf.left.record !== 'record' ||
      isOfLoading(leaf.left.key)
    )
      continue;
    const values = namesValues(leaf.operator) ? valuesOf(leaf.right) : undefined;
    if (values) return { recordType: from, key: leaf.left.key, values };
  }
  return undefined;
}

/** Days of loading stand in the margin of a line, not among its fields. */
const isOfLoading = (key: string): boolean => key === 'uploaded' || key === 'lastUpdated';

/** Every text that the right side of a comparison can be, or hold. */
function valuesOf(right: Expression): readonly string[] | undefined {
  if (right.kind === 'literal') return [right.value].flat().map(String);
  return right.kind === 'parameter' ? textsOf(right.parameter) : undefined;
}

const textsOf = ({ values }: ParameterJson): string[] =>
  values.flatMap(({ value }) => [String(value), plain(String(value))]);
