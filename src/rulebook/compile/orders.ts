/** Orders as closures: whether one record comes before another. */
import { compare, type SourceRecord } from '#records/record';
import type { Order } from '../tree/nodes.ts';
import type { Compiling, IsBefore, Test } from './compiling.ts';
import { compileCondition } from './conditions.ts';
import type { Evaluation } from './evaluation.ts';

/**
 * Whether one record comes before another.
 * @param focus the name under which the order's references know the record
 */
export function compileOrder(compiling: Compiling, orders: readonly Order[], focus: 'record' | 'enrollment'): IsBefore {
  const comparisons = orders.map((order) => comparisonOf(compiling, order, focus));
  return (x, a, b) => {
    for (const comparison of comparisons) {
      const difference = comparison(x, a, b);
      if (difference !== 0) return difference < 0;
    }
    return false;
  };
}

function comparisonOf(
  compiling: Compiling,
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
      const test = compileCondition(compiling, order.condition, false);
      return (x, a, b) => Number(on(x, b, test)) - Number(on(x, a, test));
    }
    default: {
      const { by } = order;
      const slot = by.kind === 'column' ? compiling.places.column(by.recordType, by.key) : undefined;
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

/**
 * The order of nearly every look: by a column, and only between equals by what follows, which mostly is nothing but
 * the order of loading.
 */
export function orderByColumn(compiling: Compiling, [first, ...rest]: readonly Order[]): IsBefore | undefined {
  if ((first?.kind !== 'greatest' && first?.kind !== 'least') || first.by.kind !== 'column' || first.blankFirst)
    return undefined;
  const slot = compiling.places.column(first.by.recordType, first.by.key);
  const [second] = rest;
  // Candidates come in the order of loading, so the later of two is the one loaded last.
  const next =
    rest.length === 1 && second?.kind === 'loaded' && second.last
      ? () => true
      : compileOrder(compiling, rest, 'record');
  const greatest = first.kind === 'greatest';
  return (x, a, b) => {
    const left = a.values[slot] as string;
    const right = b.values[slot] as string;
    if (left === right) return next(x, a, b);
    // A blank comes last; it is before every text by "<", so only the least needs to be told.
    return greatest ? left > right : right === '' || (left !== '' && left < right);
  };
}
