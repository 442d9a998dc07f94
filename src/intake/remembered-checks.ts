/**
 * Checks of records that read the same few columns, and what they said of the values they have met there. Most
 * enrollments of a year begin and end on the same days, for the same reasons.
 */
import type { CompiledCheck } from '#rulebook/compile/check-program';
import type { Evaluation } from '#rulebook/compile/evaluation';

/** So many combinations of values are remembered; a new one takes the place of another. A power of two. */
const COMBINATIONS = 1 << 13;
const SPREAD = 0x9e3779b1;

const NONE: readonly CompiledCheck[] = [];

export class RememberedChecks {
  readonly checks: readonly CompiledCheck[];
  readonly #columns: readonly number[];
  readonly #keys: Int32Array;
  readonly #failed: (readonly CompiledCheck[] | undefined)[] = Array.from({ length: COMBINATIONS }, () => undefined);

  /** @param columns what decides, with what stays the same for all lines, whether they fail */
  constructor(columns: readonly number[], checks: readonly CompiledCheck[]) {
    this.checks = checks;
    this.#columns = columns;
    this.#keys = new Int32Array(COMBINATIONS * columns.length);
  }

  /**
   * The checks that failed for these values before; absent when they have not been met.
   * @param numbers of the values, by column; 0 is a blank, and one below is a value without a number
   */
  recall(numbers: Int32Array): readonly CompiledCheck[] | undefined {
    const columns = this.#columns;
    const keys = this.#keys;
    const place = this.#place(numbers);
    let at = place * columns.length;
    for (let i = 0; i < columns.length; i++) if (keys[at++] !== numbers[columns[i] as number]) return undefined;
    return this.#failed[place];
  }

  /** Tries them on the line that `x` has in hand. */
  ask(x: Evaluation, numbers: Int32Array): readonly CompiledCheck[] {
    let failed = NONE;
    for (const check of this.checks) if (check.fails(x)) failed = [...failed, check];
    const columns = this.#columns;
    if (columns.some((c) => (numbers[c] as number) < 0)) return failed;
    const place = this.#place(numbers);
    for (let i = 0; i < columns.length; i++)
      this.#keys[place * columns.length + i] = numbers[columns[i] as number] as number;
    this.#failed[place] = failed;
    return failed;
  }

  #place(numbers: Int32Array): number {
    const columns = this.#columns;
    let hash = 0;
    for (let i = 0; i < columns.length; i++) {
      hash = Math.imul(hash ^ (numbers[columns[i] as number] as number), SPREAD);
      hash ^= hash >>> 15;
    }
    return hash & (COMBINATIONS - 1);
  }
}

/**
 * Puts checks together that read the same columns, or some of those that another reads.
 * @returns them, and those of which nothing can be remembered
 */
export function remembered(checks: readonly CompiledCheck[]): {
  readonly groups: readonly RememberedChecks[];
  readonly others: readonly CompiledCheck[];
} {
  const sets: { columns: readonly number[]; checks: CompiledCheck[] }[] = [];
  for (const check of checks.toSorted((a, b) => (b.reads?.length ?? 0) - (a.reads?.length ?? 0))) {
    const { reads } = check;
    if (!reads) continue;
    const within = sets.find(({ columns }) => reads.every((c) => columns.includes(c)));
    if (within) within.checks.push(check);
    else sets.push({ columns: reads, checks: [check] });
  }
  return {
    groups: sets.map(({ columns, checks: of }) => new RememberedChecks(columns, of)),
    others: checks.filter(({ reads }) => !reads),
  };
}
