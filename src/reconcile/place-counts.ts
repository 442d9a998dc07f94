/** How many rows have a value at each school, there and here: where two counts differ. */
import type { Cluster } from './clusters.ts';
import type { Comparison, Values } from './views.ts';

/** One count that is not the same on both sides, or the total of such counts. */
export interface PlaceCount {
  /** The number of the field; absent where rows themselves are counted. */
  readonly field?: string;
  readonly name?: string;
  readonly value?: string;
  /** By `PlaceCounted.by`; empty for the total over all. */
  readonly values: readonly string[];
  readonly theirs: number;
  readonly ours: number;
}

export interface PlaceCounted {
  /** The names of the columns by which rows are counted. */
  readonly by: readonly string[];
  /** Rows first, then field by field and value by value; of each the total, then the places whose counts differ. */
  readonly counts: readonly PlaceCount[];
}

type Side = 'theirs' | 'ours';
type Tally = { theirs: number; ours: number };
/** What stands for the rows themselves among the columns that are counted. */
const ROWS = '';

/** Counts the rows of both sides. */
export class PlaceCounts {
  readonly #comparison: Comparison;
  readonly #by: readonly string[];
  readonly #columns: readonly string[];
  /** By column, value and place. */
  readonly #tallies = new Map<string, Map<string, Map<string, Tally>>>();

  /** @param clusters what differs: only columns with codes that differ in them are counted, and rows */
  constructor(comparison: Comparison, clusters: readonly Cluster[]) {
    this.#comparison = comparison;
    // Without the student, and without the last, which is the finest.
    this.#by = comparison.keys.slice(1, -1);
    const differing = new Set(
      clusters.flatMap(({ transitions }) =>
        [...transitions.values()].flatMap(({ column, ours }) => (column && ours !== undefined ? column.key : [])),
      ),
    );
    this.#columns = [ROWS, ...comparison.columns.map(({ key }) => key).filter((key) => differing.has(key))];
  }

  add(side: Side, row: Values): void {
    const place = this.#by.map((key) => row[key] ?? '').join('^');
    for (const column of this.#columns) {
      const values = kept(this.#tallies, column, () => new Map<string, Map<string, Tally>>());
      const places = kept(values, row[column] ?? '', () => new Map<string, Tally>());
      kept(places, place, () => ({ theirs: 0, ours: 0 }))[side]++;
    }
  }

  counted(): PlaceCounted {
    const { columns } = this.#comparison;
    const columnOf = (key: string) => columns.find((column) => column.key === key);
    const counts = this.#columns.flatMap((key) =>
      [...(this.#tallies.get(key) ?? [])].sort(byName).flatMap(([value, places]): PlaceCount[] => {
        const column = columnOf(key);
        const what = column ? { field: column.no, name: column.name, value } : {};
        const differing = [...places].sort(byName).filter(([, { theirs, ours }]) => theirs !== ours);
        if (differing.length === 0) return [];
        const total = { theirs: 0, ours: 0 };
        for (const { theirs, ours } of places.values()) {
          total.theirs += theirs;
          total.ours += ours;
        }
        return [
          { ...what, values: [], ...total },
          ...differing.map(([place, tally]) => ({ ...what, values: place.split('^'), ...tally })),
        ];
      }),
    );
    return { by: this.#by.map((key) => columnOf(key)?.name ?? key), counts };
  }
}

const byName = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number => (a < b ? -1 : 1);

function kept<V>(map: Map<string, V>, key: string, make: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}
