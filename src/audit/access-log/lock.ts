/**
 * Who may write the access log: one process. The lock is SQLite's on an empty file, so the operating system lets go of
 * it when the process dies, however it dies: nothing is left behind that has to be judged stale, and no number of a
 * process is mistaken for that of another (in containers the service is always process 1).
 */
import { closeSync, existsSync, openSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';

const SQLITE_BUSY = 5;
/** Whoever only looks (`isLocked`) is in the way for less than this. */
const PATIENCE_MS = 1_000;

/**
 * Takes the lock.
 * @returns what gives it back; `undefined` when another has it
 */
export function takeLock(path: string): (() => void) | undefined {
  try {
    closeSync(openSync(path, 'wx', 0o600));
  } catch (error) {
    // Opening and closing a file that is there would drop the lock that this process may have on it (POSIX).
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const db = new DatabaseSync(path, { timeout: PATIENCE_MS });
  if (succeeds(() => db.exec('BEGIN EXCLUSIVE'))) return () => db.close();
  db.close();
  return undefined;
}

/** Whether a process has the lock. */
export function isLocked(path: string): boolean {
  if (!existsSync(path)) return false;
  const db = new DatabaseSync(path, { readOnly: true, timeout: 0 });
  try {
    return !succeeds(() => db.prepare('SELECT name FROM sqlite_schema').all());
  } finally {
    db.close();
  }
}

function succeeds(act: () => unknown): boolean {
  try {
    act();
    return true;
  } catch (error) {
    if ((error as { errcode?: number }).errcode === SQLITE_BUSY) return false;
    throw error;
  }
}
