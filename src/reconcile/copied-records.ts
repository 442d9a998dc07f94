/**
 * Records more that repeat one at hand: whoever sends a later record, or an earlier one, says most of it again. What
 * does not repeat is what the other side needs: a day, a code.
 */
import { columnValue } from '#explain/what-would-change/edits';
import { dayBefore, isRealDay } from '#records/days';
import { type Layout, layoutOf } from '#records/layout';
import type { ReadPlan, SourceRecord } from '#records/record';
import type { Rulebook } from '#rulebook/load/assemble';

type RecordValues = ReadonlyMap<string, string>;

/**
 * A drafted record, filled with what a record at hand says.
 * @param values the draft, by column
 * @returns one that is open, and one that ends before the record at hand begins where it begins before that
 */
export function* repeated(
  values: RecordValues,
  record: SourceRecord,
  { rulebook, plan }: { readonly rulebook: Rulebook; readonly plan: ReadPlan },
): Generator<RecordValues> {
  const recordType = plan.types[record.type] as string;
  const layout = layoutOf(rulebook.schemas, recordType) as Layout;
  const { end } = intervalOf(rulebook, recordType) ?? {};
  const said = layout.columns.flatMap(({ key }): [string, string][] => {
    const value = key === end ? '' : columnValue(record, key, plan, layout);
    return value === '' ? [] : [[key, value]];
  });
  const all = new Map([...said, ...values]);
  yield all;
  if (end === undefined || layout.codeDay === undefined) return;
  const [start, own] = [all.get(layout.codeDay) ?? '', columnValue(record, layout.codeDay, plan, layout)];
  if (isRealDay(start) && isRealDay(own) && start < own) yield new Map([...all, [end, dayBefore(own)]]);
}

const intervalOf = ({ declared }: Rulebook, recordType: string) =>
  declared.intervals.find(({ json }) => json.of === recordType)?.json;
