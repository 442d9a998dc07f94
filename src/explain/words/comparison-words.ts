/** Comparisons as they came out, with the values that were compared. */
import { oppositeOf } from '#rulebook/operators/index';
import { isEquality } from '#rulebook/operators/operator';
import type { Expression, Leaf } from '#rulebook/tree/nodes';
import { type Interval, isPresent, type Value } from '#rulebook/tree/values';
import { factOf, lookOf } from '#rulebook/tree/walk';
import { expressionWords, flagWords, type Glossary, wantedBy } from '#rulebook/words/words';
import type { ConditionContext } from '../condition-tree.ts';
import type { Inspector } from '../inspector.ts';
import type { RecordView } from '../record-view.ts';
import type { LookupWords } from './lookup-words.ts';
import { closed, type Focus, type Nouns, withoutArticle } from './nouns.ts';
import { dayWords, intervalWords, inWords, WITHHELD } from './values-in-words.ts';

export class ComparisonWords {
  readonly #inspector: Inspector;
  readonly #glossary: Glossary;
  readonly #view: RecordView;
  readonly #nouns: Nouns;
  readonly #lookups: LookupWords;

  constructor({ inspector, glossary, view }: ConditionContext, nouns: Nouns, lookups: LookupWords) {
    this.#inspector = inspector;
    this.#glossary = glossary;
    this.#view = view;
    this.#nouns = nouns;
    this.#lookups = lookups;
  }

  /** A comparison as it came out, with the values that were compared. */
  comparison(leaf: Leaf, so: boolean, focus: Focus): string {
    const { left, operator, right } = leaf;
    const wanted = wantedBy(leaf);
    if (wanted !== undefined) return this.#whether(left, wanted === so, focus);
    const leftValue = this.#nouns.value(left);
    const rightValue = this.#nouns.value(right);
    if (leftValue === undefined) return this.#absence(left, focus);
    if (rightValue === undefined) return this.#absence(right, focus);
    const hidden = [left, right].find((side) => this.#nouns.isWithheld(side));
    if (hidden)
      return `${closed(this.#nouns.bare(hidden, focus))} ${WITHHELD} ${so ? 'is' : 'is not'} what the condition asks for`;
    if (operator.asks === 'overlap')
      return this.#overlap(left, leftValue as Interval, right, rightValue as Interval, so, focus);
    const said = so ? operator : oppositeOf(operator);
    const isSame = said !== undefined && isEquality(said);
    const subject = closed(isSame ? this.#nouns.bare(left, focus) : this.#nouns.noun(left, focus));
    if (said)
      return `${subject} ${said.phrase} ${isSame && right.kind !== 'literal' ? this.#nouns.noun(right, focus) : this.#object(right, focus)}`;
    return `it is not so that ${subject} ${operator.phrase} ${this.#object(right, focus)}`;
  }

  /** That something is there or so, or is not. */
  #whether(left: Expression, isSo: boolean, focus: Focus): string {
    const node = left.kind === 'fact' || left.kind === 'record' ? lookOf(left) : undefined;
    if (node && left.type !== 'number') {
      if (node.gives === 'record') return isSo ? this.#lookups.thereIs(node) : this.#lookups.thereIsNo(node);
      return isSo ? this.#lookups.has(node) : this.#lookups.hasNo(node);
    }
    const value = this.#nouns.value(left);
    if (value === undefined) return this.#absence(left, focus);
    if (left.kind === 'context') {
      const words = flagWords(left, isSo, this.#glossary);
      if (words)
        return `${words}${isPresent(value) && typeof value !== 'boolean' ? ` (${inWords(value, false)})` : ''}`;
    }
    if (left.type === 'flag') return `${closed(this.#nouns.noun(left, focus))} is ${isSo}`;
    return isSo
      ? `${closed(this.#nouns.bare(left, focus))} is ${this.#nouns.text(left)}`
      : `${closed(this.#nouns.bare(left, focus))} is ${emptyWords(value)}`;
  }

  #overlap(left: Expression, a: Interval, right: Expression, b: Interval, so: boolean, focus: Focus): string {
    const other = this.#nouns.interval(right, focus);
    const isIt = left.kind === 'interval' && left.record === focus;
    const subject = isIt ? 'it' : this.#nouns.interval(left, focus);
    if (so) {
      const rest = `overlaps ${other} ${intervalWords(b)}`;
      return isIt
        ? `it runs from ${intervalWords(a)}, which ${rest}`
        : `${closed(subject)} (${intervalWords(a)}) ${rest}`;
    }
    if (b.end !== '' && b.end < b.start)
      return `${closed(other)} ends on ${dayWords(b.end)}, before it starts on ${dayWords(b.start)}`;
    if (a.end !== '' && a.end < a.start)
      return `${closed(subject)} ends on ${dayWords(a.end)}, before it starts on ${dayWords(a.start)}`;
    if (a.end !== '' && a.end < b.start)
      return `${this.#end(left, a, focus)} is before ${closed(other)} began on ${dayWords(b.start)}`;
    return `${this.#start(left, a, focus)} is after ${closed(other)} ended on ${dayWords(b.end)}`;
  }

  #start(e: Expression, { start }: Interval, focus: Focus): string {
    if (e.kind !== 'interval') return `the first day of ${expressionWords(e, this.#glossary)}, ${dayWords(start)},`;
    return closed(this.#nouns.column(e.record, e.interval.of, e.interval.start, focus, dayWords(start)));
  }

  #end(e: Expression, { end }: Interval, focus: Focus): string {
    if (e.kind !== 'interval') return `the last day of ${expressionWords(e, this.#glossary)}, ${dayWords(end)},`;
    const record = this.#inspector.record(e.record);
    if (e.interval.end !== undefined && record && this.#view.value(record, e.interval.end)) {
      return closed(this.#nouns.column(e.record, e.interval.of, e.interval.end, focus, dayWords(end)));
    }
    return `${this.#nouns.of('last day', e.record, focus, dayWords(end))}, the day before the next record starts,`;
  }

  /** What is not there, and why. */
  #absence(e: Expression, focus: Focus): string {
    const node = factOf(e);
    if (node?.kind === 'look') return this.#lookups.thereIsNo(node);
    if (node) return `there is no ${withoutArticle(this.#nouns.says(node))}`;
    if (e.kind === 'parameter') return `there is no value of ${e.parameter.says}${this.#nouns.onDay(e)}`;
    if (e.kind === 'field') return `${closed(this.#nouns.bare(e, focus))} is blank`;
    return `${closed(this.#nouns.bare(e, focus))} is absent`;
  }

  /** The right side of a comparison: values that are few, and words for the others. */
  #object(e: Expression, focus: Focus): string {
    if (e.kind === 'codeSet') return 'the codes of the field';
    return this.#nouns.noun(e, focus);
  }
}

const emptyWords = (value: Value): string => (Array.isArray(value) ? 'an empty list' : 'blank');
