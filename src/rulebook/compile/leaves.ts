/** Single comparisons as closures; most of the work of an evaluation is done here. */
import { overlap } from '#records/days';
import type { Expression, Leaf } from '../tree/nodes.ts';
import type { Value } from '../tree/values.ts';
import type { Compiling, Test } from './compiling.ts';
import { type Evaluation, holdsBy, OUTCOME } from './evaluation.ts';
import { compileValue, constantOf, daysOfInterval, intervalSlots } from './values.ts';

/** The outcome of a comparison: whether it held, and whether its left side was there. */
export const outcomeOf = (left: Value, result: boolean): number =>
  left === undefined ? (result ? OUTCOME.absentTrue : OUTCOME.absentFalse) : result ? OUTCOME.true : OUTCOME.false;

/** Whether a leaf holds, and nothing else: looks try it on every record, checks on every value. */
export function compileTest(compiling: Compiling, node: Leaf): Test {
  const { left, operator, right } = node;
  if (operator.name === 'overlaps') {
    const between = testOfIntervals(compiling, left, right);
    if (between) return between;
    const probe = overlapProbe(compiling, left, right);
    return (x) => holdsBy(probe(x));
  }
  const constant = constantOf(right);
  if (operator.name === 'equal' && constant !== undefined && left.kind === 'column' && left.record === 'record') {
    const slot = compiling.places.column(left.recordType, left.key);
    return (x) => x.record.values[slot] === constant;
  }
  if (constant !== undefined && operator.bind) return testOfValue(compiling, left, operator.bind(constant));
  const alike = operator.name === 'equal' || operator.name === 'notEqual';
  const between = alike ? testOfColumns(compiling, left, right) : undefined;
  if (between) return operator.name === 'equal' ? between : not(between);
  const get = compileValue(compiling, left);
  const getRight = compileValue(compiling, right);
  const compares = operator.holds;
  return (x) => compares(get(x), getRight(x));
}

// The test that looks make most often, on every record of a type: spared four calls each time.
function testOfIntervals(compiling: Compiling, left: Expression, right: Expression): Test | undefined {
  if (left.kind !== 'interval') return undefined;
  const { start, end } = intervalSlots(compiling.places, left.interval);
  if (left.record === 'enrollment' && end >= 0 && right.kind === 'context' && right.fact === 'window')
    return ({ enrollment, request }) =>
      overlap(enrollment.values[start] as string, enrollment.values[end] as string, request.from, request.through);
  if (right.kind !== 'interval' || left.record !== 'record') return undefined;
  const other = intervalSlots(compiling.places, right.interval);
  if (end < 0 || other.end < 0) return undefined;
  if (right.record === 'enrollment')
    return ({ record, enrollment }) => overlapAt(record.values, start, end, enrollment.values, other.start, other.end);
  if (right.record === 'incoming')
    return ({ record, incoming }) => overlapAt(record.values, start, end, incoming.values, other.start, other.end);
  return undefined;
}

// A record at hand has all its columns, so nothing is absent, and two columns are the same when their texts are.
function testOfColumns(compiling: Compiling, left: Expression, right: Expression): Test | undefined {
  if (left.kind !== 'column' || right.kind !== 'column' || left.record !== 'record' || typeof right.record !== 'string')
    return undefined;
  const a = compiling.places.column(left.recordType, left.key);
  const b = compiling.places.column(right.recordType, right.key);
  if (right.record === 'enrollment') return (x) => x.record.values[a] === x.enrollment.values[b];
  if (right.record === 'incoming') return (x) => x.record.values[a] === x.incoming.values[b];
  return undefined;
}

// Reading the value where it is used saves a call for each record, and looks make most of the calls there are.
function testOfValue(compiling: Compiling, left: Expression, test: (value: Value) => boolean): Test {
  if (left.kind === 'context' && left.fact === 'value' && left.part === '') return (x) => test(x.value);
  if (left.kind === 'column' && typeof left.record === 'string') {
    const slot = compiling.places.column(left.recordType, left.key);
    if (left.record === 'record') return (x) => test(x.record.values[slot]);
    if (left.record === 'enrollment') return (x) => test(x.enrollment.values[slot]);
    return (x) => test(x.incoming.values[slot]);
  }
  const get = compileValue(compiling, left);
  return (x) => test(get(x));
}

/** A column of the record that a look gives, against a constant: what most leaves of field rules are. */
export function testOfLook(compiling: Compiling, { id, left, operator, right }: Leaf): Test | undefined {
  const constant = constantOf(right);
  if (left.kind !== 'column' || typeof left.record !== 'object' || constant === undefined || !operator.bind)
    return undefined;
  const find = compiling.look(left.record);
  const slot = compiling.places.column(left.recordType, left.key);
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

/** What a leaf comes to: one of OUTCOME. */
export function compileProbe(compiling: Compiling, node: Leaf): (x: Evaluation) => number {
  const { left, operator, right } = node;
  if (operator.name === 'overlaps') return overlapProbe(compiling, left, right);
  const get = compileValue(compiling, left);
  const constant = constantOf(right);
  if (constant !== undefined && operator.bind) {
    const test = operator.bind(constant);
    return (x) => {
      const value = get(x);
      return outcomeOf(value, test(value));
    };
  }
  const getRight = compileValue(compiling, right);
  const compares = operator.holds;
  return (x) => {
    const value = get(x);
    return outcomeOf(value, compares(value, getRight(x)));
  };
}

// The one operator that compares pairs of days: spared the making of an object for each record.
function overlapProbe(compiling: Compiling, left: Expression, right: Expression): (x: Evaluation) => number {
  const [aStart, aEnd] = daysOfInterval(compiling, left);
  const [bStart, bEnd] = daysOfInterval(compiling, right);
  return (x) => {
    const a = aStart(x);
    if (a === undefined) return OUTCOME.absentFalse;
    const b = bStart(x);
    if (b === undefined) return OUTCOME.false;
    const end = bEnd(x) as string;
    // Asked first, since the end on the left may have to be worked out.
    if (end !== '' && end < a) return OUTCOME.false;
    return overlap(a, aEnd(x) as string, b, end) ? OUTCOME.true : OUTCOME.false;
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

/** The opposite of a test. */
export function not(test: Test): Test {
  return (x) => !test(x);
}
