/** The students of ranges, in ascending order: as they are, and as they were after an upload. */
import type { DatabaseSync } from 'node:sqlite';
import type { KeptHistory } from '#records/record';
import { WITHOUT_SSID } from '#records/ssid';
import { recentShelf } from './recent.ts';
import {
  changedAt,
  type FormerRow,
  formerBlock,
  historyAt,
  type Place,
  placesIn,
  Shelf,
  type ShelfRow,
} from './shelf.ts';

/** Later than every upload. */
export const NOW = Number.MAX_SAFE_INTEGER;

export interface Numbers {
  readonly from: number;
  readonly through: number;
}

/** Who of a range may be seen; everybody when there is no set. */
export type Visible = (range: Numbers) => ReadonlySet<number> | undefined;

/** Students as they are, of those who have not changed since a snapshot. */
export function* currentPlaces(
  db: DatabaseSync,
  { from, through }: Numbers,
  at: number,
  visible: Visible,
): Generator<Place> {
  for (const { shelf, first, last } of shelves(db, from, through)) {
    const range = { from: Math.max(first, from), through: Math.min(last, through) };
    const seen = visible(range);
    if (seen?.size === 0) continue;
    for (const place of shelf().students(range.from, range.through))
      if (seen?.has(place.number) !== false && (at === NOW || changedAt(place) <= at)) yield place;
  }
}

/** The records without an SSID, which have a block of their own. */
export function historyWithoutSSID(db: DatabaseSync): KeptHistory | undefined {
  const row = db.prepare('SELECT first, hot, fresh, cold FROM block WHERE first = ?').get(WITHOUT_SSID);
  if (!row) return undefined;
  const { cold, ...shelf } = row as unknown as ShelfRow & { readonly cold: Uint8Array | null };
  const place = new Shelf(db, shelf, () => cold).find(WITHOUT_SSID);
  return place && historyAt(place).fetched();
}

/** Students as they were after a snapshot and are no more, block after block. */
export function* formerPlaces(
  db: DatabaseSync,
  { from, through }: Numbers,
  at: number,
  visible: Visible,
): Generator<Later> {
  const rows = db
    .prepare('SELECT first, last, bytes FROM former_block WHERE until > ? AND first <= ? AND last >= ? ORDER BY first')
    .iterate(at, through, from) as Iterable<unknown> as IterableIterator<FormerRow>;
  for (const row of rows) {
    const range = { from: Math.max(row.first, from), through: Math.min(row.last, through) };
    yield {
      first: range.from,
      *places(): Generator<Place> {
        const seen = visible(range);
        if (seen?.size === 0) return;
        for (const place of placesIn(formerBlock(db, row), range.from, range.through))
          if (seen?.has(place.number) !== false && changedAt(place) <= at) yield place;
      },
    };
  }
}

/** The starts of the blocks that hold these students, each once. */
export function startsOfBlocks(db: DatabaseSync, starts: readonly number[]): number[] {
  const find = db.prepare('SELECT max(first) AS first FROM block WHERE first BETWEEN 0 AND ?');
  return [...new Set(starts.map((start) => (find.get(start)?.['first'] as number | null) ?? start))];
}

/** Students in ascending order, of whom it is known where they begin before any of them is read. */
export interface Later {
  readonly first: number;
  places(): Iterator<Place>;
}

/** The blocks with numbers in a range, ascending; each is read when it is asked for. */
function* shelves(db: DatabaseSync, from: number, through: number): Generator<Numbered & { shelf(): Shelf }> {
  const coldOf = db.prepare('SELECT cold FROM block WHERE first = ?');
  const rows = db
    .prepare(
      `SELECT first, hot, fresh FROM block
       WHERE first BETWEEN coalesce((SELECT max(first) FROM block WHERE first BETWEEN 0 AND ?1), 0) AND ?2 ORDER BY first`,
    )
    .iterate(from, through) as Iterable<unknown> as IterableIterator<ShelfRow>;
  let row = rows.next();
  try {
    while (!row.done) {
      const { value } = row;
      row = rows.next();
      const cold = (): Uint8Array | null => (coldOf.get(value.first)?.['cold'] as Uint8Array | null) ?? null;
      const last = row.done ? Number.MAX_SAFE_INTEGER : row.value.first - 1;
      yield {
        first: value.first,
        last,
        shelf: () => (from === through ? recentShelf(db, value, cold()) : new Shelf(db, value, cold)),
      };
    }
  } finally {
    rows.return?.();
  }
}

interface Numbered {
  readonly first: number;
  readonly last: number;
}

/** Sources in ascending order as one; no student is in two. */
export function* merged(current: Generator<Place>, formers: Generator<Later>): Generator<Place> {
  const open: { readonly places: Iterator<Place>; place: Place }[] = [];
  const begin = (places: Iterator<Place>): void => {
    const first = places.next();
    if (!first.done) open.push({ places, place: first.value });
  };
  try {
    begin(current);
    let next = formers.next();
    for (;;) {
      let least = leastOf(open);
      for (; !next.done && (!least || next.value.first <= least.place.number); next = formers.next()) {
        begin(next.value.places());
        least = leastOf(open);
      }
      if (!least) return;
      yield least.place;
      const following = least.places.next();
      if (following.done) open.splice(open.indexOf(least), 1);
      else least.place = following.value;
    }
  } finally {
    current.return(undefined);
    formers.return(undefined);
  }
}

function leastOf<T extends { readonly place: Place }>(open: readonly T[]): T | undefined {
  let least: T | undefined;
  for (const one of open) if (!least || one.place.number < least.place.number) least = one;
  return least;
}
