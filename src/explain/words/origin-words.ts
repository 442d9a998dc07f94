/** Where values come from, followed down to the records that they were taken from, by way of calculations. */

import { capital, counted, series } from '#base/text';
import { overlap } from '#records/days';
import type { SourceRecord } from '#records/record';
import type { CalculationNode, Condition, Expression, LookNode } from '#rulebook/tree/nodes';
import { tableOn } from '#rulebook/tree/parameter-values';
import { type Interval, isPresent } from '#rulebook/tree/values';
import { factOf, sourcesOf } from '#rulebook/tree/walk';
import type { ConditionContext } from '../condition-tree.ts';
import type { Inspector } from '../inspector.ts';
import type { Words } from './manner.ts';
import { closed, type Nouns } from './nouns.ts';
import { clause, type Statement, told } from './statement.ts';
import { dayWords, unique } from './values-in-words.ts';

/** Of how many records a number was made is told by name. */
const MOST_NAMED = 3;

/** How a value came about. */
export interface Origin {
  /** "7 years after 2016-08-15, the … on the … record of …", or the columns that it was taken from. */
  readonly words: Words;
  /** Whether the words are of what it was taken from, and not of what it is. */
  readonly isSource: boolean;
  /** The record whose columns these are, when it is one. */
  readonly record?: SourceRecord | undefined;
}

export class OriginWords {
  readonly #inspector: Inspector;
  readonly #nouns: Nouns;
  readonly #reasons: (condition: Condition) => readonly Statement[];

  /** @param reasons why a condition came out as it did */
  constructor({ inspector }: ConditionContext, nouns: Nouns, reasons: (condition: Condition) => readonly Statement[]) {
    this.#inspector = inspector;
    this.#nouns = nouns;
    this.#reasons = reasons;
  }

  /** How a calculation came to its value; `undefined` when a rule writes it out. */
  origin(node: CalculationNode): Origin | undefined {
    const [first, ...others] = node.operands;
    if (!first) return undefined;
    const { toldBy } = node.calculation;
    if (typeof toldBy === 'function') {
      const day = this.#withSource(first);
      const [second = '', third = ''] = others.map((other) => this.#nouns.text(other));
      return { words: (manner) => toldBy(day(manner), second, third), isSource: false };
    }
    switch (toldBy) {
      case 'chosen': {
        const chosen = this.chosen(node);
        return chosen && this.#originOf(chosen);
      }
      case 'list':
        return this.#originOf(first);
      case 'codes':
        return this.#codes(node);
      case 'operands': {
        const parts = node.operands.map((operand) => this.#withValue(operand));
        return { words: (manner) => series(parts.map((part) => part(manner))), isSource: true };
      }
    }
  }

  /** What else there is to say of a calculation over codes or by conditions, or of a number of records, whose value alone says too little. */
  more(e: Expression): readonly Words[] | undefined {
    if (e.kind !== 'fact') return undefined;
    if (e.node.kind === 'look') {
      const counted = this.counted(e.node);
      return counted && [(manner) => `It comes from ${counted.words(manner)}.`];
    }
    const { toldBy } = e.node.calculation;
    const origin = toldBy === 'list' || toldBy === 'codes' ? this.origin(e.node) : undefined;
    const from: readonly Words[] = origin ? [(manner) => `It comes from ${origin.words(manner)}.`] : [];
    const all = [...from, ...this.becauseOf(e)];
    return all.length > 0 ? all : undefined;
  }

  /** Why the conditions behind a value chose what they did, a sentence for each: "The years to …, by the grade, is 6, because …". */
  becauseOf(e: Expression): readonly Words[] {
    return unique(sourcesOf(e).flatMap((source) => factOf(source) ?? [])).flatMap((node) => {
      if (node.kind !== 'calculation' || !node.conditions || node.operands.length === 0) return [];
      const first = node.conditions.findIndex((condition) => this.#inspector.holds(condition));
      const asked = node.conditions.slice(Math.max(first, 0), first < 0 ? undefined : first + 1);
      const reasons = told(asked.flatMap((condition) => this.#reasons(condition)));
      const head = `${closed(capital(this.#nouns.says(node)))} is ${this.#nouns.text({ kind: 'fact', type: node.type, node })}`;
      return [(manner: Parameters<Words>[0]) => `${head}, because ${clause(reasons)(manner)}.`];
    });
  }

  /** The operand that a calculation gives on as it is. */
  chosen(node: CalculationNode): Expression | undefined {
    if (node.cases) {
      const word = this.#nouns.value(node.operands[0] as Expression);
      return node.operands[node.cases.indexOf(String(word)) + 1];
    }
    if (node.conditions) {
      const first = node.conditions.findIndex((condition) => this.#inspector.holds(condition));
      return node.operands.at(first);
    }
    const value = this.#inspector.fact(node);
    return node.operands.find((operand) => isPresent(value) && this.#nouns.value(operand) === value);
  }

  /** The records of which a look counts or adds something: the first of them by name. */
  counted(look: LookNode): Origin | undefined {
    if (!look.aggregate) return undefined;
    const { aggregate, where } = look;
    const result = this.#inspector.fact(look);
    const around = look.within && (this.#inspector.value(look.within) as Interval | undefined);
    const isExtreme = aggregate.gives === 'same';
    const isTaken = (): boolean => {
      if (where && !this.#inspector.holds(where)) return false;
      const value = this.#nouns.value(look.value as Expression);
      if (!isPresent(value) || (isExtreme && value !== result)) return false;
      const { start, end } = value as Interval;
      return !aggregate.isWithin || (around !== undefined && overlap(start, end, around.start, around.end));
    };
    const taken = this.#inspector.candidates(look).filter((record) => this.#inspector.withRecord(record, isTaken));
    const [only, ...others] = taken;
    if (!only) return undefined;
    const named = taken.slice(0, MOST_NAMED);
    const more = taken.length - named.length;
    return {
      words: ({ nameOf }) =>
        series([...named.map((record) => nameOf(record)), ...(more > 0 ? [counted(more, 'other record')] : [])]),
      isSource: true,
      record: others.length === 0 || isExtreme ? only : undefined,
    };
  }

  #originOf(e: Expression): Origin | undefined {
    if (e.kind === 'literal') return undefined;
    if (e.kind === 'fact' && e.node.kind === 'calculation') return this.origin(e.node);
    return { words: this.source(e), isSource: true, record: this.#nouns.owner(e) };
  }

  /** Where a value was taken from: "the Enrollment Start Date on the Student Enrollment record of …". */
  source(e: Expression): Words {
    const owner = e.kind === 'column' && e.record !== 'enrollment' ? this.#nouns.owner(e) : undefined;
    if (e.kind !== 'column' || !owner) return this.#nouns.noun(e);
    const name = this.#nouns.columnName(e);
    return (manner) => `the ${name}${manner.places ? ` on ${manner.nameOf(owner)}` : ''}`;
  }

  /** A value, and behind a comma where it was taken from. */
  #withSource(e: Expression): Words {
    const text = this.#nouns.text(e);
    const origin = this.#originOf(e);
    return (manner) => `${text}${origin && manner.compares ? `, ${origin.words(manner)}` : ''}`;
  }

  /** What is calculated with, and its value in brackets. */
  #withValue(e: Expression): Words {
    const text = this.#nouns.text(e);
    const noun = e.kind === 'interval' ? this.#nouns.interval(e) : this.source(e);
    return (manner) => `${noun(manner)} (${text})`;
  }

  /** That a table has no label for a code: ", which has no label on 2026-06-30". */
  #withoutLabel({ by }: CalculationNode, operand: Expression): string {
    if (!by) return '';
    const asked = (e: Expression | undefined): string | undefined =>
      (e && (this.#nouns.value(e) as string)) || undefined;
    const day = asked(by.on);
    const table = tableOn(by.parameter, by.on ? day : '', asked(by.whose));
    if (table.has(this.#nouns.value(operand) as string)) return '';
    return ` without a label${day === undefined ? '' : ` on ${dayWords(day)}`}`;
  }

  #codes(node: CalculationNode): Origin | undefined {
    const present = node.operands.filter((operand) => isPresent(this.#nouns.value(operand)));
    if (present.length === 0) return undefined;
    const looks = unique(present.map((operand) => factOf(operand)));
    const [look] = looks;
    const record = looks.length === 1 && look?.kind === 'look' ? this.#inspector.found(look) : undefined;
    const columns = present.map((operand) => {
      const value = this.#nouns.explained(operand);
      const without = this.#withoutLabel(node, operand);
      const name = operand.kind === 'column' && record ? this.#nouns.columnName(operand) : undefined;
      const noun = this.source(operand);
      return (manner: Parameters<Words>[0]) => `${name ?? noun(manner)} ${value(manner)}${without}`;
    });
    return {
      words: (manner) => {
        const codes = series(columns.map((column) => column(manner)));
        return record && manner.places ? `${codes} on ${manner.nameOf(record)}` : codes;
      },
      isSource: true,
      record,
    };
  }
}
