/**
 * Why a field has not another value: for each value it could have had, the fewest comparisons that stand in the way,
 * with what they compared.
 */

import type { CompiledRulebook } from '#extract/extractor';
import { isRealDay } from '#records/days';
import type { SourceRecord } from '#records/record';
import { constantOf } from '#rulebook/compile/values';
import { isEquality } from '#rulebook/operators/operator';
import { Identities } from '#rulebook/tree/identity';
import { writtenOut } from '#rulebook/tree/named-conditions';
import type { Condition, Expression, Field, Leaf, LookNode, Place, Rule } from '#rulebook/tree/nodes';
import { comesTo } from '#rulebook/tree/settle';
import { type Interval, isPresent, type Value } from '#rulebook/tree/values';
import { lookOf } from '#rulebook/tree/walk';
import type { ConditionContext } from './condition-tree.ts';
import type { WhyNot } from './explanation.ts';
import type { Inspector } from './inspector.ts';
import { daysBetween } from './what-would-change/edits.ts';
import { reachOf } from './words/comparison-words.ts';
import { PLAIN } from './words/manner.ts';
import type { SentenceWriter } from './words/sentences.ts';
import { because, clauseOf, keyOf, type Statement } from './words/statement.ts';
import { inWords } from './words/values-in-words.ts';

/** Whoever looks for what stands in the way, and who puts it into words. */
export interface Reader {
  readonly inspector: Inspector;
  readonly sentences: SentenceWriter;
}

/** Something that stands in the way, with its place in the rule files. */
export interface Obstacle {
  readonly statement: Statement;
  readonly place: Place;
}

/** A comparison that would have to come out otherwise. */
interface Turned {
  readonly leaf: Leaf;
  readonly identity: Identity;
  /** What it would have to come to. */
  readonly wanted: boolean;
  readonly cost: number;
  readonly obstacles: () => readonly Obstacle[];
}

interface Solution {
  readonly turned: readonly Turned[];
  readonly cost: number;
}

interface Want {
  readonly condition: Condition;
  readonly wanted: boolean;
}

/** A value that the field could have had, and how. */
interface Alternative {
  /** Absent when it would be taken from a record, and nothing is there to take. */
  readonly value: string | undefined;
  readonly rule: Rule;
  readonly cost: number;
  readonly obstacles: () => readonly Obstacle[];
}

// One comparison more weighs more than any difference between two of them, and a code more than any number of days.
const COMPARISON = 1e8;
const CODE = 1e6;
const MOST_DAYS = CODE - 1;
/** What no record can change: parameters, the request. */
const OUT_OF_REACH = COMPARISON / 2;
/** Of the ways in which conditions can come out, so many are looked at; the cheapest come first. */
const MOST_WAYS = 24;

/**
 * For each value that a field could have had instead, the smallest set of comparisons in the way. To be called right
 * after `inspector.evaluate(enrollment)`.
 * @returns one entry for each other value, those with the least in the way first; only a field with one possible value
 * has none
 */
export function whyNot(field: Field, { inspector, glossary }: ConditionContext, sentences: SentenceWriter): WhyNot[] {
  const reader: Reader = { inspector, sentences };
  const isDay = glossary.schemas.output.columns.find((c) => c.no === field.number)?.type === 'DT';
  const byValue = new Map<string | undefined, Alternative>();
  for (const alternative of alternativesOf(field, reader).sort((a, b) => a.cost - b.cost))
    if (!byValue.has(alternative.value)) byValue.set(alternative.value, alternative);
  return [...byValue.values()].map(({ value, rule, obstacles }) => {
    const found = distinct(obstacles());
    const head =
      value === undefined
        ? `No value from ${sentences.sourceOf(rule.value)(PLAIN)}`
        : `Not ${inWords(value, isDay || isRealDay(value))}`;
    return {
      value: value ?? null,
      rule: rule.name,
      sentence: because(
        head,
        found.map(({ statement }) => statement),
        sentences.naming(),
      ),
      inTheWay: found.map(({ statement, place: { file, pointer } }) => ({
        says: sentences.naming().say(clauseOf(statement)) ?? IN_THE_WAY,
        file,
        pointer,
      })),
    };
  });
}

/** What is said of a comparison that no sentence is long enough for. */
const IN_THE_WAY = 'a condition of the rule does not hold';

function distinct(obstacles: readonly Obstacle[]): Obstacle[] {
  return [...new Map(obstacles.map((o) => [keyOf(o.statement), o])).values()];
}

/** Every other value of a field with its cheapest way, in the order of rules. */
function alternativesOf(field: Field, reader: Reader): Alternative[] {
  const { inspector } = reader;
  const present = inspector.field(field.number);
  return field.rules.flatMap((rule, i): Alternative[] => {
    const found = inspector.value(rule.value);
    const isTaken = rule.value.kind !== 'literal' && constantOf(rule.value) === undefined;
    const isMissing = isTaken && !isPresent(found);
    const value = isMissing ? undefined : String(found);
    if (i === present.decided ? !isMissing : value === present.value) return [];
    const wants: Want[] =
      i === present.decided
        ? []
        : field.rules
            .slice(0, i)
            .flatMap((r) => (r.condition ? [{ condition: writtenOut(r.condition), wanted: false }] : []));
    if (i !== present.decided && rule.condition) wants.push({ condition: writtenOut(rule.condition), wanted: true });
    const solution = cheapest(wants, reader);
    if (!solution) return [];
    const missing = isMissing ? whyMissing(rule, reader) : undefined;
    return [
      {
        value,
        rule,
        cost: solution.cost + (missing ? COMPARISON : 0),
        obstacles: () => [...solution.turned.flatMap((t) => t.obstacles()), ...(missing ? missing() : [])],
      },
    ];
  });
}

/** Why the value of a rule is not there to take. */
function whyMissing(rule: Rule, reader: Reader): () => readonly Obstacle[] {
  const absent = absentLook(rule.value, reader.inspector);
  const missing = absent && missingRecord(absent, rule, reader);
  if (missing) return missing.obstacles;
  const { comparisons } = reader.sentences;
  const { value } = rule;
  const record = value.kind === 'column' ? reader.inspector.record(value.record) : undefined;
  return () => [{ statement: record ? comparisons.isValue(value) : comparisons.absence(value), place: rule }];
}

/** The cheapest way in which all wants come true at once; absent when there is none. */
function cheapest(wants: readonly Want[], reader: Reader): Solution | undefined {
  const now: State = { holds: (leaf) => reader.inspector.holds(leaf), isFixed: () => false };
  let ways: Solution[] = [{ turned: [], cost: 0 }];
  for (const want of wants) ways = product(ways, waysOf(want, now, reader));
  const [first] = ways;
  if (!first || first.turned.length === 0) return first;
  let repaired: Solution | undefined;
  for (const way of ways) {
    if (repaired && way.cost >= repaired.cost) return repaired;
    const state = turnedState(way, reader);
    const broken = wants.filter((want) => comesTo(want.condition, state.holds) !== want.wanted);
    if (broken.length === 0) return way;
    // What one comparison mends another rule may break, where both compare the same.
    let again: Solution[] = [way];
    for (const want of broken) again = product(again, waysOf(want, state, reader));
    const mended = again.find((w) =>
      wants.every((want) => comesTo(want.condition, turnedState(w, reader).holds) === want.wanted),
    );
    if (mended && (!repaired || mended.cost < repaired.cost)) repaired = mended;
  }
  return repaired ?? first;
}

/** How comparisons come out when some are turned. */
interface State {
  readonly holds: (leaf: Leaf) => boolean;
  readonly isFixed: (leaf: Leaf) => boolean;
}

function turnedState({ turned }: Solution, reader: Reader): State {
  const { inspector } = reader;
  const numbers = identitiesOf(reader);
  const outcomes = new Map<string, boolean>();
  const values = new Map<number, Value>();
  for (const { leaf, identity, wanted } of turned) {
    const { key, isOpposite } = identity;
    outcomes.set(key, wanted !== isOpposite);
    const constant = constantOf(leaf.right);
    if (wanted && isEquality(leaf.operator) && constant !== undefined)
      values.set(numbers.expression(leaf.left), constant);
  }
  const known = (leaf: Leaf): boolean | undefined => {
    const { key, isOpposite } = identityOf(leaf, reader);
    const outcome = outcomes.get(key);
    if (outcome !== undefined) return outcome !== isOpposite;
    const left = numbers.expression(leaf.left);
    const constant = constantOf(leaf.right);
    return values.has(left) && constant !== undefined ? leaf.operator.holds(values.get(left), constant) : undefined;
  };
  return { holds: (leaf) => known(leaf) ?? inspector.holds(leaf), isFixed: (leaf) => known(leaf) !== undefined };
}

/** The ways in which a condition comes out as wanted, cheapest first; none when what is fixed forbids it. */
function waysOf({ condition, wanted }: Want, state: State, reader: Reader): Solution[] {
  if (condition.kind === 'not') return waysOf({ condition: condition.of, wanted: !wanted }, state, reader);
  if (condition.kind === 'leaf') {
    if (state.holds(condition) === wanted) return [{ turned: [], cost: 0 }];
    if (state.isFixed(condition)) return [];
    const turned = turn(condition, wanted, reader);
    return [{ turned: [turned], cost: turned.cost }];
  }
  const children = condition.of.map((child) => waysOf({ condition: child, wanted }, state, reader));
  if ((condition.kind === 'all') === wanted) return children.reduce(product, [{ turned: [], cost: 0 }]);
  const free = children.flat().find((way) => way.turned.length === 0);
  return free ? [free] : cheapestFirst(children.flat());
}

const cheapestFirst = (ways: Solution[]): Solution[] => ways.sort((a, b) => a.cost - b.cost).slice(0, MOST_WAYS);

/**
 * Every way of the one together with every way of the other; the same comparison counts once, and cannot come out both
 * ways.
 */
function product(a: readonly Solution[], b: readonly Solution[]): Solution[] {
  if (b.length === 1 && b[0]?.turned.length === 0) return [...a];
  return cheapestFirst(a.flatMap((left) => b.flatMap((right) => together(left, right) ?? [])));
}

function together(a: Solution, b: Solution): Solution | undefined {
  if (a.turned.length === 0) return b;
  const turned = [...a.turned];
  for (const one of b.turned) {
    const { key, isOpposite } = one.identity;
    const same = turned.find(({ identity }) => identity.key === key);
    if (!same) turned.push(one);
    else if ((same.wanted !== same.identity.isOpposite) !== (one.wanted !== isOpposite)) return undefined;
  }
  return { turned, cost: turned.reduce((sum, t) => sum + t.cost, 0) };
}

/** What stands in the way of a comparison coming out otherwise. */
function turn(leaf: Leaf, wanted: boolean, reader: Reader): Turned {
  const { inspector } = reader;
  const { left, operator, right } = leaf;
  const identity = identityOf(leaf, reader);
  const of = ({ cost, obstacles }: Pick<Turned, 'cost' | 'obstacles'>): Turned => ({
    leaf,
    identity,
    wanted,
    cost,
    obstacles,
  });
  const look = left.kind === 'fact' || left.kind === 'record' ? lookOf(left) : undefined;
  const asked = look?.type === 'flag' || look?.type === 'record' ? look : undefined;
  if (asked) {
    const value = inspector.value(left);
    if (isPresent(value) && value !== false) return of(foundRecords(asked, leaf, reader));
  }
  const absent = asked ?? absentLook(left, inspector) ?? absentLook(right, inspector);
  const missing = absent && missingRecord(absent, leaf, reader);
  if (missing) return of(missing);
  const own = (): Obstacle => ({ statement: reader.sentences.comparisons.comparison(leaf, !wanted), place: leaf });
  if (left.kind === 'field') {
    const field = inspector.fields.find((f) => f.number === left.number) as Field;
    const to = inspector.value(right);
    const would = ({ value }: Alternative): boolean =>
      value === undefined ? wanted && operator.asks === 'presence' : operator.holds(value || undefined, to) === wanted;
    const [deeper] = alternativesOf(field, reader)
      .filter(would)
      .sort((a, b) => a.cost - b.cost);
    if (deeper) return of({ cost: deeper.cost, obstacles: () => [own(), ...deeper.obstacles()] });
  }
  return of({ cost: COMPARISON + distance(leaf, reader), obstacles: () => [own()] });
}

/**
 * Every record that a look finds would have to be no such record: the one it gives, and those that would take its
 * place.
 */
function foundRecords(look: LookNode, place: Place, reader: Reader): Pick<Turned, 'cost' | 'obstacles'> {
  const { inspector, sentences } = reader;
  const { lookups } = sentences;
  const { where } = look;
  const found = inspector
    .candidates(look)
    .filter((record) => !where || inspector.withRecord(record, () => inspector.holds(where)));
  const given = inspector.found(look);
  const ordered = given ? [given, ...found.filter((record) => record !== given)] : found;
  return {
    cost: COMPARISON * Math.max(found.length, 1),
    obstacles: () =>
      ordered.map((record, i) => ({
        statement: i === 0 ? lookups.found(look, record) : lookups.another(look, record),
        place,
      })),
  };
}

/** The record that comes nearest to being found by a look, and everything that keeps it out. */
export interface Nearest {
  readonly record: SourceRecord;
  readonly cost: number;
  readonly obstacles: () => readonly Obstacle[];
}

/** The record that the fewest comparisons keep out of what a look finds; absent when there is none. */
export function nearestRecord(look: LookNode, reader: Reader): Nearest | undefined {
  const { inspector } = reader;
  const { where } = look;
  let nearest: { readonly record: SourceRecord; readonly way: Solution } | undefined;
  if (where)
    for (const record of inspector.candidates(look)) {
      const way = inspector.withRecord(record, () =>
        cheapest([{ condition: writtenOut(where), wanted: true }], reader),
      );
      if (way && (!nearest || way.cost < nearest.way.cost)) nearest = { record, way };
    }
  if (!nearest) return undefined;
  const { record, way } = nearest;
  const obstacles = () => inspector.withRecord(record, () => way.turned.flatMap((t) => t.obstacles()));
  return { record, cost: way.cost, obstacles };
}

/**
 * Why a look finds nothing: the record that comes nearest to being found, and what keeps it out.
 * @returns nothing when records are found, and none has a value to give
 */
function missingRecord(look: LookNode, place: Place, reader: Reader): Pick<Turned, 'cost' | 'obstacles'> | undefined {
  const { inspector, sentences } = reader;
  const nearest = nearestRecord(look, reader);
  if (!nearest)
    return {
      cost: COMPARISON * 2,
      obstacles: () => [{ statement: sentences.lookups.absent(look), place }],
    };
  // Nothing keeps it out.
  if (nearest.cost === 0) return undefined;
  return {
    cost: nearest.cost,
    obstacles: () => {
      const found = nearest.obstacles();
      const last = found.at(-1);
      if (!last || inspector.candidates(look).length === 1) return found;
      const more = [...(last.statement.more ?? []), sentences.lookups.noneCloser(look)];
      return [...found.slice(0, -1), { ...last, statement: { ...last.statement, more } }];
    },
  };
}

/** A look below an expression that gives no record. */
function absentLook(expression: Expression, inspector: Inspector): LookNode | undefined {
  if (expression.kind === 'fact' && expression.node.kind === 'calculation') {
    if (isPresent(inspector.value(expression))) return undefined;
    for (const operand of expression.node.operands) {
      const absent = absentLook(operand, inspector);
      if (absent) return absent;
    }
    return undefined;
  }
  const look = lookOf(expression);
  if (look?.aggregate) return inspector.fact(look) === undefined ? look : undefined;
  return look?.gives === 'record' && !inspector.found(look) ? look : undefined;
}

/**
 * How far a comparison is from coming out otherwise, in days; whatever is no day is further than any day, and the
 * enrollment itself further still.
 */
function distance({ left, operator, right }: Leaf, { inspector }: Reader): number {
  const reach = reachOf([left, right]);
  if (reach === 0) return OUT_OF_REACH;
  if (reach === 1) return CODE * 2;
  const [a, b] = [inspector.value(left), inspector.value(right)];
  if (left.type === 'day' && typeof a === 'string' && typeof b === 'string') return days(a, b);
  if (operator.asks !== 'overlap' || !a || !b) return CODE;
  const [mine, other] = [a as Interval, b as Interval];
  if (mine.end !== '' && mine.end < mine.start) return days(mine.end, mine.start);
  return mine.end !== '' && mine.end < other.start ? days(mine.end, other.start) : days(mine.start, other.end);
}

const days = (a: string, b: string): number =>
  isRealDay(a) && isRealDay(b) ? Math.min(daysBetween(a, b), MOST_DAYS) : MOST_DAYS;

interface Identity {
  readonly key: string;
  /** Whether the comparison holds when the one named by `key` does not. */
  readonly isOpposite: boolean;
}

const identities = new WeakMap<CompiledRulebook, Identities>();

/** Numbers of expressions, kept for as long as the rulebook. */
function identitiesOf({ inspector: { compiled } }: Reader): Identities {
  let known = identities.get(compiled);
  if (!known) {
    known = new Identities();
    identities.set(compiled, known);
  }
  return known;
}

/** What a comparison compares, so that the same one is known wherever it stands. */
function identityOf({ left, operator, right }: Leaf, reader: Reader): Identity {
  const numbers = identitiesOf(reader);
  const { name, opposite = name } = operator;
  const asksPresence = operator.asks === 'presence';
  const isBlank = asksPresence && right.kind === 'literal' && right.value === false;
  // Of two opposites the name that comes first stands for both.
  const isOther = opposite < name;
  const to = asksPresence ? '' : numbers.expression(right);
  return {
    key: `${numbers.expression(left)} ${isOther ? opposite : name} ${to}`,
    isOpposite: isOther || isBlank,
  };
}
