/** Expressions as closures: columns, intervals, parameters, fields, facts. */
import type { IntervalJson } from '../load/declarations.ts';
import { formOf } from '../operators/form.ts';
import type { CalculationNode, Expression, ParameterExpression, RecordSource } from '../tree/nodes.ts';
import { eras, isDated, isFixed, ownersIn, parameterOn, valueInEra } from '../tree/parameter-values.ts';
import type { Interval, Value } from '../tree/values.ts';
import type { ColumnPlaces, Compiling, Get, GetRecord } from './compiling.ts';
import type { Evaluation } from './evaluation.ts';

type GetDay = (x: Evaluation) => string | undefined;

/** The value of an expression; absent when what it asks of is not there. */
export function compileValue(compiling: Compiling, node: Expression): Get {
  const constant = constantOf(node);
  if (constant !== undefined) return () => constant;
  switch (node.kind) {
    case 'literal':
      return () => node.value;
    case 'column':
      return columnOf(compiling, node.record, compiling.places.column(node.recordType, node.key));
    case 'interval': {
      const [start, end] = daysOfInterval(compiling, node);
      return (x) => {
        const first = start(x);
        return first === undefined ? undefined : { start: first, end: end(x) as string };
      };
    }
    case 'loaded': {
      const record = recordOf(compiling, node.record);
      return (x) => record(x)?.loaded;
    }
    case 'record': {
      // A record as a value can only be asked whether it is there.
      const record = recordOf(compiling, node.record);
      return (x) => (record(x) === undefined ? undefined : true);
    }
    case 'context':
      return context(node.fact, node.part);
    case 'parameter': {
      const { parameter } = node;
      return compileParameter(compiling, node, (day, whose) => parameterOn(parameter, day, whose));
    }
    case 'codeSet': {
      const { codes, on } = node;
      if (!on) return () => codes.map((c) => c.code);
      const inForce = (day: string): Value =>
        parameterOn(
          { name: '', says: '', type: 'list', values: codes.map(({ code, ...days }) => ({ ...days, value: code })) },
          day,
        );
      return onDay(compileValue(compiling, on), eras(codes, inForce), []);
    }
    case 'field': {
      const index = compiling.fieldIndex.get(node.number) as number;
      return (x) => x.fields[index] || undefined;
    }
    case 'fact': {
      if (node.part) return daysOfInterval(compiling, node)[node.part === 'start' ? 0 : 1];
      return compiling.fact(node.node);
    }
  }
}

function columnOf(compiling: Compiling, record: RecordSource, slot: number): Get {
  switch (record) {
    case 'enrollment':
      return (x) => x.enrollment.values[slot];
    case 'record':
      return (x) => x.record.values[slot];
    case 'incoming':
      return (x) => x.incoming.values[slot];
    default: {
      const get = compiling.look(record);
      return (x) => get(x)?.values[slot];
    }
  }
}

function recordOf(compiling: Compiling, record: RecordSource): GetRecord {
  switch (record) {
    case 'enrollment':
      return (x) => x.enrollment;
    case 'record':
      return (x) => x.record;
    case 'incoming':
      return (x) => x.incoming;
    default:
      return compiling.look(record);
  }
}

/** The first and the last day of an interval, without the making of an object. */
export function daysOfInterval(compiling: Compiling, node: Expression): [start: GetDay, end: GetDay] {
  if (node.kind === 'interval') {
    const { start, end } = intervalSlots(compiling.places, node.interval);
    const from = columnOf(compiling, node.record, start) as GetDay;
    return [from, end < 0 ? () => '' : (columnOf(compiling, node.record, end) as GetDay)];
  }
  if (node.kind === 'context') return [(x) => x.request.from, (x) => x.request.through];
  if (isPeriodOfRecord(node) && !compiling.observer) {
    const [first, last] = node.node.operands.map((operand) => compileValue(compiling, operand)) as [GetDay, GetDay?];
    return [(x) => first(x) || undefined, last ? (x) => last(x) ?? '' : () => ''];
  }
  const get = (node.kind === 'fact' ? compiling.fact(node.node) : compileValue(compiling, node)) as (
    x: Evaluation,
  ) => Interval | undefined;
  return [(x) => get(x)?.start, (x) => get(x)?.end];
}

/** An interval of two days that is made anew for each record, so that nothing is spared by making it. */
const isPeriodOfRecord = (node: Expression): node is Expression & { kind: 'fact'; node: CalculationNode } =>
  node.kind === 'fact' &&
  node.node.kind === 'calculation' &&
  node.node.perRecord &&
  node.node.calculation.isOfTwoDays === true;

/** The value of a reference that is the same for every record and every day; absent for all others. */
export function constantOf(node: Expression): Value {
  if (node.kind === 'literal') return node.value;
  if (node.kind === 'parameter' && node.type !== 'table' && isFixed(node.parameter))
    return parameterOn(node.parameter, '');
  if (node.kind === 'codeSet' && !node.on) return node.codes.map((c) => c.code);
  return undefined;
}

function onDay<T>(day: Get, list: ReturnType<typeof eras<T>>, nothing: T): (x: Evaluation) => T {
  return (x) => {
    const on = day(x) as string | undefined;
    return on ? (valueInEra(list, on) as T) : nothing;
  };
}

/**
 * What a parameter is for the day and for whom it is asked.
 * @param valueOn what it is on a day, for somebody
 */
export function compileParameter<T>(
  compiling: Compiling,
  { parameter, on, whose }: ParameterExpression,
  valueOn: (day: string | undefined, whose?: string) => T,
): (x: Evaluation) => T {
  const day = on && isDated(parameter) ? compileValue(compiling, on) : undefined;
  const of = (owner?: string): ((x: Evaluation) => T) => {
    if (!day) {
      const always = valueOn('', owner);
      return () => always;
    }
    return onDay(
      day,
      eras(parameter.values, (asked) => valueOn(asked, owner)),
      valueOn(undefined, owner),
    );
  };
  const others = of();
  const owners = whose ? ownersIn(parameter) : [];
  if (!whose || owners.length === 0) return others;
  const own = new Map(owners.map((owner) => [owner, of(owner)]));
  const owner = compileValue(compiling, whose);
  return (x) => (own.get(owner(x) as string) ?? others)(x);
}

/** The slots of an interval; an end of -1 is open for ever. */
export function intervalSlots(places: ColumnPlaces, interval: IntervalJson): { start: number; end: number } {
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
      return (x) => x.window;
    case 'window.start':
      return (x) => x.request.from;
    case 'window.end':
      return (x) => x.request.through;
    case 'runDate.':
      return (x) => x.runDate || undefined;
    case 'value.':
      return (x) => x.value;
    case 'value.form':
      return (x) => formOf(x.value);
    case 'sender.reportingLEA':
      return (x) => x.sender;
    default: {
      const key = part as never;
      if (fact === 'request') return (x) => x.request[key];
      if (fact === 'line') return (x) => x.line[key];
      if (fact === 'replacement') return (x) => x.replacement?.[key];
      if (fact === 'pair') return (x) => x.pair[key];
      return (x) => x.transaction[key];
    }
  }
}
