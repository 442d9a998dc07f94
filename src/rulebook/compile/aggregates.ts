/** Looks that give something of all records that they find, as closures. */
import type { SourceRecord } from '#records/record';
import type { Aggregate } from '../aggregates/aggregate.ts';
import type { Expression, LookNode } from '../tree/nodes.ts';
import type { Interval, Value } from '../tree/values.ts';
import type { Compiling, Get } from './compiling.ts';
import { compileCondition } from './conditions.ts';
import { compileValue } from './values.ts';

/** What a look gives of one value of each record that it finds, worked out once for each stamp. */
export function compileAggregate(compiling: Compiling, node: LookNode, { compute }: Aggregate): Get {
  const type = compiling.places.type(node.from);
  const test = node.where ? compileCondition(compiling, node.where, false) : undefined;
  const value = compileValue(compiling, node.value as Expression);
  const within = node.within ? compileValue(compiling, node.within) : undefined;
  const { index } = node;
  const values: Value[] = [];
  return (x) => {
    if (x.stamps[index] === x.stamp) return x.remembered[index] as Value;
    const records = x.history.byType[type] as readonly SourceRecord[];
    const outer = x.record;
    let first: SourceRecord | undefined;
    values.length = 0;
    for (let i = 0; i < records.length; i++) {
      const candidate = records[i] as SourceRecord;
      x.record = candidate;
      if (test !== undefined && !test(x)) continue;
      values.push(value(x));
      first ??= candidate;
    }
    x.record = outer;
    const result = compute(values, within?.(x) as Interval | undefined);
    x.stamps[index] = x.stamp;
    x.remembered[index] = result;
    x.matched[index] = first;
    return result;
  };
}
