/**
 * Which laws the rows of an extract break: counted where rows are made, put together from parts made side by side. Says
 * how many rows and where the first one is, and nothing of what is in it.
 */
import type { Evaluation } from '#rulebook/compile/evaluation';
import type { CompiledLaw } from '#rulebook/compile/extract-program';

/** How often one law was broken in a part. Plain data, so that threads can hand it over. */
export interface LawCount {
  readonly name: string;
  rows: number;
  /** The first row that breaks it, of the part's rows counted from 0; absent while none does. */
  first?: number;
}

/** What an extract came to by one law. */
export interface LawResult {
  readonly name: string;
  /** How many rows break it. */
  readonly rows: number;
  /** The line of the first such row in the file, counted from 1; absent when none does. */
  readonly line?: number;
}

/** Looks at row after row. */
export class LawWatch {
  readonly #laws: readonly CompiledLaw[];
  #row = 0;
  #counts: readonly LawCount[];

  constructor(laws: readonly CompiledLaw[]) {
    this.#laws = laws;
    this.#counts = this.#none();
  }

  /** Looks at the row that was just worked out. */
  look(x: Evaluation): void {
    const laws = this.#laws;
    for (let i = 0; i < laws.length; i++)
      if ((laws[i] as CompiledLaw).isBroken(x)) {
        const count = this.#counts[i] as LawCount;
        count.rows++;
        count.first ??= this.#row;
      }
    this.#row++;
  }

  /** The counts of the rows since this was last asked. */
  take(): readonly LawCount[] {
    const counts = this.#counts;
    this.#counts = this.#none();
    this.#row = 0;
    return counts;
  }

  #none(): readonly LawCount[] {
    return this.#laws.map(({ law }) => ({ name: law.json.name, rows: 0 }));
  }
}

/** Gathers the counts of parts whose rows follow each other. */
export class LawsInOrder {
  readonly #results = new Map<string, { rows: number; line?: number }>();

  /** @param before how many rows the parts before it had */
  add(counts: readonly LawCount[], before: number): void {
    for (const { name, rows, first } of counts) {
      const known = this.#results.get(name) ?? { rows: 0 };
      known.rows += rows;
      if (first !== undefined) known.line ??= before + first + 1;
      this.#results.set(name, known);
    }
  }

  results(): readonly LawResult[] {
    return Array.from(this.#results, ([name, result]) => ({ name, ...result }));
  }
}
