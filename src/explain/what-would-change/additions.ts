/** Records that could be added: those that a look would find, with the values that rules ask for. */
import { dayAfter, dayBefore, isRealDay } from '#records/days';
import { type Column, type Layout, layoutOf } from '#records/layout';
import type { SourceRecord } from '#records/record';
import type { Aggregate } from '#rulebook/aggregates/aggregate';
import type { IntervalJson } from '#rulebook/load/declarations';
import { writtenOut } from '#rulebook/tree/named-conditions';
import type { Condition, Expression, Field, Leaf, LookNode, RecordSource } from '#rulebook/tree/nodes';
import type { Interval, Value } from '#rulebook/tree/values';
import { conditionsOf } from '#rulebook/tree/walk';
import type { Dependencies, Target } from './dependencies.ts';
import { type Addition, around, blankRecord, columnValue, type StudentInHand, slotOf } from './edits.ts';
import { codesOf } from './proposals.ts';
import { couldBeHeld } from './worth-trying.ts';

/** Records that looks would find, and that rules would find right. */
export function additions(
  { looks, rules, targets }: Dependencies,
  { number }: Field,
  inHand: StudentInHand,
): Addition[] {
  const { inspector } = inHand;
  const { decided } = inspector.field(number);
  const edits = new Map<string, Addition>();
  for (const look of looks) {
    const layout = layoutOf(inHand.schemas, look.from);
    if (!layout) continue;
    const wants = conditionsOf({ rules: rules.filter((_, i) => i !== decided) });
    for (const want of [undefined, ...wants])
      for (const isToWin of [false, true]) {
        const draft = drafted(look, want, isToWin, layout, targets, inHand);
        if (!draft) continue;
        const id = JSON.stringify([look.from, ...draft]);
        if (!edits.has(id)) edits.set(id, { kind: 'add', recordType: look.from, values: draft });
      }
  }
  // A record with less in it is the smaller one; the sort keeps the order of equals.
  return [...edits.values()].sort((a, b) => a.values.size - b.values.size);
}

/** A record that a look finds, or nothing when there can be none. */
function drafted(
  look: LookNode,
  want: Condition | undefined,
  isToWin: boolean,
  layout: Layout,
  targets: readonly Target[],
  inHand: StudentInHand,
): ReadonlyMap<string, string> | undefined {
  const draft = new Draft(look, layout, inHand);
  if (isToWin && !draft.win()) return undefined;
  if (!draft.satisfyLook()) {
    // Which values are asked for may hang on the record's day: once it has one, they are known.
    draft.fillKeys();
    if (!draft.satisfyLook()) return undefined;
  }
  if (want) draft.satisfyAsGiven(want, true);
  draft.fillKeys();
  draft.fillRequired(targets);
  return draft.isFound() && couldBeHeld(layout, (key) => draft.get(key), [...draft.values.keys()], undefined, inHand)
    ? draft.values
    : undefined;
}

/** A record in the making: the values that conditions ask for. */
class Draft {
  readonly record: SourceRecord;
  readonly values = new Map<string, string>();
  readonly #look: LookNode;
  readonly #layout: Layout;
  readonly #inHand: StudentInHand;

  constructor(look: LookNode, layout: Layout, inHand: StudentInHand) {
    this.record = blankRecord(look.from, inHand.inspector.compiled.plan);
    this.#look = look;
    this.#layout = layout;
    this.#inHand = inHand;
  }

  get(key: string): string {
    return this.values.get(key) ?? '';
  }

  set(key: string, value: string): void {
    if (value === '') this.values.delete(key);
    else this.values.set(key, value);
    const slot = slotOf(this.#inHand.inspector.compiled.plan, this.#layout, key);
    if (slot >= 0) this.record.values[slot] = value;
  }

  /**
   * Puts it before the record that the look gives now, by the first column of the order; false when there is no such
   * column or record. Of a look that gives something of all its records it gets a day that none of them has.
   */
  win(): boolean {
    const { inspector } = this.#inHand;
    if (this.#look.aggregate) return this.#differ(this.#look.aggregate);
    const [first] = this.#look.order;
    const winner = inspector.found(this.#look);
    if (!winner || !first || (first.kind !== 'greatest' && first.kind !== 'least') || first.by.kind !== 'column')
      return false;
    const day = columnValue(winner, first.by.key, inspector.compiled.plan, this.#layout);
    if (!isRealDay(day)) return false;
    this.set(first.by.key, first.kind === 'greatest' ? dayAfter(day) : dayBefore(day));
    return true;
  }

  #differ({ name }: Aggregate): boolean {
    const { inspector } = this.#inHand;
    const { value, where } = this.#look;
    if (value?.kind !== 'column' || value.type !== 'day') return false;
    const days = inspector
      .candidates(this.#look)
      .filter((record) => !where || inspector.withRecord(record, () => inspector.holds(where)))
      .map((record) => columnValue(record, value.key, inspector.compiled.plan, this.#layout))
      .filter(isRealDay)
      .sort();
    const [first, last] = [days[0], days.at(-1)];
    if (first === undefined || last === undefined) return false;
    this.set(value.key, name === 'least' ? dayBefore(first) : dayAfter(last));
    return true;
  }

  /** Makes the look take this record, as far as its conditions go; false when they cannot be met. */
  satisfyLook(): boolean {
    const { where } = this.#look;
    return !where || this.#inHand.inspector.withRecord(this.record, () => this.satisfy(where, true));
  }

  /** Whether the look takes this record. */
  isFound(): boolean {
    const { inspector } = this.#inHand;
    const { where } = this.#look;
    return !where || inspector.withRecord(this.record, () => inspector.holds(where));
  }

  /** Takes from the enrollment what no record of the type is without and what tells it from others: keys and a day. */
  fillKeys(): void {
    const { inspector, enrollment, schemas } = this.#inHand;
    const { plan } = inspector.compiled;
    const own = layoutOf(schemas, plan.types[enrollment.type] as string);
    if (!own) return;
    const { keyColumns, codeDay } = this.#layout;
    for (const key of codeDay === undefined ? keyColumns : [...keyColumns, codeDay]) {
      const column = this.#column(key);
      if (this.get(key) !== '' || !column || !(column.required || key === 'ssid')) continue;
      const from = this.#keyOfEnrollment(key, own);
      if (from !== undefined) this.set(key, columnValue(enrollment, from, plan, own));
    }
  }

  /** The column of the enrollment that says the same as a key column or the day of this record. */
  #keyOfEnrollment(key: string, own: Layout): string | undefined {
    if (own.columns.some((column) => column.key === key)) return key;
    return key === this.#layout.codeDay ? own.codeDay : undefined;
  }

  /** Puts a code or a day into what a rule writes, and into what no record of this type is without. */
  fillRequired(targets: readonly Target[]): void {
    for (const { record, recordType, key, other } of targets) {
      const column = recordType === this.#look.from ? this.#column(key) : undefined;
      const isWritten = record === this.#look && other.kind === 'anything';
      if (!column || this.get(key) !== '' || !(isWritten || column.required)) continue;
      const [value] =
        column.type === 'DT'
          ? [this.#layout.codeDay === undefined ? '' : this.get(this.#layout.codeDay)]
          : codesOf(column, this.record, this.#layout, this.#inHand, '');
      if (value !== undefined) this.set(key, value);
    }
  }

  #column(key: string): Column | undefined {
    return this.#layout.columns.find((column) => column.key === key);
  }

  /** Makes a condition of the look come out as wanted, with this record in hand. */
  satisfy(condition: Condition, wanted: boolean): boolean {
    const { inspector } = this.#inHand;
    const isSo = (): boolean => inspector.holds(condition) === wanted;
    return this.#satisfy(
      condition,
      wanted,
      isSo,
      (c, w) => this.satisfy(c, w),
      (leaf) => {
        this.#tryValues(leaf.left, 'record', () => inspector.value(leaf.right), isSo);
        if (!isSo()) this.#tryValues(leaf.right, 'record', () => inspector.value(leaf.left), isSo);
      },
    );
  }

  /** The same for a condition of a rule, as if the look gave this record; what it does not depend on stays as it is. */
  satisfyAsGiven(condition: Condition, wanted: boolean): boolean {
    const { inspector } = this.#inHand;
    return this.#satisfy(
      condition,
      wanted,
      () => false,
      (c, w) => this.satisfyAsGiven(c, w),
      ({ left, operator, right }) => {
        if (left.kind !== 'column' || left.record !== this.#look) return;
        const other = inspector.value(right);
        this.#tryValues(
          left,
          this.#look,
          () => other,
          () => operator.holds(this.get(left.key), other) === wanted,
        );
      },
    );
  }

  #satisfy(
    condition: Condition,
    wanted: boolean,
    isSo: () => boolean,
    again: (c: Condition, w: boolean) => boolean,
    tryLeaf: (leaf: Leaf) => void,
  ): boolean {
    if (isSo()) return true;
    if (condition.kind === 'not') return again(condition.of, !wanted);
    if (condition.kind === 'leaf') {
      const out = writtenOut(condition);
      if (out !== condition) return again(out, wanted);
      tryLeaf(condition);
      return isSo();
    }
    if ((condition.kind === 'all') === wanted) {
      for (const child of condition.of) again(child, wanted);
      return isSo();
    }
    return condition.of.some((child) => again(child, wanted));
  }

  #tryDays({ start, end }: IntervalJson, interval: Interval | undefined, isSo: () => boolean): void {
    if (!interval) return;
    for (const day of [this.get(start), interval.start, interval.end]) {
      if (day === '') continue;
      this.set(start, day);
      if (end !== undefined) this.set(end, '');
      if (isSo()) return;
    }
  }

  /**
   * Tries values in the column, or the two days of the interval, that an expression stands for; leaves the first that
   * does, else what was there.
   */
  #tryValues(expression: Expression, source: RecordSource, other: () => Value, isSo: () => boolean): void {
    if (expression.kind === 'interval' && expression.record === source)
      this.#tryDays(expression.interval, other() as Interval | undefined, isSo);
    if (expression.kind === 'fact' && expression.node.kind === 'calculation') {
      for (const operand of expression.node.operands) if (!isSo()) this.#tryValues(operand, source, other, isSo);
      return;
    }
    if (expression.kind !== 'column' || expression.record !== source) return;
    const column = this.#column(expression.key);
    if (!column) return;
    const before = this.get(expression.key);
    const value = other();
    const wished = textsIn(value);
    const values =
      column.type === 'DT'
        ? wished.flatMap(around)
        : [...wished, ...codesOf(column, this.record, this.#layout, this.#inHand, before)];
    for (const to of values) {
      this.set(expression.key, to);
      if (isSo()) return;
    }
    this.set(expression.key, before);
  }
}

/** The texts of a value; of an interval its days. */
function textsIn(value: Value): readonly string[] {
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return value;
  if (typeof value !== 'object') return [];
  const { start, end } = value as Interval;
  return [start, end];
}
