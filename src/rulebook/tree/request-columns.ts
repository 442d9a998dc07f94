/** Which columns of an enrollment the selection compares with what a request names, as its rules say. */
import { writtenOut } from './named-conditions.ts';
import type { Selection } from './nodes.ts';
import { expressionsIn, leavesIn } from './walk.ts';

/** The lists of a request, and the key of the column that each chooses by. */
export function requestColumns({ where }: Pick<Selection, 'where'>): ReadonlyMap<string, string> {
  const columns = new Map<string, string>();
  for (const { left, right } of leavesIn([writtenOut(where)]))
    if (left.kind === 'column' && left.record === 'enrollment' && right.kind === 'context' && right.fact === 'request')
      columns.set(right.part, left.key);
  return columns;
}

/** Keys of the columns with the first and the last day of the enrollments that selection asks about. */
export const enrolledColumns = ({ where }: Pick<Selection, 'where'>): readonly string[] => [
  ...new Set(
    expressionsIn([writtenOut(where)]).flatMap((e) =>
      e.kind === 'interval' && e.record === 'enrollment' ? [e.interval.start, e.interval.end ?? []].flat() : [],
    ),
  ),
];
