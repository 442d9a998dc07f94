/** Where and when the enrollments of LEAs are: what somebody who requests an extract can choose from, with counts. */
import { academicYearFirstDay } from '#extract/request';
import { academicYearOf } from '#records/days';
import { Slots, type SourceRecord } from '#records/record';
import { EVERYBODY, type LEAScope } from '#records/scope';
import { compileExtract, type ExtractProgram } from '#rulebook/compile/extract-program';
import type { Rulebook } from '#rulebook/load/assemble';
import { openHistories } from '#store/open';

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

/** Counts the enrollments of every LEA in scope, as the store is after an upload. LEAs are in ascending order. */
export async function enrollmentCounts(options: {
  readonly storeDir: string;
  readonly scope: LEAScope;
  readonly snapshot: number;
  readonly rulebook: Rulebook;
}): Promise<ReadonlyMap<string, EnrollmentCounts>> {
  const { storeDir, scope, snapshot, rulebook } = options;
  const { schemas } = rulebook;
  const slots = new Slots(schemas.layouts);
  const program = compileExtract(rulebook.extract, schemas, { recording: false, slots, only: [] });
  const plan = slots.plan();
  const counts = new CountsByLEA(program, academicYearFirstDay(rulebook));
  const store = await openHistories(storeDir, scope, snapshot);
  try {
    for await (const histories of store.histories(EVERYBODY))
      for (const kept of histories)
        for (const record of kept.partly(plan, program.rowType).byType[program.rowType] ?? []) counts.add(record);
  } finally {
    store.close();
  }
  return counts.of(scope);
}

class CountsByLEA {
  readonly #counts = new Map<string, { schools: Counter; grades: Counter; years: Counter }>();
  readonly #program: ExtractProgram;
  readonly #firstDay: string;

  constructor(program: ExtractProgram, firstDay: string) {
    this.#program = program;
    this.#firstDay = firstDay;
  }

  add({ values }: SourceRecord): void {
    const { requestSlots, enrolledSlots } = this.#program;
    const [lea, school, grade] = ['reportingLEAs', 'schools', 'grades'].map(
      (list) => values[requestSlots.get(list) as number] ?? '',
    ) as [string, string, string];
    const of = this.#counts.get(lea) ?? { schools: new Counter(), grades: new Counter(), years: new Counter() };
    this.#counts.set(lea, of);
    of.schools.add(school);
    of.grades.add(grade);
    of.years.add(academicYearOf(values[enrolledSlots[0] as number] as string, this.#firstDay));
  }

  of(scope: LEAScope): ReadonlyMap<string, EnrollmentCounts> {
    const counted = [...this.#counts].filter(([lea]) => scope === 'all' || scope.includes(lea));
    return new Map(
      counted
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([lea, { schools, grades, years }]) => [
          lea,
          { schools: schools.sorted(), grades: grades.sorted(), years: years.sorted() },
        ]),
    );
  }
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
