/**
 * Why rows of two extracts differ, by evaluating: of the records, the rules, the request and the run date, the fewest
 * that have to be as for the later extract for a row to be as it is there; of records, those that have to be.
 */
import { compileRulebook } from '#extract/extractor';
import { type ExtractRequest, requestFacts } from '#extract/request';
import { isSameRequest } from '#extract/same-request';
import type { OutputColumn } from '#records/layout';
import type { Rulebook } from '#rulebook/load/assemble';
import type { RecordChange, RecordChanges } from './record-changes.ts';
import { type Comparison, type Rows, rowKey, type Values, World } from './views.ts';

/** What an extract was made with, besides the records. */
export interface MadeWith {
  readonly rulebook: Rulebook;
  /** A column set that has all columns which are compared. */
  readonly columns: string;
  readonly request: ExtractRequest;
  /** CCYYMMDD */
  readonly runDate: string;
}

export type ReasonPart = 'records' | 'rulebook' | 'request' | 'runDate';

/** Why one row differs. */
export interface RowReason {
  /** What had to change for it, together. */
  readonly parts: readonly ReasonPart[];
  /** Of the records: which ones; none where it is something else. */
  readonly records: readonly RecordChange[];
}

/** The rows of a student that differ: by each, its values in the one extract and in the other. */
export interface DifferingRow {
  readonly before?: Values;
  readonly after?: Values;
}

const PARTS: readonly ReasonPart[] = ['records', 'rulebook', 'request', 'runDate'];
/** Of more changed records than these, nobody asks which ones it takes. */
const MOST_CHANGES = 40;

export class DifferenceReasons {
  readonly #sides: readonly [before: MadeWith, after: MadeWith];
  readonly #comparison: Comparison;
  readonly #changes: RecordChanges;
  /** What differs, besides the records. */
  readonly #moved: readonly ReasonPart[];
  readonly #worlds = new Map<string, World>();

  /** @param columns those that both extracts have, and of them those that tell rows apart */
  constructor(
    before: MadeWith,
    after: MadeWith,
    { columns, keys }: { readonly columns: readonly OutputColumn[]; readonly keys: readonly string[] },
    changes: RecordChanges,
  ) {
    this.#sides = [before, after];
    this.#comparison = { columns, keys, withoutZeros: new Set() };
    this.#changes = changes;
    this.#moved = PARTS.filter(
      (part) =>
        (part === 'rulebook' && before.rulebook.hash !== after.rulebook.hash) ||
        (part === 'request' && !isSameRequest(before.request, after.request)) ||
        (part === 'runDate' && before.runDate !== after.runDate),
    );
  }

  /**
   * Why rows of one student differ.
   * @param before the student's history as it was for the earlier extract; `''` for none
   * @returns a reason for each row, in their order; `undefined` where the rows cannot be made again as they are in the
   * extracts, so that nobody can tell
   */
  of(ssid: string, before: string, after: string, rows: readonly DifferingRow[]): (RowReason | undefined)[] {
    const bodies = [before, after] as const;
    const made = new Map<string, Rows>();
    const under = (parts: readonly ReasonPart[], own?: string): Rows => {
      const key = parts.join();
      const known = own === undefined ? made.get(key) : undefined;
      if (known) return known;
      const body = own ?? bodies[parts.includes('records') ? 1 : 0];
      const rowsMade = this.#world(parts).rowsOfBody(ssid, body);
      if (own === undefined) made.set(key, rowsMade);
      return rowsMade;
    };
    const parts = PARTS.filter((part) => (part === 'records' ? before !== after : this.#moved.includes(part)));
    return rows.map((row) => {
      const key = rowKey((row.after ?? row.before) as Values, this.#comparison);
      if (!this.#isSame(under([]).get(key), row.before) || !this.#isSame(under(parts).get(key), row.after))
        return undefined;
      const fewest = subsetsOf(parts).find((some) => this.#isSame(under(some).get(key), row.after)) ?? parts;
      if (!fewest.includes('records')) return { parts: fewest, records: [] };
      const does = (some: readonly RecordChange[]): boolean =>
        this.#isSame(under(fewest, this.#changes.with(before, some)).get(key), row.after);
      return { parts: fewest, records: needed(this.#changes.between(before, after), does) };
    });
  }

  #isSame(made: Values | undefined, row: Values | undefined): boolean {
    if (!made || !row) return made === row;
    return this.#comparison.columns.every(({ key }) => (made[key] ?? '') === (row[key] ?? ''));
  }

  /** @param parts that are as for the later extract */
  #world(parts: readonly ReasonPart[]): World {
    const of = (part: ReasonPart): MadeWith => this.#sides[parts.includes(part) ? 1 : 0];
    const key = parts.filter((part) => part !== 'records').join();
    const known = this.#worlds.get(key);
    if (known) return known;
    const { rulebook, columns } = of('rulebook');
    const compiled = compileRulebook(rulebook, { columns, recording: false, reading: false });
    const facts = requestFacts(of('request').request, rulebook);
    const world = new World(compiled, facts, of('runDate').runDate, this.#comparison);
    this.#worlds.set(key, world);
    return world;
  }
}

/** All of them, the fewest first. */
function subsetsOf(parts: readonly ReasonPart[]): ReasonPart[][] {
  const subsets = parts.reduce<ReasonPart[][]>((some, part) => [...some, ...some.map((one) => [...one, part])], [[]]);
  return subsets.sort((a, b) => a.length - b.length);
}

/** Of changes those without any of which the row would be another one. */
function needed(changes: readonly RecordChange[], does: (some: readonly RecordChange[]) => boolean): RecordChange[] {
  const alone = changes.find((change) => does([change]));
  if (alone) return [alone];
  let left = [...changes];
  if (changes.length > MOST_CHANGES || !does(left)) return left;
  for (const change of changes) {
    const without = left.filter((other) => other !== change);
    if (does(without)) left = without;
  }
  return left;
}
