/** Where values come from, followed down to the records that they were taken from, by way of calculations. */
import type { CalculationNode, Expression, LookNode, RecordSource } from '#rulebook/tree/nodes';
import { isPresent } from '#rulebook/tree/values';
import { factOf } from '#rulebook/tree/walk';
import { columnName, type Glossary } from '#rulebook/words/words';
import type { ConditionContext } from '../condition-tree.ts';
import type { Inspector } from '../inspector.ts';
import type { RecordView } from '../record-view.ts';
import type { LookupWords } from './lookup-words.ts';
import type { Nouns } from './nouns.ts';
import { unique } from './values-in-words.ts';

export class OriginWords {
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
          return `${this.#nouns.column(e.record, e.recordType, e.key, undefined)} in ${this.#nameOf(e.record)}`;
        const found = this.#inspector.found(e.record);
        if (!found) return this.#lookups.thereIsNo(e.record);
        return `${this.#nouns.column(e.record, e.recordType, e.key, undefined)}, which is ${this.#view.name(found)}`;
      }
      case 'parameter':
        return `${e.parameter.says}${this.#nouns.onDay(e)}`;
      case 'fact':
        return e.node.kind === 'calculation' ? this.#calculated(e.node) : this.#nouns.says(e.node);
      default:
        return this.#nouns.bare(e, undefined);
    }
  }

  #nameOf(record: Exclude<RecordSource, LookNode>): string {
    return this.#view.name(this.#inspector.x[record]);
  }

  #calculated(node: CalculationNode): string {
    const how = this.how(node);
    return how === undefined ? this.#nouns.says(node) : `${this.#nouns.says(node)}: ${how}`;
  }

  #derived(e: Expression): string | undefined {
    if (e.kind === 'fact' && e.node.kind === 'calculation') return this.how(e.node);
    return this.origin(e);
  }

  /** How a calculation came to its value; `undefined` when a rule writes it out. */
  how(node: CalculationNode): string | undefined {
    const [first, second] = node.operands;
    if (!first) return undefined;
    const withValue = (e: Expression): string => {
      const from = this.#derived(e);
      return `${this.#nouns.text(e)}${from === undefined ? '' : `, ${from}`}`;
    };
    const { toldBy } = node.calculation;
    if (typeof toldBy === 'function') return toldBy(withValue(first), second ? this.#nouns.text(second) : '');
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
        return node.operands.map((operand) => this.#nouns.noun(operand, undefined)).join(' and ');
    }
  }

  /** The operand that a calculation gives on as it is. */
  chosen(node: CalculationNode): Expression | undefined {
    if (node.cases) {
      const word = this.#nouns.value(node.operands[0] as Expression);
      return node.operands[node.cases.indexOf(String(word)) + 1];
    }
    const value = this.#inspector.fact(node);
    return node.operands.find((operand) => isPresent(value) && this.#nouns.value(operand) === value);
  }

  #codes(node: CalculationNode): string {
    const present = node.operands.filter((operand) => isPresent(this.#nouns.value(operand)));
    if (present.length === 0) return 'none is given';
    const looks = unique(present.map((operand) => factOf(operand)));
    const [look] = looks;
    if (looks.length !== 1 || look?.kind !== 'look')
      return present.map((operand) => this.#nouns.noun(operand, undefined)).join(', ');
    const found = this.#inspector.found(look);
    const names = present.map((operand) => `${this.#nameOfColumn(operand)} ${this.#nouns.text(operand)}`);
    return `${names.join(', ')} of ${this.#nouns.says(look)}${found ? `, which is ${this.#view.name(found)}` : ''}`;
  }

  #nameOfColumn(e: Expression): string {
    return e.kind === 'column'
      ? columnName(e.recordType, e.key, this.#glossary.schemas)
      : this.#nouns.bare(e, undefined);
  }
}
