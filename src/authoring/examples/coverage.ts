/**
 * What no example reaches: rules that never decide, and conditions that never come to one of the outcomes they can
 * have.
 */
import type { Schemas } from '#records/layout';
import { OUTCOME } from '#rulebook/compile/evaluation';
import type { Rulebook } from '#rulebook/load/assemble';
import { mayBeAbsent, mayBeBlank } from '#rulebook/tree/absence';
import type { Condition, FactNode } from '#rulebook/tree/nodes';
import { conditionsIn, lookOf } from '#rulebook/tree/walk';
import { conditionWords, type Glossary, glossaryOf, saysOf } from '#rulebook/words/words';
import { entriesOf, type UnreachableEntry } from '../mutants/equivalents.ts';
import { casesOf, type ExampleCase } from './cases.ts';
import { readsOf, subjectsOf } from './reads.ts';
import { Bench, runCase } from './run.ts';

export type OutcomeName = 'true' | 'false' | 'absent';

/** A rule that no example reaches, or an outcome of a condition. */
export interface Gap {
  /** A field's number, `selection`, or a check's code. */
  readonly of: string;
  /** Path of the file in the rulebook, and JSON pointer in it. */
  readonly file: string;
  readonly pointer: string;
  /** Absent for a rule. `absent`: what the condition asks about was not there. */
  readonly outcome?: OutcomeName;
  /** One sentence. */
  readonly says: string;
}

export interface Coverage {
  readonly of: string;
  /** How many rules and outcomes there are, those excused left out, and how many of them the examples reach. */
  readonly total: number;
  readonly reached: number;
  readonly gaps: readonly Gap[];
  /** What cannot be reached, and why, by `rules/equivalent-mutants.json`. */
  readonly excused: readonly { readonly gap: Gap; readonly because: string }[];
  /** Entries of that file about an outcome that is not there, or that an example does reach. */
  readonly stale: readonly UnreachableEntry[];
}

/**
 * What the examples of every field, of the selection and of every check reach of their own rules.
 * @param only some of these; all when not given
 */
export function coverageOf(
  rulebook: Rulebook,
  { only = subjectsOf(rulebook) }: { only?: readonly string[] } = {},
): Coverage[] {
  const cases = casesOf(rulebook);
  const { unreachable } = entriesOf(rulebook);
  const glossary = glossaryOf(rulebook);
  return only.map((of) => {
    const reached = reachedBy(
      rulebook,
      of,
      cases.filter((example) => example.of === of),
    );
    const points = [...rulePoints(rulebook, of), ...outcomePoints(rulebook, of, glossary)];
    const missing = points.filter(({ key }) => !reached.has(key)).map(({ gap }) => gap);
    const entries = unreachable.filter((entry) => entry.of.includes(of));
    const about = (gap: Gap): UnreachableEntry | undefined =>
      entries.find(
        ({ file, pointer, outcome }) => file === gap.file && pointer === gap.pointer && outcome === gap.outcome,
      );
    const excused = missing.flatMap((gap) => {
      const entry = about(gap);
      return entry ? [{ gap, because: entry.because }] : [];
    });
    return {
      of,
      total: points.length - excused.length,
      reached: points.length - missing.length,
      gaps: missing.filter((gap) => !about(gap)),
      excused,
      stale: entries.filter((entry) => !missing.some((gap) => about(gap) === entry)),
    };
  });
}

/** A rule or an outcome, known by a key that stays the same when a case sets parameters of its own. */
interface Point {
  readonly key: string;
  readonly gap: Gap;
}

const ruleKey = (name: string): string => `rule ${name}`;

function rulePoints({ extract }: Rulebook, of: string): Point[] {
  const rules = extract.fields.find(({ number }) => number === of)?.rules ?? [];
  return rules.map(({ name, file, pointer }) => ({
    key: ruleKey(name),
    gap: { of, file, pointer, says: `Rule "${name}" never decides.` },
  }));
}

const OUTCOME_NAMES: Readonly<Record<number, OutcomeName>> = {
  [OUTCOME.true]: 'true',
  [OUTCOME.false]: 'false',
  [OUTCOME.absentTrue]: 'absent',
  [OUTCOME.absentFalse]: 'absent',
};

function reachedBy(rulebook: Rulebook, of: string, cases: readonly ExampleCase[]): ReadonlySet<string> {
  const reached = new Set<string>();
  const bench = new Bench(rulebook, {
    observed: {
      of,
      observerFor: (own) => {
        const keys = new Map(conditionsBelow(own, of).map(({ node, key }) => [node, key]));
        const condition = (node: Condition, outcome: number): void => {
          const key = keys.get(node);
          if (key !== undefined) reached.add(`${key} ${OUTCOME_NAMES[outcome]}`);
        };
        return { condition };
      },
    },
  });
  for (const example of cases) {
    const { found } = runCase(bench, example);
    if (found?.kind === 'field') reached.add(ruleKey(found.rule));
  }
  return reached;
}

interface Known {
  readonly node: Condition;
  readonly key: string;
  /** The fact whose condition it is. */
  readonly fact?: FactNode;
}

/**
 * Every condition below a field, the selection or a check. A check of several record types or columns has each several
 * times, under one key.
 */
function conditionsBelow(rulebook: Rulebook, of: string): Known[] {
  const { conditions, facts } = readsOf(rulebook, of);
  const known = (node: Condition, fact?: FactNode): Known => ({
    node,
    key: `${node.file} ${node.pointer} ${fact ? JSON.stringify(fact.params) : ''}`,
    ...(fact && { fact }),
  });
  return [
    ...conditionsIn(conditions).map((node) => known(node)),
    ...facts.flatMap((fact) => conditionsIn([fact]).map((node) => known(node, fact))),
  ];
}

function outcomePoints(rulebook: Rulebook, of: string, glossary: Glossary): Point[] {
  const there = presences(rulebook, of);
  const points = new Map<string, Point>();
  for (const { node, key, fact } of conditionsBelow(rulebook, of))
    for (const outcome of outcomesOf(node, there.get(node) ?? new Set(), rulebook.schemas)) {
      const where = fact ? ` (in: ${saysOf(fact, glossary)})` : '';
      const says = `Never ${outcome}: ${conditionWords(node, glossary)}${where}.`;
      points.set(`${key} ${outcome}`, {
        key: `${key} ${outcome}`,
        gap: { of, file: node.file, pointer: node.pointer, outcome, says },
      });
    }
  return [...points.values()];
}

/** Looks of which it is settled, when a condition is tried, that they found a record. */
type There = ReadonlySet<FactNode>;

function outcomesOf(node: Condition, there: There, schemas: Schemas): OutcomeName[] {
  if (node.kind !== 'leaf') return ['true', 'false'];
  const { left, operator, right } = node;
  const known = { found: there, schemas };
  const absent: OutcomeName[] = mayBeAbsent(left, known) ? ['absent'] : [];
  if (operator.asks !== 'presence' || right.kind !== 'literal' || mayBeBlank(left, known))
    return ['true', 'false', ...absent];
  return [right.value === true ? 'true' : 'false', ...absent];
}

/** For each condition of a field, the selection or a check: what conditions tried before it have settled. */
function presences(rulebook: Rulebook, of: string): Map<Condition, There> {
  const settled = new Map<Condition, There>();
  const walk = (node: Condition, there: There): void => {
    settled.set(node, there);
    if (node.kind === 'not') walk(node.of, there);
    if (node.kind !== 'all' && node.kind !== 'any') return;
    let known = there;
    for (const child of node.of) {
      walk(child, known);
      known = known.union(thereIf(child, node.kind === 'all'));
    }
  };
  const rules = rulebook.extract.fields.find(({ number }) => number === of)?.rules ?? [];
  let known: There = new Set();
  for (const { condition } of rules) {
    if (!condition) continue;
    walk(condition, known);
    known = known.union(thereIf(condition, false));
  }
  if (rules.length === 0) for (const condition of readsOf(rulebook, of).conditions) walk(condition, new Set());
  return settled;
}

/** The looks that must have found a record if a condition holds, or if it does not. */
function thereIf(node: Condition, holds: boolean): There {
  if (node.kind === 'not') return thereIf(node.of, !holds);
  if (node.kind === 'leaf') {
    const look = lookOf(node.left);
    const whenAbsent =
      node.operator.absent === 'compares'
        ? node.right.kind === 'literal' && node.right.value === false
        : node.operator.absent;
    return look?.gives === 'record' && whenAbsent !== holds ? new Set([look]) : new Set();
  }
  const parts = node.of.map((child) => thereIf(child, holds));
  const everyPart = (node.kind === 'all') === holds;
  return parts.reduce((a, b) => (everyPart ? a.union(b) : a.intersection(b)));
}
