/** What was found of each row, as data: the lines of the list, and the rows of the workbook. */
import type { OutputColumn } from '#records/layout';
import type { CauseWords } from './cause-words.ts';
import type { StudentFindings } from './causes.ts';
import type { Cluster } from './clusters.ts';
import { type Match, type RetiredNumber, retiredWords } from './matches.ts';
import { type Comparison, type Item, placeOfItem } from './views.ts';

/** A row that is not the same on both sides. */
export interface ShownRow {
  readonly kind: 'row';
  readonly found: 'both' | 'nearest' | 'onlyTheirs' | 'onlyOurs';
  /** By key of the column: theirs, or ours where they have none. */
  readonly row: Readonly<Record<string, string>>;
  /** Where their row stands; absent when they have none. */
  readonly place?: string;
  /** Of a row that was matched with the nearest: the names of the columns by which it is another. */
  readonly matchedAlthough?: readonly string[];
  /** Why a row with another SSID is the same student's. */
  readonly because?: string;
  readonly fields: readonly ShownField[];
  readonly causes: readonly ShownCause[];
}

interface ShownField {
  readonly field: string;
  readonly name: string;
  readonly theirs: string;
  readonly ours: string;
  /** The number of the cluster; absent where no single cause was found. */
  readonly cluster?: number;
}

interface ShownCause {
  readonly cluster: number;
  /** Evaluated a second time, with the records as a store would keep them. */
  readonly verified: true;
  readonly sentence: string;
  /** What explains the same, less plausible. */
  readonly or: readonly string[];
  /** Where the record was sent. */
  readonly sent?: { readonly file: string; readonly line: number };
}

const SSID = 'ssid';

interface Placed {
  /** By row of theirs, where it stands in their file. */
  readonly places: ReadonlyMap<string, string>;
  readonly matches: readonly Match[];
  /** By row of theirs, the number that their file has, where it is retired. */
  readonly retired: ReadonlyMap<string, RetiredNumber>;
  /** The name of a file by the number of its source. */
  readonly fileOf: (source: number) => string | undefined;
}

/** The rows of a student that are not the same. */
export function shownRows(
  { theirs, ours, items, causes }: StudentFindings,
  clusters: { readonly causes: readonly Cluster[] },
  { columns, keys }: Comparison,
  words: CauseWords,
  { places, matches, retired, fileOf }: Placed,
): ShownRow[] {
  const byRow = new Map<string, Set<string>>();
  for (const item of items) {
    const { row, column } = placeOfItem(item);
    byRow.set(row, (byRow.get(row) ?? new Set()).add(column));
  }
  for (const key of retired.keys()) if (!byRow.has(key)) byRow.set(key, new Set());
  const clusterOf = new Map<Item, number>();
  for (const [i, { items: made }] of causes.entries())
    for (const item of made) clusterOf.set(item, (clusters.causes[i] as Cluster).number);
  const shownColumns: readonly OutputColumn[] = columns;
  return [...byRow].flatMap(([key, differing]): ShownRow[] => {
    const match = matches.find((one) => one.theirs === key);
    // The two rows of a match are told once, as theirs.
    if (!theirs.has(key) && matches.some((one) => one.ours === key)) return [];
    const [there, here] = [theirs.get(key), ours.get(match?.ours ?? key)];
    const fields = shownColumns.flatMap(({ no, name, key: column }): ShownField[] => {
      const theirNumber = column === SSID ? retired.get(key)?.retired : undefined;
      const [a, b] = [theirNumber ?? there?.[column] ?? '', here?.[column] ?? ''];
      if (!there || !here || a === b || (!match && !differing.has(column))) return [];
      const cluster = clusterOf.get(`${key}\t${column}`);
      return [{ field: no, name, theirs: a, ours: b, ...(cluster !== undefined && { cluster }) }];
    });
    const place = places.get(key);
    const number = retired.get(key);
    const own = (item: Item): boolean => [key, match?.ours].includes(placeOfItem(item).row);
    return [
      {
        kind: 'row',
        found: match ? 'nearest' : !there ? 'onlyOurs' : !here ? 'onlyTheirs' : 'both',
        row: Object.fromEntries(keys.map((column) => [column, (there ?? here)?.[column] ?? ''])),
        ...(place !== undefined && { place }),
        ...(match && {
          matchedAlthough: match.apart.map((column) => columns.find((c) => c.key === column)?.name ?? column),
        }),
        ...(number && { because: retiredWords(number) }),
        fields,
        causes: causes.flatMap(({ cause, others, items: made }, i): ShownCause[] => {
          if (!made.some(own)) return [];
          const sent = 'record' in cause ? cause.record.place : undefined;
          const file = sent && fileOf(sent.source);
          return [
            {
              cluster: (clusters.causes[i] as Cluster).number,
              verified: true,
              sentence: words.cause(cause),
              or: others.map((other) => words.cause(other)),
              ...(sent && file !== undefined && { sent: { file, line: sent.line } }),
            },
          ];
        }),
      },
    ];
  });
}
