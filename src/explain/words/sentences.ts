/**
 * Sentences about one student, made from the typed tree and the values in hand. Nothing here knows a field: what can be
 * said follows from the rules alone.
 */
import type { SourceRecord } from '#records/record';
import { constantOf } from '#rulebook/compile/values';
import type { CalculationNode, Condition, Expression, FactNode, Leaf, LookNode, Order } from '#rulebook/tree/nodes';
import { columnName, columnOf, expressionWords, type Glossary } from '#rulebook/words/words';
import type { ConditionContext } from '../condition-tree.ts';
import type { Inspector } from '../inspector.ts';
import type { LookupTrace } from '../lookup-trace.ts';
import type { RecordView } from '../record-view.ts';
import { ComparisonWords } from './comparison-words.ts';
import { LookupWords } from './lookup-words.ts';
import { type Focus, Nouns } from './nouns.ts';
import { OriginWords } from './origin-words.ts';
import { type Holds, settlingLeaves } from './settling.ts';
import { inWords, joined, unique } from './values-in-words.ts';

export class SentenceWriter {
  readonly #inspector: Inspector;
  readonly #glossary: Glossary;
  readonly #view: RecordView;
  readonly #nouns: Nouns;
  readonly #lookups: LookupWords;
  readonly #origins: OriginWords;
  readonly #comparisons: ComparisonWords;

  /** @param trace what a look came to, record by record */
  constructor(context: ConditionContext, trace: (node: LookNode) => LookupTrace) {
    const { inspector, glossary, view } = context;
    this.#inspector = inspector;
    this.#glossary = glossary;
    this.#view = view;
    // A noun may say how it was calculated, and a record what comparisons it met: both are known further down.
    this.#nouns = new Nouns(context, (node) => this.#origins.how(node));
    this.#lookups = new LookupWords(context, this.#nouns, trace, (leaf) =>
      this.#comparisons.comparison(leaf, inspector.holds(leaf), 'record'),
    );
    this.#origins = new OriginWords(context, this.#nouns, this.#lookups);
    this.#comparisons = new ComparisonWords(context, this.#nouns, this.#lookups);
  }

  /** Why a condition came out as it did: the comparisons that settled it. */
  reasons(condition: Condition, holds: Holds, focus: Focus, isWanted: (leaf: Leaf) => boolean = () => true): string[] {
    const leaves = settlingLeaves(condition, holds).filter(isWanted);
    // Which reading of the page was chosen is a reason only where there is no other.
    const telling = leaves.filter((leaf) => constantOf(leaf.left) === undefined);
    return unique(
      (telling.length ? telling : leaves).map((leaf) => this.#comparisons.comparison(leaf, holds(leaf), focus)),
    );
  }

  /** Which record a look gives. */
  thereIs(node: LookNode): string {
    return this.#lookups.thereIs(node);
  }

  /** A fact in words; parameters among its params with their values. */
  says(node: FactNode): string {
    return this.#nouns.says(node);
  }

  /**
   * Where a value comes from, followed down to the records it was taken from; `undefined` for a value that a rule
   * writes out.
   */
  origin(e: Expression): string | undefined {
    return this.#origins.origin(e);
  }

  /** The operand that a calculation gives on as it is. */
  chosen(node: CalculationNode): Expression | undefined {
    return this.#origins.chosen(node);
  }

  /**
   * By what one record comes before another.
   * @param entry the first of the order by which the two differ
   */
  precedence(entry: Order, winner: SourceRecord, loser: SourceRecord, focus: 'enrollment' | 'record'): string {
    switch (entry.kind) {
      case 'loaded':
        return `it was loaded ${entry.last ? 'later' : 'earlier'}`;
      case 'preferring': {
        const speak = (): string => joined(this.reasons(entry.condition, (c) => this.#inspector.holds(c), focus));
        return focus === 'record'
          ? this.#inspector.withRecord(winner, speak)
          : this.#inspector.withEnrollment(winner, speak);
      }
      default: {
        const { by } = entry;
        if (by.kind !== 'column') return `its ${expressionWords(by, this.#glossary)} is the ${entry.kind}`;
        const name = columnName(by.recordType, by.key, this.#glossary.schemas);
        const isDay = (columnOf(by.recordType, by.key, this.#glossary.schemas)?.type ?? 'DT') === 'DT';
        const [a, b] = [this.#view.value(winner, by.key), this.#view.value(loser, by.key)];
        if (a === undefined || b === undefined) return `its ${name} comes first`;
        if (a === '') return `its ${name} is blank, and the other's is ${inWords(b, isDay)}`;
        if (b === '') return `its ${name} is ${inWords(a, isDay)}, and the other's is blank`;
        const than = isDay
          ? entry.kind === 'greatest'
            ? 'later'
            : 'earlier'
          : entry.kind === 'greatest'
            ? 'greater'
            : 'less';
        return `its ${name} ${inWords(a, isDay)} is ${than} than ${inWords(b, isDay)}`;
      }
    }
  }
}
