/** What looks found in a student history, and what they did not: which record, or which came closest. */
import { capital } from '#base/text';
import { layoutOf } from '#records/layout';
import type { SourceRecord } from '#records/record';
import { isEquality, namesValues } from '#rulebook/operators/operator';
import type { Leaf, LookNode } from '#rulebook/tree/nodes';
import { concerns } from '#rulebook/tree/walk';
import type { Glossary } from '#rulebook/words/words';
import type { ConditionContext } from '../condition-tree.ts';
import type { Inspector } from '../inspector.ts';
import type { LookupTrace } from '../lookup-trace.ts';
import type { RecordView } from '../record-view.ts';
import { closed, type Nouns, withoutArticle } from './nouns.ts';
import { settlingLeaves } from './settling.ts';
import { unique } from './values-in-words.ts';

export class LookupWords {
  readonly #inspector: Inspector;
  readonly #glossary: Glossary;
  readonly #view: RecordView;
  readonly #nouns: Nouns;
  readonly #traceOf: (node: LookNode) => LookupTrace;
  readonly #comparison: (leaf: Leaf) => string;

  /**
   * @param trace what a look came to, record by record
   * @param comparison a comparison of a look's condition as it came out for the record in hand
   */
  constructor(
    { inspector, glossary, view }: ConditionContext,
    nouns: Nouns,
    trace: (node: LookNode) => LookupTrace,
    comparison: (leaf: Leaf) => string,
  ) {
    this.#inspector = inspector;
    this.#glossary = glossary;
    this.#view = view;
    this.#nouns = nouns;
    this.#traceOf = trace;
    this.#comparison = comparison;
  }

  /** That the student has what a look asks for, and the record that says so. */
  has(node: LookNode): string {
    const { found } = this.#traceOf(node);
    const says = this.#nouns.says(node);
    const head = /^(an?|the) /.test(says) ? `the student has ${says}` : says;
    if (!found) return head;
    const details = this.#details(node, found);
    return `${head}${this.#view.sourceWords(found, details)}${details.length ? `: ${details.join(', ')}` : ''}`;
  }

  /** That the student has none, and what came closest. */
  hasNo(node: LookNode): string {
    const says = this.#nouns.says(node);
    const head = /^an? /.test(says) ? `the student has no ${withoutArticle(says)}` : `it is not so that ${says}`;
    return `${head}: ${this.#nearest(node)}`;
  }

  /** Which record a look gives. */
  thereIs(node: LookNode): string {
    const { found } = this.#traceOf(node);
    return found
      ? `${closed(this.#nouns.says(node))} is ${this.#view.name(found)}`
      : `there is ${this.#nouns.says(node)}`;
  }

  /** That a look gives no record, and what came closest. */
  thereIsNo(node: LookNode): string {
    return `there is no ${withoutArticle(this.#nouns.says(node))}: ${this.#nearest(node)}`;
  }

  /** Which record came closest to what a look asks for, and what passed it over. */
  #nearest(node: LookNode): string {
    const { candidates } = this.#traceOf(node);
    const name = layoutOf(this.#glossary.schemas, node.from)?.name ?? node.from;
    let best: (typeof candidates)[number] | undefined;
    for (const candidate of candidates) if (!best || candidate.held >= best.held) best = candidate;
    if (!best?.passedOver) return `the student has no ${name} record`;
    const which = candidates.length === 1 ? 'the only one is' : 'nearest is';
    return `${which} ${this.#view.name(best.record)}, but ${best.passedOver.sentence}`;
  }

  /** What a record that was found says of itself, by the conditions that it had to meet. */
  #details(node: LookNode, record: SourceRecord): string[] {
    if (!node.where) return [];
    const { where } = node;
    const said = new Set(Object.values(node.params));
    return this.#inspector.withRecord(record, () =>
      unique(
        settlingLeaves(where, (c) => this.#inspector.holds(c)).flatMap((leaf) => {
          const { left, operator, right } = leaf;
          // Params stand in the words of the fact itself, with their values.
          if (right.kind === 'parameter' && isEquality(operator) && said.has(right.parameter.name)) return [];
          if (!concerns(left, 'record') && !concerns(right, 'record')) return [];
          if (left.kind === 'column' && left.record === 'record' && namesValues(operator))
            return [capital(this.#nouns.noun(left, 'record').replace(/^its /, ''))];
          return [this.#comparison(leaf).replace(/^it runs /, '')];
        }),
      ),
    );
  }
}
