/**
 * Whether conditions can hold together, worked out and not tried out. Each thing that conditions compare is given the
 * few *kinds of value* that the comparisons can tell apart (absent, blank, each value that is compared with it, the
 * days between two of these, anything else), and the kinds are gone through until the conditions hold. What cannot be
 * settled by kinds (the order of two days between the same two, whether a text has a form, whether two intervals
 * overlap) counts as possible either way. So `true` may be said too often and `false` never is: what is proven to be
 * impossible is.
 *
 * Assumed: a column of days holds a day of the calendar or nothing, unless the check in hand is there to find out.
 */
import { dayBefore, isRealDay } from '#records/days';
import { constantOf } from '#rulebook/compile/values';
import type { ParameterJson } from '#rulebook/load/declarations';
import { isQuestion, type Operator } from '#rulebook/operators/operator';
import { mayBeAbsent, mayBeBlank } from '#rulebook/tree/absence';
import type { Identities } from '#rulebook/tree/identity';
import { writtenOut } from '#rulebook/tree/named-conditions';
import type { Condition, Expression, FactNode, Field, Leaf } from '#rulebook/tree/nodes';
import { eras, mayHaveNoValue, ownersIn, parameterOn } from '#rulebook/tree/parameter-values';
import { firstOpen } from '#rulebook/tree/settle';
import type { Interval, Value } from '#rulebook/tree/values';
import { leavesIn } from '#rulebook/tree/walk';
import { lengthOfPart } from './asked-for.ts';

/** A condition, or one that is asked to fail. */
export type Formula = Condition | { readonly fails: Condition };

/** What a proof may take for granted. */
export interface Assumptions {
  /** Fields whose values are known, by number. */
  readonly fields: ReadonlyMap<string, Field>;
  /** Whether columns of days may hold something else: where single values of a line are checked. */
  readonly anyText?: boolean;
  readonly budget: Budget;
}

/**
 * One kind of value: exactly this value, a day or number between two that matter, some other text, or something that is
 * there.
 */
type Kind =
  | { readonly is: 'value'; readonly value: Value }
  | { readonly is: 'between'; readonly like: string | number }
  | { readonly is: 'other' | 'there' };

/** What a comparison comes to: settled, or by the state of something that kinds do not settle. */
type Outcome =
  | boolean
  | { readonly by: string; readonly states: readonly string[]; readonly holdsIn: readonly string[] };

interface Term {
  readonly expression: Expression;
  readonly kinds: readonly Kind[];
  /** Terms of the same look are absent together, because then there is no record. */
  readonly look: string | number | undefined;
}

/** For every undecided thing (a term's number, the name of a state): what is still possible. */
type Possible = ReadonlyMap<number | string, readonly (number | string)[]>;

/**
 * How many comparisons of kinds one question may cost, and all questions about a rulebook together. Whoever runs out
 * has proven nothing.
 */
const MOST_FOR_A_QUESTION = 100_000;
export const newBudget = (): Budget => ({ left: 3_000_000 });
export interface Budget {
  left: number;
}

/** Beyond it nothing is proven: a rule file of that size is not written by people. */
export const MOST_LEAVES = 120;

const ABSENT: Kind = { is: 'value', value: undefined };
const BLANK: Kind = { is: 'value', value: '' };
const CAUTIOUSLY = { cautiously: true } as const;
const YES_NO = ['yes', 'no'] as const;
const ORDER = ['less', 'same', 'greater'] as const;
const TRANSACTIONS: readonly string[] = ['put', 'delete', 'replace'];

/** Proves things about a fixed group of conditions that are tried on the same records at the same time. */
export class Prover {
  readonly #terms: Identities;
  readonly #assumptions: Assumptions;
  readonly #known = new Map<number, Term>();
  readonly #outcomes = new Map<string, Outcome>();
  readonly #constants = new Map<Condition, boolean | undefined>();
  readonly #sides = new Map<Leaf, readonly [number, number]>();
  readonly #texts: readonly string[];
  readonly #days: readonly string[];
  readonly #numbers: readonly number[];
  readonly #oddTexts: boolean;
  readonly #isTooLarge: boolean;
  #floor = 0;

  constructor(conditions: readonly Condition[], terms: Identities, assumptions: Assumptions) {
    this.#terms = terms;
    this.#assumptions = assumptions;
    const leaves = leavesIn(conditions.map(writtenOut));
    this.#isTooLarge = leaves.length > MOST_LEAVES;
    const values = this.#isTooLarge
      ? []
      : leaves.flatMap((leaf) => [leaf.left, leaf.right]).flatMap((side) => this.#valuesOf(side));
    const texts = values.filter((value) => typeof value === 'string' && value !== '') as string[];
    this.#texts = [...new Set(texts)].sort();
    this.#days = this.#texts.filter(isRealDay);
    this.#oddTexts = this.#days.length < this.#texts.length;
    this.#numbers = [...new Set(values.filter((value) => typeof value === 'number'))].sort((a, b) => a - b);
  }

  /** Whether all of these may hold at once. `false` is proven. */
  mayHold(formulas: readonly Formula[]): boolean {
    const { budget } = this.#assumptions;
    if (this.#isTooLarge || budget.left <= 0) return true;
    this.#floor = Math.max(0, budget.left - MOST_FOR_A_QUESTION);
    const search = (possible: Possible): boolean => {
      if (budget.left <= this.#floor) return true;
      let open: Leaf | undefined;
      for (const formula of formulas) {
        const condition = 'fails' in formula ? formula.fails : formula;
        const found = firstOpen(writtenOut(condition), (leaf) => this.#settled(leaf, possible));
        if (typeof found === 'object') open ??= found;
        else if (found === 'fails' in formula) return false;
      }
      return open === undefined || this.#split(open, possible).some(search);
    };
    return search(new Map());
  }

  /**
   * What a condition always comes to when the others hold; `undefined` when that is not known, or when the others can
   * never hold.
   */
  constant(condition: Condition, given: readonly Formula[] = []): boolean | undefined {
    if (given.length > 0) return this.#constant(condition, given);
    if (!this.#constants.has(condition)) this.#constants.set(condition, this.#constant(condition, []));
    return this.#constants.get(condition);
  }

  #constant(condition: Condition, given: readonly Formula[]): boolean | undefined {
    const canHold = this.mayHold([...given, condition]);
    const canFail = this.mayHold([...given, { fails: condition }]);
    return canHold === canFail ? undefined : canHold;
  }

  #settled(leaf: Leaf, possible: Possible): boolean | undefined {
    let settled: boolean | undefined;
    for (const outcome of this.#outcomesOf(leaf, possible)) {
      const states = typeof outcome === 'boolean' ? undefined : (possible.get(outcome.by) ?? outcome.states);
      const comesTo =
        typeof outcome === 'boolean'
          ? [outcome]
          : (states as readonly string[]).map((state) => outcome.holdsIn.includes(state));
      for (const one of comesTo) {
        if (settled !== undefined && settled !== one) return undefined;
        settled = one;
      }
    }
    return settled;
  }

  *#outcomesOf(leaf: Leaf, possible: Possible): Generator<Outcome> {
    const [a, b] = this.#sidesOf(leaf);
    for (const left of this.#kindsLeft(a, possible))
      for (const right of a === b ? [left] : this.#kindsLeft(b, possible)) {
        this.#assumptions.budget.left--;
        yield this.#outcome(leaf, a, left, b, right);
      }
  }

  /** The possibilities divided so that each part knows more about this comparison. */
  #split(leaf: Leaf, possible: Possible): Possible[] {
    const [a, b] = this.#sidesOf(leaf);
    for (const [side, other] of [
      [a, b],
      [b, a],
    ] as const) {
      const groups = Map.groupBy(this.#kindsLeft(side, possible), (kind) =>
        JSON.stringify(
          (a === b ? [kind] : this.#kindsLeft(other, possible)).map((facing) =>
            side === a ? this.#outcome(leaf, a, kind, b, facing) : this.#outcome(leaf, a, facing, b, kind),
          ),
        ),
      );
      if (groups.size > 1) return [...groups.values()].flatMap((kinds) => this.#withKinds(possible, side, kinds) ?? []);
    }
    for (const outcome of this.#outcomesOf(leaf, possible))
      if (typeof outcome === 'object') {
        const states = (possible.get(outcome.by) ?? outcome.states) as readonly string[];
        if (states.length > 1) return states.map((state) => new Map(possible).set(outcome.by, [state]));
      }
    return [];
  }

  /** Fewer kinds of one term, and what follows for the others of its look; `undefined` when that leaves nothing. */
  #withKinds(possible: Possible, of: number, kinds: readonly number[]): Possible | undefined {
    const next = new Map(possible).set(of, kinds);
    const { look } = this.#term(of);
    if (look === undefined) return next;
    const isAbsent = (term: Term, kind: number): boolean => term.kinds[kind] === ABSENT;
    const absences = new Set(kinds.map((kind) => isAbsent(this.#term(of), kind)));
    if (absences.size > 1) return next;
    const absent = absences.has(true);
    for (const [number, term] of this.#known) {
      if (number === of || term.look !== look) continue;
      const left = this.#kindsLeft(number, next).filter((kind) => isAbsent(term, kind) === absent);
      if (left.length === 0) return undefined;
      next.set(number, left);
    }
    return next;
  }

  #kindsLeft(term: number, possible: Possible): readonly number[] {
    return (possible.get(term) as readonly number[] | undefined) ?? this.#term(term).kinds.map((_, i) => i);
  }

  #sidesOf(leaf: Leaf): readonly [number, number] {
    let sides = this.#sides.get(leaf);
    if (!sides) {
      sides = [this.#termOf(leaf.left), this.#termOf(leaf.right)];
      this.#sides.set(leaf, sides);
    }
    return sides;
  }

  #term(number: number): Term {
    return this.#known.get(number) as Term;
  }

  #termOf(expression: Expression): number {
    const number = this.#terms.expression(expression);
    if (!this.#known.has(number)) {
      const look =
        'record' in expression && typeof expression.record === 'object'
          ? this.#terms.record(expression.record)
          : undefined;
      this.#known.set(number, { expression, kinds: this.#kindsOf(expression), look });
    }
    return number;
  }

  // What a comparison comes to for one kind on each side.

  #outcome(leaf: Leaf, a: number, left: number, b: number, right: number): Outcome {
    const key = `${leaf.operator.name} ${a} ${left} ${b} ${right}`;
    let outcome = this.#outcomes.get(key);
    if (outcome === undefined) {
      outcome = this.#compare(leaf, a, this.#term(a).kinds[left] as Kind, b, this.#term(b).kinds[right] as Kind);
      this.#outcomes.set(key, outcome);
    }
    return outcome;
  }

  #compare({ operator, left, right }: Leaf, a: number, one: Kind, b: number, other: Kind): Outcome {
    const { asks, isNegated } = operator;
    const areValues = one.is === 'value' && other.is === 'value';
    if (one === ABSENT || other === ABSENT || areValues || asks === 'presence')
      return operator.holds(sample(one, left), sample(other, right));
    const turned = (outcome: Outcome): Outcome => (isNegated ? opposite(outcome) : outcome);
    switch (asks) {
      case 'sameness':
        return turned(this.#alike(one, a, left, other, b, right));
      case 'membership':
        return turned(this.#isIn(one, a, left, other, b));
      case 'containment':
        return turned(this.#isIn(other, b, right, one, a));
      case 'order':
        return this.#ordered(operator, one, a, other, b);
      case 'overlap':
        return either(`overlaps ${Math.min(a, b)} ${Math.max(a, b)}`);
      default:
        return this.#form(operator, one, a, left, other, b);
    }
  }

  #alike(one: Kind, a: number, left: Expression, other: Kind, b: number, right: Expression): Outcome {
    if (a === b) return true;
    if (one.is === 'value' || other.is === 'value') {
      const [value, open, expression] =
        one.is === 'value' ? [one.value, other, right] : [(other as { value: Value }).value, one, left];
      return open.is !== 'there' && this.#mayBeOdd(value, expression)
        ? either(`odd ${a} ${b} ${JSON.stringify(value)}`)
        : false;
    }
    if (one.is === 'between' && other.is === 'between' && one.like !== other.like) return false;
    return byOrder(a, b, ['same']);
  }

  /** A column of days that may hold any text may hold one that is compared with it and is no day. */
  #mayBeOdd(value: Value, { kind, type }: Expression): boolean {
    return (
      this.#assumptions.anyText === true &&
      this.#oddTexts &&
      kind === 'column' &&
      type === 'day' &&
      value !== '' &&
      !isRealDay(String(value))
    );
  }

  #ordered({ name, holds }: Operator, one: Kind, a: number, other: Kind, b: number): Outcome {
    const isOpen = one.is === 'between' && other.is === 'between' && one.like === other.like;
    if (!isOpen)
      return one.is === 'other' || other.is === 'other'
        ? either(`${name} ${a} ${b}`)
        : holds(valueLike(one), valueLike(other));
    if (a === b) return holds(one.like, one.like);
    const [low, high] = typeof one.like === 'number' ? [0, 1] : ['!', '~'];
    const inStates = ORDER.filter((state) =>
      state === 'same' ? holds(low, low) : state === 'less' ? holds(low, high) : holds(high, low),
    );
    return byOrder(a, b, inStates);
  }

  #isIn(item: Kind, itemTerm: number, itemExpression: Expression, list: Kind, listTerm: number): Outcome {
    if (list.is !== 'value')
      return either(`in ${itemTerm} ${listTerm} ${item.is === 'value' ? JSON.stringify(item.value) : ''}`);
    const values = list.value as readonly string[];
    return values.some((value) => this.#mayBeOdd(value, itemExpression))
      ? either(`odd ${itemTerm} in ${listTerm} ${JSON.stringify(values)}`)
      : false;
  }

  #form(operator: Operator, one: Kind, a: number, left: Expression, other: Kind, b: number): Outcome {
    const { name, asks, isNegated } = operator;
    const asked = other.is === 'value' ? JSON.stringify(other.value) : `term ${b}`;
    if (asks === 'length') return either(`longer ${a} ${JSON.stringify(one)} ${asked}`);
    if (one.is === 'value' && one.value === '') return false;
    if (asks === 'form') {
      const has = either(`form ${a} ${JSON.stringify(one)} ${asked}`);
      return isNegated ? opposite(has) : has;
    }
    const wanted = other.is === 'value' && other.value === true;
    if (!isQuestion(operator) || other.is !== 'value') return either(`${name} ${a} ${JSON.stringify(one)} ${asked}`);
    if (asks === 'calendar' && left.type === 'day' && left.kind === 'column' && !this.#assumptions.anyText)
      return wanted;
    const is = either(`${name} ${a}`);
    return wanted ? is : opposite(is);
  }

  // The kinds of value that a term may have.

  /** The values among which the terms of this group are told apart. */
  #valuesOf(expression: Expression): Value[] {
    return (this.#only(expression) ?? []).flatMap((value): Value[] => (Array.isArray(value) ? [...value] : [value]));
  }

  /** All values that an expression can have, when these are few and known. */
  #only(expression: Expression): readonly Value[] | undefined {
    switch (expression.kind) {
      case 'literal':
        return [expression.value];
      case 'parameter':
        return valuesOfParameter(expression.parameter, expression.on !== undefined);
      case 'codeSet': {
        if (!expression.on) return [constantOf(expression)];
        const parameter: ParameterJson = {
          name: '',
          says: '',
          type: 'list',
          values: expression.codes.map(({ code, ...days }) => ({ ...days, value: code })),
        };
        return valuesOfParameter(parameter, true);
      }
      case 'context':
        return expression.fact === 'transaction' && expression.part === 'does' ? TRANSACTIONS : undefined;
      case 'field': {
        const values = this.#assumptions.fields.get(expression.number)?.rules.map(({ value }) => constantOf(value));
        return values?.every((value) => value !== undefined)
          ? values.map((value) => (value === '' ? undefined : String(value)))
          : undefined;
      }
      default:
        return undefined;
    }
  }

  #kindsOf(expression: Expression): readonly Kind[] {
    const only = this.#only(expression);
    if (only) return distinct(only);
    const absent = mayBeAbsent(expression, CAUTIOUSLY) ? [ABSENT] : [];
    const blank = mayBeBlank(expression, CAUTIOUSLY) ? [BLANK] : [];
    // What the rules of a field give need not be a day, whatever its column says.
    if (expression.kind === 'field') return [...absent, ...this.#dayKinds(expression), ...this.#textKinds()];
    switch (expression.type) {
      case 'flag':
        return [...absent, { is: 'value', value: true }, { is: 'value', value: false }];
      case 'number':
        return [...absent, ...this.#numberKinds(expression)];
      case 'list':
        return [...absent, { is: 'value', value: [] }, { is: 'there' }];
      case 'day':
        return [...absent, ...blank, ...this.#dayKinds(expression)];
      case 'text':
        return [...absent, ...blank, ...this.#textKinds(lengthOfPart(expression))];
      default:
        return [...absent, { is: 'there' }];
    }
  }

  /** @param length how many characters the texts have, where that is known */
  #textKinds(length?: number): Kind[] {
    const texts = this.#texts.filter((text) => length === undefined || text.length === length);
    return [...texts.map((value): Kind => ({ is: 'value', value })), { is: 'other' }];
  }

  /** Boundaries are those of all numbers of the group, so that the kinds of two terms can be compared. */
  #numberKinds(expression: Expression): Kind[] {
    const isWhole = isCount(expression) || expression.kind !== 'fact' || isWholeNumber(expression.node);
    const least = isCount(expression) ? 0 : Number.NEGATIVE_INFINITY;
    const most = (expression.kind === 'fact' && expression.node.kind === 'look' && expression.node.most) || undefined;
    const isBeyond = (number: number): boolean => most !== undefined && number > most;
    const bounds = [Number.NEGATIVE_INFINITY, ...this.#numbers, Number.POSITIVE_INFINITY];
    return bounds.slice(1).flatMap((high, i): Kind[] => {
      const low = bounds[i] as number;
      const isEmpty = (isWhole ? Math.max(Math.floor(low) + 1, least) >= high : high <= least) || isBeyond(low + 1);
      const like =
        low === Number.NEGATIVE_INFINITY
          ? high === Number.POSITIVE_INFINITY
            ? 0.5
            : high - 1
          : high === Number.POSITIVE_INFINITY
            ? low + 1
            : (low + high) / 2;
      const isPossible =
        high >= least && high !== Number.POSITIVE_INFINITY && (!isWhole || Number.isInteger(high)) && !isBeyond(high);
      return [
        ...(isEmpty ? [] : [{ is: 'between', like } as const]),
        ...(isPossible ? [{ is: 'value', value: high } as const] : []),
      ];
    });
  }

  #dayKinds(expression: Expression): Kind[] {
    const days = this.#days;
    const isFree = this.#assumptions.anyText === true || expression.kind === 'fact' || expression.kind === 'field';
    // One character behind a day: after it, and before every later one.
    const between = days.flatMap((day, i): Kind[] => {
      const next = days[i + 1];
      return !isFree && next !== undefined && dayBefore(next) === day ? [] : [{ is: 'between', like: `${day}!` }];
    });
    return [{ is: 'between', like: '!' }, ...days.map((value): Kind => ({ is: 'value', value })), ...between];
  }
}

/**
 * Whether a parameter is there to be set otherwise: a choice between words, or one whose reading says that it may be.
 * That a condition on it always comes to the same while it is set as it is, is no mistake.
 */
export const isSwitch = ({ type, reading }: ParameterJson): boolean => type === 'choice' || reading !== undefined;

function valuesOfParameter(parameter: ParameterJson, asked: boolean): readonly Value[] | undefined {
  if (parameter.type === 'choice') return [...(parameter.choices ?? []), ...(asked ? [undefined] : [])];
  if (isSwitch(parameter)) return undefined;
  const all = [undefined, ...ownersIn(parameter)].flatMap((owner) =>
    eras(parameter.values, (day) => parameterOn(parameter, day, owner)).map(({ value }) => value),
  );
  // Asked for a day that is blank or absent, a parameter is not in effect.
  return asked && mayHaveNoValue(parameter) ? [...all, parameter.type === 'list' ? [] : undefined] : all;
}

const distinct = (values: readonly Value[]): Kind[] => {
  const seen = new Map(values.map((value) => [JSON.stringify(value) ?? '', value]));
  return [...seen.values()].map((value) => (value === undefined ? ABSENT : { is: 'value', value }));
};

const isCount = (expression: Expression): boolean => {
  if (expression.kind === 'fact')
    return expression.node.kind === 'look'
      ? expression.node.gives === 'count' || expression.node.aggregate?.isCount === true
      : expression.node.calculation.number === 'count';
  return expression.kind === 'context';
};

const isWholeNumber = (node: FactNode): boolean => node.kind === 'calculation' && node.calculation.number !== undefined;

/** A value of the kind, for operators that only ask whether something is there. */
function sample(kind: Kind, { type }: Expression): Value {
  if (kind.is === 'value') return kind.value;
  if (kind.is === 'between') return kind.like;
  if (kind.is === 'other') return 'x';
  if (type === 'list') return ['x'];
  return type === 'interval' ? ({ start: '', end: '' } satisfies Interval) : true;
}

const valueLike = (kind: Kind): Value => (kind.is === 'between' ? kind.like : kind.is === 'value' ? kind.value : 'x');

const either = (by: string): Outcome => ({ by, states: YES_NO, holdsIn: ['yes'] });

const opposite = (outcome: Outcome): Outcome =>
  typeof outcome === 'boolean'
    ? !outcome
    : { ...outcome, holdsIn: outcome.states.filter((state) => !outcome.holdsIn.includes(state)) };

const TURNED: Readonly<Record<string, string>> = { less: 'greater', same: 'same', greater: 'less' };

/** Decided by how two things of the same kind stand to each other; it is one state for both ways round. */
const byOrder = (a: number, b: number, states: readonly string[]): Outcome => ({
  by: `order ${Math.min(a, b)} ${Math.max(a, b)}`,
  states: ORDER,
  holdsIn: a < b ? states : states.map((state) => TURNED[state] as string),
});
