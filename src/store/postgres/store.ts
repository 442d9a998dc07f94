/**
 * The store in PostgreSQL: one database, whose tables are in `migrations/`. An upload is one transaction: it is there as a
 * whole or not at all, whenever the process dies. What LEAs may see is part of every query, and the database itself shows
 * them no more (`connection.ts`).
 */
import { LRUCache } from 'lru-cache';
import type { Upload } from '#intake/upload';
import type { LEAScope } from '#records/scope';
import { WITHOUT_SSID } from '#records/ssid';
import type { ChangesMaker, Elsewhere, HistoryReader, LEAStore, Rejection, Store, Verified } from '../store.ts';
import { anomalyTable } from './anomalies.ts';
import { chainPart } from './chains.ts';
import {
  type Asked,
  beginReading,
  type Connections,
  connectionsTo,
  inScope,
  leasOf,
  whileNobodyWrites,
} from './connection.ts';
import { KnownForms } from './forms.ts';
import { changedSince, type HistoryRow, historiesOf, historyReader } from './histories.ts';
import { jobsInScope, jobTables } from './jobs.ts';
import { keyPart } from './keys.ts';
import { changesMaker, loadPart } from './load.ts';
import { holdsTables, migrate } from './migrations.ts';
import { outboxPart } from './outbox.ts';
import { personPart } from './persons.ts';
import { forgetLines, problemsOf } from './problems.ts';
import { referencePart } from './references.ts';
import { leave, replicaPart } from './replicas.ts';
import { secretPart } from './secrets.ts';
import { sessionPart } from './sessions.ts';
import { asTheyAre, givenIn, ssidRegister } from './ssids.ts';
import { tellingTrouble, troubleOf } from './trouble.ts';
import { draftPart, rulebookPart } from './versions.ts';

/** So many connections of each kind. */
const OF_STORE = 8;
const OF_READER = 2;
/** So many scopes, and sources, are remembered. */
const MOST_SCOPES = 1_000;
const MOST_SOURCES = 10_000;
/** So long a key that was found counts as it was found. */
const KEYS_KNOWN_MS = 100;

export interface PostgresOptions {
  /** Milliseconds that only go up. With it, what another process does to a key is noticed a moment later. */
  readonly now?: (() => number) | undefined;
  /** What this process is called among those that share the store and make its jobs: a name that nobody else has. */
  readonly replica?: string | undefined;
}

/** Opens the tables of a database, and closes what was opened when that fails. */
async function opened<T>(url: string, most: number, use: (connections: Connections) => T | Promise<T>): Promise<T> {
  let connections: Connections | undefined;
  try {
    connections = connectionsTo(url, most);
    return await use(connections);
  } catch (error) {
    await connections?.close();
    throw troubleOf(error);
  }
}

/** Whether a database holds a store. @throws StoreTroubleError when it does not answer */
export const holdsPostgresStore = (url: string): Promise<boolean> =>
  opened(url, 1, async (connections) => {
    const holds = await holdsTables(connections.short);
    await connections.close();
    return holds;
  });

/**
 * Opens the store in a database, whose tables are made or brought up to date when need be.
 * @throws StoreTroubleError when the database does not answer, or holds something else; Error when it holds a store of a
 * later version
 */
export const openPostgresStore = (url: string, options: PostgresOptions = {}): Promise<Store> =>
  opened(url, OF_STORE, async (connections) => {
    await migrate(connections.short);
    return storeIn(connections, options);
  });

/**
 * Only what an extract reads, for workers.
 * @throws as openPostgresStore; SnapshotGoneError, UserError as reading it does
 */
export const openPostgresHistories = (
  url: string,
  scope: LEAScope,
  snapshot?: number,
): Promise<HistoryReader & { close(): Promise<void> }> =>
  opened(url, OF_READER, async (connections) => {
    await inScope(connections.short, scope, (sql) => changedSince(sql, snapshot));
    const reader = historyReader({ ...connections, forms: new KnownForms() }, scope, snapshot);
    return { ...tellingTrouble(reader), close: () => connections.close() };
  });

/** Opens the database of an upload that is being loaded by somebody else. */
export const openPostgresForChanges = (url: string, elsewhere: Elsewhere): Promise<ChangesMaker> =>
  opened(url, 1, (connections) => tellingTrouble(changesMaker(connections, elsewhere)));

function storeIn(connections: Connections, { now, replica }: PostgresOptions): Store {
  const { short, long } = connections;
  const forms = new KnownForms();
  const jobs = jobTables(short, replica);
  for (const [kind, table] of Object.entries(jobs)) Object.assign(jobs, { [kind]: tellingTrouble(table) });
  const { outbox, ...webhooks } = outboxPart(short);
  // Whoever still holds one that is forgotten may go on asking it.
  const scoped = new LRUCache<string, LEAStore>({ max: MOST_SCOPES });
  return {
    ...tellingTrouble({
      ...studentPart(connections, forms),
      ...loadPart(connections),
      ...rulebookPart(short),
      ...referencePart(short),
      ...draftPart(short),
      ...secretPart(short),
      ...personPart(short),
      ...sessionPart(short),
      ...keyPart(short, KEYS_KNOWN_MS, now),
      ...webhooks,
    }),
    outbox: tellingTrouble(outbox),
    ...(replica !== undefined && { replicas: tellingTrouble(replicaPart(short, replica)) }),
    anomalies: tellingTrouble(anomalyTable({ short, long })),
    ssids: tellingTrouble(ssidRegister({ short, long })),
    accessChains: chainPart(connections.session),
    jobs: (kind) => jobs[kind],
    forLEAs(scope) {
      const key = JSON.stringify(scope);
      let store = scoped.get(key);
      if (!store) {
        store = leaStore(connections, forms, scope);
        scoped.set(key, store);
      }
      return store;
    },
    async close() {
      // A database that does not answer notices by itself, a little later.
      if (replica !== undefined) await leave(short, replica).catch(() => {});
      await connections.close();
    },
  };
}

type StudentPart = 'waiting' | 'ping' | 'verify' | 'snapshot' | 'uploadsThrough' | 'source' | 'forget';

function studentPart({ short, long }: Connections, forms: KnownForms): Pick<Store, StudentPart> {
  type Source = NonNullable<Awaited<ReturnType<Store['source']>>>;
  // A source never changes once its upload is there, and an explanation asks for every record's.
  const sources = new LRUCache<number, Source>({ max: MOST_SOURCES });
  return {
    async ping() {
      await short`SELECT FROM upload LIMIT 1`;
    },
    async waiting() {
      const rows = await short<HistoryRow[]>`SELECT ssid, forms, body FROM history WHERE ssid = ${WITHOUT_SSID}`;
      return (await historiesOf(short, forms, rows))[0];
    },
    verify: () => verify(long, short, forms),
    snapshot: () => newestIn(short),
    async uploadsThrough(snapshot) {
      const rows = await short<{ seq: number; id: string; report: Upload }[]>`
        SELECT seq, id, report FROM upload WHERE seq <= ${snapshot} ORDER BY seq`;
      return rows.map(({ seq, id, report: { sender, files } }) => ({ seq, id, sender, files }));
    },
    async source(number) {
      let found = sources.get(number);
      if (!found) {
        const [row] = await short<Source[]>`
          SELECT upload.id AS upload, upload.sender AS sender, source.name AS file
          FROM source JOIN upload ON upload.seq = source.upload WHERE number = ${number}`;
        if (!row) return undefined;
        found = { ...row };
        sources.set(number, found);
      }
      return found;
    },
    forget: (through, at) =>
      whileNobodyWrites(long, async (sql) => {
        const upTo = Math.min(through, (await newestIn(sql)) - 1);
        const [done] = await sql<{ last: number }[]>`SELECT coalesce(max(through), -1) AS last FROM forgotten`;
        if (upTo <= (done?.last ?? -1)) return { histories: 0 };
        // The last snapshot that a former history belongs to is the one before `until`.
        const until = upTo + 1;
        await sql`INSERT INTO ssid_issued (ssid) SELECT DISTINCT ssid FROM former WHERE until <= ${until} ON CONFLICT DO NOTHING`;
        await sql`DELETE FROM formerly_enrolled WHERE until <= ${until}`;
        const { count } = await sql`DELETE FROM former WHERE until <= ${until}`;
        await forgetLines(sql, upTo);
        await sql`INSERT INTO forgotten (through, at) VALUES (${upTo}, ${at})`;
        return { histories: count };
      }),
  };
}

async function newestIn(sql: Asked): Promise<number> {
  const [row] = await sql<{ newest: number }[]>`SELECT coalesce(max(seq), 0) AS newest FROM upload`;
  return row?.newest ?? 0;
}

/** Everything one caller may see; the scope is part of every query, here and nowhere else. */
function leaStore({ short, long }: Connections, forms: KnownForms, scope: LEAScope): LEAStore {
  const [isAll, leas] = [scope === 'all', leasOf(scope)];
  const visible = (sql: Asked) => sql`(${isAll} OR leas <@ ${leas}::text[])`;
  const jobs = jobsInScope(short, scope);
  for (const [kind, table] of Object.entries(jobs)) Object.assign(jobs, { [kind]: tellingTrouble(table) });
  return {
    ...tellingTrouble(historyReader({ short, long, forms }, scope)),
    async *problems(id, which = {}) {
      const reading = await beginReading(long, scope).catch((error) => Promise.reject(troubleOf(error)));
      try {
        const { sql } = reading;
        const [row] = await sql<{ seq: number }[]>`SELECT seq FROM upload WHERE ${visible(sql)} AND id = ${id}`;
        if (row) yield* problemsOf(sql, row.seq, which);
      } catch (error) {
        throw troubleOf(error);
      } finally {
        await reading.release();
      }
    },
    jobs: (kind) => jobs[kind],
    ...tellingTrouble<Pick<LEAStore, 'uploads' | 'upload' | 'numbersGiven' | 'rejections' | 'rejectedStudents'>>({
      uploads: (which) =>
        inScope(short, scope, async (sql) => {
          const [after, sender, loadDay] = [which.after ?? null, which.sender ?? null, which.loadDay ?? null];
          const rows = await sql<{ report: Upload }[]>`
            SELECT report FROM upload WHERE ${visible(sql)}
              AND (${after}::text IS NULL OR seq < (SELECT seq FROM upload WHERE ${visible(sql)} AND id = ${after}))
              AND (${sender}::text IS NULL OR ${sender} = ANY (leas)) AND (${loadDay}::text IS NULL OR load_day = ${loadDay})
            ORDER BY seq DESC LIMIT ${which.limit}`;
          return rows.map(({ report }) => report);
        }),
      upload: (id) =>
        inScope(short, scope, async (sql) => {
          const [row] = await sql<{ report: Upload }[]>`SELECT report FROM upload WHERE ${visible(sql)} AND id = ${id}`;
          return row?.report;
        }),
      async numbersGiven(id, which) {
        const rows = await inScope(short, scope, async (sql) => {
          const [row] = await sql<{ seq: number }[]>`SELECT seq FROM upload WHERE ${visible(sql)} AND id = ${id}`;
          return row ? await givenIn(sql, row.seq, which) : [];
        });
        return asTheyAre(short, rows);
      },
      rejections: (ssid, most, snapshot = Number.MAX_SAFE_INTEGER) =>
        inScope(short, scope, async (sql) => {
          const rows = await sql<{ upload: string; seq: number; n: number }[]>`
            SELECT upload.id AS upload, upload.seq AS seq, rejected.n AS n
            FROM rejected JOIN upload ON upload.seq = rejected.upload
            WHERE ${visible(sql)} AND rejected.ssid = ${ssid} AND upload.seq <= ${snapshot}
            ORDER BY upload.seq DESC, rejected.n LIMIT ${most}`;
          const rejections: Rejection[] = [];
          for (const { upload, seq, n } of rows)
            for await (const problems of problemsOf(sql, seq, { after: n - 1, limit: 1 }))
              rejections.push(...problems.map(([, problem]) => ({ upload, problem })));
          return rejections;
        }),
      rejectedStudents: (after, most, snapshot = Number.MAX_SAFE_INTEGER) =>
        inScope(short, scope, async (sql) => {
          const rows = await sql<{ ssid: string }[]>`
            SELECT DISTINCT rejected.ssid AS ssid FROM rejected JOIN upload ON upload.seq = rejected.upload
            WHERE ${visible(sql)} AND rejected.ssid > ${after} AND upload.seq <= ${snapshot}
            ORDER BY rejected.ssid LIMIT ${most}`;
          return rows.map(({ ssid }) => ssid);
        }),
    }),
  };
}

/** So many rows are read at a time. */
const ROWS_AT_ONCE = 1_000;

/** Reads everything that is kept of students. The database itself tells damage of its pages. */
async function verify(long: Connections['long'], short: Asked, forms: KnownForms): Promise<Verified> {
  const damaged: string[] = [];
  const counts = { students: 0, formerHistories: 0, problems: 0 };
  const read = async (row: HistoryRow, where: string): Promise<void> => {
    try {
      const [history] = await historiesOf(short, forms, [row]);
      history?.verify();
    } catch (error) {
      damaged.push(`the student ${history10(row.ssid)}${where} cannot be read: ${(error as Error).message}`);
    }
  };
  const reading = await beginReading(long, 'all');
  try {
    const { sql } = reading;
    for await (const rows of sql<HistoryRow[]>`SELECT ssid, forms, body FROM history ORDER BY ssid`.cursor(
      ROWS_AT_ONCE,
    ))
      for (const row of rows) {
        if (row.ssid >= 0) counts.students++;
        await read(row, '');
      }
    for await (const rows of sql<HistoryRow[]>`SELECT ssid, forms, body FROM former ORDER BY ssid`.cursor(ROWS_AT_ONCE))
      for (const row of rows) {
        counts.formerHistories++;
        await read(row, ' as it was formerly');
      }
    for (const { seq } of await sql<{ seq: number }[]>`SELECT seq FROM upload ORDER BY seq`)
      try {
        for await (const batch of problemsOf(sql, seq, {})) counts.problems += batch.length;
      } catch (error) {
        damaged.push((error as Error).message);
      }
  } finally {
    await reading.release();
  }
  return { ...counts, damaged };
}

const history10 = (ssid: number): string => (ssid < 0 ? 'without an SSID' : String(ssid).padStart(10, '0'));
