/**
 * From student histories to rows: the rulebook, a request and a run date, compiled and ready for student after student.
 */
import { type KeyPlaces, keyPlaces } from '#intake/keys';
import { outputColumns, usualColumnSet } from '#records/layout';
import { type History, historyOf, type KeptHistory, type ReadPlan, Slots, type SourceRecord } from '#records/record';
import { type CheckProgram, compileChecks } from '#rulebook/compile/check-program';
import type { Observer } from '#rulebook/compile/compiling';
import type { Evaluation, RequestFacts } from '#rulebook/compile/evaluation';
import { type CompiledLaw, compileExtract, type ExtractProgram } from '#rulebook/compile/extract-program';
import type { Rulebook } from '#rulebook/load/assemble';
import { NO_CHECKS } from '#rulebook/tree/nodes';
import { type LawCount, LawWatch } from './laws.ts';
import { type RowWriter, rowWriter } from './row.ts';
import { Looked, type Seen } from './seen.ts';

/** A rulebook compiled for reading, checking and extracting with one read plan. */
export interface CompiledRulebook {
  readonly rulebook: Rulebook;
  readonly program: ExtractProgram;
  readonly checks: CheckProgram;
  readonly keys: readonly KeyPlaces[];
  readonly plan: ReadPlan;
  readonly rows: RowWriter;
  /** The laws about columns of the column set: what a file does not hold, nobody can ask of it. */
  readonly laws: readonly CompiledLaw[];
}

export interface CompileOptions {
  /** Name of a column set of the output layout; its default set when absent. */
  readonly columns?: string | undefined;
  /** Whether condition outcomes are recorded, for the trace. */
  readonly recording?: boolean;
  /**
   * Whether incoming records are to be checked and applied; without it the read plan holds only what an extract needs.
   */
  readonly reading?: boolean;
  /** Looks on, for the coverage and the check of examples. */
  readonly observer?: Observer;
}

/**
 * Compiles everything that a rulebook holds. Done once; what it gives is used for every request.
 * @throws UserError for a column set that the output layout does not have
 */
export function compileRulebook(
  rulebook: Rulebook,
  {
    columns = usualColumnSet(rulebook.schemas.output),
    recording = true,
    reading = true,
    observer,
  }: CompileOptions = {},
): CompiledRulebook {
  const { schemas } = rulebook;
  const slots = new Slots(schemas.layouts);
  const checks = compileChecks(reading ? rulebook.checks : NO_CHECKS, schemas, slots, observer);
  const keys = reading ? keyPlaces(schemas, slots) : [];
  const fieldNumbers = schemas.output.columns.filter((c) => c.rule).map((c) => c.no);
  const rows = rowWriter(schemas, columns, fieldNumbers, slots);
  const program = compileExtract(rulebook.extract, schemas, { recording, slots, observer });
  const written = new Set(outputColumns(schemas.output, columns).map(({ no }) => no));
  const laws = program.laws.filter(({ law }) => law.reads.every((no) => written.has(no)));
  return { rulebook, program, checks, keys, plan: program.plan, rows, laws };
}

/** Makes the rows of one request. Not to be shared between requests that run at the same time. */
export class Extractor {
  readonly #compiled: CompiledRulebook;
  readonly #x: Evaluation;
  readonly #looked: Looked;
  readonly #laws: LawWatch;

  /** @param runDate CCYYMMDD */
  constructor(compiled: CompiledRulebook, request: RequestFacts, runDate: string) {
    this.#compiled = compiled;
    this.#looked = new Looked(compiled.program, request);
    this.#laws = new LawWatch(compiled.laws);
    this.#x = compiled.program.newEvaluation();
    compiled.program.begin(this.#x, request, runDate);
  }

  /**
   * Calls `each` for every row of a student, in order; `x` holds fields, deciding rules and outcomes until `each`
   * returns. Gives the number of rows.
   */
  rows(history: History, each: (x: Evaluation, enrollment: SourceRecord) => void): number {
    const { program } = this.#compiled;
    const x = this.#x;
    this.#looked.add(history);
    return this.#each(program.select(x, history), each);
  }

  /**
   * The same for a history as it is kept. What selection does not need is read only for students who have a row.
   */
  rowsOf(kept: KeptHistory, each: (x: Evaluation, enrollment: SourceRecord) => void): number {
    const { program, plan } = this.#compiled;
    if (!program.selectsAlone) return this.rows(historyOf(kept.ssid, kept.records(plan), plan), each);
    const x = this.#x;
    const partly = kept.partly(plan, program.rowType);
    this.#looked.add(partly);
    const rows = program.select(x, partly);
    if (rows.length === 0) return 0;
    x.history = partly.complete();
    return this.#each(rows, each);
  }

  #each(rows: readonly SourceRecord[], each: (x: Evaluation, enrollment: SourceRecord) => void): number {
    const { program } = this.#compiled;
    const x = this.#x;
    for (let i = 0; i < rows.length; i++) {
      const enrollment = rows[i] as SourceRecord;
      program.evaluate(x, enrollment);
      this.#laws.look(x);
      each(x, enrollment);
    }
    return rows.length;
  }

  /** Where the enrollments are that were looked at since this was last asked. */
  takeSeen(): Seen {
    return this.#looked.take();
  }

  /** How often the rows broke each law since this was last asked. */
  takeLaws(): readonly LawCount[] {
    return this.#laws.take();
  }

  /** The rows of a student as lines of the file; `''` when there are none. */
  lines(history: History): string {
    let lines = '';
    this.rows(history, (x, enrollment) => {
      lines += this.#compiled.rows.line(x, enrollment);
    });
    return lines;
  }

  /** The same, from a history as it is kept. */
  linesOf(kept: KeptHistory): string {
    let lines = '';
    this.rowsOf(kept, (x, enrollment) => {
      lines += this.#compiled.rows.line(x, enrollment);
    });
    return lines;
  }
}
