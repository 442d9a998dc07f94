/** Samples of the rows of an extract: by school, by grade, by the value of a field or by the rule that decided. */
import { UserError } from '#base/user-error';
import { keyColumns, valuesOf } from '#extract/file-rows';
import { readTraceLine } from '#extract/trace';
import { type OutputColumn, outputColumns } from '#records/layout';
import type { Rulebook } from '#rulebook/load/assemble';
import { type ALL_STRATA, methodWords, type Sample, type SamplePlan, Sampler, type STRATA } from './sample.ts';
import type { SampleMethod } from './sample-method.ts';

export interface RowSamplePlan extends SamplePlan {
  /** What the strata are; the extract is one stratum when absent. */
  readonly by?: (typeof STRATA)[number] | undefined;
  /** The number of the column whose value or rule it is. */
  readonly field?: string | undefined;
}

/** A row that was drawn. */
export interface SampledRow {
  /** The number of its line in the extract, from 1. */
  readonly number: number;
  readonly row: string;
  /** Its line of the trace; `''` where none was given. */
  readonly trace: string;
}

/** Goes through the rows of an extract once. */
export class RowSampler {
  readonly #sampler: Sampler<SampledRow>;
  readonly #plan: RowSamplePlan;
  readonly #columns: readonly OutputColumn[];
  readonly #keys: readonly number[];
  readonly #identity: string;
  readonly #stratumOf: (values: readonly string[], trace: () => string) => string;
  #rows = 0;

  /**
   * @param columnSet of the extract
   * @throws UserError for a field that is missing, is none, or has no rules
   */
  constructor(rulebook: Rulebook, columnSet: string, plan: RowSamplePlan) {
    this.#plan = plan;
    this.#sampler = new Sampler(plan);
    this.#columns = outputColumns(rulebook.schemas.output, columnSet);
    this.#keys = keyColumns(this.#columns, rulebook);
    this.#identity = `the row's ${inWords(this.#keys.map((place) => (this.#columns[place] as OutputColumn).name))}, with carets between them`;
    this.#stratumOf = stratumOf(rulebook, this.#columns, this.#keys, plan);
  }

  /**
   * @param row a line of the extract, without its end
   * @param trace its line of the trace, asked for when it is needed
   * @throws UserError for a line that is no row of the extract, and for more strata than a sample can have
   */
  add(row: string, trace: () => string = () => ''): void {
    const number = ++this.#rows;
    const values = valuesOf(row, number, this.#columns.length);
    this.#sampler.add(
      this.#keys.map((place) => values[place] as string),
      this.#stratumOf(values, trace),
      () => ({ number, row, trace: trace() }),
    );
  }

  finish(): { readonly method: SampleMethod; readonly drawn: Sample<SampledRow>['drawn'] } {
    const { drawn, ...counts } = this.#sampler.finish();
    return { method: methodOf('rows of the extract', this.#identity, this.#plan, counts), drawn };
  }
}

/**
 * What a sample says of itself.
 * @param of what is drawn from, in words
 * @param identity what tells one of them from another
 */
export const methodOf = (
  of: string,
  identity: string,
  {
    seed,
    size,
    by,
    field,
  }: SamplePlan & {
    readonly by?: (typeof ALL_STRATA)[number] | undefined;
    readonly field?: string | undefined;
  },
  { population, strata }: Pick<Sample<unknown>, 'population' | 'strata'>,
): SampleMethod => ({
  population: { of, size: population },
  seed,
  size,
  ...(by !== undefined && { by }),
  ...(field !== undefined && { field }),
  strata: [...strata],
  method: methodWords(identity),
});

const inWords = (names: readonly string[]): string => `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;

const FIRST_KEYS = ['ssid', 'reportingLEA'];

function stratumOf(
  { extract, schemas }: Rulebook,
  columns: readonly OutputColumn[],
  keys: readonly number[],
  { by, field }: RowSamplePlan,
): (values: readonly string[], trace: () => string) => string {
  const ofField = by === 'value' || by === 'rule';
  if (ofField !== (field !== undefined))
    throw new UserError(
      ofField
        ? `to draw by ${by}, name the field by its number`
        : 'a field is named only to draw by its value or its rule',
    );
  if (by === undefined) return () => '';
  if (by === 'school' || by === 'grade') {
    // What tells the rows of a student at an LEA apart: school, then grade.
    const others = keys.filter((place) => !FIRST_KEYS.includes((columns[place] as OutputColumn).copyOf ?? ''));
    const place = others[by === 'school' ? 0 : 1];
    if (place === undefined) throw new UserError(`rows of this extract are not told apart by ${by}`);
    return (values) => values[place] as string;
  }
  const place = columns.findIndex(({ no }) => no === field);
  if (place < 0)
    throw new UserError(
      `found field "${field}", expected a field of the extract, ${columns[0]?.no} to ${columns.at(-1)?.no}`,
    );
  if (by === 'value') return (values) => values[place] as string;
  const derived = schemas.output.columns.filter(({ rule }) => rule);
  const index = derived.findIndex(({ no }) => no === field);
  const rules = extract.fields.find(({ number }) => number === field)?.rules;
  if (index < 0 || !rules)
    throw new UserError(`field ${field} has no rules: it is copied. Draw by its value, or name a derived field`);
  return (_, trace) => rules[readTraceLine(trace(), extract).decided[index] as number]?.name ?? '';
}
