/** Expressions as nouns, and their values: "the enrollment's Enrollment Exit Date", "2024-06-07". */
import { isRealDay } from '#records/days';
import type { SourceRecord } from '#records/record';
import type { Expression, FactNode, ParameterExpression, RecordSource } from '#rulebook/tree/nodes';
import { isPresent, type Value } from '#rulebook/tree/values';
import { concerns, expressionsIn } from '#rulebook/tree/walk';
import { columnName, expressionWords, type Glossary, saysOf } from '#rulebook/words/words';
import { type ConditionContext, isWithheld } from '../condition-tree.ts';
import type { Inspector } from '../inspector.ts';
import type { RecordView } from '../record-view.ts';
import { PLAIN, type Words } from './manner.ts';
import { dayWords, inWords, undatedValue, WITHHELD } from './values-in-words.ts';

const MOST_LISTED = 3;

type ColumnExpression = Extract<Expression, { kind: 'column' }>;

export class Nouns {
  readonly #inspector: Inspector;
  readonly #glossary: Glossary;
  readonly #view: RecordView;

  constructor({ inspector, glossary, view }: ConditionContext) {
    this.#inspector = inspector;
    this.#glossary = glossary;
    this.#view = view;
  }

  /** The value of an expression for what is in hand; `undefined` is absent. */
  value(e: Expression): Value {
    return this.#inspector.value(e);
  }

  /** The value of an expression within a sentence. `isDay` when it is compared with a day. */
  text(e: Expression, isDay = e.type === 'day'): string {
    if (this.isWithheld(e)) return WITHHELD;
    const value = this.value(e);
    // A text that a rule writes out, or another field, has the type of whatever was written there.
    const isWritten = e.kind === 'literal' || e.kind === 'field';
    return inWords(value, isDay || (isWritten && typeof value === 'string' && isRealDay(value)));
  }

  /** A value with what its code means: "11 (College graduate)". */
  explained(e: Expression): Words {
    const text = this.text(e);
    const record = e.kind === 'column' ? this.#inspector.record(e.record) : undefined;
    if (e.kind !== 'column' || !record || text === WITHHELD) return () => text;
    const value = this.value(e) as string;
    const meaning = value && this.#view.meaning(record, e.key, value);
    return ({ explains }) => (explains && meaning ? `${text} (${meaning})` : text);
  }

  /** Whether a value is told with what its code means. */
  isExplained(e: Expression): boolean {
    return this.explained(e)(PLAIN) !== this.text(e);
  }

  /** Whether the reader may not see the value. */
  isWithheld(e: Expression): boolean {
    return isWithheld(e, this.#inspector, this.#view);
  }

  /** The record that an expression is about, and that there is. */
  owner(e: Expression): SourceRecord | undefined {
    return 'record' in e && e.record !== 'incoming' ? this.#inspector.record(e.record) : undefined;
  }

  /** An expression as a noun, without its value. */
  noun(e: Expression): Words {
    switch (e.kind) {
      case 'column':
        return this.#of(this.columnName(e), e.record);
      case 'interval':
        return this.interval(e);
      case 'loaded':
        return this.#of('place in the order of loading', e.record);
      case 'parameter': {
        const words = `${e.parameter.says}${this.forWhom(e)}${this.onDay(e)}`;
        return () => words;
      }
      case 'field': {
        const name = this.#glossary.schemas.output.columns.find(({ no }) => no === e.number)?.name ?? 'value';
        return () => `the ${name} (field ${e.number})`;
      }
      case 'fact': {
        const part = e.part === undefined ? '' : e.part === 'start' ? 'the first day of ' : 'the last day of ';
        const words = `${part}${this.says(e.node)}`;
        return () => words;
      }
      default: {
        const words = expressionWords(e, this.#glossary);
        return () => words;
      }
    }
  }

  /** An interval as a noun: that of a record is called as the record is. */
  interval(e: Expression): Words {
    if (e.kind !== 'interval') return e.kind === 'fact' ? this.noun(e) : () => expressionWords(e, this.#glossary);
    const { record } = e;
    if (record === 'incoming') return () => 'the record sent';
    const owner = this.#inspector.record(record);
    const other = typeof record === 'object' ? this.says(record) : undefined;
    return (manner) => {
      if (owner && manner.it === owner) return 'it';
      if (record === 'enrollment') return 'the enrollment';
      return other ?? (owner ? manner.nameOf(owner) : 'the record');
    };
  }

  /** The published name of a column. */
  columnName({ recordType, key }: ColumnExpression): string {
    return columnName(recordType, key, this.#glossary.schemas);
  }

  /** Something of a record as a noun. */
  #of(what: string, record: RecordSource): Words {
    if (record === 'incoming') return () => `the ${what} of the record sent`;
    const owner = this.#inspector.record(record);
    const says = typeof record === 'object' ? this.says(record) : '';
    return (manner) => {
      if (owner && manner.it === owner) return `its ${what}`;
      if (record === 'enrollment') return `the enrollment's ${what}`;
      return says ? `the ${what} of ${says}` : `the ${what} on ${owner ? manner.nameOf(owner) : 'the record'}`;
    };
  }

  /** The day that a parameter is asked for: " on 2023-10-04". */
  onDay(e: Extract<Expression, { kind: 'parameter' }>): string {
    const on = e.on && this.value(e.on);
    return on ? ` on ${dayWords(String(on))}` : '';
  }

  /** Whose value of a parameter is asked: " for LEA 1234567". */
  forWhom({ parameter, whose }: ParameterExpression): string {
    const owner = whose && this.value(whose);
    return owner ? ` for ${parameter.differsBy?.says} ${owner}` : '';
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

/** A noun that ends in an inserted clause needs a comma before what is said of it. */
export const closed = (noun: string): string =>
  !noun.endsWith(',') && noun.replaceAll(/\([^()]*\)/g, '').includes(', ') ? `${noun},` : noun;

/** A noun without what stands before it: "Student Program record". */
export const withoutArticle = (noun: string): string => noun.replace(/^(an?|the student's|the) /, '');

/** Whether words are a noun, and not a sentence. A fact that says whether there is something begins with "a". */
export const isOneOfAKind = (says: string): boolean => /^an? /.test(says);
