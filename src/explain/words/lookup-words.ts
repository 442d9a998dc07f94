/** What looks found in a student history, and what they did not: which record, or which came closest. */
import type { SourceRecord } from '#records/record';
import { isEquality } from '#rulebook/operators/operator';
import type { Leaf, LookNode } from '#rulebook/tree/nodes';
import type { Interval } from '#rulebook/tree/values';
import { concerns } from '#rulebook/tree/walk';
import type { Glossary } from '#rulebook/words/words';
import type { ConditionContext } from '../condition-tree.ts';
import type { Inspector } from '../inspector.ts';
import type { LookupTrace } from '../lookup-trace.ts';
import type { Words } from './manner.ts';
import { closed, isOneOfAKind, type Nouns, withoutArticle } from './nouns.ts';
import { recordTypeWords } from './record-words.ts';
import { settlingLeaves } from './settling.ts';
import { aboutIt, clause, type Statement, told } from './statement.ts';
import { intervalWords, wordCount } from './values-in-words.ts';

/** The record that came closest to what a look asks for, and everything that kept it out. */
export interface NearestRecord {
  readonly record: SourceRecord;
  readonly reasons: readonly Statement[];
}

/** What looks came to: record by record, and which record came closest. */
interface Looked {
  readonly trace: (node: LookNode) => LookupTrace;
  readonly nearest: (node: LookNode) => NearestRecord | undefined;
}

export class LookupWords {
  readonly #inspector: Inspector;
  readonly #glossary: Glossary;
  readonly #nouns: Nouns;
  readonly #traceOf: Looked['trace'];
  readonly #nearest: Looked['nearest'];
  readonly #comparison: (leaf: Leaf) => Statement;

  /**
   * @param comparison a comparison of a look's condition as it came out for the record in hand
   */
  constructor(
    { inspector, glossary }: ConditionContext,
    nouns: Nouns,
    { trace, nearest }: Looked,
    comparison: (leaf: Leaf) => Statement,
  ) {
    this.#inspector = inspector;
    this.#glossary = glossary;
    this.#nouns = nouns;
    this.#traceOf = trace;
    this.#nearest = nearest;
    this.#comparison = comparison;
  }

  /** The record that a look gives, or the first that makes it true. */
  recordOf(node: LookNode): SourceRecord | undefined {
    return this.#traceOf(node).found;
  }

  /** That a look found a record: "the student has a Student Program record with …: the one of 2023-10-01". */
  found(node: LookNode, record: SourceRecord): Statement {
    const says = this.#nouns.says(node);
    const isNamed = says.includes(recordTypeWords(node.from, this.#glossary));
    const name: Words = ({ nameOf }) => nameOf(record, isNamed ? 'the one' : undefined);
    if (node.gives === 'record')
      return { head: (manner) => `${closed(says)} is ${name(manner)}`, reach: 2, owner: record, finds: record };
    const head = isOneOfAKind(says) ? `the student has ${says}` : says;
    return {
      head: (manner) => `${head}${manner.places ? `: ${name(manner)}` : ''}`,
      reach: 2,
      owner: record,
      more: this.#details(node, record),
    };
  }

  /** That another record makes a look true, or would be found in place of the one that is. */
  another(node: LookNode, record: SourceRecord): Statement {
    const head: Words =
      node.gives === 'record'
        ? ({ nameOf }) => `${nameOf(record)} would take its place`
        : ({ nameOf }) => `another such record is ${nameOf(record)}`;
    return { head, reach: 2, owner: record };
  }

  /** That of the records that a look does not find none comes closer than the one just told of. */
  noneCloser(node: LookNode): Words {
    const type = recordTypeWords(node.from, this.#glossary);
    return () => `No other ${type} comes closer.`;
  }

  /** Which record a look gave: "That record is the Student Information record in effect during the enrollment." */
  which(node: LookNode, record: SourceRecord): Words {
    const says = this.#nouns.says(node);
    return ({ it }) => `${it === record ? 'That' : 'The'} record is ${says}.`;
  }

  /** That a look found nothing, and which record came closest. */
  absent(node: LookNode): Statement {
    const { candidates } = this.#traceOf(node);
    const type = recordTypeWords(node.from, this.#glossary);
    if (candidates.length === 0) return { head: () => `the student has no ${type}`, reach: 2 };
    const more = this.#closest(node, type);
    const says = this.#nouns.says(node);
    const none = `no ${withoutArticle(says)}`;
    const as = (head: Words): Statement => ({ head, reach: 2, more });
    if (node.gives === 'record') {
      const wishes = this.#wishes(node);
      return as(
        wishes ? (manner) => `no ${type} ${wishes.map((w) => w(manner)).join(' and ')}` : () => `there is ${none}`,
      );
    }
    if (isOneOfAKind(says)) return as(() => `the student has ${none}`);
    return as(() => (node.aggregate ? `there is ${none}` : `it is not so that ${says}`));
  }

  /** Which record came closest to what a look asks for, and what passed it over. */
  #closest(node: LookNode, type: string): Words[] {
    const { candidates } = this.#traceOf(node);
    const nearest = this.#nearest(node);
    // One that is found, and has no value to give, nothing passed over.
    if (!nearest || nearest.reasons.length === 0) return [];
    const { record, reasons } = nearest;
    const which = candidates.length === 1 ? `The only ${type} is` : 'The closest match is';
    const why = told(reasons);
    return [
      (manner) => {
        const name = manner.nameOf(record, candidates.length === 1 ? 'the one' : undefined);
        const of = (statements: readonly Statement[]): string =>
          `${which} ${name}, but ${clause(statements)({ ...manner, it: record })}.`;
        const all = of(why);
        return wordCount(all) > MOST_OF_CLOSEST ? of(why.slice(0, 1)) : all;
      },
    ];
  }

  /**
   * What a look asks of a record, as what no record has; `undefined` when it asks for more than one thing after the
   * other.
   */
  #wishes({ where }: LookNode): Words[] | undefined {
    const leaves = where?.kind === 'all' ? where.of : where ? [where] : [];
    const wishes = leaves.map((leaf) => (leaf.kind === 'leaf' ? this.#wish(leaf) : undefined));
    return wishes.length === 0 || wishes.includes(undefined) ? undefined : (wishes as Words[]);
  }

  #wish({ left, operator, right }: Leaf): Words | undefined {
    if (concerns(right, 'record') || !concerns(left, 'record') || this.#nouns.value(right) === undefined)
      return undefined;
    const noun = this.#nouns.noun(right);
    const isPlain = right.kind === 'literal' || right.kind === 'codeSet';
    const of: Words = (manner) => (manner.explains && !isPlain ? ` (${noun(manner)})` : '');
    if (operator.asks === 'overlap' && left.kind === 'interval') {
      const other = this.#nouns.interval(right);
      const days = intervalWords(this.#nouns.value(right) as Interval);
      return (manner) => `overlaps ${other(manner)} (${days})`;
    }
    if (left.kind !== 'column' || this.#nouns.isWithheld(right)) return undefined;
    const name = this.#nouns.columnName(left);
    const list = this.#nouns.value(right);
    const values = Array.isArray(list) ? list.join(' or ') : this.#nouns.text(right, left.type === 'day');
    if (isEquality(operator)) return (manner) => `has ${name} ${values}${of(manner)}`;
    if (operator.asks === 'sameness' || (operator.asks === 'membership' && operator.isNegated))
      return (manner) => `has ${articleOf(name)} ${name} other than ${values}${of(manner)}`;
    if (operator.asks === 'membership') return (manner) => `has ${name} ${values}${of(manner)}`;
    if (operator.asks !== 'order') return undefined;
    const relation = operator.phrases[0].replace(/^is /, '');
    return (manner) => `has ${articleOf(name)} ${name} ${relation} ${values}${of(manner)}`;
  }

  /** What a record that was found says of itself, by the conditions that it had to meet. */
  #details(node: LookNode, record: SourceRecord): Words[] {
    if (!node.where) return [];
    const { where } = node;
    const said = new Set(Object.values(node.params));
    return this.#inspector.withRecord(record, () => {
      const statements = settlingLeaves(where, (c) => this.#inspector.holds(c)).flatMap((leaf) => {
        const { left, operator, right } = leaf;
        // Params stand in the words of the fact itself, with their values.
        if (right.kind === 'parameter' && isEquality(operator) && said.has(right.parameter.name)) return [];
        return concerns(left, 'record') || concerns(right, 'record') ? [this.#comparison(leaf)] : [];
      });
      return aboutIt(statements, record);
    });
  }
}

const MOST_OF_CLOSEST = 58;

const articleOf = (name: string): string => (/^[AEIO]/.test(name) ? 'an' : 'a');
