/** Which enrollments are rows, by the JSON of rules/selection.json. */
import type { SelectionJson } from '../load/declarations.ts';
import type { PlainRecord } from './plain-records.ts';
import type { World } from './world.ts';

/**
 * The enrollments that qualify, of several for one row the one that comes first, in the order of rows.
 * @param enrollments of one student
 * @param worldOf everything that can be asked for about one of them
 */
export async function selected(
  { where, onePer, order, rowOrder }: SelectionJson,
  enrollments: readonly PlainRecord[],
  worldOf: (enrollment: PlainRecord) => World,
): Promise<readonly PlainRecord[]> {
  const key = (enrollment: PlainRecord, columns: readonly string[]): string =>
    JSON.stringify(columns.map((column) => enrollment[column]));
  const rivals = new Map<string, PlainRecord[]>();
  for (const enrollment of enrollments) {
    if (!(await worldOf(enrollment).holds(where))) continue;
    const row = key(enrollment, onePer);
    rivals.set(row, [...(rivals.get(row) ?? []), enrollment]);
  }
  const rows: PlainRecord[] = [];
  for (const [first, ...others] of rivals.values())
    if (first) rows.push((await worldOf(first).first([first, ...others], order)) ?? first);
  return rows.sort((a, b) => (key(a, rowOrder) < key(b, rowOrder) ? -1 : 1));
}
