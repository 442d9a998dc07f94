/** Counts what is behind a value of a field, for the students of a store: each student once, over schools too. */

import { GroundsFinder } from '#explain/grounds';
import type { ExtractRequest } from '#extract/request';
import { EVERYBODY } from '#records/scope';
import type { Rulebook } from '#rulebook/load/assemble';
import { openHistories } from '#store/sqlite';

/** How many students have a ground. */
export interface GroundCount {
  readonly rule: string;
  readonly codes: readonly string[];
  readonly meanings: readonly string[];
  readonly students: number;
  /** Those who have no other. */
  readonly alone: number;
  readonly rows: number;
  /** Students by LEA and school, `LEA SCHOOL`. */
  readonly bySchool: ReadonlyMap<string, number>;
}

export interface Grounds {
  /** Students with the value, and their rows. */
  readonly students: number;
  readonly rows: number;
  /** Those with most students first. */
  readonly grounds: readonly GroundCount[];
}

interface Counting {
  rule: string;
  codes: readonly string[];
  meanings: readonly string[];
  students: number;
  alone: number;
  rows: number;
  bySchool: Map<string, number>;
}

/** @throws UserError when there is no such field; RequestError */
export async function groundsInStore(options: {
  readonly storeDir: string;
  readonly rulebook: Rulebook;
  readonly request: ExtractRequest;
  /** CCYYMMDD */
  readonly runDate: string;
  readonly field: string;
  readonly value: string;
}): Promise<Grounds> {
  const { storeDir, rulebook, request, runDate, field, value } = options;
  const finder = new GroundsFinder(rulebook, request, runDate, field, value);
  const { program } = finder.inspector.compiled;
  const [lea, school] = ['reportingLEAs', 'schools'].map((list) => program.requestSlots.get(list) as number);
  const counts = new Map<string, Counting>();
  let [students, rows] = [0, 0];
  const store = openHistories(storeDir, request.reportingLEAs);
  try {
    for await (const histories of store.histories(EVERYBODY))
      for (const kept of histories) {
        /** By ground, the schools of the student's rows. */
        const own = new Map<string, Set<string>>();
        let ownRows = 0;
        for (const { enrollment, grounds } of finder.of(kept)) {
          ownRows++;
          const { values } = enrollment;
          for (const { rule, codes, meanings } of grounds) {
            const key = [rule, ...codes].join(' ');
            const count = counts.get(key) ?? {
              rule,
              codes,
              meanings,
              students: 0,
              alone: 0,
              rows: 0,
              bySchool: new Map(),
            };
            counts.set(key, count);
            count.rows++;
            own.set(key, (own.get(key) ?? new Set()).add(`${values[lea ?? 0]} ${values[school ?? 0]}`));
          }
        }
        if (ownRows > 0) students++;
        rows += ownRows;
        for (const [key, schools] of own) {
          const count = counts.get(key) as Counting;
          count.students++;
          if (own.size === 1) count.alone++;
          for (const one of schools) count.bySchool.set(one, (count.bySchool.get(one) ?? 0) + 1);
        }
      }
  } finally {
    store.close();
  }
  return { students, rows, grounds: [...counts.values()].sort((a, b) => b.students - a.students) };
}
