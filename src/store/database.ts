/** Opening a SQLite file: its settings, and the numbered files of SQL that bring it up to date. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { bring, type OnProgress } from './migrations/students-004.ts';
import { rollBack } from './transactions.ts';
import { foreign, told } from './trouble.ts';

export interface OpenOptions {
  /** For whoever only reads what is there. */
  readonly readOnly?: boolean | undefined;
  /** Told now and then how much of bringing an older store up to date is done, 0 to 1. */
  readonly onProgress?: OnProgress | undefined;
}

const MIGRATIONS = join(import.meta.dirname, 'migrations');

/** How long one waits for another that is writing. */
export const BUSY_MS = 10_000;

/**
 * Opens a database and applies the migrations `NAME-NNN.sql` it does not have yet.
 * @param name `students` or `service`: names the migrations
 * @throws StoreTroubleError for a file that is damaged, foreign or cannot be opened; Error for one made by a later version of the program
 */
export function openDatabase(
  path: string,
  name: string,
  { readOnly = false, onProgress }: OpenOptions = {},
): DatabaseSync {
  const db = connected(path, readOnly);
  try {
    refuseForeign(db, path, name);
    if (readOnly) {
      db.exec('PRAGMA cache_size = -16000; PRAGMA query_only = 1');
      if (stepsDone(db, name) === migrations(name).length) return db;
      // Whoever only reads cannot bring the file up to date.
      db.close();
      openDatabase(path, name, { onProgress }).close();
      return openDatabase(path, name, { readOnly });
    }
    // page_size: a packed history is some kilobytes, and pages smaller than that send half of it to overflow pages.
    // synchronous FULL: an upload that was answered is on the disk, power cut or not. secure_delete: what is deleted is
    // overwritten too; otherwise students who were forgotten would go on standing in unused parts of pages.
    db.exec(
      'PRAGMA page_size = 16384; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON',
    );
    db.exec('PRAGMA foreign_keys = ON; PRAGMA cache_size = -32000');
    // What was brought into another form is gone from the file only when all of it is written again.
    if (migrate(db, name, onProgress)) db.exec('VACUUM');
    return db;
  } catch (error) {
    if (db.isOpen) db.close();
    throw told(error, path);
  }
}

function connected(path: string, readOnly: boolean): DatabaseSync {
  try {
    return new DatabaseSync(path, { readOnly, timeout: BUSY_MS });
  } catch (error) {
    throw told(error, path);
  }
}

/** A table that each file has from its first step on. */
const FIRST_TABLE: Readonly<Record<string, string>> = { students: 'upload', service: 'api_key' };

/** Nothing is written into the database of another program. */
function refuseForeign(db: DatabaseSync, path: string, name: string): void {
  const { user_version: done } = db.prepare('PRAGMA user_version').get() as { user_version: number };
  const tables = db
    .prepare('SELECT name FROM sqlite_schema')
    .all()
    .map((row) => row['name']);
  if (done === 0 ? tables.length > 0 : !tables.includes(FIRST_TABLE[name] as string)) throw foreign(`"${path}"`);
}

const migrations = (name: string): string[] =>
  readdirSync(MIGRATIONS)
    .filter((file) => file.startsWith(`${name}-`) && file.endsWith('.sql'))
    .sort();

/** What follows a file of SQL where SQL alone cannot do it. */
const PROGRAMS: Readonly<Record<string, typeof bring>> = { 'students-004.sql': bring };

/** How many migrations a file has had. */
function stepsDone(db: DatabaseSync, name: string): number {
  const { user_version: done } = db.prepare('PRAGMA user_version').get() as { user_version: number };
  const known = migrations(name).length;
  if (done > known)
    throw new Error(
      `the store was made by a later version of cenr (its ${name} file is at step ${done}, this program knows ${known}); use that version`,
    );
  return done;
}

/** @returns whether the file holds room that is not needed any more */
function migrate(db: DatabaseSync, name: string, onProgress: OnProgress | undefined): boolean {
  const files = migrations(name);
  if (stepsDone(db, name) === files.length) return false;
  // Two processes may open a new store at the same moment: the second finds the work done.
  db.exec('BEGIN IMMEDIATE');
  try {
    let brought = false;
    for (const file of files.slice(stepsDone(db, name))) {
      db.exec(readFileSync(join(MIGRATIONS, file), 'utf8'));
      if (PROGRAMS[file]?.(db, onProgress)) brought = true;
    }
    db.exec(`PRAGMA user_version = ${files.length}`);
    db.exec('COMMIT');
    return brought;
  } catch (error) {
    rollBack(db);
    throw error;
  }
}
