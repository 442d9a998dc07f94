/** Comparisons as they came out, with the values that were compared. */
import { academicYearFirstDay } from '#extract/request';
import { academicYearOf, isRealDay } from '#records/days';
import { isEquality, isQuestion } from '#rulebook/operators/operator';
import type { Expression, Leaf, LookNode } from '#rulebook/tree/nodes';
import { plain as undashed } from '#rulebook/tree/parameter-values';
import { type Interval, isPresent } from '#rulebook/tree/values';
import { factOf, lookOf, sourcesOf } from '#rulebook/tree/walk';
import { columnName, flagWords, type Glossary, wantedBy } from '#rulebook/words/words';
import type { ConditionContext } from '../condition-tree.ts';
import type { Inspector } from '../inspector.ts';
import type { RecordView } from '../record-view.ts';
import type { LookupWords } from './lookup-words.ts';
import type { Words } from './manner.ts';
import { closed, type Nouns, withoutArticle } from './nouns.ts';
import type { OriginWords } from './origin-words.ts';
import type { Statement } from './statement.ts';
import { dayWords, intervalWords, inWords, WITHHELD } from './values-in-words.ts';

type IntervalExpression = Extract<Expression, { kind: 'interval' }>;

export class ComparisonWords {
  readonly #inspector: Inspector;
  readonly #glossary: Glossary;
  readonly #view: RecordView;
  readonly #nouns: Nouns;
  readonly #lookups: LookupWords;
  readonly #origins: OriginWords;

  constructor(
    { inspector, glossary, view }: ConditionContext,
    nouns: Nouns,
    lookups: LookupWords,
    origins: OriginWords,
  ) {
    this.#inspector = inspector;
    this.#glossary = glossary;
    this.#view = view;
    this.#nouns = nouns;
    this.#lookups = lookups;
    this.#origins = origins;
  }

  /** A comparison as it came out for what is in hand, with the values that were compared. */
  comparison(leaf: Leaf, so: boolean): Statement {
    const { left, operator, right } = leaf;
    const wanted = wantedBy(leaf);
    if (wanted !== undefined) return this.#whether(left, wanted === so);
    const [a, b] = [this.#nouns.value(left), this.#nouns.value(right)];
    if (a === undefined) return this.absence(left);
    if (b === undefined) return this.absence(right);
    const hidden = [left, right].find((side) => this.#nouns.isWithheld(side));
    if (hidden) {
      const noun = this.#nouns.noun(hidden);
      const came = `${WITHHELD} ${so ? 'is' : 'is not'} what the condition asks for`;
      return { head: (manner) => `${closed(noun(manner))} ${came}`, owner: this.#nouns.owner(hidden), reach: 2 };
    }
    if (operator.asks === 'overlap') return this.#overlap(leaf, a as Interval, b as Interval, so);
    return this.#is(left, this.#nouns.explained(left), this.#tail(leaf, so), reachOf([left, right]));
  }

  /** What a column of a record is: "the School of Attendance is 7654322 on the Student Program record of …". */
  isValue(e: Expression): Statement {
    return this.#is(e, this.#nouns.explained(e));
  }

  /** What is not there, and why. */
  absence(e: Expression): Statement {
    const node = factOf(e);
    if (node?.kind === 'look') return this.#lookups.absent(node);
    const noun = this.#nouns.noun(e);
    if (node) return plain(`there is no ${withoutArticle(this.#nouns.says(node))}`, reachOf([e]));
    if (e.kind === 'field') return this.#is(e, () => 'blank');
    if (e.kind === 'parameter') {
      const what = e.parameter.codeSet === undefined ? 'value' : 'code';
      const ended = this.#ended(e, what);
      if (ended) return ended;
      return { head: (manner) => `there is no ${what} for ${noun(manner)}`, reach: reachOf([e]) };
    }
    return { head: (manner) => `${closed(noun(manner))} is absent`, reach: reachOf([e]) };
  }

  /** That a parameter has no value any more: which was the last, until when, and for which day it is asked. */
  #ended({ parameter, on }: Extract<Expression, { kind: 'parameter' }>, what: string): Statement | undefined {
    const day = on && this.#nouns.value(on);
    if (!on || typeof day !== 'string' || !isRealDay(day)) return undefined;
    const over = parameter.values.filter(({ through }) => through !== undefined && undashed(through) < day);
    const last = over.sort((a, b) => (a.through as string).localeCompare(b.through as string)).at(-1);
    if (!last) return undefined;
    const year = academicYearOf(day, academicYearFirstDay(this.#inspector.compiled.rulebook));
    const asked = this.#nouns.noun(on);
    return {
      head: () => `${what} ${last.value} for ${parameter.says} ended on ${last.through}`,
      tail: (manner) => `, and ${asked(manner)} is ${dayWords(day)}, in ${year}`,
      reach: reachOf([on]),
    };
  }

  /** That something is there or so, or is not. */
  #whether(left: Expression, isSo: boolean): Statement {
    const node = left.kind === 'fact' || left.kind === 'record' ? lookOf(left) : undefined;
    if (node && left.type !== 'number') return this.#found(node, isSo);
    const value = this.#nouns.value(left);
    if (value === undefined) return this.absence(left);
    const words = this.#asked(left, isSo);
    if (words !== undefined) return plain(words, 0);
    if (left.type === 'flag') return this.#is(left, () => String(isSo));
    if (isSo && left.kind === 'parameter' && left.parameter.codeSet !== undefined && !Array.isArray(value)) {
      const [noun, text] = [this.#nouns.noun(left), this.#nouns.text(left)];
      return { head: (manner) => `there is a code for ${noun(manner)} (${text})`, reach: reachOf([left]) };
    }
    return this.#is(left, isSo ? this.#nouns.explained(left) : () => (Array.isArray(value) ? 'empty' : 'blank'));
  }

  /** Whether a request asks for something: "the request names schools". */
  #asked(e: Expression, isSo: boolean): string | undefined {
    const isAsked = e.kind === 'context' && (e.type === 'list' || e.type === 'flag');
    return isAsked ? flagWords(e, isSo, this.#glossary) : undefined;
  }

  /** What a request asks for: "the request names schools (7654321)". */
  #named(e: Expression): string | undefined {
    const value = this.#nouns.value(e);
    const words = this.#asked(e, isPresent(value));
    return words && isPresent(value) && typeof value !== 'boolean' ? `${words} (${inWords(value, false)})` : words;
  }

  #found(node: LookNode, isSo: boolean): Statement {
    const record = this.#lookups.recordOf(node);
    return isSo && record ? this.#lookups.found(node, record) : this.#lookups.absent(node);
  }

  #is(left: Expression, value: Words, tail?: Words, reach = reachOf([left])): Statement {
    const noun = this.#nouns.noun(left);
    const named = left.type === 'list' ? this.#named(left) : undefined;
    if (named !== undefined) return { head: () => named, tail, reach };
    if (left.kind !== 'column') {
      const more = this.#origins.more(left);
      return { head: (manner) => `${closed(noun(manner))} is ${value(manner)}`, tail, reach, ...(more && { more }) };
    }
    const owner = this.#nouns.owner(left);
    const name = this.#nouns.columnName(left);
    const more = typeof left.record === 'object' && owner ? [this.#lookups.which(left.record, owner)] : [];
    const head: Words = (manner) => {
      const { it, places, nameOf } = manner;
      if (!owner || left.record === 'enrollment' || it === owner) return `${noun(manner)} is ${value(manner)}`;
      return `the ${name} is ${value(manner)}${places ? ` on ${nameOf(owner)}` : ''}`;
    };
    return { head, tail, reach, owner, more };
  }

  /** How the left value stands to the other: ", before 2023-07-01 (the first …)". */
  #tail(leaf: Leaf, so: boolean): Words {
    const { left, operator, right } = leaf;
    const noun = this.#nouns.noun(right);
    // What a rule writes out itself needs no other words.
    const isPlain = right.kind === 'literal' || right.kind === 'codeSet';
    const isSame = operator.asks === 'sameness' && so === isEquality(operator);
    const text = this.#nouns.text(right, left.type === 'day' || right.type === 'day');
    if (isSame) {
      if (right.kind === 'literal') return () => '';
      if (right.kind === 'parameter') {
        if (this.#nouns.isExplained(left)) return () => '';
        return (manner) => (manner.explains ? `, ${noun(manner)}` : '');
      }
      return (manner) => `, the same as ${noun(manner)}`;
    }
    const phrase = operator.phrases[so ? 0 : 1];
    if (isQuestion(operator)) {
      const isSo = so === (this.#nouns.value(right) === true);
      return () => `, which ${operator.phrases[isSo ? 0 : 1]}`;
    }
    const list = this.#nouns.value(right);
    const none = right.kind === 'context' ? flagWords(right, false, this.#glossary) : undefined;
    if (Array.isArray(list) && list.length === 0 && none) return () => `, and ${none}`;
    if (operator.asks === 'membership' && Array.isArray(list))
      return membership(list, so === !operator.isNegated, isPlain ? undefined : noun, text);
    if (left.type === 'day' && operator.asks === 'order' && this.#nouns.value(left) === '')
      return () => ', which counts as later than any day';
    const relation = phrase.startsWith('is ') ? phrase.slice('is '.length) : `which ${phrase}`;
    if (isPlain) return () => `, ${relation} ${text}`;
    return (manner) => `, ${relation} ${text}${manner.explains ? ` (${noun(manner)})` : ''}`;
  }

  #overlap({ left, right }: Leaf, a: Interval, b: Interval, so: boolean): Statement {
    const owner = this.#nouns.owner(left);
    const isEnrollment = left.kind === 'interval' && left.record === 'enrollment';
    const reach = reachOf([left, right]);
    const other = this.#nouns.interval(right);
    const mine = this.#nouns.interval(left);
    const subject: Words = (manner) =>
      owner && !isEnrollment && manner.it !== owner ? manner.nameOf(owner) : closed(mine(manner));
    const of = (head: Words, tail?: Words): Statement => ({ head, tail, owner, reach });
    if (so) {
      const days = isEnrollment ? { ofIt: runs(a), ofOther: '' } : this.#daysOf(left, a);
      return of((manner) => {
        const is = manner.it === owner ? days.ofIt : isEnrollment || !owner ? ` (${intervalWords(a)})` : days.ofOther;
        return `${subject(manner)}${is} overlaps ${other(manner)} (${intervalWords(b)})`;
      });
    }
    const backwards = (words: Words, { start, end }: Interval): Words => {
      return (manner) => `${closed(words(manner))} ends on ${dayWords(end)}, before it starts on ${dayWords(start)}`;
    };
    if (b.end !== '' && b.end < b.start) return of(backwards(other, b));
    if (a.end !== '' && a.end < a.start) return of(backwards(subject, a));
    // What a fact calls the days need not be one thing: "the days of the enrollment within the window".
    const to = (relation: string, edge: string, verb: string, day: string): Words =>
      right.kind === 'fact'
        ? (manner) => `${relation} ${day}${manner.explains ? ` (the ${edge} of ${other(manner)})` : ''}`
        : (manner) => `${relation} ${closed(other(manner))} ${verb} on ${day}`;
    return a.end !== '' && a.end < b.start
      ? of(this.#edge(left, a, 'end'), to(', before', 'first', 'starts', dayWords(b.start)))
      : of(this.#edge(left, a, 'start'), to(', after', 'last', 'ends', dayWords(b.end)));
  }

  /** What is said of the days of a record that overlaps something, beside those in its name. */
  #daysOf(e: Expression, { end }: Interval): { readonly ofIt: string; readonly ofOther: string } {
    const sent = e.kind === 'interval' ? this.#sentEnd(e) : '';
    if (sent !== '') return { ofIt: '', ofOther: '' };
    if (end === '') return { ofIt: ' is still open and', ofOther: ', still open,' };
    const derived = `ends on ${dayWords(end)}, the day before the next one starts`;
    return { ofIt: ` ${derived}, and`, ofOther: `, which ${derived},` };
  }

  #sentEnd({ record, interval }: IntervalExpression): string {
    const owner = record === 'incoming' ? undefined : this.#inspector.record(record);
    return (interval.end !== undefined && owner && this.#view.value(owner, interval.end)) || '';
  }

  /** The first or last day of an interval, by its column where it was sent. */
  #edge(e: Expression, { start, end }: Interval, edge: 'start' | 'end'): Words {
    const day = dayWords(edge === 'start' ? start : end);
    if (e.kind !== 'interval') {
      const noun = this.#nouns.interval(e);
      return (manner) => `${closed(noun(manner))} ${edge}s on ${day}`;
    }
    const { record, interval } = e;
    const owner = this.#nouns.owner(e);
    const key = edge === 'start' ? interval.start : this.#sentEnd(e) === '' ? undefined : interval.end;
    if (key === undefined) {
      const noun = this.#nouns.interval(e);
      return (manner) => {
        const subject = owner && record !== 'enrollment' && manner.it !== owner ? manner.nameOf(owner) : noun(manner);
        return `${closed(subject)} ends on ${day} (the day before the next one starts)`;
      };
    }
    const column: Expression = { kind: 'column', type: 'day', record, recordType: interval.of, key };
    const name = columnName(interval.of, key, this.#glossary.schemas);
    const noun = this.#nouns.noun(column);
    return (manner) => {
      if (!owner || record === 'enrollment' || manner.it === owner) return `${noun(manner)} is ${day}`;
      return `the ${name} is ${day}${manner.places ? ` on ${manner.nameOf(owner)}` : ''}`;
    };
  }
}

const runs = ({ start, end }: Interval): string =>
  end === ''
    ? ` started on ${dayWords(start)}, is still open and`
    : ` runs from ${dayWords(start)} to ${dayWords(end)} and`;

/** Whether a value is one of a list: of one value there is no need to say the list too. */
function membership(list: readonly string[], isIn: boolean, noun: Words | undefined, text: string): Words {
  if (list.length === 0) return (manner) => `, and no value is given${noun ? ` for ${noun(manner)}` : ''}`;
  const isOne = list.length === 1;
  const bare = isIn ? (isOne ? '' : `, one of ${text}`) : `, ${isOne ? 'not' : 'none of'} ${text}`;
  return (manner) => {
    if (!manner.explains || !noun) return bare;
    return `, ${isIn ? '' : 'not '}one of ${noun(manner)}${isOne && isIn ? '' : ` (${text})`}`;
  };
}

const plain = (words: string, reach: number): Statement => ({ head: () => words, reach });

/** What expressions depend on: 0 nothing that a history holds, 1 the enrollment alone, 2 other records. */
export const reachOf = (expressions: readonly Expression[]): number =>
  Math.max(
    0,
    ...expressions.flatMap(sourcesOf).map((source) => {
      if ('record' in source) return source.record === 'enrollment' ? 1 : 2;
      return lookOf(source) || source.kind === 'field' ? 2 : 0;
    }),
  );
