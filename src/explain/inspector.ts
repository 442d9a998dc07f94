/**
 * A student in hand, for looking at: everything the compiled rules know of one enrollment can be asked for again,
 * condition by condition and record by record.
 */
import { type CompiledRulebook, compileRulebook } from '#extract/extractor';
import type { History, SourceRecord } from '#records/record';
import type { Get, Test } from '#rulebook/compile/compiling';
import { type Evaluation, holdsBy, OUTCOME, type RequestFacts } from '#rulebook/compile/evaluation';
import type { Rulebook } from '#rulebook/load/assemble';
import type { Condition, Expression, FactNode, Field, LookNode, Order, RecordSource } from '#rulebook/tree/nodes';
import type { Value } from '#rulebook/tree/values';
import type { OutcomeWord } from './explanation.ts';

/** A rulebook compiled for explanations: outcomes are recorded, and every column of every record can be read. */
export const compileForExplanations = (rulebook: Rulebook): CompiledRulebook =>
  compileRulebook(rulebook, { recording: true, reading: false });

const WORDS: Readonly<Record<number, OutcomeWord>> = {
  [OUTCOME.notReached]: 'notReached',
  [OUTCOME.false]: 'false',
  [OUTCOME.true]: 'true',
  [OUTCOME.absentFalse]: 'absent',
  [OUTCOME.absentTrue]: 'absent',
};

export class Inspector {
  readonly compiled: CompiledRulebook;
  readonly x: Evaluation;
  readonly #gets = new Map<Expression, Get>();
  readonly #tests = new Map<Condition, Test>();
  readonly #facts = new Map<FactNode, Expression>();
  /** Whether one record comes before another by a single entry of an order. */
  readonly #comparisons = new Map<Order, ReturnType<CompiledRulebook['program']['compiler']['order']>>();

  /**
   * @param compiled from `compileForExplanations`
   * @param runDate CCYYMMDD
   */
  constructor(compiled: CompiledRulebook, request: RequestFacts, runDate: string) {
    this.compiled = compiled;
    this.x = compiled.program.newEvaluation();
    compiled.program.begin(this.x, request, runDate);
  }

  get fields(): readonly Field[] {
    return this.compiled.rulebook.extract.fields;
  }

  /** The enrollments of a student that are rows, in the order of rows. The student is in hand from now on. */
  select(history: History): readonly SourceRecord[] {
    return this.compiled.program.select(this.x, history);
  }

  /**
   * Works out the fields of a row. Its enrollment is in hand from now on, and `x` holds fields, deciding rules and
   * outcomes.
   */
  evaluate(enrollment: SourceRecord): void {
    this.compiled.program.evaluate(this.x, enrollment);
  }

  /** Takes an enrollment in hand without working out its fields: for the conditions of the selection. */
  take(enrollment: SourceRecord): void {
    this.x.nextEnrollment(enrollment);
  }

  /** The value of a derived field that `evaluate` worked out, and the index of the rule that decided. */
  field(number: string): { readonly value: string; readonly decided: number } {
    const index = this.compiled.program.fieldNumbers.indexOf(number);
    return { value: this.x.fields[index] as string, decided: this.x.decided[index] as number };
  }

  /** What a condition of a field's rule came to in the last `evaluate`. */
  recorded({ id }: Condition): { readonly outcome: OutcomeWord; readonly holds: boolean } {
    const outcome = this.x.outcomes[id] as number;
    return {
      outcome: WORDS[outcome] as OutcomeWord,
      holds: holdsBy(outcome),
    };
  }

  /** The value of an expression for what is in hand; `undefined` is absent. */
  value(expression: Expression): Value {
    let get = this.#gets.get(expression);
    if (!get) {
      get = this.compiled.program.compiler.value(expression);
      this.#gets.set(expression, get);
    }
    return get(this.x);
  }

  /** Whether a condition holds for what is in hand, asked anew. */
  holds(condition: Condition): boolean {
    let test = this.#tests.get(condition);
    if (!test) {
      test = this.compiled.program.compiler.condition(condition, false);
      this.#tests.set(condition, test);
    }
    return test(this.x);
  }

  /** The value of a fact for what is in hand; that of a look that gives a record is `true` when there is one. */
  fact(node: FactNode): Value {
    let expression = this.#facts.get(node);
    if (!expression) {
      if (node.kind === 'calculation') expression = { kind: 'fact', type: node.type, node };
      else if (node.gives === 'record') expression = { kind: 'record', type: 'record', record: node };
      else expression = { kind: 'fact', type: node.type, node };
      this.#facts.set(node, expression);
    }
    return this.value(expression);
  }

  /** The record that a look gives for what is in hand; none for a look that gives no record. */
  found(look: LookNode): SourceRecord | undefined {
    // Asking whether it is there is what makes the evaluation remember it.
    return look.gives !== 'record' || this.fact(look) === undefined
      ? undefined
      : (this.x.remembered[look.index] as SourceRecord);
  }

  /** The record that an expression is about, when it is there. */
  record(source: RecordSource): SourceRecord | undefined {
    return typeof source === 'object' ? this.found(source) : this.x[source];
  }

  /** The records that a look considers, in the order of loading. */
  candidates({ from }: LookNode): readonly SourceRecord[] {
    return this.x.history.byType[this.compiled.plan.typeIndex.get(from) as number] ?? [];
  }

  /** Does something with a record in hand, as the conditions of a look have it. */
  withRecord<T>(record: SourceRecord, then: () => T): T {
    const outer = this.x.record;
    this.x.record = record;
    try {
      return then();
    } finally {
      this.x.record = outer;
    }
  }

  /** Does something with another enrollment in hand, as the conditions and the order of the selection have it. */
  withEnrollment<T>(enrollment: SourceRecord, then: () => T): T {
    const outer = this.x.enrollment;
    this.take(enrollment);
    try {
      return then();
    } finally {
      this.take(outer);
    }
  }

  /** The place in an order of the first entry that puts one record before another; -1 when none does. */
  firstDifference(
    order: readonly Order[],
    winner: SourceRecord,
    loser: SourceRecord,
    focus: 'enrollment' | 'record',
  ): number {
    return order.findIndex((entry) => {
      let isBefore = this.#comparisons.get(entry);
      if (!isBefore) {
        isBefore = this.compiled.program.compiler.order([entry], focus);
        this.#comparisons.set(entry, isBefore);
      }
      return isBefore(this.x, winner, loser);
    });
  }
}
