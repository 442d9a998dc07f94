/** Looks into the student history as closures. */
import type { SourceRecord } from '#records/record';
import type { LookNode } from '../tree/nodes.ts';
import type { Value } from '../tree/values.ts';
import type { Compiling, Get, GetRecord, Test } from './compiling.ts';
import { compileCondition } from './conditions.ts';
import { compileOrder, orderByColumn } from './orders.ts';

/** The record of a look that gives one: the first in order. */
export function compileFind(compiling: Compiling, node: LookNode): GetRecord {
  const type = compiling.places.type(node.from);
  const test = node.where ? compileCondition(compiling, node.where, false) : undefined;
  const isBefore = orderByColumn(compiling, node.order) ?? compileOrder(compiling, node.order, 'record');
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

/** The value of a look that gives `any` or `count`. */
export function compileScan(compiling: Compiling, node: LookNode): Get {
  const type = compiling.places.type(node.from);
  const test = node.where ? compileCondition(compiling, node.where, false) : () => true;
  const counts = node.gives === 'count';
  const { index } = node;
  if (compiling.recording) return recordedScan(index, type, test, counts);
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
