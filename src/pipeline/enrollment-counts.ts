/** Where and when the enrollments of LEAs are: what somebody who requests an extract can choose from, with counts. */
import { academicYearFirstDay } from '#extract/request';
import { academicYearOf } from '#records/days';
import { Slots } from '#records/record';
import type { LEAScope } from '#records/scope';
import { compileExtract } from '#rulebook/compile/extract-program';
import type { Rulebook } from '#rulebook/load/assemble';
import { openHistories } from '#store/sqlite';

/** Values in ascending order, and how many enrollments have each. */
export type Counted = readonly (readonly [value: string, enrollments: number])[];

/** Enrollments of one LEA. */
export interface EnrollmentCounts {
  /** By school of attendance. */
  readonly schools: Counted;
  readonly grades: Counted;
  /** By the academic year in which they start, `CCYY-CCYY`. */
  readonly years: Counted;
}

const STUDENTS_A_RANGE = 2_000;

/** Counts the enrollments of every LEA in scope, as the store is after an upload. */
export async function enrollmentCounts(options: {
  readonly storeDir: string;
  readonly scope: LEAScope;
  readonly snapshot: number;
  readonly rulebook: Rulebook;
}): Promise<ReadonlyMap<string, EnrollmentCounts>> {
  const { storeDir, scope, snapshot, rulebook } = options;
  const { extract, schemas } = rulebook;
  const slots = new Slots(schemas.layouts);
  const { rowType, requestSlots, enrolledSlots } = compileExtract(extract, schemas, { recording: false, slots, only: [] });
  const plan = slots.plan();
  const firstDay = academicYearFirstDay(rulebook);
  const [lea, school, grade] = ['reportingLEAs', 'schools', 'grades'].map((list) => requestSlots.get(list));
  const [start] = enrolledSlots;
  const counts = new Map<string, { schools: Counter; grades: Counter; years: Counter }>();
  const store = openHistories(storeDir, scope, snapshot);
  try {
    for (const range of store.ranges(Math.max(1, Math.ceil(store.students() / STUDENTS_A_RANGE)))) {
      for (const kept of store.histories(range))
        for (const { values } of kept.partly(plan, rowType).byType[rowType] ?? []) {
          const code = lea === undefined ? '' : (values[lea] as string);
          if (scope !== 'all' && !scope.includes(code)) continue;
          const of = counts.get(code) ?? { schools: new Counter(), grades: new Counter(), years: new Counter() };
          counts.set(code, of);
          if (school !== undefined) of.schools.add(values[school] as string);
          if (grade !== undefined) of.grades.add(values[grade] as string);
          if (start !== undefined) of.years.add(academicYearOf(values[start] as string, firstDay));
        }
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
  } finally {
    store.close();
  }
  const inOrder = [...counts].sort(([a], [b]) => (a < b ? -1 : 1));
  return new Map(
    inOrder.map(([code, { schools, grades, years }]) => [
      code,
      { schools: schools.sorted(), grades: grades.sorted(), years: years.sorted() },
    ]),
  );
}

class Counter {
  readonly #counts = new Map<string, number>();

  add(value: string): void {
    if (value !== '') this.#counts.set(value, (this.#counts.get(value) ?? 0) + 1);
  }

  sorted(): Counted {
    return [...this.#counts].sort(([a], [b]) => (a < b ? -1 : 1));
  }
}
