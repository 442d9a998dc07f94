/**
 * Blocks that were read last for one student: whoever asks about a student asks again, for the next field or for a
 * neighbor. A block is known by its bytes, which are read from the file each time, so nothing that was written or
 * forgotten since is missed; only unpacking them is spared.
 */
import type { DatabaseSync } from 'node:sqlite';
import { LRUCache } from 'lru-cache';
import { Shelf, type ShelfRow } from './shelf.ts';

/** Unpacked, a block has up to a megabyte. */
const MOST = 16;

interface Known {
  readonly row: ShelfRow;
  readonly cold: Uint8Array | null;
  readonly shelf: Shelf;
}

const known = new WeakMap<DatabaseSync, LRUCache<number, Known>>();

/**
 * The shelf of a row, as it was unpacked before if its bytes are the same.
 * @param cold the other part of the row's block
 * @throws BlockDamagedError
 */
export function recentShelf(db: DatabaseSync, row: ShelfRow, cold: Uint8Array | null): Shelf {
  let blocks = known.get(db);
  if (!blocks) {
    blocks = new LRUCache({ max: MOST });
    known.set(db, blocks);
  }
  const before = blocks.get(row.first);
  const { hot, fresh } = row;
  if (before && isSame(before.row.hot, hot) && isSame(before.row.fresh, fresh) && isSame(before.cold, cold))
    return before.shelf;
  const shelf = new Shelf(db, row, () => cold);
  blocks.set(row.first, { row, cold, shelf });
  return shelf;
}

const isSame = (a: Uint8Array | null, b: Uint8Array | null): boolean =>
  a === null || b === null ? a === b : Buffer.compare(a, b) === 0;
