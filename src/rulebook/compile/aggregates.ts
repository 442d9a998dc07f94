/** Looks that give something of all records that they find, as closures. */
import type { SourceRecord } from '#records/record';
import type { Aggregate } from '../aggregates/aggregate.ts';
import type { Expression, LookNode } from '../tree/nodes.ts';
import type { Interval, Value } from '../tree/values.ts';
import type { Compiling, Get } from './compiling.ts';
import { compileCondition } from './conditions.ts';
import type { Evaluation } from './evaluation.ts';
import { compileValue, daysOfInterval } from './values.ts';

/** What a look gives of one value of each record that it finds, worked out once for each stamp. */
export function compileAggregate(compiling: Compiling, node: LookNode, { compute, ofNothing }: Aggregate): Get {
  const type = compiling.places.type(node.from);
  const test = node.where ? compileCondition(compiling, node.where, false) : undefined;
  const value = compileValueOfEach(compiling, node.value as Expression);
  const within = node.within ? compileValue(compiling, node.within) : undefined;
  const { index } = node;
  // Used again, and never emptied: an array without elements gives up its room.
  const values: Value[] = [];
  return (x) => {
    if (x.stamps[index] === x.stamp) return x.remembered[index] as Value;
    const records = x.history.byType[type] as readonly SourceRecord[];
    const outer = x.record;
    let first: SourceRecord | undefined;
    let found = 0;
    for (let i = 0; i < records.length; i++) {
      const candidate = records[i] as SourceRecord;
      x.record = candidate;
      if (test !== undefined && !test(x)) continue;
      values[found] = value(x, values[found]);
      found++;
      first ??= candidate;
    }
    x.record = outer;
    let result = ofNothing;
    if (found > 0) {
      values.length = found;
      result = compute(values, within?.(x) as Interval | undefined);
    }
    x.stamps[index] = x.stamp;
    x.remembered[index] = result;
    x.matched[index] = first;
    return result;
  };
}

/** A value of each record; of an interval the one that stood in its place before is filled anew, since nobody keeps it. */
function compileValueOfEach(compiling: Compiling, node: Expression): (x: Evaluation, former: Value) => Value {
  if (node.kind !== 'interval') return compileValue(compiling, node);
  const [start, end] = daysOfInterval(compiling, node);
  return (x, former) => {
    const first = start(x);
    if (first === undefined) return undefined;
    const days = (former ?? { start: '', end: '' }) as { start: string; end: string };
    days.start = first;
    days.end = end(x) as string;
    return days;
  };
}
