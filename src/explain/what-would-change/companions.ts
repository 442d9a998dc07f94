/**
 * What has to change with a column, when the change alone is rejected: an exit date needs an exit reason. Whether a
 * change is accepted then is for `resending.ts` to find out.
 */
import { columnIndex, layoutOf } from '#records/layout';
import { expressionsIn } from '#rulebook/tree/walk';
import { blankRecord, columnValue, type Edit, type StudentInHand } from './edits.ts';
import { codesOf } from './proposals.ts';

/**
 * The same edit with one more column of its record: one that a check which rejected it looks at, blank, with a code, or
 * with the day that the edit writes.
 * @param codes of the checks that rejected it
 */
export function* withCompanions(edit: Edit, codes: readonly string[], inHand: StudentInHand): Generator<Edit> {
  if (edit.kind === 'remove') return;
  const { inspector, schemas } = inHand;
  const { plan } = inspector.compiled;
  const recordType = edit.kind === 'add' ? edit.recordType : (plan.types[edit.record.type] as string);
  const layout = layoutOf(schemas, recordType);
  if (!layout) return;
  const [record, valueIn] =
    edit.kind === 'add'
      ? [blankRecord(recordType, plan), (key: string) => edit.values.get(key) ?? '']
      : [edit.record, (key: string) => columnValue(edit.record, key, plan, layout)];
  for (const key of keysRead(codes, recordType, inHand)) {
    const column = layout.columns[columnIndex(layout, key)];
    if (!column || (edit.kind === 'change' && edit.key === key) || layout.keyColumns.includes(key)) continue;
    const now = valueIn(key);
    const days = edit.kind === 'change' && column.type === 'DT' ? [edit.to] : [];
    const values = [...(now === '' ? [] : ['']), ...days, ...codesOf(column, record, layout, inHand, now)];
    for (const value of values)
      if (value !== now)
        yield edit.kind === 'add'
          ? { ...edit, values: new Map([...edit.values, [key, value]]) }
          : { ...edit, also: new Map([[key, value]]) };
  }
}

/** The columns of the incoming record that checks look at. */
function keysRead(codes: readonly string[], recordType: string, { inspector }: StudentInHand): ReadonlySet<string> {
  const { checks } = inspector.compiled.rulebook.checks;
  const asked = checks.filter((check) => check.recordType === recordType && codes.includes(check.json.code));
  return new Set(
    expressionsIn(asked.map(({ condition }) => condition)).flatMap((expression) =>
      expression.kind === 'column' && expression.record === 'incoming' ? [expression.key] : [],
    ),
  );
}
