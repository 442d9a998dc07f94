/** Numbered files of SQL that bring a database up to date, forward only: each once, whoever comes first. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { StoreTroubleError } from '../trouble.ts';
import { type Asked, type Database, lockMigrations } from './connection.ts';

const MIGRATIONS = join(import.meta.dirname, 'migrations');

const files = (): string[] =>
  readdirSync(MIGRATIONS)
    .filter((file) => file.endsWith('.sql'))
    .sort();

/** How many migrations a database has had; `undefined` for one that holds no store. */
async function stepsDone(sql: Asked): Promise<number | undefined> {
  const [there] = await sql<{ steps: boolean; tables: number }[]>`
    SELECT to_regclass('cenr_migration') IS NOT NULL AS steps,
      (SELECT count(*)::int FROM pg_tables WHERE schemaname = current_schema) AS tables`;
  if (!there?.steps) {
    if ((there?.tables ?? 0) > 0)
      throw new StoreTroubleError(
        'the database holds tables that are not of cenr; give an empty database, or the one of a store',
      );
    return undefined;
  }
  const [row] = await sql<{ done: number }[]>`SELECT count(*)::int AS done FROM cenr_migration`;
  const done = row?.done ?? 0;
  const known = files().length;
  if (done > known)
    throw new Error(
      `the store was made by a later version of cenr (its database is at step ${done}, this program knows ${known}); use that version`,
    );
  return done;
}

/** Whether a database holds a store. */
export const holdsTables = async (sql: Asked): Promise<boolean> => {
  const [there] = await sql<{ steps: boolean }[]>`SELECT to_regclass('cenr_migration') IS NOT NULL AS steps`;
  return there?.steps === true;
};

/**
 * Applies the migrations that a database does not have yet.
 * @throws StoreTroubleError for the database of another program; Error for one made by a later version of the program
 */
export async function migrate(database: Database): Promise<void> {
  const all = files();
  if ((await stepsDone(database)) === all.length) return;
  await database.begin(async (sql) => {
    await lockMigrations(sql);
    const done = await stepsDone(sql);
    if (done === undefined)
      await sql`CREATE TABLE cenr_migration (number int PRIMARY KEY, file text NOT NULL, at timestamptz NOT NULL DEFAULT now())`;
    for (const [i, file] of all.entries()) {
      if (i < (done ?? 0)) continue;
      await sql.unsafe(readFileSync(join(MIGRATIONS, file), 'utf8'));
      await sql`INSERT INTO cenr_migration (number, file) VALUES (${i + 1}, ${file})`;
    }
  });
}
