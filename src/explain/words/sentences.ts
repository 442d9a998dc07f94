/**
 * Sentences about one student, made from the typed tree and the values in hand. Nothing here knows a field: what can be
 * said follows from the rules alone.
 */

import { capital } from '#base/text';
import { layoutOf } from '#records/layout';
import type { SourceRecord } from '#records/record';
import type { Calculation } from '#rulebook/calculations/calculation';
import { constantOf } from '#rulebook/compile/values';
import { oppositeOf } from '#rulebook/operators/index';
import { isEquality, namesValues } from '#rulebook/operators/operator';
import type {
  CalculationNode,
  Condition,
  Expression,
  FactNode,
  Leaf,
  LookNode,
  Order,
  RecordSource,
} from '#rulebook/tree/nodes';
import { type Interval, isPresent, type Value } from '#rulebook/tree/values';
import { concerns, expressionsIn, factOf, lookOf } from '#rulebook/tree/walk';
import {
  columnName,
  columnOf,
  expressionWords,
  flagWords,
  type Glossary,
  saysOf,
  wantedBy,
} from '#rulebook/words/words';
import { isWithheld } from '../condition-tree.ts';
import type { Inspector } from '../inspector.ts';
import type { RecordView } from '../record-view.ts';
import type { Study } from '../study.ts';
import { dayWords, intervalWords, inWords, joined, undatedValue, WITHHELD } from './values-in-words.ts';

/** The record that sentences are about and call "it"; `undefined` when they are about the student. */
export type Focus = 'enrollment' | 'record' | undefined;

/** How a condition came out. */
export type Holds = (condition: Condition) => boolean;

const MOST_LISTED = 3;

export class Speech {
  readonly #inspector: Inspector;
  readonly #glossary: Glossary;
  readonly #view: RecordView;
  readonly #study: (node: LookNode) => Study;

  /** @param study what a look came to, record by record */
  constructor(inspector: Inspector, glossary: Glossary, view: RecordView, study: (node: LookNode) => Study) {
    this.#inspector = inspector;
    this.#glossary = glossary;
    this.#view = view;
    this.#study = study;
  }

  /** Why a condition came out as it did: the comparisons that settled it. */
  reasons(condition: Condition, holds: Holds, focus: Focus, isWanted: (leaf: Leaf) => boolean = () => true): string[] {
    const leaves = settlingLeaves(condition, holds).filter(isWanted);
    // Which reading of the page was chosen is a reason only where there is no other.
    const telling = leaves.filter((leaf) => constantOf(leaf.left) === undefined);
    return unique((telling.length ? telling : leaves).map((leaf) => this.leaf(leaf, holds(leaf), focus)));
  }

  /** A comparison as it came out, with the values that were compared. */
  leaf(leaf: Leaf, so: boolean, focus: Focus): string {
    const { left, operator, right } = leaf;
    const wanted = wantedBy(leaf);
    if (wanted !== undefined) return this.#whether(left, wanted === so, focus);
    const leftValue = this.#value(left);
    const rightValue = this.#value(right);
    if (leftValue === undefined) return this.#absence(left, focus);
    if (rightValue === undefined) return this.#absence(right, focus);
    const hidden = [left, right].find((side) => this.#isWithheld(side));
    if (hidden)
      return `${closed(this.#bare(hidden, focus))} ${WITHHELD} ${so ? 'is' : 'is not'} what the condition asks for`;
    if (operator.asks === 'overlap')
      return this.#overlap(left, leftValue as Interval, right, rightValue as Interval, so, focus);
    const said = so ? operator : oppositeOf(operator);
    const isSame = said !== undefined && isEquality(said);
    const subject = closed(isSame ? this.#bare(left, focus) : this.noun(left, focus));
    if (said)
      return `${subject} ${said.phrase} ${isSame && right.kind !== 'literal' ? this.noun(right, focus) : this.#object(right, focus)}`;
    return `it is not so that ${subject} ${operator.phrase} ${this.#object(right, focus)}`;
  }

  /** That something is there or so, or is not. */
  #whether(left: Expression, isSo: boolean, focus: Focus): string {
    const node = left.kind === 'fact' || left.kind === 'record' ? lookOf(left) : undefined;
    if (node && left.type !== 'number') {
      if (node.gives === 'record') return isSo ? this.thereIs(node) : this.#thereIsNo(node);
      return isSo ? this.#has(node) : this.#hasNo(node);
    }
    const value = this.#value(left);
    if (value === undefined) return this.#absence(left, focus);
    if (left.kind === 'context') {
      const words = flagWords(left, isSo, this.#glossary);
      if (words)
        return `${words}${isPresent(value) && typeof value !== 'boolean' ? ` (${inWords(value, false)})` : ''}`;
    }
    if (left.type === 'flag') return `${closed(this.noun(left, focus))} is ${isSo}`;
    return isSo
      ? `${closed(this.#bare(left, focus))} is ${this.#text(left, value)}`
      : `${closed(this.#bare(left, focus))} is ${emptyWords(value)}`;
  }

  #has(node: LookNode): string {
    const { found } = this.#study(node);
    const says = this.says(node);
    const head = /^(an?|the) /.test(says) ? `the student has ${says}` : says;
    if (!found) return head;
    const details = this.#details(node, found);
    return `${head}${this.#view.sourceWords(found, details)}${details.length ? `: ${details.join(', ')}` : ''}`;
  }

  #hasNo(node: LookNode): string {
    const says = this.says(node);
    const head = /^an? /.test(says) ? `the student has no ${withoutArticle(says)}` : `it is not so that ${says}`;
    return `${head}: ${this.nearest(node)}`;
  }

  /** Which record a look gives. */
  thereIs(node: LookNode): string {
    const { found } = this.#study(node);
    return found ? `${closed(this.says(node))} is ${this.#view.name(found)}` : `there is ${this.says(node)}`;
  }

  #thereIsNo(node: LookNode): string {
    return `there is no ${withoutArticle(this.says(node))}: ${this.nearest(node)}`;
  }

  /** Which record came closest to what a look asks for, and what passed it over. */
  nearest(node: LookNode): string {
    const { candidates } = this.#study(node);
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
            return [capital(this.noun(left, 'record').replace(/^its /, ''))];
          return [this.leaf(leaf, this.#inspector.holds(leaf), 'record').replace(/^it runs /, '')];
        }),
      ),
    );
  }

  #overlap(left: Expression, a: Interval, right: Expression, b: Interval, so: boolean, focus: Focus): string {
    const other = this.#intervalNoun(right, focus);
    const isIt = left.kind === 'interval' && left.record === focus;
    const subject = isIt ? 'it' : this.#intervalNoun(left, focus);
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
    return closed(this.#column(e.record, e.interval.of, e.interval.start, focus, dayWords(start)));
  }

  #end(e: Expression, { end }: Interval, focus: Focus): string {
    if (e.kind !== 'interval') return `the last day of ${expressionWords(e, this.#glossary)}, ${dayWords(end)},`;
    const record = this.#inspector.record(e.record);
    if (e.interval.end !== undefined && record && this.#view.value(record, e.interval.end)) {
      return closed(this.#column(e.record, e.interval.of, e.interval.end, focus, dayWords(end)));
    }
    return `${this.#of('last day', e.record, focus, dayWords(end))}, the day before the next record starts,`;
  }

  #intervalNoun(e: Expression, focus: Focus): string {
    if (e.kind !== 'interval') return expressionWords(e, this.#glossary);
    if (e.record === focus) return 'it';
    return typeof e.record === 'object'
      ? this.says(e.record)
      : ({ enrollment: 'the enrollment', record: 'the record', incoming: 'the record sent' } as const)[e.record];
  }

  /** What is not there, and why. */
  #absence(e: Expression, focus: Focus): string {
    const node = factOf(e);
    if (node?.kind === 'look') return this.#thereIsNo(node);
    if (node) return `there is no ${withoutArticle(this.says(node))}`;
    if (e.kind === 'parameter') return `there is no value of ${e.parameter.says}${this.#onWords(e)}`;
    if (e.kind === 'field') return `${closed(this.#bare(e, focus))} is blank`;
    return `${closed(this.#bare(e, focus))} is absent`;
  }

  #onWords(e: Extract<Expression, { kind: 'parameter' }>): string {
    const on = e.on && this.#value(e.on);
    return on ? ` on ${dayWords(String(on))}` : '';
  }

  /** An expression as a noun, with its value. */
  noun(e: Expression, focus: Focus): string {
    const value = this.#value(e);
    const text = (): string => `(${this.#text(e, value)})`;
    switch (e.kind) {
      case 'literal':
        return value === '' ? 'blank' : inWords(value, e.type === 'day');
      case 'column': {
        const record = this.#inspector.record(e.record);
        const seen = record && this.#view.value(record, e.key);
        if (record === undefined || seen === undefined) return this.#bare(e, focus);
        const meaning = seen && this.#view.meaning(record, e.key, seen);
        return this.#column(
          e.record,
          e.recordType,
          e.key,
          focus,
          seen === '' ? '(blank)' : `${inWords(seen, e.type === 'day')}${meaning ? ` (${meaning})` : ''}`,
        );
      }
      case 'interval':
        return `${this.#intervalNoun(e, focus)} ${value === undefined ? '(absent)' : intervalWords(value as Interval)}`;
      case 'context':
        return `${expressionWords(e, this.#glossary)} ${e.type === 'list' ? text() : this.#text(e, value)}`;
      case 'parameter':
        return `${e.parameter.says} ${text()}`;
      case 'fact': {
        const how =
          focus === undefined && e.node.kind === 'calculation' && isOfCodes(e.node.calculation)
            ? this.#how(e.node)
            : undefined;
        return how === undefined
          ? `${this.#bare(e, focus)} ${text()}`
          : `${this.#bare(e, focus)} (${this.#text(e, value)}: ${how})`;
      }
      case 'field':
        return `${this.#bare(e, focus)} ${this.#text(e, value)}`;
      case 'loaded':
        return this.#of('place in the order of loading', e.record, focus, String(value));
      default:
        return this.#bare(e, focus);
    }
  }

  /** An expression as a noun, without its value. */
  #bare(e: Expression, focus: Focus): string {
    switch (e.kind) {
      case 'column':
        return this.#column(e.record, e.recordType, e.key, focus);
      case 'interval':
        return this.#intervalNoun(e, focus);
      case 'loaded':
        return this.#of('place in the order of loading', e.record, focus);
      case 'parameter':
        return e.parameter.says;
      case 'field':
        return `field ${e.number} (${this.#glossary.schemas.output.columns.find((c) => c.no === e.number)?.name})`;
      case 'fact':
        return `${e.part === undefined ? '' : e.part === 'start' ? 'the first day of ' : 'the last day of '}${this.says(e.node)}`;
      default:
        return expressionWords(e, this.#glossary);
    }
  }

  /** The right side of a comparison: values that are few, and words for the others. */
  #object(e: Expression, focus: Focus): string {
    if (e.kind === 'codeSet') return 'the codes of the field';
    return this.noun(e, focus);
  }

  #isWithheld(e: Expression): boolean {
    return isWithheld(e, this.#inspector, this.#view);
  }

  #text(e: Expression, value: Value): string {
    return this.#isWithheld(e) ? WITHHELD : inWords(value, e.type === 'day');
  }

  #column(record: RecordSource, recordType: string, key: string, focus: Focus, value?: string): string {
    return this.#of(columnName(recordType, key, this.#glossary.schemas), record, focus, value);
  }

  #of(what: string, record: RecordSource, focus: Focus, value?: string): string {
    const noun = `${what}${value === undefined ? '' : ` ${value}`}`;
    if (typeof record === 'object') return `the ${noun} of ${this.says(record)}`;
    if (record === focus) return `its ${noun}`;
    if (record === 'incoming') return `the ${noun} of the record sent`;
    return `the ${record}'s ${noun}`;
  }

  #value(e: Expression): Value {
    return this.#inspector.value(e);
  }

  /** A fact in its own words; parameters among its params with their values. */
  says(node: FactNode): string {
    const values = Object.values(node.params);
    if (values.length === 0) return node.says;
    const shown = (name: string): string => {
      const value = this.#paramValue(node, name);
      const isShort = isPresent(value) && !(Array.isArray(value) && value.length > MOST_LISTED);
      return `${this.#glossary.says(name) ?? name}${isShort ? ` (${inWords(value, false)})` : ''}`;
    };
    return saysOf(node, { schemas: this.#glossary.schemas, says: shown });
  }

  // Asked for the day that the fact asks for it, unless that day differs from record to record.
  #paramValue(node: FactNode, name: string): Value {
    const read = expressionsIn([node]).find((e) => e.kind === 'parameter' && e.parameter.name === name);
    if (read?.kind !== 'parameter') return undefined;
    if (!read.on) return undatedValue(read.parameter);
    return concerns(read.on, 'record') ? undatedValue(read.parameter) : this.#value(read);
  }

  /**
   * Where a value comes from, followed down to the records it was taken from; `undefined` for a value that a rule
   * writes out.
   */
  origin(e: Expression): string | undefined {
    switch (e.kind) {
      case 'literal':
        return undefined;
      case 'column': {
        if (typeof e.record !== 'object')
          return `${this.#column(e.record, e.recordType, e.key, undefined)} in ${this.#nameOf(e.record)}`;
        const found = this.#inspector.found(e.record);
        if (!found) return this.#thereIsNo(e.record);
        return `${this.#column(e.record, e.recordType, e.key, undefined)}, which is ${this.#view.name(found)}`;
      }
      case 'parameter':
        return `${e.parameter.says}${this.#onWords(e)}`;
      case 'fact':
        return e.node.kind === 'calculation' ? this.#calculated(e.node) : this.says(e.node);
      default:
        return this.#bare(e, undefined);
    }
  }

  #nameOf(record: Exclude<RecordSource, LookNode>): string {
    return this.#view.name(this.#inspector.x[record]);
  }

  #calculated(node: CalculationNode): string {
    const how = this.#how(node);
    return how === undefined ? this.says(node) : `${this.says(node)}: ${how}`;
  }

  #derived(e: Expression): string | undefined {
    if (e.kind === 'fact' && e.node.kind === 'calculation') return this.#how(e.node);
    return this.origin(e);
  }

  #how(node: CalculationNode): string | undefined {
    const [first, second] = node.operands;
    if (!first) return undefined;
    const withValue = (e: Expression): string => {
      const from = this.#derived(e);
      return `${this.#text(e, this.#value(e))}${from === undefined ? '' : `, ${from}`}`;
    };
    const { toldBy } = node.calculation;
    if (typeof toldBy === 'function')
      return toldBy(withValue(first), second ? this.#text(second, this.#value(second)) : '');
    switch (toldBy) {
      case 'chosen': {
        const chosen = this.chosen(node);
        return chosen && this.#derived(chosen);
      }
      case 'list':
        return this.#derived(first);
      case 'codes':
        return this.#codes(node);
      case 'operands':
        return node.operands.map((operand) => this.noun(operand, undefined)).join(' and ');
    }
  }

  /** The operand that a calculation gives on as it is. */
  chosen(node: CalculationNode): Expression | undefined {
    if (node.cases) {
      const word = this.#value(node.operands[0] as Expression);
      return node.operands[node.cases.indexOf(String(word)) + 1];
    }
    const value = this.#inspector.fact(node);
    return node.operands.find((operand) => isPresent(value) && this.#value(operand) === value);
  }

  #codes(node: CalculationNode): string {
    const present = node.operands.filter((operand) => isPresent(this.#value(operand)));
    if (present.length === 0) return 'none is given';
    const looks = unique(present.map((operand) => factOf(operand)));
    const [look] = looks;
    if (looks.length !== 1 || look?.kind !== 'look')
      return present.map((operand) => this.noun(operand, undefined)).join(', ');
    const found = this.#inspector.found(look);
    const names = present.map(
      (operand) => `${this.#nameOfColumn(operand)} ${this.#text(operand, this.#value(operand))}`,
    );
    return `${names.join(', ')} of ${this.says(look)}${found ? `, which is ${this.#view.name(found)}` : ''}`;
  }

  #nameOfColumn(e: Expression): string {
    return e.kind === 'column' ? columnName(e.recordType, e.key, this.#glossary.schemas) : this.#bare(e, undefined);
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

/** The comparisons that settled how a condition came out. */
export function settlingLeaves(condition: Condition, holds: Holds): Leaf[] {
  if (condition.kind === 'leaf') return [condition];
  if (condition.kind === 'not') return settlingLeaves(condition.of, holds);
  const so = holds(condition);
  // One child settles an `all` that fails and an `any` that holds; all of them settle the others.
  const settling =
    so === (condition.kind === 'all') ? condition.of : condition.of.filter((child) => holds(child) === so).slice(0, 1);
  return settling.flatMap((child) => settlingLeaves(child, holds));
}

/** Whether it is a calculation over a list of codes: its value alone says too little. */
const isOfCodes = ({ toldBy }: Calculation): boolean => toldBy === 'list' || toldBy === 'codes';

const emptyWords = (value: Value): string => (Array.isArray(value) ? 'an empty list' : 'blank');

/** A noun that ends in an inserted clause needs a comma before what is said of it. */
const closed = (noun: string): string =>
  !noun.endsWith(',') && noun.replaceAll(/\([^()]*\)/g, '').includes(', ') ? `${noun},` : noun;

const withoutArticle = (noun: string): string => noun.replace(/^(an?|the student's|the) /, '');

export const unique = <T>(items: readonly T[]): T[] => [...new Set(items)];
