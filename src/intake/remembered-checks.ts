/**
 * Checks of records that read the same few columns, and what is left of them for the values they have met there: mostly
 * nothing, or a comparison of two days. Of several days it is not remembered which they are: there are too many pairs.
 */
import type { CompiledCheck } from '#rulebook/compile/check-program';
import type { Evaluation } from '#rulebook/compile/evaluation';

/** What checks come to for some values: those that fail, and what is left of those that depend on more. */
export interface Outcome {
  readonly failed: readonly CompiledCheck[];
  readonly open: readonly CompiledCheck[];
}

/** So many combinations of values are remembered; a new one takes the place of another. A power of two. */
const COMBINATIONS = 1 << 12;
const SPREAD = 0x9e3779b1;

export class RememberedChecks {
  readonly checks: readonly CompiledCheck[];
  /** The columns whose values decide. */
  readonly numbered: readonly number[];
  /** The columns of which only counts whether they are blank. */
  readonly #present: readonly number[];
  readonly #rows: Int32Array;
  /** By combination; absent for one that has not been met. */
  readonly #outcomes: (Outcome | undefined)[] = Array.from({ length: COMBINATIONS }, () => undefined);

  /** @param isDay whether a column has days */
  constructor(checks: readonly CompiledCheck[], isDay: (column: number) => boolean) {
    const read = checks.flatMap(({ reads }) => [...(reads ?? [])]);
    const values = new Set(read.flatMap(([c, what]) => (what === 'value' ? [c] : [])));
    const isPair = [...values].filter(isDay).length > 1;
    const numbered = new Set([...values].filter((c) => !(isPair && isDay(c))));
    this.checks = checks;
    this.numbered = [...numbered];
    this.#present = [...new Set(read.flatMap(([c]) => (numbered.has(c) ? [] : [c])))];
    this.#rows = new Int32Array(COMBINATIONS * (numbered.size + 1));
  }

  /**
   * What the checks came to for these values before; absent when they have not been met.
   * @param numbers of the values, by column; 0 is a blank, and one below is a value without a number
   */
  recall(numbers: Int32Array): Outcome | undefined {
    const { numbered } = this;
    const rows = this.#rows;
    const present = this.#whichArePresent(numbers);
    const place = this.#place(numbers, present);
    let at = place * (numbered.length + 1);
    if (rows[at++] !== present) return undefined;
    for (let i = 0; i < numbered.length; i++) if (rows[at++] !== numbers[numbered[i] as number]) return undefined;
    return this.#outcomes[place];
  }

  /**
   * Finds out what they come to.
   * @param x has the line in hand
   * @param textOf the value of a column
   */
  settle(x: Evaluation, numbers: Int32Array, textOf: (column: number) => string): Outcome {
    const { numbered } = this;
    const isKnown = (c: number): boolean => numbered.includes(c) || numbers[c] === 0;
    const failed: CompiledCheck[] = [];
    const open: CompiledCheck[] = [];
    for (const check of this.checks) {
      const reads = [...(check.reads ?? [])];
      // Of what is read by presence alone, presence is known.
      const isSettled = reads.every(([c, what]) => what === 'presence' || isKnown(c));
      const left = isSettled ? check.fails(x) : (check.leftOf?.((c) => (isKnown(c) ? textOf(c) : undefined)) ?? check);
      if (left === true) failed.push(check);
      else if (left !== false) open.push(left);
    }
    const outcome = { failed, open };
    if (numbered.some((c) => (numbers[c] as number) < 0)) return outcome;
    const present = this.#whichArePresent(numbers);
    const place = this.#place(numbers, present);
    this.#rows.set([present, ...numbered.map((c) => numbers[c] as number)], place * (numbered.length + 1));
    this.#outcomes[place] = outcome;
    return outcome;
  }

  #whichArePresent(numbers: Int32Array): number {
    const columns = this.#present;
    let which = 0;
    for (let i = 0; i < columns.length; i++) which = (which << 1) | (numbers[columns[i] as number] === 0 ? 0 : 1);
    return which;
  }

  #place(numbers: Int32Array, present: number): number {
    const { numbered } = this;
    let hash = Math.imul(present, SPREAD);
    for (let i = 0; i < numbered.length; i++) {
      hash ^= hash >>> 15;
      hash = Math.imul(hash ^ (numbers[numbered[i] as number] as number), SPREAD);
    }
    return (hash ^ (hash >>> 15)) & (COMBINATIONS - 1);
  }
}

/** More columns than these have too many combinations. */
const MOST_COLUMNS = 8;
/** Which of so many columns are there fits into a number; of more, two combinations would be taken for one. */
const MOST_PRESENT = 31;

/**
 * Puts checks together that read nearly the same columns.
 * @param isDay whether a column has days
 * @returns them, and those of which nothing can be remembered
 */
export function remembered(
  checks: readonly CompiledCheck[],
  isDay: (column: number) => boolean,
): { readonly groups: readonly RememberedChecks[]; readonly others: readonly CompiledCheck[] } {
  const columnsOf = ({ reads }: CompiledCheck): Set<number> => new Set(reads?.keys());
  const isRemembered = (check: CompiledCheck): boolean =>
    check.reads !== undefined && columnsOf(check).size <= MOST_PRESENT;
  const withoutDays = (columns: ReadonlySet<number>): Set<number> => new Set([...columns].filter((c) => !isDay(c)));
  const sets: { columns: Set<number>; checks: CompiledCheck[] }[] = [];
  for (const check of checks.filter(isRemembered).toSorted((a, b) => columnsOf(b).size - columnsOf(a).size)) {
    const columns = columnsOf(check);
    const near = sets.find((set) => {
      const all = set.columns.union(columns);
      const isShared = withoutDays(set.columns.intersection(columns)).size > 0;
      return isShared && withoutDays(all).size <= MOST_COLUMNS && all.size <= MOST_PRESENT;
    });
    if (near) {
      near.columns = near.columns.union(columns);
      near.checks.push(check);
    } else sets.push({ columns, checks: [check] });
  }
  return {
    groups: sets.map(({ checks: of }) => new RememberedChecks(of, isDay)),
    others: checks.filter((check) => !isRemembered(check)),
  };
}
