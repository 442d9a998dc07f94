/**
 * Statements about one student, made from the typed tree and the values in hand: why something is so, and what stands
 * in the way of something else. Nothing here knows a field: what can be said follows from the rules alone.
 */
import type { SourceRecord } from '#records/record';
import { constantOf } from '#rulebook/compile/values';
import { writtenOut } from '#rulebook/tree/named-conditions';
import type { CalculationNode, Condition, Expression, FactNode, Leaf, LookNode, Order } from '#rulebook/tree/nodes';
import type { ConditionContext } from '../condition-tree.ts';
import type { Inspector } from '../inspector.ts';
import type { LookupTrace } from '../lookup-trace.ts';
import { ComparisonWords, reachOf } from './comparison-words.ts';
import { LookupWords, type NearestRecord } from './lookup-words.ts';
import { Naming, PLAIN, type Words } from './manner.ts';
import { Nouns } from './nouns.ts';
import { OriginWords } from './origin-words.ts';
import { PrecedenceWords } from './precedence-words.ts';
import { briefly, inFull } from './record-words.ts';
import { type Holds, settlingLeaves } from './settling.ts';
import type { Statement } from './statement.ts';

export class SentenceWriter {
  /** What comparisons came to. */
  readonly comparisons: ComparisonWords;
  /** What looks found. */
  readonly lookups: LookupWords;
  readonly #context: ConditionContext;
  readonly #inspector: Inspector;
  readonly #nouns: Nouns;
  readonly #origins: OriginWords;
  readonly #precedence: PrecedenceWords;

  /**
   * @param trace what a look came to, record by record
   * @param nearest which record came closest to what a look asks for
   */
  constructor(
    context: ConditionContext,
    trace: (node: LookNode) => LookupTrace,
    nearest: (node: LookNode) => NearestRecord | undefined,
  ) {
    const { inspector } = context;
    this.#context = context;
    this.#inspector = inspector;
    this.#nouns = new Nouns(context);
    this.#origins = new OriginWords(context, this.#nouns, (condition) =>
      this.reasons(condition, (c) => inspector.holds(c)),
    );
    // A record that was found tells what comparisons it met: they are known further down.
    this.lookups = new LookupWords(context, this.#nouns, { trace, nearest }, (leaf) =>
      this.comparisons.comparison(leaf, inspector.holds(leaf)),
    );
    this.comparisons = new ComparisonWords(context, this.#nouns, this.lookups, this.#origins);
    this.#precedence = new PrecedenceWords(context);
  }

  /** The names of records in a text of its own: the first time with LEA, file and line. */
  naming(): Naming {
    return new Naming(inFull(this.#context));
  }

  /** The names of records in a short form: by days alone. */
  shortNames(): Naming {
    return new Naming(briefly(this.#context));
  }

  /** The name of a record: "the Student Program record of 2023-10-01 (LEA 1234567, FILE, line 3)". */
  nameOf(record: SourceRecord): string {
    return inFull(this.#context)(record, undefined, false);
  }

  /** Why a condition came out as it did: the comparisons that settled it. */
  reasons(condition: Condition, holds: Holds, isWanted: (leaf: Leaf) => boolean = () => true): Statement[] {
    const again: Holds = (c) => this.#inspector.holds(c);
    // Of a condition that is asked for by name nothing was recorded.
    const settling = settlingLeaves(condition, holds).flatMap((leaf) => {
      const out = writtenOut(leaf);
      return out === leaf
        ? [{ leaf, so: holds(leaf) }]
        : settlingLeaves(out, again).map((inner) => ({ leaf: inner, so: again(inner) }));
    });
    const leaves = settling.filter(({ leaf }) => isWanted(leaf));
    // Which reading of the page was chosen is a reason only where there is no other.
    const telling = leaves.filter(({ leaf }) => constantOf(leaf.left) === undefined);
    return (telling.length ? telling : leaves).map(({ leaf, so }) => this.comparisons.comparison(leaf, so));
  }

  /** What a rule takes its value from, in few words: a column by its name alone. */
  sourceOf(e: Expression): Words {
    if (e.kind !== 'column') return this.#nouns.noun(e);
    const name = this.#nouns.columnName(e);
    return () => `the ${name}`;
  }

  /** A fact in words; parameters among its params with their values. */
  says(node: FactNode): string {
    return this.#nouns.says(node);
  }

  /** The operand that a calculation gives on as it is. */
  chosen(node: CalculationNode): Expression | undefined {
    return this.#origins.chosen(node);
  }

  /**
   * Where the value that a rule gives comes from; `undefined` for one that the rule writes out itself, in which case
   * `label` says what it stands for.
   */
  origin(value: Expression): ValueOrigin {
    const isThere = this.#inspector.value(value) !== undefined;
    if (value.kind === 'literal') return {};
    if (value.kind === 'parameter' && isThere) {
      const noun = this.#nouns.noun(value);
      return { label: noun(PLAIN) };
    }
    if (!isThere) return { missing: this.comparisons.absence(value) };
    if (value.kind === 'column') {
      // That the column is blank is why the value is.
      if (this.#inspector.value(value) === '') return { missing: this.comparisons.isValue(value) };
      const is = this.comparisons.isValue(value);
      return { source: { ...is, head: this.#origins.source(value) }, is };
    }
    return this.#calculated(value);
  }

  #calculated(value: Expression): ValueOrigin {
    const reach = reachOf([value]);
    const noun = this.#nouns.noun(value);
    const node = value.kind === 'fact' && value.part === undefined ? value.node : undefined;
    const origin = node && (node.kind === 'look' ? this.#origins.counted(node) : this.#origins.origin(node));
    const more = this.#origins.becauseOf(value);
    if (!origin) return { is: { head: (manner) => `it is ${noun(manner)}`, reach, more } };
    const { words, isSource, record: owner } = origin;
    return {
      what: {
        words,
        head: noun,
        tail: (manner) => `${isSource ? ', from' : ':'} ${words(manner)}`,
        reach,
        owner,
        more,
      },
      is: { head: (manner) => `${isSource ? 'from ' : ''}${words(manner)}`, reach, owner },
    };
  }

  /**
   * By what one record comes before another.
   * @param entry the first of the order by which the two differ
   */
  precedence(entry: Order, winner: SourceRecord, loser: SourceRecord, focus: 'enrollment' | 'record'): Statement[] {
    if (entry.kind === 'loaded') return [this.#precedence.loaded(entry, winner)];
    if (entry.kind !== 'preferring') return [this.#precedence.byValue(entry, winner, loser)];
    const speak = (): Statement[] => this.reasons(entry.condition, (c) => this.#inspector.holds(c));
    return focus === 'record'
      ? this.#inspector.withRecord(winner, speak)
      : this.#inspector.withEnrollment(winner, speak);
  }
}

/** Where the value that a rule gives comes from. */
export interface ValueOrigin {
  /** What a value that is written in a parameter stands for. */
  readonly label?: string;
  /** That there is nothing to take it from. */
  readonly missing?: Statement;
  /** The column that it was taken from, as a noun. */
  readonly source?: Statement;
  /** What was calculated, as a noun, and how. */
  readonly what?: Statement & { readonly words: Words };
  /** The same behind "VALUE:": "7 years after …", "from the …", "the … Status Code is EL on the …". */
  readonly is?: Statement;
}
