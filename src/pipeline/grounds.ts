/** Counts what is behind a value of a field, for the students of a store: each student once, over schools too. */

import { type Ground, GroundsFinder, type RowGrounds } from '#explain/grounds';
import type { ExtractRequest } from '#extract/request';
import type { KeptHistory } from '#records/record';
import { EVERYBODY } from '#records/scope';
import type { ExtractProgram } from '#rulebook/compile/extract-program';
import type { Rulebook } from '#rulebook/load/assemble';
import { openHistories } from '#store/sqlite';

/** How many students have a ground. */
export interface GroundCount extends Ground {
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

interface Counting extends Ground {
  students: number;
  alone: number;
  rows: number;
  readonly bySchool: Map<string, number>;
}

/** What is asked. */
interface GroundsOf {
  readonly rulebook: Rulebook;
  readonly request: ExtractRequest;
  /** CCYYMMDD */
  readonly runDate: string;
  readonly field: string;
  readonly value: string;
}

/** @throws UserError when there is no such field; RequestError; SnapshotGoneError */
export async function groundsInStore(
  options: GroundsOf & {
    readonly storeDir: string;
    /** The store as it was then; as it is now when absent. */
    readonly snapshot?: number | undefined;
  },
): Promise<Grounds> {
  const { storeDir, request, snapshot } = options;
  const store = openHistories(storeDir, request.reportingLEAs, snapshot);
  try {
    return await groundsOf(store.histories(EVERYBODY), options);
  } finally {
    store.close();
  }
}

/**
 * The same of students who are handed over, some at a time.
 * @throws UserError when there is no such field; RequestError
 */
export async function groundsOf(
  students: AsyncIterable<readonly KeptHistory[]>,
  { rulebook, request, runDate, field, value }: GroundsOf,
): Promise<Grounds> {
  const finder = new GroundsFinder(rulebook, request, runDate, field, value);
  const counts = new Counts(finder.inspector.compiled.program);
  for await (const histories of students) for (const kept of histories) counts.add([...finder.of(kept)]);
  return counts.result();
}

class Counts {
  readonly #counts = new Map<string, Counting>();
  readonly #slots: readonly number[];
  #students = 0;
  #rows = 0;

  constructor({ requestSlots }: ExtractProgram) {
    this.#slots = ['reportingLEAs', 'schools'].map((list) => requestSlots.get(list) as number);
  }

  /** Counts a student by the rows that have the value. */
  add(rows: readonly RowGrounds[]): void {
    if (rows.length === 0) return;
    this.#students++;
    this.#rows += rows.length;
    /** By ground, the schools of the student's rows. */
    const own = new Map<Counting, Set<string>>();
    for (const { enrollment, grounds } of rows) {
      const school = this.#slots.map((slot) => enrollment.values[slot]).join(' ');
      for (const ground of grounds) {
        const count = this.#countOf(ground);
        count.rows++;
        own.set(count, (own.get(count) ?? new Set()).add(school));
      }
    }
    for (const [count, schools] of own) {
      count.students++;
      if (own.size === 1) count.alone++;
      for (const school of schools) count.bySchool.set(school, (count.bySchool.get(school) ?? 0) + 1);
    }
  }

  #countOf(ground: Ground): Counting {
    const key = [ground.rule, ...ground.codes].join(' ');
    const count = this.#counts.get(key) ?? { ...ground, students: 0, alone: 0, rows: 0, bySchool: new Map() };
    this.#counts.set(key, count);
    return count;
  }

  result(): Grounds {
    const grounds = [...this.#counts.values()].sort((a, b) => b.students - a.students);
    return { students: this.#students, rows: this.#rows, grounds };
  }
}
