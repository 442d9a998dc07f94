import type { DatabaseSync } from 'node:sqlite';

/** Undoes a transaction. SQLite may have done so itself, when the disk was full: then what went wrong is told, not that. */
export function rollBack(db: DatabaseSync): void {
  if (db.isTransaction) db.exec('ROLLBACK');
}
