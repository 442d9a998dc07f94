/** json-rules-engine as this project uses it: its operators, its paths, and the form in which it takes conditions. */
import { Almanac, Engine, type Fact, type TopLevelCondition } from 'json-rules-engine';
import library from 'json-rules-engine/package.json' with { type: 'json' };
import type { ConditionJson, Reference } from '../load/declarations.ts';
import { OWN_OPERATORS } from '../operators/index.ts';
import type { Interval, Value } from '../tree/values.ts';
import { DELIBERATE_DIFFERENCES } from './differences.ts';
import { undashed } from './plain-days.ts';

/** What gives the second opinion. */
export const LIBRARY: { readonly name: string; readonly version: string } = {
  name: library.name,
  version: library.version,
};

// Written again rather than taken from the operators: what blank and open ends mean is what most often goes wrong.
const dayNumber = (day: unknown): number => (day === '' ? Number.POSITIVE_INFINITY : Number(day));
const compareDays = (holds: (left: number, right: number) => boolean) => (left: unknown, right: unknown) =>
  left !== undefined && right !== undefined && holds(dayNumber(left), dayNumber(right));
const WRITTEN_AGAIN: Readonly<Record<string, (left: unknown, right: unknown) => boolean>> = {
  before: compareDays((l, r) => l < r),
  onOrBefore: compareDays((l, r) => l <= r),
  after: compareDays((l, r) => l > r),
  onOrAfter: compareDays((l, r) => l >= r),
  overlaps: (left, right) => {
    if (left === undefined || right === undefined) return false;
    const [a, b] = [left, right] as [Interval, Interval];
    const [aStart, aEnd, bStart, bEnd] = [Number(a.start), dayNumber(a.end), Number(b.start), dayNumber(b.end)];
    return aStart <= aEnd && bStart <= bEnd && aStart <= bEnd && bStart <= aEnd;
  },
};

type Compare = (left: unknown, right: unknown) => boolean;

const replacements: readonly [operator: string, here: boolean][] = DELIBERATE_DIFFERENCES.flatMap(
  ({ operator, example }) => (operator && example ? [[operator, example.here] as [string, boolean]] : []),
);

/**
 * Gives an engine this project's operators. The library's own stay its own but for what happens when a side is absent
 * (DELIBERATE_DIFFERENCES).
 * @param own how an operator of this project compares; written again here when absent
 */
export function installOperators(engine: Engine, own: Readonly<Record<string, Compare>> = WRITTEN_AGAIN): void {
  // Not part of the library's declared interface, and the only way to keep its own comparison where both sides are
  // there.
  const { operators } = engine as unknown as { operators: { get(name: string): { evaluate: Compare } } };
  for (const [name, here] of replacements) {
    const libraryOwn = operators.get(name);
    engine.addOperator(name, (left: unknown, right: unknown) =>
      left === undefined || right === undefined ? here : libraryOwn.evaluate(left, right),
    );
  }
  for (const { name, holds } of OWN_OPERATORS)
    engine.addOperator(name, own[name] ?? ((left: unknown, right: unknown) => holds(left as Value, right as Value)));
}

const DASHED = /^\d{4}-\d{2}-\d{2}$/;

/** The same JSON with days as records have them (`daysWithoutDashes`). */
export const withDaysAsInRecords = (json: unknown): unknown =>
  typeof json === 'string' && DASHED.test(json)
    ? undashed(json)
    : Array.isArray(json)
      ? json.map(withDaysAsInRecords)
      : typeof json === 'object' && json !== null
        ? Object.fromEntries(Object.entries(json).map(([key, value]) => [key, withDaysAsInRecords(value)]))
        : json;

/** Conditions of rule files do not change, and are asked for each record anew. */
const roots = new WeakMap<ConditionJson, TopLevelCondition>();

/** Conditions as the library takes them at the root of a rule (`leafAtRoot`, `otherwise`, `daysWithoutDashes`). */
export function rootOf(conditions: ConditionJson | undefined): TopLevelCondition {
  if (conditions === undefined) return { all: [] };
  let root = roots.get(conditions);
  if (!root) {
    const plain = withDaysAsInRecords(conditions) as ConditionJson;
    root = ('fact' in plain ? { all: [plain] } : plain) as TopLevelCondition;
    roots.set(conditions, root);
  }
  return root;
}

/**
 * Paths are a property of an object here, by the grammar of rules; the library's JSONPath would take a third of the
 * time.
 */
const propertyAt = (value: unknown, path: string): unknown =>
  (value as Record<string, unknown>)[path.slice('$.'.length)];

const OPTIONS = { allowUndefinedFacts: true, replaceFactsInEventParams: true } as const;
// The library keys its cache by a hash of params; facts here are cheap, or kept by their `World`.
export const UNCACHED = { cache: false } as const;

/** Whether a value is to be looked up rather than taken as it stands. */
export const isReference = (value: unknown): value is Reference =>
  typeof value === 'object' && value !== null && 'fact' in value;

/** An engine that knows every operator of this project. */
export function newEngine(): Engine {
  const engine = new Engine([], OPTIONS);
  installOperators(engine);
  return engine;
}

/** An almanac that knows these facts, and under the names of `more` these values. */
export function newAlmanac(facts: readonly Fact[], more: Readonly<Record<string, unknown>>): Almanac {
  const almanac = new Almanac({ allowUndefinedFacts: true, pathResolver: propertyAt });
  for (const fact of facts) almanac.addFact(fact);
  for (const [name, value] of Object.entries(more)) almanac.addFact(name, (() => value) as never, UNCACHED);
  return almanac;
}

/** A value as it stands, or what a reference names. */
export const lookUp = (value: unknown, almanac: Almanac): Promise<unknown> =>
  isReference(value)
    ? almanac.factValue(value.fact, value.params as Record<string, unknown> | undefined, value.path)
    : Promise.resolve(value);
