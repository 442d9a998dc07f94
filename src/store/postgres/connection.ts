/** Connections to the database of a store, and what one caller may see on them. */
import type { LEAScope } from '#records/scope';
import { StoreBusyError } from '../store.ts';
import { clientOf, codeOf, type Database, type Transaction } from './client.ts';

export { type Asked, codeOf, type Database, type Transaction } from './client.ts';

/** Connections of a store. */
export interface Connections {
  /** For what is answered at once. */
  readonly short: Database;
  /** For what is held for long: whoever waits for one of these never holds a short one. */
  readonly long: Database;
  /** One connection, the same each time, for locks that last as long as it does; made when it is first asked for. */
  session(): Database;
  close(): Promise<void>;
}

/**
 * Connections are made when they are needed.
 * @param url of the database, perhaps with a password: it is never shown
 * @param most so many of each kind
 */
export function connectionsTo(url: string, most: number): Connections {
  const [short, long] = [clientOf(url, most, ONE_HOUR), clientOf(url, most, null)];
  let session: Database | undefined;
  return {
    short,
    long,
    session() {
      session ??= clientOf(url, 1, null, SOON_MISSED);
      return session;
    },
    async close() {
      await Promise.all([short.end({ timeout: 5 }), long.end({ timeout: 0 }), session?.end({ timeout: 5 })]);
    },
  };
}

const ONE_HOUR = 3600;

/** The server notices within seconds that the machine at the other end is gone, and lets go of its locks. */
const SOON_MISSED = {
  tcp_keepalives_idle: 5,
  tcp_keepalives_interval: 5,
  tcp_keepalives_count: 3,
  // The client leaves out the number.
  idle_session_timeout: '0',
};

/** Who reads what LEAs may see: it owns nothing, and sees no row of another LEA (migrations/001-students.sql). */
const SCOPED = 'cenr_scoped';

/** The LEAs of a scope as queries have them. `all` is no LEA, and no code has a comma. */
export const leasOf = (scope: LEAScope): string[] =>
  scope === 'all' ? [] : scope.filter((lea) => lea !== 'all' && !lea.includes(','));

/**
 * For the rest of a transaction the database shows only what the LEAs of a scope may see. It is on its way when this
 * returns: whatever is asked afterwards reaches the server after it. Where it fails the transaction is over, and what was
 * asked behind it is refused.
 */
const assume = (sql: Transaction, scope: LEAScope): Promise<unknown> =>
  scope === 'all'
    ? Promise.resolve()
    : sql`SELECT set_config('cenr.leas', ${leasOf(scope).join()}, true), set_config('role', ${SCOPED}, true)`.execute();

const ONE_STATE = 'isolation level repeatable read read only';

/** Gives the result of `look`, which sees one state of the database, and of it only what a scope may see. */
export async function inScope<T>(
  database: Database,
  scope: LEAScope,
  look: (sql: Transaction) => Promise<T>,
): Promise<T> {
  const found = await database.begin(ONE_STATE, async (sql) => {
    // Nothing is asked before the scope, and nothing given before it stands.
    const [, of] = await Promise.all([assume(sql, scope), look(sql)]);
    return { of };
  });
  return found.of;
}

/** A transaction that stays open until it is released. */
export interface Reading {
  readonly sql: Transaction;
  release(): Promise<void>;
}

/** One state of the database, of which only what a scope may see, for as long as somebody reads. */
export async function beginReading(database: Database, scope: LEAScope): Promise<Reading> {
  const begun = Promise.withResolvers<Transaction>();
  const over = Promise.withResolvers<void>();
  const whole = database.begin(ONE_STATE, async (sql) => {
    await assume(sql, scope);
    begun.resolve(sql);
    await over.promise;
  });
  // What went wrong is told by the query that it went wrong with.
  const ended = whole.then(
    () => {},
    (error) => begun.reject(error),
  );
  const sql = await begun.promise;
  return {
    sql,
    async release() {
      over.resolve();
      await ended;
    },
  };
}

/** Locks of a database are known by two numbers; these are this program's. */
const LOCKS = 0x63_65_6e;
export const LOCK = { migrations: 1, students: 2 } as const;
/** How long one waits for another that is writing. */
export const BUSY_MS = 10_000;
const LOCK_NOT_AVAILABLE = '55P03';

/**
 * All of it or nothing, after whoever is writing about students.
 * @throws StoreBusyError when that takes too long
 */
export async function whileNobodyWrites<T>(
  database: Database,
  work: (sql: Transaction) => Promise<T>,
  waitMs: number = BUSY_MS,
): Promise<T> {
  let isMine = false;
  try {
    const done = await database.begin(async (sql) => {
      await sql`SELECT set_config('lock_timeout', ${`${waitMs}ms`}, true)`;
      await sql`SELECT pg_advisory_xact_lock(${LOCKS}::int, ${LOCK.students}::int)`;
      isMine = true;
      await sql`SELECT set_config('lock_timeout', '0', true)`;
      return { of: await work(sql) };
    });
    return done.of;
  } catch (error) {
    if (!isMine && codeOf(error) === LOCK_NOT_AVAILABLE) throw new StoreBusyError();
    throw error;
  }
}

/** Waits until nobody else brings the tables up to date. */
export const lockMigrations = async (sql: Transaction): Promise<void> =>
  void (await sql`SELECT pg_advisory_xact_lock(${LOCKS}::int, ${LOCK.migrations}::int)`);

/** Whether somebody else has it already. */
export const isDuplicate = (error: unknown): boolean => codeOf(error) === '23505';

/** A value for a column of JSON. */
export const json = (value: unknown): string => JSON.stringify(value);
