/** Opening a SQLite file: its settings, and the numbered files of SQL that bring it up to date. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

const MIGRATIONS = join(import.meta.dirname, 'migrations');

/**
 * Opens a database and applies the migrations `NAME-NNN.sql` it does not have yet.
 * @param name `students` or `service`: names the migrations
 * @throws Error for a file made by a later version of the program
 */
export function openDatabase(path: string, name: string, { readOnly = false } = {}): DatabaseSync {
  const db = new DatabaseSync(path, { readOnly, timeout: 10_000 });
  if (readOnly) {
    db.exec('PRAGMA cache_size = -16000; PRAGMA query_only = 1');
    return db;
  }
  // page_size: a packed history is some kilobytes, and pages smaller than that send half of it to overflow pages.
  // synchronous FULL: an upload that was answered is on the disk, power cut or not.
  db.exec('PRAGMA page_size = 16384; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA cache_size = -32000');
  migrate(db, name);
  return db;
}

function migrate(db: DatabaseSync, name: string): void {
  const files = readdirSync(MIGRATIONS)
    .filter((file) => file.startsWith(`${name}-`) && file.endsWith('.sql'))
    .sort();
  const version = () => (db.prepare('PRAGMA user_version').get() as { user_version: number }).user_version;
  if (version() === files.length) return;
  // Two processes may open a new store at the same moment: the second finds the work done.
  db.exec('BEGIN IMMEDIATE');
  try {
    const done = version();
    if (done > files.length)
      throw new Error(
        `the store was made by a later version of cenr (its ${name} file is at step ${done}, this program knows ${files.length}); use that version`,
      );
    for (const file of files.slice(done)) db.exec(readFileSync(join(MIGRATIONS, file), 'utf8'));
    db.exec(`PRAGMA user_version = ${files.length}`);
    db.exec('COMMIT');
  } catch (error) {
    db.exec('ROLLBACK');
    throw error;
  }
}
