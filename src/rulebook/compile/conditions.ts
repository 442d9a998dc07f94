/**
 * Conditions, references and facts of the typed tree as closures over an `Evaluation`. Compiled once when a rulebook is
 * loaded; nothing here can fail at run time, because the resolver has refused whatever could.
 */
import { overlap } from '#records/days';
import { compare, Slots, type SourceRecord } from '#records/record';
import type { IntervalJson } from '../load/declarations.ts';
import { mayBeAbsent } from '../tree/absence.ts';
import type { CalculationNode, Condition, Expression, Leaf, LookNode, Order, RecordSource } from '../tree/nodes.ts';
import { eras, isDated, parameterOn, valueInEra } from '../tree/parameter-values.ts';
import type { Interval, Value } from '../tree/values.ts';
import { type Evaluation, holdsBy, OUTCOME } from './evaluation.ts';

export type Get = (x: Evaluation) => Value;
export type Test = (x: Evaluation) => boolean;
type GetRecord = (x: Evaluation) => SourceRecord | undefined;
type GetDay = (x: Evaluation) => string | undefined;
/** Is told what a condition node came to (one of OUTCOME) each time it is tried, those in looks and orders included. */
export type Observer = (node: Condition, outcome: number) => void;

/** Where a program finds the columns of a record: in slots of a read plan, or in the fields of a line just read. */
export interface ColumnPlaces {
  column(recordType: string, key: string): number;
  derivedEnd(recordType: string, key: string, start: string, end: string | undefined, same: readonly string[]): number;
  type(recordType: string): number;
}

const outcomeOf = (left: Value, result: boolean): number =>
  left === undefined ? (result ? OUTCOME.absentTrue : OUTCOME.absentFalse) : result ? OUTCOME.true : OUTCOME.false;

export class Compiler {
  readonly #places: ColumnPlaces;
  readonly #fieldIndex: ReadonlyMap<string, number>;
  readonly #recording: boolean;
  readonly #observer: Observer | undefined;
  readonly #looks = new Map<number, GetRecord>();
  readonly #facts = new Map<number, Get>();

  /**
   * @param fieldIndex by field number, the index under which `Evaluation.fields` keeps its value
   * @param recording whether looks that give no record write down the first one that matched, for the trace
   * @param observer for the coverage of examples; slow, since nothing is spared
   */
  constructor(
    places: ColumnPlaces = new Slots([]),
    fieldIndex: ReadonlyMap<string, number> = new Map(),
    recording = false,
    observer?: Observer,
  ) {
    this.#places = places;
    this.#fieldIndex = fieldIndex;
    this.#recording = recording;
    this.#observer = observer;
  }

  /** @param recording whether each node's outcome is written down, for the trace */
  condition(node: Condition, recording: boolean): Test {
    if (this.#observer) return this.#observed(node, this.#observer);
    if (node.kind === 'leaf') {
      if (!recording) return this.#test(node);
      const { id } = node;
      // Of what can be absent, the outcome must tell absent from false.
      if (!mayBeAbsent(node.left)) {
        const test = this.#test(node);
        return (x) => {
          const result = test(x);
          x.outcomes[id] = result ? OUTCOME.true : OUTCOME.false;
          return result;
        };
      }
      const ofLook = this.#recordedLook(node);
      if (ofLook) return ofLook;
      const probe = this.#probe(node);
      return (x) => {
        const outcome = probe(x);
        x.outcomes[id] = outcome;
        return holdsBy(outcome);
      };
    }
    const test =
      node.kind === 'not' ? not(this.condition(node.of, recording)) : this.#group(node.kind, node.of, recording);
    if (!recording) return test;
    const { id } = node;
    return (x) => {
      const result = test(x);
      x.outcomes[id] = result ? OUTCOME.true : OUTCOME.false;
      return result;
    };
  }

  #observed(node: Condition, observe: Observer): Test {
    const test =
      node.kind === 'leaf'
        ? this.#test(node)
        : node.kind === 'not'
          ? not(this.condition(node.of, false))
          : this.#group(node.kind, node.of, false);
    const left: Get = node.kind === 'leaf' ? this.value(node.left) : () => true;
    return (x) => {
      const result = test(x);
      observe(node, outcomeOf(left(x), result));
      return result;
    };
  }

  /** A column of the record that a look gives, against a constant: what most leaves of field rules are. */
  #recordedLook({ id, left, operator, right }: Leaf): Test | undefined {
    const constant = constantOf(right);
    if (left.kind !== 'column' || typeof left.record !== 'object' || constant === undefined || !operator.bind)
      return undefined;
    const find = this.#look(left.record);
    const slot = this.#places.column(left.recordType, left.key);
    const test = operator.bind(constant);
    const whenAbsent = test(undefined);
    const absent = whenAbsent ? OUTCOME.absentTrue : OUTCOME.absentFalse;
    return (x) => {
      const record = find(x);
      if (record === undefined) {
        x.outcomes[id] = absent;
        return whenAbsent;
      }
      const result = test(record.values[slot]);
      x.outcomes[id] = result ? OUTCOME.true : OUTCOME.false;
      return result;
    };
  }

  #group(kind: 'all' | 'any', nodes: readonly Condition[], recording: boolean): Test {
    const tests = nodes.map((node) => this.condition(node, recording));
    return kind === 'all' ? allOf(tests) : anyOf(tests);
  }

  /** Whether a leaf holds, and nothing else: looks try it on every record, checks on every value. */
  #test(node: Leaf): Test {
    const { left, operator, right } = node;
    if (operator.name === 'overlaps') {
      const between = this.#intervalsOf(left, right);
      if (between) return between;
      const probe = this.#overlapProbe(left, right);
      return (x) => holdsBy(probe(x));
    }
    const constant = constantOf(right);
    if (operator.name === 'equal' && constant !== undefined && left.kind === 'column' && left.record === 'record') {
      const slot = this.#places.column(left.recordType, left.key);
      return (x) => x.record.values[slot] === constant;
    }
    if (constant !== undefined && operator.bind) return this.#testOf(left, operator.bind(constant));
    const alike = operator.name === 'equal' || operator.name === 'notEqual';
    const between = alike ? this.#columnsOf(left, right) : undefined;
    if (between) return operator.name === 'equal' ? between : not(between);
    const get = this.value(left);
    const getRight = this.value(right);
    const compares = operator.holds;
    return (x) => compares(get(x), getRight(x));
  }

  // The test that looks make most often, on every record of a type: spared four calls each time.
  #intervalsOf(left: Expression, right: Expression): Test | undefined {
    if (left.kind !== 'interval') return undefined;
    const { start, end } = intervalSlots(this.#places, left.interval);
    if (left.record === 'enrollment' && end >= 0 && right.kind === 'context' && right.fact === 'window')
      return ({ enrollment, request }) =>
        overlap(enrollment.values[start] as string, enrollment.values[end] as string, request.from, request.through);
    if (right.kind !== 'interval' || left.record !== 'record') return undefined;
    const other = intervalSlots(this.#places, right.interval);
    if (end < 0 || other.end < 0) return undefined;
    if (right.record === 'enrollment')
      return ({ record, enrollment }) =>
        overlapAt(record.values, start, end, enrollment.values, other.start, other.end);
    if (right.record === 'incoming')
      return ({ record, incoming }) => overlapAt(record.values, start, end, incoming.values, other.start, other.end);
    return undefined;
  }

  // A record at hand has all its columns, so nothing is absent, and two columns are the same when their texts are.
  #columnsOf(left: Expression, right: Expression): Test | undefined {
    if (
      left.kind !== 'column' ||
      right.kind !== 'column' ||
      left.record !== 'record' ||
      typeof right.record !== 'string'
    )
      return undefined;
    const a = this.#places.column(left.recordType, left.key);
    const b = this.#places.column(right.recordType, right.key);
    if (right.record === 'enrollment') return (x) => x.record.values[a] === x.enrollment.values[b];
    if (right.record === 'incoming') return (x) => x.record.values[a] === x.incoming.values[b];
    return undefined;
  }

  // Reading the value where it is used saves a call for each record, and looks make most of the calls there are.
  #testOf(left: Expression, test: (value: Value) => boolean): Test {
    if (left.kind === 'context' && left.fact === 'value') return (x) => test(x.value);
    if (left.kind === 'column' && typeof left.record === 'string') {
      const slot = this.#places.column(left.recordType, left.key);
      if (left.record === 'record') return (x) => test(x.record.values[slot]);
      if (left.record === 'enrollment') return (x) => test(x.enrollment.values[slot]);
      return (x) => test(x.incoming.values[slot]);
    }
    const get = this.value(left);
    return (x) => test(get(x));
  }

  #probe(node: Leaf): (x: Evaluation) => number {
    const { left, operator, right } = node;
    if (operator.name === 'overlaps') return this.#overlapProbe(left, right);
    const get = this.value(left);
    const constant = constantOf(right);
    if (constant !== undefined && operator.bind) {
      const test = operator.bind(constant);
      return (x) => {
        const value = get(x);
        return outcomeOf(value, test(value));
      };
    }
    const getRight = this.value(right);
    const compares = operator.holds;
    return (x) => {
      const value = get(x);
      return outcomeOf(value, compares(value, getRight(x)));
    };
  }

  // The one operator that compares pairs of days: spared the making of an object for each record.
  #overlapProbe(left: Expression, right: Expression): (x: Evaluation) => number {
    const [aStart, aEnd] = this.#interval(left);
    const [bStart, bEnd] = this.#interval(right);
    return (x) => {
      const a = aStart(x);
      if (a === undefined) return OUTCOME.absentFalse;
      const b = bStart(x);
      if (b === undefined) return OUTCOME.false;
      return overlap(a, aEnd(x) as string, b, bEnd(x) as string) ? OUTCOME.true : OUTCOME.false;
    };
  }

  value(node: Expression): Get {
    const constant = constantOf(node);
    if (constant !== undefined) return () => constant;
    switch (node.kind) {
      case 'literal':
        return () => node.value;
      case 'column':
        return this.#column(node.record, this.#places.column(node.recordType, node.key));
      case 'interval': {
        const [start, end] = this.#interval(node);
        return (x) => {
          const first = start(x);
          return first === undefined ? undefined : { start: first, end: end(x) as string };
        };
      }
      case 'loaded': {
        const record = this.#record(node.record);
        return (x) => record(x)?.loaded;
      }
      case 'record': {
        // A record as a value can only be asked whether it is there.
        const record = this.#record(node.record);
        return (x) => (record(x) === undefined ? undefined : true);
      }
      case 'context':
        return context(node.fact, node.part);
      case 'parameter': {
        const { parameter, on } = node;
        if (!on) return () => parameterOn(parameter, '');
        return onDay(
          this.value(on),
          eras(parameter.values, (day) => parameterOn(parameter, day)),
          parameter.type === 'list' ? [] : undefined,
        );
      }
      case 'codeSet': {
        const { codes, on } = node;
        if (!on) return () => codes.map((c) => c.code);
        const inForce = (day: string) =>
          parameterOn(
            { name: '', says: '', type: 'list', values: codes.map(({ code, ...days }) => ({ ...days, value: code })) },
            day,
          );
        return onDay(this.value(on), eras(codes, inForce), []);
      }
      case 'field': {
        const index = this.#fieldIndex.get(node.number) as number;
        return (x) => x.fields[index] || undefined;
      }
      case 'fact': {
        if (node.part) return this.#interval(node)[node.part === 'start' ? 0 : 1];
        return this.#fact(node.node);
      }
    }
  }

  #column(record: RecordSource, slot: number): Get {
    switch (record) {
      case 'enrollment':
        return (x) => x.enrollment.values[slot];
      case 'record':
        return (x) => x.record.values[slot];
      case 'incoming':
        return (x) => x.incoming.values[slot];
      default: {
        const get = this.#look(record);
        return (x) => get(x)?.values[slot];
      }
    }
  }

  #record(record: RecordSource): GetRecord {
    switch (record) {
      case 'enrollment':
        return (x) => x.enrollment;
      case 'record':
        return (x) => x.record;
      case 'incoming':
        return (x) => x.incoming;
      default:
        return this.#look(record);
    }
  }

  #interval(node: Expression): [start: GetDay, end: GetDay] {
    if (node.kind === 'interval') {
      const { start, end } = intervalSlots(this.#places, node.interval);
      const from = this.#column(node.record, start) as GetDay;
      return [from, end < 0 ? () => '' : (this.#column(node.record, end) as GetDay)];
    }
    if (node.kind === 'context') return [(x) => x.request.from, (x) => x.request.through];
    const get = (node.kind === 'fact' ? this.#fact(node.node) : this.value(node)) as (
      x: Evaluation,
    ) => Interval | undefined;
    return [(x) => get(x)?.start, (x) => get(x)?.end];
  }

  #fact(node: LookNode | CalculationNode): Get {
    let get = this.#facts.get(node.index);
    if (!get) {
      if (node.kind === 'calculation')
        get = node.perRecord ? this.#calculation(node) : remember(node.index, this.#calculation(node));
      else get = node.gives === 'record' ? (this.#look(node) as Get) : this.#scan(node);
      this.#facts.set(node.index, get);
    }
    return get;
  }

  #look(node: LookNode): GetRecord {
    let get = this.#looks.get(node.index);
    if (!get) {
      get = this.#find(node);
      this.#looks.set(node.index, get);
    }
    return get;
  }

  /** `any` and `count`. */
  #scan(node: LookNode): Get {
    const type = this.#places.type(node.from);
    const test = node.where ? this.condition(node.where, false) : () => true;
    const counts = node.gives === 'count';
    const { index } = node;
    if (this.#recording) return recordedScan(index, type, test, counts);
    return (x) => {
      if (x.stamps[index] === x.stamp) return x.remembered[index] as Value;
      const records = x.history.byType[type] as readonly SourceRecord[];
      const outer = x.record;
      let count = 0;
      for (let i = 0; i < records.length; i++) {
        x.record = records[i] as SourceRecord;
        if (!test(x)) continue;
        count++;
        if (!counts) break;
      }
      x.record = outer;
      const value = counts ? count : count > 0;
      x.stamps[index] = x.stamp;
      x.remembered[index] = value;
      return value;
    };
  }

  /** `record`: the first in order. */
  #find(node: LookNode): GetRecord {
    const type = this.#places.type(node.from);
    const test = node.where ? this.condition(node.where, false) : undefined;
    const isBefore = this.#byColumn(node.order) ?? this.order(node.order, 'record');
    const { index } = node;
    return (x) => {
      if (x.stamps[index] === x.stamp) return x.remembered[index] as SourceRecord | undefined;
      const records = x.history.byType[type] as readonly SourceRecord[];
      const outer = x.record;
      let best: SourceRecord | undefined;
      for (let i = 0; i < records.length; i++) {
        const candidate = records[i] as SourceRecord;
        x.record = candidate;
        if (test !== undefined && !test(x)) continue;
        if (best === undefined || isBefore(x, candidate, best)) best = candidate;
      }
      x.record = outer;
      x.stamps[index] = x.stamp;
      x.remembered[index] = best;
      return best;
    };
  }

  /**
   * The order of nearly every look: by a column, and only between equals by what follows, which mostly is nothing but
   * the order of loading.
   */
  #byColumn([first, ...rest]: readonly Order[]):
    | ((x: Evaluation, a: SourceRecord, b: SourceRecord) => boolean)
    | undefined {
    if ((first?.kind !== 'greatest' && first?.kind !== 'least') || first.by.kind !== 'column' || first.blankFirst)
      return undefined;
    const slot = this.#places.column(first.by.recordType, first.by.key);
    const [second] = rest;
    // Candidates come in the order of loading, so the later of two is the one loaded last.
    const next =
      rest.length === 1 && second?.kind === 'loaded' && second.last ? () => true : this.order(rest, 'record');
    const greatest = first.kind === 'greatest';
    return (x, a, b) => {
      const left = a.values[slot] as string;
      const right = b.values[slot] as string;
      if (left === right) return next(x, a, b);
      // A blank comes last; it is before every text by "<", so only the least needs to be told.
      return greatest ? left > right : right === '' || (left !== '' && left < right);
    };
  }

  #calculation(node: CalculationNode): Get {
    const operands = node.operands.map((operand) => this.value(operand));
    const { compute } = node.calculation;
    if (!compute) {
      const [by, ...cases] = operands as [Get, ...Get[]];
      const byWord = new Map(node.cases?.map((word, i) => [word, cases[i] as Get]));
      return (x) => byWord.get(by(x) as string)?.(x);
    }
    const table = new Map((node.by?.values ?? []).map((v) => [v.key as string, String(v.value)]));
    const values = gathered(operands);
    return (x) => compute(values(x), table);
  }

  /**
   * Whether one record comes before another.
   * @param focus the name under which the order's references know the record
   */
  order(
    orders: readonly Order[],
    focus: 'record' | 'enrollment',
  ): (x: Evaluation, a: SourceRecord, b: SourceRecord) => boolean {
    const comparisons = orders.map((order) => this.#comparison(order, focus));
    return (x, a, b) => {
      for (const comparison of comparisons) {
        const difference = comparison(x, a, b);
        if (difference !== 0) return difference < 0;
      }
      return false;
    };
  }

  #comparison(
    order: Order,
    focus: 'record' | 'enrollment',
  ): (x: Evaluation, a: SourceRecord, b: SourceRecord) => number {
    // Facts are remembered for an enrollment, never for a candidate of a look.
    const take =
      focus === 'enrollment'
        ? (x: Evaluation, record: SourceRecord) => x.nextEnrollment(record)
        : (x: Evaluation, record: SourceRecord) => {
            x.record = record;
          };
    const on = (x: Evaluation, record: SourceRecord, test: Test): boolean => {
      const outer = x[focus];
      take(x, record);
      const result = test(x);
      take(x, outer);
      return result;
    };
    switch (order.kind) {
      case 'loaded':
        return order.last ? (_, a, b) => b.loaded - a.loaded : (_, a, b) => a.loaded - b.loaded;
      case 'preferring': {
        const test = this.condition(order.condition, false);
        return (x, a, b) => Number(on(x, b, test)) - Number(on(x, a, test));
      }
      default: {
        const { by } = order;
        const slot = by.kind === 'column' ? this.#places.column(by.recordType, by.key) : undefined;
        const sign = order.kind === 'least' ? 1 : -1;
        const blank = order.blankFirst ? -1 : 1;
        if (slot === undefined) throw new RangeError('an order goes by columns');
        return (_, a, b) => {
          const left = a.values[slot];
          const right = b.values[slot];
          if (left === right) return 0;
          if (!left) return blank;
          if (!right) return -blank;
          return sign * compare(left, right);
        };
      }
    }
  }
}

/**
 * A scan that also writes down the first record that matched. Beside the one without, which then has nothing to ask for
 * each record.
 */
function recordedScan(index: number, type: number, test: Test, counts: boolean): Get {
  return (x) => {
    if (x.stamps[index] === x.stamp) return x.remembered[index] as Value;
    const records = x.history.byType[type] as readonly SourceRecord[];
    const outer = x.record;
    let count = 0;
    let first: SourceRecord | undefined;
    for (let i = 0; i < records.length; i++) {
      const candidate = records[i] as SourceRecord;
      x.record = candidate;
      if (!test(x)) continue;
      count++;
      first ??= candidate;
      if (!counts) break;
    }
    x.record = outer;
    const value = counts ? count : count > 0;
    x.stamps[index] = x.stamp;
    x.remembered[index] = value;
    x.matched[index] = first;
    return value;
  };
}

/** The values of several references, in one array that is used again: nobody keeps it. */
function gathered(operands: readonly Get[]): (x: Evaluation) => readonly Value[] {
  const values = operands.map((): Value => undefined);
  return (x) => {
    for (let i = 0; i < operands.length; i++) values[i] = (operands[i] as Get)(x);
    return values;
  };
}

const overlapAt = (
  a: readonly string[],
  aStart: number,
  aEnd: number,
  b: readonly string[],
  bStart: number,
  bEnd: number,
): boolean => overlap(a[aStart] as string, a[aEnd] as string, b[bStart] as string, b[bEnd] as string);

// Unrolled: most groups are small, and a loop over closures costs more than the closures.
function allOf(tests: readonly Test[]): Test {
  const [a, b, c, ...rest] = tests as [Test, Test, Test, ...Test[]];
  if (tests.length === 1) return a;
  if (tests.length === 2) return (x) => a(x) && b(x);
  if (tests.length === 3) return (x) => a(x) && b(x) && c(x);
  const d = allOf(rest);
  return (x) => a(x) && b(x) && c(x) && d(x);
}

function anyOf(tests: readonly Test[]): Test {
  const [a, b, c, ...rest] = tests as [Test, Test, Test, ...Test[]];
  if (tests.length === 1) return a;
  if (tests.length === 2) return (x) => a(x) || b(x);
  if (tests.length === 3) return (x) => a(x) || b(x) || c(x);
  const d = anyOf(rest);
  return (x) => a(x) || b(x) || c(x) || d(x);
}

function not(test: Test): Test {
  return (x) => !test(x);
}

/** A fact's value, worked out at most once for each stamp. */
function remember<T>(index: number, get: (x: Evaluation) => T): (x: Evaluation) => T {
  return (x) => {
    if (x.stamps[index] === x.stamp) return x.remembered[index] as T;
    const value = get(x);
    x.stamps[index] = x.stamp;
    x.remembered[index] = value;
    return value;
  };
}

/** The value of a reference that is the same for every record and every day; absent for all others. */
export function constantOf(node: Expression): Value {
  if (node.kind === 'literal') return node.value;
  if (node.kind === 'parameter' && (!node.on || !isDated(node.parameter))) return parameterOn(node.parameter, '');
  if (node.kind === 'codeSet' && !node.on) return node.codes.map((c) => c.code);
  return undefined;
}

function onDay(day: Get, list: ReturnType<typeof eras>, nothing: Value): Get {
  return (x) => {
    const on = day(x) as string | undefined;
    return on ? valueInEra(list, on) : nothing;
  };
}

/** The slots of an interval; an end of -1 is open for ever. */
function intervalSlots(places: ColumnPlaces, interval: IntervalJson): { start: number; end: number } {
  const start = places.column(interval.of, interval.start);
  if (interval.blankEnd === 'open')
    return { start, end: interval.end === undefined ? -1 : places.column(interval.of, interval.end) };
  const { sameColumns } = interval.blankEnd.dayBeforeNext;
  return {
    start,
    end: places.derivedEnd(interval.of, `interval ${interval.name}`, interval.start, interval.end, sameColumns),
  };
}

function context(fact: string, part: string): Get {
  switch (`${fact}.${part}`) {
    case 'window.':
      return (x) => ({ start: x.request.from, end: x.request.through });
    case 'window.start':
      return (x) => x.request.from;
    case 'window.end':
      return (x) => x.request.through;
    case 'runDate.':
      return (x) => x.runDate;
    case 'value.':
      return (x) => x.value;
    case 'sender.reportingLEA':
      return (x) => x.sender;
    default: {
      const key = part as never;
      if (fact === 'request') return (x) => x.request[key];
      if (fact === 'line') return (x) => x.line[key];
      return (x) => x.transaction[key];
    }
  }
}
