/** Of a student's enrollments the one that comes closest to being a row. */
import { enrolledColumns } from '#rulebook/tree/request-columns';
import { partsOf } from './missing-students.ts';
import { enrollmentsOf, type SelectionContext } from './qualification.ts';

export interface Closest {
  /** Among the enrollments in the order of loading. */
  readonly index: number;
  /** Whether no other one starts later. */
  readonly isLast: boolean;
}

/** The enrollment that meets the most conditions of the selection, one after the other; of several the one that starts last. */
export function closestEnrollment(context: SelectionContext): Closest | undefined {
  const { inspector, reader, selection } = context;
  const [start = ''] = enrolledColumns(selection);
  const parts = partsOf(selection.where);
  const inTime = enrollmentsOf(context)
    .map((enrollment, index) => {
      const failed = inspector.withEnrollment(enrollment, () => parts.findIndex((part) => !inspector.holds(part)));
      return { index, met: failed === -1 ? parts.length : failed, starts: reader.value(enrollment, start) };
    })
    .sort((a, b) => (a.starts < b.starts ? -1 : a.starts > b.starts ? 1 : 0));
  const most = Math.max(...inTime.map(({ met }) => met));
  const closest = inTime.findLast(({ met }) => met === most);
  return closest && { index: closest.index, isLast: closest === inTime.at(-1) };
}
