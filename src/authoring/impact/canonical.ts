/**
 * What a rulebook computes, without the words in which it says so: two columns or selections that come to the same have
 * the same number here, whatever the rules, facts and parameters are called and wherever they stand. Parameters are known
 * by their values, columns by their place in the layout, fields by their rules.
 */
import { columnIndex, layoutOf, type OutputColumn } from '#records/layout';
import type { RequestFacts } from '#rulebook/compile/evaluation';
import type { Rulebook } from '#rulebook/load/assemble';
import type { ParameterJson } from '#rulebook/load/declarations';
import { Identities, type Numbers } from '#rulebook/tree/identity';
import type { Field } from '#rulebook/tree/nodes';

type Window = Pick<RequestFacts, 'from' | 'through'>;

/** The part of a rulebook that is compared. */
export type Compared = Pick<Rulebook, 'schemas' | 'extract'>;

export class Canonical {
  readonly #numbers: Numbers;
  readonly #compared: Compared;
  readonly #identities: Identities;
  readonly #fields = new Map<string, number>();

  /**
   * @param numbers shared by the rulebooks that are compared
   * @param window of the request, as this rulebook has it: a rulebook may begin its academic years on another day
   */
  constructor(numbers: Numbers, compared: Compared, { from, through }: Window) {
    this.#numbers = numbers;
    this.#compared = compared;
    this.#identities = new Identities(
      {
        column: (recordType, key) => this.#placeOf(recordType, key),
        parameter: parameterMeaning,
        field: (number) => this.#field(number),
        window: [from, through],
        inOrder: true,
      },
      numbers,
    );
  }

  /** The selection without the order of rows, which changes no row. */
  selection(): number {
    const { where, order, json } = this.#compared.extract.selection;
    return this.#numbers.of(
      'selection',
      this.#compared.schemas.output.copiesFrom,
      this.#identities.condition(where),
      this.#identities.orders(order),
      json.onePer,
    );
  }

  /** Where a column of the output gets its value from. */
  column(column: OutputColumn): number {
    const { copiesFrom } = this.#compared.schemas.output;
    if (column.literal !== undefined) return this.#numbers.of('text', column.literal);
    if (column.rule) return this.#field(column.no);
    return this.#numbers.of('copy', copiesFrom, column.day ?? this.#placeOf(copiesFrom, column.copyOf as string));
  }

  rules(rules: Field['rules']): number {
    return this.#identities.rules(rules);
  }

  #field(number: string): number {
    let known = this.#fields.get(number);
    if (known === undefined) {
      const field = this.#compared.extract.fields.find((f) => f.number === number);
      known = field ? this.rules(field.rules) : this.#numbers.of('no field');
      this.#fields.set(number, known);
    }
    return known;
  }

  /** A column by its place in the layout: a layout with other columns reads other values under the same key. */
  #placeOf(recordType: string, key: string): string | number {
    const layout = layoutOf(this.#compared.schemas, recordType);
    const place = layout ? columnIndex(layout, key) : -1;
    return place < 0 ? key : place;
  }
}

/** What a parameter is on every day, without its words. */
export const parameterMeaning = ({ type, values }: ParameterJson): unknown => [
  type,
  values.map(({ key, value, for: only, from, through }) => [key ?? '', value, only ?? [], from ?? '', through ?? '']),
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
