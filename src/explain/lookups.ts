/** What looks into a student history came to, record by record, and what was read on the way. */

import type { SourceRecord } from '#records/record';
import type { Rulebook } from '#rulebook/load/assemble';
import type { ParameterJson } from '#rulebook/load/declarations';
import type {
  Condition,
  Expression,
  FactNode,
  LookNode,
  Order,
  ParameterExpression,
  Place,
} from '#rulebook/tree/nodes';
import { tableOn } from '#rulebook/tree/parameter-values';
import { comesTo } from '#rulebook/tree/settle';
import { isPresent, type Value } from '#rulebook/tree/values';
import type { Glossary } from '#rulebook/words/words';
import type { Inspector } from './inspector.ts';
import { type LookupTrace, Reads, type TracedRecord } from './lookup-trace.ts';
import type { RecordView } from './record-view.ts';
import { nearestRecord } from './why-not.ts';
import type { NearestRecord } from './words/lookup-words.ts';
import { SentenceWriter } from './words/sentences.ts';
import { settlingCondition } from './words/settling.ts';
import { clause, type Statement, told } from './words/statement.ts';
import { shownValue } from './words/values-in-words.ts';

/** For which day and whom a parameter is asked, where that matters. */
interface AskedFor {
  readonly day: string | undefined;
  readonly owner: string | undefined;
}

/**
 * What can be asked about one student in hand. Traces of lookups are kept for as long as the same enrollment is in
 * hand.
 */
export class Lookups {
  readonly sentences: SentenceWriter;
  readonly #inspector: Inspector;
  readonly #rulebook: Rulebook;
  readonly #traces = new Map<LookNode, LookupTrace>();

  constructor(inspector: Inspector, glossary: Glossary, view: RecordView) {
    this.#inspector = inspector;
    this.#rulebook = inspector.compiled.rulebook;
    this.sentences = new SentenceWriter(
      { inspector, glossary, view },
      (node) => this.traceOf(node),
      (node) => this.#nearest(node),
    );
  }

  /** Forgets what was found with another enrollment in hand. */
  forget(): void {
    this.#traces.clear();
  }

  /** What a look came to for what is in hand, record by record. */
  traceOf(node: LookNode): LookupTrace {
    let trace = this.#traces.get(node);
    if (!trace) {
      trace = this.#newTrace(node);
      this.#traces.set(node, trace);
    }
    return trace;
  }

  #newTrace(node: LookNode): LookupTrace {
    const reads = new Reads();
    const { where, order } = node;
    const records = this.#inspector.candidates(node);
    const fits = records.map(
      (record) => !where || this.#inspector.withRecord(record, () => this.readCondition(where, reads)),
    );
    const passing = records.filter((_, i) => fits[i]);
    const found = node.gives === 'record' ? this.#inspector.found(node) : passing[0];
    if (passing.length > 1)
      for (const entry of order)
        if (entry.kind === 'preferring')
          for (const record of passing)
            this.#inspector.withRecord(record, () => this.readCondition(entry.condition, reads));
    // Known before sentences are made: one of them may ask for this very look.
    const candidates: TracedRecord[] = [];
    const trace = { candidates, found, reads };
    this.#traces.set(node, trace);
    for (const [i, record] of records.entries()) {
      if (!fits[i] && where)
        candidates.push({
          record,
          taken: false,
          passedOver: this.#passedOver(where, record),
        });
      else if (node.gives !== 'record' || record === found || !found) candidates.push({ record, taken: true });
      else
        candidates.push({
          record,
          taken: false,
          passedOver: this.#comesAfter(node, found, record),
        });
    }
    return trace;
  }

  /** The record that "why not" names too: one answer to which came closest. */
  #nearest(node: LookNode): NearestRecord | undefined {
    const nearest = nearestRecord(node, { inspector: this.#inspector, sentences: this.sentences });
    return nearest && { record: nearest.record, reasons: nearest.obstacles().map(({ statement }) => statement) };
  }

  #passedOver(where: Condition, record: SourceRecord): NonNullable<TracedRecord['passedOver']> {
    const holds = (c: Condition): boolean => this.#inspector.holds(c);
    return this.#inspector.withRecord(record, () => {
      const reasons = told(this.sentences.reasons(where, holds));
      return { sentence: this.#aboutIt(reasons, record), pointer: settlingCondition(where, holds).pointer };
    });
  }

  /** Reasons in one clause about a record: "its Effective End Date is 2023-06-30, before the enrollment starts on …". */
  #aboutIt(reasons: readonly Statement[], record: SourceRecord): string {
    const naming = this.sentences.naming();
    const all = naming.say(clause(reasons), { it: record });
    return all ?? naming.say(clause(reasons.slice(0, 1)), { it: record }) ?? 'it does not meet the conditions';
  }

  #comesAfter(node: LookNode, winner: SourceRecord, record: SourceRecord): NonNullable<TracedRecord['passedOver']> {
    const place = this.#inspector.firstDifference(node.order, winner, record, 'record');
    const entry = node.order[place];
    const { name, why } = this.nameAndWhy(entry, winner, record, 'record');
    return {
      sentence: `another record comes first: ${name}${why && `, because ${why}`}`,
      pointer: `${node.pointer}/order${place < 0 ? '' : `/${place}`}`,
    };
  }

  /** Which record comes before another, and by what: "its Effective Start Date is 2023-08-15, later than 2022-08-15". */
  nameAndWhy(
    entry: Order | undefined,
    winner: SourceRecord,
    loser: SourceRecord,
    focus: 'enrollment' | 'record',
  ): { readonly name: string; readonly why: string } {
    const name = this.sentences.nameOf(winner);
    if (!entry) return { name, why: '' };
    return { name, why: this.#aboutIt(told(this.sentences.precedence(entry, winner, loser, focus)), winner) };
  }

  /**
   * Asks a condition for what is in hand, comparison by comparison and no further than needed, and notes what is read.
   */
  readCondition(condition: Condition, reads: Reads): boolean {
    return comesTo(condition, (leaf) => {
      this.read(leaf.left, reads);
      this.read(leaf.right, reads);
      return this.#inspector.holds(leaf);
    });
  }

  /** Notes the facts and parameters that an expression asks for, those of facts included. */
  read(e: Expression, reads: Reads): void {
    if (e.kind === 'parameter') this.#readParameter(e, reads);
    else if (e.kind === 'codeSet') {
      if (e.on) this.read(e.on, reads);
    } else if (e.kind === 'fact') this.#readFact(e.node, reads);
    else if ('record' in e && typeof e.record === 'object') this.#readFact(e.record, reads);
  }

  #readParameter(e: ParameterExpression, reads: Reads): void {
    this.#note(e.parameter, this.#askedFor(e, reads), this.#inspector.value(e), reads);
  }

  #note({ name, says, type }: ParameterJson, { day: on, owner }: AskedFor, value: Value, reads: Reads): void {
    const { file, pointer } = this.#rulebook.declared.parameters.get(name) as Place;
    reads.parameters.set(`${name} ${on ?? ''} ${owner ?? ''}`, {
      parameter: name,
      says,
      file,
      pointer,
      ...(on !== undefined && { on }),
      ...(owner !== undefined && { for: owner }),
      value: shownValue(value),
      ...(type === 'day' && { isDay: true as const }),
    });
  }

  #readFact(node: FactNode, reads: Reads): void {
    if (reads.facts.has(node)) return;
    if (node.kind === 'look') {
      reads.facts.add(node);
      reads.add(this.traceOf(node).reads);
      return;
    }
    // What depends on the record of a look has no one value: it is worked out for each record, and sentences about that
    // record say it.
    if (!node.perRecord) reads.facts.add(node);
    for (const condition of node.conditions ?? []) if (this.readCondition(condition, reads)) break;
    for (const operand of this.operandsRead(node)) this.read(operand, reads);
    if (node.by) this.#readTable(node.by, node.operands, reads);
  }

  /** The operands that a calculation looks at: of the cases of a choice, or of conditions, only the one chosen. */
  operandsRead(node: Extract<FactNode, { kind: 'calculation' }>): readonly Expression[] {
    if (!node.cases && !node.conditions) return node.operands;
    const chosen = this.sentences.chosen(node);
    return [...(node.cases ? node.operands.slice(0, 1) : []), ...(chosen ? [chosen] : [])];
  }

  /** Of a table only the labels of the codes at hand are told. */
  #readTable({ parameter, ...asked }: ParameterExpression, operands: readonly Expression[], reads: Reads): void {
    const codes = new Set(operands.map((operand) => this.#inspector.value(operand)).filter(isPresent));
    const { day, owner } = this.#askedFor(asked, reads);
    const labels = [...tableOn(parameter, day === '' ? undefined : (day ?? ''), owner)].filter(([code]) =>
      codes.has(code),
    );
    this.#note(
      parameter,
      { day, owner },
      labels.map(([code, label]) => `${code}: ${label}`),
      reads,
    );
  }

  /** For which day and whom a parameter is asked. */
  #askedFor({ on, whose }: Pick<ParameterExpression, 'on' | 'whose'>, reads: Reads): AskedFor {
    const text = (e: Expression | undefined): string | undefined => {
      if (!e) return undefined;
      this.read(e, reads);
      return (this.#inspector.value(e) as string | undefined) ?? '';
    };
    return { day: text(on), owner: text(whose) };
  }
}
