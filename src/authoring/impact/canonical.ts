/**
 * What a rulebook computes, without the words in which it says so: two fields, selections or facts that come to the
 * same have the same text here, wherever they stand and whatever they are called. Made from the resolved tree; places,
 * names of files, `says`, `reading`, sources and names of rules are left out.
 */
import { columnIndex, layoutOf, type OutputColumn } from '#records/layout';
import type { RequestFacts } from '#rulebook/compile/evaluation';
import type { Rulebook } from '#rulebook/load/assemble';
import type { IntervalJson, ParameterJson } from '#rulebook/load/declarations';
import type {
  CalculationNode,
  Condition,
  Expression,
  Field,
  LookNode,
  Order,
  RecordSource,
} from '#rulebook/tree/nodes';

/**
 * A short name for every text, the same for the same text: shared by the rulebooks that are compared, so that a fact
 * used often is not written out often.
 */
export class Names {
  readonly #names = new Map<string, string>();

  of(text: string): string {
    let name = this.#names.get(text);
    if (name === undefined) {
      name = `#${this.#names.size}`;
      this.#names.set(text, name);
    }
    return name;
  }
}

type Window = Pick<RequestFacts, 'from' | 'through'>;

/** The part of a rulebook that is compared. */
export type Compared = Pick<Rulebook, 'schemas' | 'extract'>;

export class Canonical {
  readonly #names: Names;
  readonly #compared: Compared;
  readonly #window: Window;
  readonly #facts = new Map<LookNode | CalculationNode, string>();
  readonly #fields = new Map<string, string>();

  /** @param window of the request, as this rulebook has it: a rulebook may begin its academic years on another day */
  constructor(names: Names, compared: Compared, window: Window) {
    this.#names = names;
    this.#compared = compared;
    this.#window = window;
  }

  /** The selection without the order of rows, which changes no row. */
  selection(): string {
    const { where, order, json } = this.#compared.extract.selection;
    return this.#text(
      'selection',
      this.#compared.schemas.output.copiesFrom,
      this.condition(where),
      this.orders(order),
      json.onePer,
    );
  }

  /** Where a column of the output gets its value from. */
  column(column: OutputColumn): string {
    const { copiesFrom } = this.#compared.schemas.output;
    if (column.literal !== undefined) return this.#text('literal', column.literal);
    if (column.rule) return this.field(column.no);
    return this.#text('copy', copiesFrom, column.day ?? this.#placeOf(copiesFrom, column.copyOf as string));
  }

  field(number: string): string {
    const known = this.#fields.get(number);
    if (known !== undefined) return known;
    const field = this.#compared.extract.fields.find((f) => f.number === number);
    const text = field ? this.rules(field.rules) : this.#text('no field');
    this.#fields.set(number, text);
    return text;
  }

  rules(rules: Field['rules']): string {
    return this.#text(
      'rules',
      rules.map(({ condition, value }) => [condition ? this.condition(condition) : '', this.expression(value)]),
    );
  }

  condition(condition: Condition): string {
    if (condition.kind === 'leaf')
      return this.#text(
        'leaf',
        this.expression(condition.left),
        condition.operator.name,
        this.expression(condition.right),
      );
    if (condition.kind === 'not') return this.#text('not', this.condition(condition.of));
    return this.#text(
      condition.kind,
      condition.of.map((child) => this.condition(child)),
    );
  }

  orders(order: readonly Order[]): string {
    return this.#text(
      'order',
      order.map((entry) => {
        if (entry.kind === 'loaded') return ['loaded', entry.last];
        if (entry.kind === 'preferring') return ['preferring', this.condition(entry.condition)];
        return [entry.kind, this.expression(entry.by), entry.blankFirst];
      }),
    );
  }

  expression(e: Expression): string {
    switch (e.kind) {
      case 'literal':
        return this.#text('literal', e.type, e.value);
      case 'column':
        return this.#text('column', e.type, this.#record(e.record), e.recordType, this.#placeOf(e.recordType, e.key));
      case 'interval':
        return this.#text('interval', this.#record(e.record), this.#interval(e.interval));
      case 'loaded':
      case 'record':
        return this.#text(e.kind, this.#record(e.record));
      case 'context':
        return this.#text(
          'context',
          e.fact,
          e.part,
          e.fact === 'window' ? [this.#window.from, this.#window.through] : [],
        );
      case 'parameter':
        return this.#text('parameter', parameterMeaning(e.parameter), e.on ? this.expression(e.on) : '');
      case 'codeSet':
        return this.#text(
          'codeSet',
          e.codes.map(({ code, from, through }) => [code, from ?? '', through ?? '']),
          e.on ? this.expression(e.on) : '',
        );
      case 'fact':
        return this.#text('fact', this.fact(e.node), e.part ?? '');
      case 'field':
        return this.#text('field', e.type, this.field(e.number));
    }
  }

  fact(node: LookNode | CalculationNode): string {
    const known = this.#facts.get(node);
    if (known !== undefined) return known;
    const text = node.kind === 'look' ? this.#look(node) : this.#calculation(node);
    this.#facts.set(node, text);
    return text;
  }

  #look({ from, where, order, gives }: LookNode): string {
    return this.#text('look', from, where ? this.condition(where) : '', this.orders(order), gives);
  }

  #calculation({ calculation, type, operands, cases, by }: CalculationNode): string {
    const of = operands.map((operand) => this.expression(operand));
    return this.#text('calculation', calculation.name, type, of, cases ?? [], by ? parameterMeaning(by) : '');
  }

  #record(record: RecordSource): string {
    return typeof record === 'object' ? this.fact(record) : record;
  }

  #interval({ of, start, end, blankEnd }: IntervalJson): unknown {
    const place = (key: string): unknown => this.#placeOf(of, key);
    return [
      of,
      place(start),
      end === undefined ? '' : place(end),
      blankEnd === 'open' ? 'open' : blankEnd.dayBeforeNext.sameColumns.map(place),
    ];
  }

  /** A column by its place in the layout: a layout with other columns reads other values under the same key. */
  #placeOf(recordType: string, key: string): string | number {
    const layout = layoutOf(this.#compared.schemas, recordType);
    const place = layout ? columnIndex(layout, key) : -1;
    return place < 0 ? key : place;
  }

  #text(...parts: readonly unknown[]): string {
    return this.#names.of(JSON.stringify(parts));
  }
}

/** What a parameter is on every day, without its words. */
export const parameterMeaning = ({ type, values }: ParameterJson): unknown => [
  type,
  values.map(({ key, value, from, through }) => [key ?? '', value, from ?? '', through ?? '']),
];

/** Whether records are read alike by both: the same columns in the same places, and the same intervals. */
export const readAlike = (a: Rulebook, b: Rulebook): boolean => reading(a) === reading(b);

const reading = ({ schemas, declared }: Rulebook): string =>
  JSON.stringify([
    schemas.layouts.map(({ recordType, columns }) => [recordType, columns.map(({ key }) => key)]),
    declared.intervals
      .map(({ json: { name, of, start, end, blankEnd } }) => JSON.stringify([of, name, start, end ?? '', blankEnd]))
      .sort(),
  ]);
