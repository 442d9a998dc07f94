/** Differences with one cause, put together: how many rows, what they share, and some of them. */
import type { OutputColumn } from '#records/layout';
import { type Layout, layoutOf } from '#records/layout';
import type { Rulebook } from '#rulebook/load/assemble';
import type { Cause, FoundCause, StudentFindings } from './causes.ts';
import { isCode } from './telling.ts';
import { type Comparison, type Item, placeOfItem } from './views.ts';

/** What differs in the rows of a cluster, each with how many rows. */
export interface Transition {
  /** `onlyTheirs`, `onlyOurs`: the row itself. */
  readonly kind: 'value' | 'onlyTheirs' | 'onlyOurs';
  /** Of a value. */
  readonly column?: OutputColumn;
  /** Absent where the values are many. */
  readonly ours?: string;
  readonly theirs?: string;
  rows: number;
}

/** What the records behind a cluster share in a column. */
interface Shared {
  /** The value that all have; absent when they have several. */
  value?: string;
  first: string;
  last: string;
}

export interface Cluster {
  /** While they are gathered, the order in which they were met; in the end, from 1, the largest first. */
  readonly number: number;
  /** The cause of the first row; `undefined` where no single cause was found. */
  readonly cause: Cause | undefined;
  readonly transitions: Map<string, Transition>;
  /** By column of the records behind it. */
  readonly shared: Map<string, Shared>;
  rows: number;
  students: number;
  /** Rows that come to be the same altogether. */
  rowsMadeSame: number;
  /** Keys of the first rows. */
  readonly examples: string[];
}

/** All clusters, and by the number that one had while they were gathered, the number that it has. */
export interface NumberedClusters {
  readonly clusters: readonly Cluster[];
  readonly numberOf: (met: number) => number;
}

/** A value with more characters than a code is not told apart in a cluster. */
const LONGEST_CODE = 4;
const MOST_EXAMPLES = 20;

/** Gathers clusters, student after student. */
export class Clusters {
  readonly #byKey = new Map<string, Cluster>();
  readonly #rulebook: Rulebook;
  readonly #columns: ReadonlyMap<string, OutputColumn>;

  constructor(rulebook: Rulebook, { columns }: Comparison) {
    this.#rulebook = rulebook;
    this.#columns = new Map(columns.map((column) => [column.key, column]));
  }

  /** @returns the cluster of each cause, and that of what no cause was found for */
  add(findings: StudentFindings): { readonly causes: readonly Cluster[]; readonly none: Cluster | undefined } {
    const ofRow = new Map<string, number>();
    for (const item of findings.items) {
      const { row } = placeOfItem(item);
      ofRow.set(row, (ofRow.get(row) ?? 0) + 1);
    }
    return {
      causes: findings.causes.map((found) => this.#put(found.cause, found.items, findings, ofRow)),
      none: findings.unexplained.length > 0 ? this.#put(undefined, findings.unexplained, findings, ofRow) : undefined,
    };
  }

  /** The largest first, numbered in this order. */
  all(): NumberedClusters {
    const met = [...this.#byKey.values()].sort((a, b) => b.rows - a.rows || b.students - a.students);
    const numbers = new Map(met.map(({ number }, i) => [number, i + 1]));
    return {
      clusters: met.map((cluster, i) => ({ ...cluster, number: i + 1 })),
      numberOf: (number) => numbers.get(number) ?? number,
    };
  }

  #put(
    cause: FoundCause['cause'] | undefined,
    items: readonly Item[],
    { theirs, ours }: StudentFindings,
    ofRow: ReadonlyMap<string, number>,
  ): Cluster {
    const transitions = this.#transitions(items, theirs, ours);
    const key = `${cause ? this.#keyOf(cause) : ''}|${[...transitions.keys()].sort().join()}`;
    let cluster = this.#byKey.get(key);
    if (!cluster) {
      cluster = {
        ...{ number: this.#byKey.size + 1, cause, transitions: new Map(), shared: new Map() },
        ...{ rows: 0, students: 0, rowsMadeSame: 0, examples: [] },
      };
      this.#byKey.set(key, cluster);
    }
    for (const [id, transition] of transitions) {
      const known = cluster.transitions.get(id);
      if (known) known.rows += transition.rows;
      else cluster.transitions.set(id, transition);
    }
    const rows = new Map<string, number>();
    for (const item of items) {
      const { row } = placeOfItem(item);
      rows.set(row, (rows.get(row) ?? 0) + 1);
    }
    cluster.rows += rows.size;
    cluster.students++;
    for (const [row, n] of rows) {
      if (cause && n === ofRow.get(row)) cluster.rowsMadeSame++;
      if (cluster.examples.length < MOST_EXAMPLES) cluster.examples.push(row);
    }
    if (cause && 'record' in cause) share(cluster.shared, cause.record.values);
    return cluster;
  }

  #transitions(
    items: readonly Item[],
    theirs: StudentFindings['theirs'],
    ours: StudentFindings['ours'],
  ): Map<string, Transition> {
    const found = new Map<string, Transition>();
    const add = (id: string, transition: Omit<Transition, 'rows'>): void => {
      const known = found.get(id);
      if (known) known.rows++;
      else found.set(id, { ...transition, rows: 1 });
    };
    for (const item of items) {
      const { row, column: key } = placeOfItem(item);
      const [there, here] = [theirs.get(row), ours.get(row)];
      if (!there || !here) {
        if (key === '') add(there ? 'onlyTheirs' : 'onlyOurs', { kind: there ? 'onlyTheirs' : 'onlyOurs' });
        continue;
      }
      const column = this.#columns.get(key);
      if (!column) continue;
      const [a, b] = [there[key] ?? '', here[key] ?? ''];
      const areCodes =
        column.type !== 'DT' && a.length <= LONGEST_CODE && b.length <= LONGEST_CODE && column.rule === true;
      if (areCodes) add(`${key} ${a} ${b}`, { kind: 'value', column, theirs: a, ours: b });
      else add(key, { kind: 'value', column });
    }
    return found;
  }

  #keyOf(cause: Cause): string {
    if (!('record' in cause)) return JSON.stringify(cause);
    const { recordType, values } = cause.record;
    const layout = layoutOf(this.#rulebook.schemas, recordType) as Layout;
    const codes = layout.columns
      .filter((column) => isCode(column, this.#rulebook.schemas) && layout.keyColumns.includes(column.key))
      .map(({ key }) => values[key] ?? '');
    return [cause.kind, recordType, ...codes, ...cause.columns.map(({ key }) => key)].join(' ');
  }
}

function share(shared: Map<string, Shared>, values: Readonly<Record<string, string>>): void {
  for (const [key, value] of Object.entries(values)) {
    const known = shared.get(key);
    if (!known) {
      shared.set(key, { value, first: value, last: value });
      continue;
    }
    if (known.value !== value) delete known.value;
    if (value < known.first) known.first = value;
    if (value > known.last) known.last = value;
  }
}
