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

/** A history as it was for the earlier extract and for the later one; `''` for none. */
export interface Histories {
  readonly before: string;
  readonly after: string;
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
   * @param atRunDates the student's histories with the run date of the earlier extract, and with that of the later one:
   * files that are read on another day give their records another day; a store does not
   * @returns a reason for each row, in their order; `undefined` where the rows cannot be made again as they are in the
   * extracts, so that nobody can tell
   */
  of(
    ssid: string,
    atRunDates: readonly [Histories, Histories],
    rows: readonly DifferingRow[],
  ): (RowReason | undefined)[] {
    const made = new Map<string, Rows>();
    const historiesOf = (parts: readonly ReasonPart[]): Histories => atRunDates[parts.includes('runDate') ? 1 : 0];
    const under = (parts: readonly ReasonPart[]): Rows => {
      const key = parts.join();
      const body = historiesOf(parts)[parts.includes('records') ? 'after' : 'before'];
      const rowsMade = made.get(key) ?? this.#world(parts).rowsOfBody(ssid, body);
      made.set(key, rowsMade);
      return rowsMade;
    };
    const [{ before, after }] = atRunDates;
    const parts = PARTS.filter((part) => (part === 'records' ? before !== after : this.#moved.includes(part)));
    return rows.map((row) => {
      const key = rowKey((row.after ?? row.before) as Values, this.#comparison);
      const isAfter = (rowsMade: Rows): boolean => this.#isSame(rowsMade.get(key), row.after);
      if (!this.#isSame(under([]).get(key), row.before) || !isAfter(under(parts))) return undefined;
      const fewest = subsetsOf(parts).find((some) => isAfter(under(some))) ?? parts;
      if (!fewest.includes('records')) return { parts: fewest, records: [] };
      const histories = historiesOf(fewest);
      const does = (some: readonly RecordChange[]): boolean =>
        isAfter(this.#world(fewest).rowsOfBody(ssid, this.#changes.with(histories.before, some)));
      return { parts: fewest, records: needed(this.#changes.between(histories.before, histories.after), does) };
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
  let subsets: ReasonPart[][] = [[]];
  for (const part of parts) subsets = subsets.flatMap((some) => [some, [...some, part]]);
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
