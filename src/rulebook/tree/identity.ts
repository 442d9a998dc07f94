/**
 * Expressions, conditions and facts by what they say: two that say the same have the same number, wherever they stand.
 * Places, `says` and the names of facts do not count. What else does not count is for whoever asks to say.
 */
import type { Code } from '#records/layout';
import type { IntervalJson, ParameterJson } from '../load/declarations.ts';
import type { Condition, Expression, FactNode, Field, Node, Order, RecordSource } from './nodes.ts';

/** A number for every text, the same for the same text: shared by the trees that are compared. */
export class Numbers {
  readonly #numbers = new Map<string, number>();

  of(...parts: readonly unknown[]): number {
    const key = JSON.stringify(parts);
    let number = this.#numbers.get(key);
    if (number === undefined) {
      number = this.#numbers.size;
      this.#numbers.set(key, number);
    }
    return number;
  }
}

/** What things are known by that have a name and, behind it, a meaning of their own. */
export interface KnownBy {
  readonly column: (recordType: string, key: string) => string | number;
  readonly parameter: (parameter: ParameterJson) => unknown;
  readonly field: (number: string) => string | number;
  /** The days of the window, where they may differ. */
  readonly window?: readonly string[];
  /** Whether the order of what stands in `all` and `any` counts, and that something stands there twice or alone. */
  readonly inOrder?: true;
}

/** Within one rulebook a name says enough. */
const BY_NAME: KnownBy = {
  column: (_, key) => key,
  parameter: ({ name }) => name,
  field: (number) => number,
};

export class Identities {
  readonly #numbers: Numbers;
  readonly #by: KnownBy;
  readonly #known = new WeakMap<Node, number>();

  constructor(by = BY_NAME, numbers = new Numbers()) {
    this.#by = by;
    this.#numbers = numbers;
  }

  /** The same number for expressions that have the same value wherever both may stand. */
  expression(expression: Expression): number {
    return this.#once(expression, () => this.#expression(expression));
  }

  /** The same for conditions. */
  condition(condition: Condition): number {
    return this.#once(condition, () => this.#condition(condition));
  }

  /** The same number for facts that look for, or work out, the same. */
  fact(fact: FactNode): number {
    return this.#once(fact, () =>
      fact.kind === 'look'
        ? this.#numbers.of(
            'look',
            fact.from,
            fact.where ? this.condition(fact.where) : '',
            this.orders(fact.order),
            fact.gives,
            fact.value ? this.expression(fact.value) : '',
            fact.within ? this.expression(fact.within) : '',
          )
        : this.#numbers.of(
            'calculation',
            fact.calculation.name,
            fact.operands.map((operand) => this.expression(operand)),
            fact.cases ?? [],
            (fact.conditions ?? []).map((condition) => this.condition(condition)),
            fact.by ? this.expression(fact.by) : '',
            fact.row ? [fact.row.reference.name, fact.row.column.key, fact.row.sha256 ?? ''] : [],
          ),
    );
  }

  orders(order: readonly Order[]): number {
    return this.#numbers.of(
      'order',
      order.map((entry) => {
        if (entry.kind === 'loaded') return ['loaded', entry.last];
        if (entry.kind === 'preferring') return ['preferring', this.condition(entry.condition)];
        return [entry.kind, this.expression(entry.by), entry.blankFirst];
      }),
    );
  }

  rules(rules: Field['rules']): number {
    return this.#numbers.of(
      'rules',
      rules.map(({ condition, value }) => [condition ? this.condition(condition) : '', this.expression(value)]),
    );
  }

  /** The record that an expression belongs to: its name, or the number of the look that gives it. */
  record(record: RecordSource): string | number {
    return typeof record === 'object' ? this.fact(record) : record;
  }

  #once(node: Node, work: () => number): number {
    let number = this.#known.get(node);
    if (number === undefined) {
      number = work();
      this.#known.set(node, number);
    }
    return number;
  }

  #condition(condition: Condition): number {
    switch (condition.kind) {
      case 'leaf': {
        const { left, operator, right } = condition;
        return this.#numbers.of('leaf', this.expression(left), operator.name, this.expression(right));
      }
      case 'not':
        return this.#numbers.of('not', this.condition(condition.of));
      default: {
        const all = condition.of.map((child) => this.condition(child));
        if (this.#by.inOrder) return this.#numbers.of(condition.kind, all);
        const of = [...new Set(all)].sort((a, b) => a - b);
        return of.length === 1 ? (of[0] as number) : this.#numbers.of(condition.kind, of);
      }
    }
  }

  #expression(e: Expression): number {
    const numbers = this.#numbers;
    const on = (day: Expression | undefined): number | string => (day ? this.expression(day) : '');
    switch (e.kind) {
      case 'literal':
        return numbers.of('literal', e.value);
      case 'column':
        return numbers.of('column', e.type, this.record(e.record), e.recordType, this.#by.column(e.recordType, e.key));
      case 'interval':
        return numbers.of('interval', this.record(e.record), this.#interval(e.interval));
      case 'loaded':
      case 'record':
        return numbers.of(e.kind, this.record(e.record));
      case 'context':
        return numbers.of('context', e.fact, e.part, e.fact === 'window' ? this.#by.window : undefined);
      case 'parameter':
        return numbers.of('parameter', this.#by.parameter(e.parameter), on(e.on), on(e.whose));
      case 'codeSet':
        return numbers.of('codeSet', e.codes.map(codeAndDays), on(e.on));
      case 'fact':
        return numbers.of('fact', this.fact(e.node), e.part ?? '');
      case 'field':
        return numbers.of('field', e.type, this.#by.field(e.number));
    }
  }

  #interval({ of, start, end, blankEnd }: IntervalJson): unknown {
    const column = (key: string): string | number => this.#by.column(of, key);
    return [
      of,
      column(start),
      end === undefined ? '' : column(end),
      blankEnd === 'open' ? 'open' : blankEnd.dayBeforeNext.sameColumns.map(column),
    ];
  }
}

const codeAndDays = ({ code, from = '', through = '' }: Code): readonly string[] => [code, from, through];
