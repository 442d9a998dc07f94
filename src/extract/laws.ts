/**
 * Which laws the rows of an extract break: counted where rows are made, put together from parts made side by side. Says
 * how many rows and where the first one is, and nothing of what is in it.
 */
import type { Evaluation } from '#rulebook/compile/evaluation';
import type { CompiledLaw } from '#rulebook/compile/extract-program';

/** A row that breaks a law, by its place. */
export interface RowPlace {
  /** Of a part's rows as they were made, counted from 0. */
  readonly row: number;
  readonly ssid: string;
  /** Of the student's rows, counted from 0. */
  readonly ofStudent: number;
}

/** How often one law was broken in a part. Plain data, so that threads can hand it over. */
export interface LawCount {
  readonly name: string;
  rows: number;
  /** Absent while no row breaks it. */
  first?: RowPlace;
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
  look(x: Evaluation, ssid: string, ofStudent: number): void {
    const laws = this.#laws;
    for (let i = 0; i < laws.length; i++)
      if ((laws[i] as CompiledLaw).isBroken(x)) {
        const count = this.#counts[i] as LawCount;
        count.rows++;
        count.first ??= { row: this.#row, ssid, ofStudent };
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
      if (first !== undefined) known.line ??= before + first.row + 1;
      this.#results.set(name, known);
    }
  }

  results(): readonly LawResult[] {
    return Array.from(this.#results, ([name, result]) => ({ name, ...result }));
  }
}

/** Gathers the counts of parts whose rows are put in order afterwards: the lines are found when they are. */
export class LawsToSort {
  readonly #keyOf: (ssid: string) => string;
  readonly #laws = new Map<string, { rows: number; key: string; ofStudent: number; line?: number }>();

  /** @param keyOf what rows are sorted by; those of one student keep their order */
  constructor(keyOf: (ssid: string) => string) {
    this.#keyOf = keyOf;
  }

  add(counts: readonly LawCount[]): void {
    for (const { name, rows, first } of counts) {
      const known = this.#laws.get(name) ?? { rows: 0, key: '', ofStudent: 0 };
      known.rows += rows;
      const key = first && this.#keyOf(first.ssid);
      if (first && key !== undefined && (known.key === '' || key < known.key))
        Object.assign(known, { key, ofStudent: first.ofStudent });
      this.#laws.set(name, known);
    }
  }

  /** Is to be told the key of each line in their order; `undefined` when no law is broken, and nobody need tell. */
  watch(): ((key: string) => void) | undefined {
    const sought = [...this.#laws.values()].filter(({ rows }) => rows > 0);
    if (sought.length === 0) return undefined;
    let line = 0;
    let student = { key: '', rows: 0 };
    return (key) => {
      line++;
      student = { key, rows: student.key === key ? student.rows + 1 : 1 };
      for (const law of sought) if (law.key === key && law.ofStudent === student.rows - 1) law.line ??= line;
    };
  }

  results(): readonly LawResult[] {
    return Array.from(this.#laws, ([name, { rows, line }]) => ({ name, rows, ...(line !== undefined && { line }) }));
  }
}
