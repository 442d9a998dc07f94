/** Expressions as nouns, with their values or without: "the enrollment's Exit Date 2024-06-07". */
import type { Calculation } from '#rulebook/calculations/calculation';
import type { CalculationNode, Expression, FactNode, RecordSource } from '#rulebook/tree/nodes';
import { type Interval, isPresent, type Value } from '#rulebook/tree/values';
import { concerns, expressionsIn } from '#rulebook/tree/walk';
import { columnName, expressionWords, type Glossary, saysOf } from '#rulebook/words/words';
import { type ConditionContext, isWithheld } from '../condition-tree.ts';
import type { Inspector } from '../inspector.ts';
import type { RecordView } from '../record-view.ts';
import { dayWords, intervalWords, inWords, undatedValue, WITHHELD } from './values-in-words.ts';

/** The record that sentences are about and call "it"; `undefined` when they are about the student. */
export type Focus = 'enrollment' | 'record' | undefined;

const MOST_LISTED = 3;

/** How a calculation came to its value; `undefined` when there is nothing to say of it. */
export type How = (node: CalculationNode) => string | undefined;

export class Nouns {
  readonly #inspector: Inspector;
  readonly #glossary: Glossary;
  readonly #view: RecordView;
  readonly #how: How;

  /** @param how what is said beside the value of a calculation over codes */
  constructor({ inspector, glossary, view }: ConditionContext, how: How) {
    this.#inspector = inspector;
    this.#glossary = glossary;
    this.#view = view;
    this.#how = how;
  }

  /** The value of an expression for what is in hand; `undefined` is absent. */
  value(e: Expression): Value {
    return this.#inspector.value(e);
  }

  /** The value of an expression within a sentence. */
  text(e: Expression): string {
    return this.isWithheld(e) ? WITHHELD : inWords(this.value(e), e.type === 'day');
  }

  /** Whether the reader may not see the value. */
  isWithheld(e: Expression): boolean {
    return isWithheld(e, this.#inspector, this.#view);
  }

  /** An expression as a noun, with its value. */
  noun(e: Expression, focus: Focus): string {
    const value = this.value(e);
    const text = (): string => `(${this.text(e)})`;
    switch (e.kind) {
      case 'literal':
        return value === '' ? 'blank' : inWords(value, e.type === 'day');
      case 'column': {
        const record = this.#inspector.record(e.record);
        const seen = record && this.#view.value(record, e.key);
        if (record === undefined || seen === undefined) return this.bare(e, focus);
        const meaning = seen && this.#view.meaning(record, e.key, seen);
        return this.column(
          e.record,
          e.recordType,
          e.key,
          focus,
          seen === '' ? '(blank)' : `${inWords(seen, e.type === 'day')}${meaning ? ` (${meaning})` : ''}`,
        );
      }
      case 'interval':
        return `${this.interval(e, focus)} ${value === undefined ? '(absent)' : intervalWords(value as Interval)}`;
      case 'context':
        return `${expressionWords(e, this.#glossary)} ${e.type === 'list' ? text() : this.text(e)}`;
      case 'parameter':
        return `${e.parameter.says} ${text()}`;
      case 'fact': {
        const how =
          focus === undefined && e.node.kind === 'calculation' && isOfCodes(e.node.calculation)
            ? this.#how(e.node)
            : undefined;
        return how === undefined
          ? `${this.bare(e, focus)} ${text()}`
          : `${this.bare(e, focus)} (${this.text(e)}: ${how})`;
      }
      case 'field':
        return `${this.bare(e, focus)} ${this.text(e)}`;
      case 'loaded':
        return this.of('place in the order of loading', e.record, focus, String(value));
      default:
        return this.bare(e, focus);
    }
  }

  /** An expression as a noun, without its value. */
  bare(e: Expression, focus: Focus): string {
    switch (e.kind) {
      case 'column':
        return this.column(e.record, e.recordType, e.key, focus);
      case 'interval':
        return this.interval(e, focus);
      case 'loaded':
        return this.of('place in the order of loading', e.record, focus);
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

  /** An interval as a noun, without its days. */
  interval(e: Expression, focus: Focus): string {
    if (e.kind !== 'interval') return expressionWords(e, this.#glossary);
    if (e.record === focus) return 'it';
    return typeof e.record === 'object'
      ? this.says(e.record)
      : ({ enrollment: 'the enrollment', record: 'the record', incoming: 'the record sent' } as const)[e.record];
  }

  /** A column of a record as a noun, with its value when that is given. */
  column(record: RecordSource, recordType: string, key: string, focus: Focus, value?: string): string {
    return this.of(columnName(recordType, key, this.#glossary.schemas), record, focus, value);
  }

  /** Something of a record as a noun. */
  of(what: string, record: RecordSource, focus: Focus, value?: string): string {
    const noun = `${what}${value === undefined ? '' : ` ${value}`}`;
    if (typeof record === 'object') return `the ${noun} of ${this.says(record)}`;
    if (record === focus) return `its ${noun}`;
    if (record === 'incoming') return `the ${noun} of the record sent`;
    return `the ${record}'s ${noun}`;
  }

  /** The day that a parameter is asked for: " on 2023-10-04". */
  onDay(e: Extract<Expression, { kind: 'parameter' }>): string {
    const on = e.on && this.value(e.on);
    return on ? ` on ${dayWords(String(on))}` : '';
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
    return concerns(read.on, 'record') ? undatedValue(read.parameter) : this.value(read);
  }
}

/** Whether it is a calculation over a list of codes: its value alone says too little. */
const isOfCodes = ({ toldBy }: Calculation): boolean => toldBy === 'list' || toldBy === 'codes';

/** A noun that ends in an inserted clause needs a comma before what is said of it. */
export const closed = (noun: string): string =>
  !noun.endsWith(',') && noun.replaceAll(/\([^()]*\)/g, '').includes(', ') ? `${noun},` : noun;

/** A noun without what stands before it: "Student Program record". */
export const withoutArticle = (noun: string): string => noun.replace(/^(an?|the student's|the) /, '');
