/**
 * Expressions and conditions by what they say, so that two which say the same are known to: whoever asks `of` for
 * either gets the same number. Names and sentences of facts do not count, only what they look for.
 */
import type { Condition, Expression, FactNode, Order, RecordSource } from '#rulebook/tree/nodes';

export class Terms {
  readonly #numbers = new Map<string, number>();
  readonly #ofFact = new Map<FactNode, number>();

  /** The same number for expressions that have the same value wherever both may stand. */
  of(expression: Expression): number {
    switch (expression.kind) {
      case 'literal':
        return this.#number('literal', JSON.stringify(expression.value) ?? '');
      case 'column':
        return this.#number('column', this.record(expression.record), expression.key);
      case 'interval':
        return this.#number(
          'interval',
          this.record(expression.record),
          JSON.stringify({ ...expression.interval, name: '' }),
        );
      case 'loaded':
      case 'record':
        return this.#number(expression.kind, this.record(expression.record));
      case 'context':
        return this.#number('context', expression.fact, expression.part);
      case 'parameter':
        return this.#number('parameter', expression.parameter.name, expression.on ? this.of(expression.on) : '');
      case 'codeSet':
        return this.#number('codeSet', JSON.stringify(expression.codes), expression.on ? this.of(expression.on) : '');
      case 'field':
        return this.#number('field', expression.number);
      case 'fact':
        return this.#number('fact', this.fact(expression.node), expression.part ?? '');
    }
  }

  /** The same for conditions; the order of what stands in `all` and `any` does not count. */
  condition(condition: Condition): number {
    switch (condition.kind) {
      case 'leaf':
        return this.#number('leaf', this.of(condition.left), condition.operator.name, this.of(condition.right));
      case 'not':
        return this.#number('not', this.condition(condition.of));
      default: {
        const of = [...new Set(condition.of.map((child) => this.condition(child)))].sort((a, b) => a - b);
        return of.length === 1 ? (of[0] as number) : this.#number(condition.kind, ...of);
      }
    }
  }

  /** The record that an expression belongs to: its name, or the number of the look that gives it. */
  record(record: RecordSource): string {
    return typeof record === 'string' ? record : `look ${this.fact(record)}`;
  }

  /** The same number for facts that look for, or work out, the same. */
  fact(node: FactNode): number {
    let number = this.#ofFact.get(node);
    if (number === undefined) {
      number =
        node.kind === 'look'
          ? this.#number(
              'look',
              node.from,
              node.where ? this.condition(node.where) : '',
              ...node.order.map((order) => this.#order(order)),
              node.gives,
            )
          : this.#number(
              node.calculation.name,
              ...node.operands.map((operand) => this.of(operand)),
              JSON.stringify(node.cases ?? []),
              node.by?.name ?? '',
            );
      this.#ofFact.set(node, number);
    }
    return number;
  }

  #order(order: Order): number {
    if (order.kind === 'loaded') return this.#number('loaded', String(order.last));
    if (order.kind === 'preferring') return this.#number('preferring', this.condition(order.condition));
    return this.#number(order.kind, this.of(order.by), String(order.blankFirst));
  }

  #number(...parts: readonly (string | number)[]): number {
    const key = JSON.stringify(parts);
    let number = this.#numbers.get(key);
    if (number === undefined) {
      number = this.#numbers.size;
      this.#numbers.set(key, number);
    }
    return number;
  }
}
