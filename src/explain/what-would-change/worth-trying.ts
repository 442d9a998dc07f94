/** Which changes are worth trying: those that some look notices, and that a store could hold. */
import { codeSetOf, type Layout } from '#records/layout';
import type { SourceRecord } from '#records/record';
import type { Dependencies } from './dependencies.ts';
import { type ColumnChange, columnValue, type StudentInHand, slotOf } from './edits.ts';
import { isInForce } from './proposals.ts';

/**
 * Whether a change makes some look take a record or pass it over, or touches a record that is taken. All others need
 * not be tried.
 */
export function isNoticed(
  edit: ColumnChange,
  layout: Layout,
  { looks, targets }: Dependencies,
  { inspector, enrollment }: StudentInHand,
): boolean {
  const { record, key, to } = edit;
  if (record === enrollment) return true;
  const { plan } = inspector.compiled;
  const slot = slotOf(plan, layout, key);
  if (slot < 0) return false;
  // Another record's interval may end with this one: only the whole history can tell.
  if (
    plan.derivedEnds.some(
      (d) => d.type === record.type && (d.startSlot === slot || d.endSlot === slot || d.sameSlots.includes(slot)),
    )
  )
    return true;
  const values = record.values.slice();
  values[slot] = to;
  const changed: SourceRecord = { ...record, values };
  return looks.some((look) => {
    if (plan.typeIndex.get(look.from) !== record.type) return false;
    const { where } = look;
    const after = !where || inspector.withRecord(changed, () => inspector.holds(where));
    const before = !where || inspector.withRecord(record, () => inspector.holds(where));
    if (after !== before) return true;
    if (!after || look.type === 'flag' || look.gives === 'count') return false;
    return targets.some((t) => t.key === key && (t.record === look || t.scope === look));
  });
}

/** Whether a store could hold the record after a change. */
export function isPossible({ record, key, to }: ColumnChange, layout: Layout, inHand: StudentInHand): boolean {
  const { plan } = inHand.inspector.compiled;
  return couldBeHeld(
    layout,
    (column) => (column === key ? to : columnValue(record, column, plan, layout)),
    [key],
    record,
    inHand,
  );
}

/**
 * Whether a store could hold a record with these values: its days in order, its codes in use, its key no other
 * record's. Only what comes with the columns that are new is asked, for a history may hold worse.
 * @param own the record that it stands instead of
 */
export function couldBeHeld(
  layout: Layout,
  valueIn: (key: string) => string,
  changed: readonly string[],
  own: SourceRecord | undefined,
  inHand: StudentInHand,
): boolean {
  const { inspector, schemas } = inHand;
  for (const { json } of inspector.compiled.rulebook.declared.intervals) {
    if (
      json.of !== layout.recordType ||
      json.end === undefined ||
      !(changed.includes(json.start) || changed.includes(json.end))
    )
      continue;
    if (valueIn(json.end) !== '' && valueIn(json.end) < valueIn(json.start)) return false;
  }
  for (const key of changed) {
    const column = layout.columns.find((c) => c.key === key);
    if (column?.codeSet === undefined || valueIn(key) === '') continue;
    const set = codeSetOf(schemas, column.codeSet);
    const codeDay = column.codeDay ?? layout.codeDay;
    const day = codeDay === undefined ? '' : valueIn(codeDay);
    if (set?.closed && !set.codes.some((c) => c.code === valueIn(column.key) && isInForce(c, day))) return false;
  }
  return !layout.keyColumns.some((key) => changed.includes(key)) || !isTaken(layout, valueIn, own, inHand);
}

/** Whether another record has this key. */
function isTaken(
  layout: Layout,
  valueIn: (key: string) => string,
  own: SourceRecord | undefined,
  { inspector }: StudentInHand,
): boolean {
  const { plan } = inspector.compiled;
  const records = inspector.x.history.byType[plan.typeIndex.get(layout.recordType) as number] ?? [];
  return records.some(
    (r) => r !== own && layout.keyColumns.every((key) => columnValue(r, key, plan, layout) === valueIn(key)),
  );
}
