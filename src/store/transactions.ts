/** Transactions of SQLite: all of it or nothing. */
import type { DatabaseSync } from 'node:sqlite';
import { StoreBusyError } from './store.ts';

/** Undoes a transaction. SQLite may have done so itself, when the disk was full: then what went wrong is told, not that. */
export function rollBack(db: DatabaseSync): void {
  if (db.isTransaction) db.exec('ROLLBACK');
}

/** Keeps all that `work` does, or nothing. */
export function allOrNothing<T>(db: DatabaseSync, work: () => T): T {
  db.exec('BEGIN IMMEDIATE');
  return committed(db, work);
}

/**
 * The same where an upload may be under way.
 * @throws StoreBusyError while somebody else writes
 */
export function inTransaction<T>(db: DatabaseSync, work: () => T): T {
  beginOrBusy(db);
  return committed(db, work);
}

const BUSY = 5;

/** @throws StoreBusyError while somebody else writes */
export function beginOrBusy(db: DatabaseSync): void {
  if (db.isTransaction) throw new StoreBusyError();
  try {
    db.exec('BEGIN IMMEDIATE');
  } catch (error) {
    if ((error as { errcode?: number }).errcode === BUSY) throw new StoreBusyError();
    throw error;
  }
}

function committed<T>(db: DatabaseSync, work: () => T): T {
  try {
    const result = work();
    db.exec('COMMIT');
    return result;
  } catch (error) {
    rollBack(db);
    throw error;
  }
}
