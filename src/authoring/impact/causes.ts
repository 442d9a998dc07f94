/**
 * Which differences made a difference: found by making them one by one in the old rulebook, and looking at what becomes
 * of the student.
 */
import { type ExtractRequest, requestFacts } from '#extract/request';
import type { OutputColumn } from '#records/layout';
import { type KeptHistory, Slots } from '#records/record';
import type { Rulebook } from '#rulebook/load/assemble';
import { Numbers } from '#rulebook/tree/identity';
import { Canonical } from './canonical.ts';
import type { Difference } from './declared.ts';
import { isMade, type Variant, variantOf } from './variants.ts';
import { ReadingView, type Sides } from './view.ts';

/** A row of a student under a rulebook: its columns by number; `undefined` when there is none. */
type Row = ReadonlyMap<string, string> | undefined;

export interface ReasonOptions {
  readonly from: Rulebook;
  readonly to: Rulebook;
  readonly differences: readonly Difference[];
  readonly request: ExtractRequest;
  /** CCYYMMDD */
  readonly runDate: string;
  readonly rowKey: readonly string[];
  /** Numbers of the columns that are asked about. */
  readonly columns: readonly string[];
  /** Ids of the differences that decide which records are read, and how. */
  readonly reading: ReadonlySet<string>;
}

/** What is asked about: the rows there are, or a column of them. */
const ROWS = 'rows';

export class Reasons {
  readonly #options: ReasonOptions;
  readonly #made: readonly string[];
  readonly #numbers = new Numbers();
  readonly #variants = new Map<string, Variant | undefined>();
  readonly #views = new Map<string, ReadingView | undefined>();
  readonly #relevant = new Map<string, readonly string[]>();

  constructor(options: ReasonOptions) {
    this.#options = options;
    this.#made = options.differences.filter(isMade).map(({ id }) => id);
  }

  /**
   * The smallest set of differences that makes a column of a row what it is now; of several, the first in their order.
   * @param replaced the row is made from another enrollment, so that the selection may be the reason
   * @param key as `keyText` has it
   */
  ofValue(sides: Sides, key: string, no: string, now: string, replaced: boolean): readonly string[] {
    const what = replaced ? [ROWS, no] : [no];
    return this.#ofRecordsOrRules(what, sides, (rows) => rows.get(key)?.get(no) === now);
  }

  /** The same for a row that is there now and was not, or the other way round. */
  ofRow(sides: Sides, key: string, isThere: boolean): readonly string[] {
    return this.#ofRecordsOrRules([ROWS], sides, (rows) => rows.has(key) === isThere);
  }

  /**
   * Where the student has other records now, they may be the reason, or the rules, or both together: the old rules are
   * tried with the new records, then the rules with the old records.
   */
  #ofRecordsOrRules(
    what: readonly string[],
    { before, now }: Sides,
    isNow: (rows: ReadonlyMap<string, Row>) => boolean,
  ): readonly string[] {
    if (before === now) return this.#smallest(what, before, isNow);
    const records = this.#options.differences.filter(({ id }) => this.#options.reading.has(id)).map(({ id }) => id);
    const tried = (made: readonly string[], kept: KeptHistory): boolean => {
      const view = this.#view(made);
      return view !== undefined && isNow(view.rows(kept));
    };
    if (tried([], now)) return records;
    const rules = this.#relevantTo(what);
    if (tried(rules, before)) return this.#smallest(what, before, isNow);
    return [...new Set([...rules, ...records])];
  }

  #smallest(
    what: readonly string[],
    kept: KeptHistory,
    isNow: (rows: ReadonlyMap<string, Row>) => boolean,
  ): readonly string[] {
    const relevant = this.#relevantTo(what);
    if (relevant.length < 2) return relevant;
    const does = (ids: readonly string[]): boolean => {
      const view = this.#view(ids);
      return view !== undefined && isNow(view.rows(kept));
    };
    for (const id of relevant) if (does([id])) return [id];
    let needed = relevant;
    for (const id of relevant) {
      const without = needed.filter((other) => other !== id);
      if (does(without)) needed = without;
    }
    return needed;
  }

  /** The differences without which the rules asked about would not be what they are now. */
  #relevantTo(what: readonly string[]): readonly string[] {
    const known = this.#relevant.get(what.join());
    if (known) return known;
    const texts = (ids: readonly string[]): string => {
      const variant = this.#variant(ids);
      return variant ? this.#texts(variant, what) : '';
    };
    const now = texts(this.#made);
    let needed = this.#made;
    for (const id of this.#made) {
      const without = needed.filter((other) => other !== id);
      if (texts(without) === now) needed = without;
    }
    this.#relevant.set(what.join(), needed);
    return needed;
  }

  #texts(variant: Variant, what: readonly string[]): string {
    const canonical = new Canonical(this.#numbers, variant, requestFacts(this.#options.request, variant));
    const columns = variant.schemas.output.columns;
    return what
      .map((asked) =>
        asked === ROWS
          ? canonical.selection()
          : canonical.column(columns.find(({ no }) => no === asked) as OutputColumn),
      )
      .join();
  }

  #variant(ids: readonly string[]): Variant | undefined {
    const key = ids.join('\n');
    if (!this.#variants.has(key))
      this.#variants.set(key, variantOf(this.#options.from, this.#options.to, new Set(ids)));
    return this.#variants.get(key);
  }

  #view(ids: readonly string[]): ReadingView | undefined {
    const key = ids.join('\n');
    if (this.#views.has(key)) return this.#views.get(key);
    const variant = this.#variant(ids);
    const { request, runDate, rowKey, columns } = this.#options;
    const view =
      variant &&
      new ReadingView(variant, {
        slots: new Slots(variant.schemas.layouts),
        rowKey,
        columns: variant.schemas.output.columns.filter(({ no }) => columns.includes(no)),
        request: requestFacts(request, variant),
        runDate,
      });
    this.#views.set(key, view);
    return view;
  }
}
