/** Reading student histories: as they are, or as they were right after an upload (a *snapshot*). */
import { setImmediate } from 'node:timers/promises';
import { UserError } from '#base/user-error';
import type { Upload } from '#intake/upload';
import { FormedHistory } from '#records/formed-lines';
import type { KeptHistory } from '#records/record';
import { EVERYBODY, type LEAScope, type SSIDRange } from '#records/scope';
import { ssidText } from '#records/ssid';
import { type HistoryReader, SnapshotGoneError } from '../store.ts';
import {
  type Asked,
  beginReading,
  type Database,
  inScope,
  leasOf,
  type Reading,
  type Transaction,
} from './connection.ts';
import type { KnownForms } from './forms.ts';
import { troubleOf } from './trouble.ts';

export interface HistoryRow {
  readonly ssid: number;
  readonly forms: string;
  readonly body: string;
}

/** So many students come at a time. */
const STUDENTS_A_BATCH = 256;

interface HistorySource {
  /** For what is answered at once. */
  readonly short: Database;
  /** For what is read as long as somebody likes. */
  readonly long: Database;
  readonly forms: KnownForms;
}

/** Histories of rows; the forms that they name are read when they are not known. */
export async function historiesOf(
  sql: Asked,
  forms: KnownForms,
  rows: readonly HistoryRow[],
): Promise<FormedHistory[]> {
  const histories: FormedHistory[] = [];
  let last = '';
  let known = rows[0] && (await forms.of(sql, rows[0].forms));
  for (const row of rows) {
    if (row.forms !== last) {
      known = await forms.of(sql, row.forms);
      last = row.forms;
    }
    histories.push(new FormedHistory(ssidText(row.ssid), row.body, known as NonNullable<typeof known>));
  }
  return histories;
}

/** The queries that read what one scope may see. */
function queriesOf(scope: LEAScope) {
  const leas = leasOf(scope);
  const isAll = scope === 'all';

  /** The students of a range who are in scope: all there are for whoever may see all. */
  const inRange = (sql: Asked, { from, through }: SSIDRange) =>
    isAll
      ? sql`ssid BETWEEN ${Number(from)} AND ${Number(through)}`
      : sql`ssid IN (SELECT ssid FROM enrolled WHERE lea = ANY (${leas}::text[])
          AND ssid BETWEEN ${Number(from)} AND ${Number(through)})`;
  const formerlyInRange = (sql: Asked, { from, through }: SSIDRange, at: number) =>
    isAll
      ? sql`ssid BETWEEN ${Number(from)} AND ${Number(through)}`
      : sql`ssid IN (SELECT ssid FROM formerly_enrolled WHERE lea = ANY (${leas}::text[])
          AND ssid BETWEEN ${Number(from)} AND ${Number(through)} AND changed <= ${at} AND until > ${at})`;

  return {
    /** @param at the snapshot, where students changed since */
    rows: (sql: Asked, range: SSIDRange, at: number | undefined) =>
      at === undefined
        ? sql<HistoryRow[]>`SELECT ssid, forms, body FROM history WHERE ${inRange(sql, range)} ORDER BY ssid`
        : sql<HistoryRow[]>`
            SELECT ssid, forms, body FROM history WHERE ${inRange(sql, range)} AND changed <= ${at}
            UNION ALL
            SELECT ssid, forms, body FROM former
            WHERE ${formerlyInRange(sql, range, at)} AND changed <= ${at} AND until > ${at} ORDER BY ssid`,
    enrolled(sql: Asked) {
      if (isAll) return sql`SELECT DISTINCT ssid FROM enrolled`;
      return leas.length === 1
        ? sql`SELECT ssid FROM enrolled WHERE lea = ${leas[0] as string}`
        : sql`SELECT DISTINCT ssid FROM enrolled WHERE lea = ANY (${leas}::text[])`;
    },
    formerlyEnrolled: (sql: Asked, at: number) => sql`
      SELECT DISTINCT ssid FROM formerly_enrolled
      WHERE (${isAll} OR lea = ANY (${leas}::text[])) AND changed <= ${at} AND until > ${at}`,
    isAmong: (sql: Asked) => sql`(${isAll} OR lea = ANY (${leas}::text[]))`,
    isFrom: (sql: Asked) => sql`(${isAll} OR leas <@ ${leas}::text[])`,
  };
}

/**
 * Reads what one scope may see.
 * @param opened the snapshot that is read when a call names none; the store as it is when absent
 */
export function historyReader(source: HistorySource, scope: LEAScope, opened?: number): HistoryReader {
  const { short, forms } = source;
  const queries = queriesOf(scope);
  /** For whoever may see all, one question needs no transaction. */
  const withinOne = <T>(look: (sql: Asked) => Promise<T>): Promise<T> =>
    scope === 'all' ? look(short) : inScope(short, scope, look);
  /** Of the store as it is, one question is enough. */
  const within = <T>(look: (sql: Asked) => Promise<T>, snapshot?: number): Promise<T> =>
    snapshot === undefined ? withinOne(look) : inScope(short, scope, look);

  return {
    histories: (range, { snapshot = opened, signal } = {}) =>
      batches(source, scope, signal, async (sql) =>
        queries.rows(sql, range, (await changedSince(sql, snapshot)) ? snapshot : undefined).cursor(STUDENTS_A_BATCH),
      ),
    async history(ssid, snapshot = opened) {
      // Ten digits and nothing else: an empty text stands for the enrollments without an SSID.
      if (ssidText(Number(ssid)) !== ssid || ssid.length !== 10) {
        await within((sql) => changedSince(sql, snapshot), snapshot);
        return undefined;
      }
      return withinOne(async (sql) => {
        const rows = queries.rows(sql, { from: ssid, through: ssid }, snapshot);
        if (snapshot === undefined) return (await historiesOf(sql, forms, await rows))[0];
        // One question, so that no upload comes between what is known of the snapshot and what is read.
        const found = await sql<(SnapshotState & HistoryRow)[]>`
          SELECT * FROM (${stateOf(sql, snapshot)}) AS state LEFT JOIN (${rows}) AS student ON true`;
        isBehind(snapshot, found[0]);
        return (await historiesOf(sql, forms, found[0]?.body == null ? [] : found))[0];
      });
    },
    leas: () =>
      within(async (sql) => {
        // From one LEA to the next along the index: there are few of them, and many students.
        const rows = await sql<{ lea: string }[]>`
          WITH RECURSIVE each (lea) AS (
            SELECT min(lea) FROM enrolled
            UNION ALL SELECT (SELECT min(e.lea) FROM enrolled e WHERE e.lea > each.lea) FROM each WHERE lea IS NOT NULL)
          SELECT lea FROM each WHERE lea IS NOT NULL AND ${queries.isAmong(sql)} ORDER BY lea`;
        return rows.map(({ lea }) => lea);
      }),
    linesSent: (snapshot = opened) =>
      within(async (sql) => {
        const uploads = await sql<{ report: Upload }[]>`
          SELECT report FROM upload
          WHERE ${queries.isFrom(sql)} AND (${snapshot ?? null}::bigint IS NULL OR seq <= ${snapshot ?? null})`;
        const sent = { read: 0, rejected: 0 };
        for (const { report } of uploads) {
          const { added, replaced, deleted, rejected } = report.counts;
          sent.read += added + replaced + deleted + rejected;
          sent.rejected += rejected;
        }
        return sent;
      }, snapshot),
    students: (snapshot = opened) =>
      within(async (sql) => {
        const enrolled = queries.enrolled(sql);
        if (!(await changedSince(sql, snapshot)))
          return countOf(await sql<Count[]>`SELECT count(*) AS n FROM (${enrolled}) AS students`);
        const at = snapshot as number;
        return countOf(
          await sql<Count[]>`SELECT
            (SELECT count(*) FROM (${queries.formerlyEnrolled(sql, at)}) AS formerly) +
            (SELECT count(*) FROM history WHERE changed <= ${at} AND ssid IN (${enrolled})) AS n`,
        );
      }, snapshot),
    ranges: (parts, snapshot = opened) =>
      within(async (sql) => {
        // Whoever came after the snapshot is listed too: to leave them out, every history would have to be looked at.
        const listed = (await changedSince(sql, snapshot))
          ? sql`SELECT ssid FROM (${queries.enrolled(sql)}) AS now UNION ${queries.formerlyEnrolled(sql, snapshot as number)}`
          : queries.enrolled(sql);
        const starts = await sql<{ ssid: number }[]>`
          WITH listed AS MATERIALIZED (SELECT ssid, row_number() OVER (ORDER BY ssid) AS number FROM (${listed}) AS listed)
          SELECT ssid FROM listed
          WHERE (number - 1) % greatest(1, ceil((SELECT count(*) FROM listed)::float8 / ${parts}::float8)::bigint) = 0
          ORDER BY ssid`;
        return starts.map(({ ssid }, i) => {
          const end = starts[i + 1]?.ssid;
          return { from: ssidText(ssid), through: end === undefined ? EVERYBODY.through : ssidText(end - 1) };
        });
      }, snapshot),
  };
}

/** Students, some at a time, all of one state; the next ones are on their way while these are read. */
async function* batches(
  { short, long, forms }: HistorySource,
  scope: LEAScope,
  signal: AbortSignal | undefined,
  open: (sql: Transaction) => Promise<AsyncIterable<readonly HistoryRow[]>>,
): AsyncGenerator<readonly KeptHistory[]> {
  signal?.throwIfAborted();
  let reading: Reading | undefined;
  try {
    reading = await beginReading(long, scope);
    const rows = (await open(reading.sql))[Symbol.asyncIterator]();
    // At its end the client gives no promise.
    const following = async (): Promise<IteratorResult<readonly HistoryRow[]>> => rows.next();
    let next = following();
    try {
      for (;;) {
        const { done, value } = await next;
        if (done || value.length === 0) return;
        const batch = await historiesOf(short, forms, value);
        next = following();
        // The client writes at the end of a turn of the event loop, the one after it is asked: by then the server is at work.
        await setImmediate();
        await setImmediate();
        signal?.throwIfAborted();
        yield batch;
      }
    } finally {
      await next.catch(() => {});
      await rows.return?.();
    }
  } catch (error) {
    throw troubleOf(error);
  } finally {
    await reading?.release();
  }
}

interface Count {
  readonly n: number;
}

const countOf = (rows: readonly Count[]): number => rows[0]?.n ?? 0;

interface SnapshotState {
  readonly newest: number;
  readonly goneAt: string | null;
  readonly last: number | null;
}

/** What is known of a snapshot. */
const stateOf = (sql: Asked, snapshot: number) => sql<SnapshotState[]>`
  SELECT cenr_newest() AS newest,
    (SELECT at FROM forgotten WHERE through >= ${snapshot} ORDER BY through LIMIT 1) AS "goneAt",
    (SELECT max(through) FROM forgotten) AS last`;

/**
 * Whether uploads came after a snapshot, so that former histories belong to it.
 * @throws SnapshotGoneError when these are no longer kept; UserError when there is no such upload
 */
export async function changedSince(sql: Asked, snapshot: number | undefined): Promise<boolean> {
  return snapshot !== undefined && isBehind(snapshot, (await stateOf(sql, snapshot))[0]);
}

/** @throws as `changedSince` */
function isBehind(snapshot: number, state: SnapshotState | undefined): boolean {
  const newest = state?.newest ?? 0;
  if (snapshot === newest) return false;
  if (!(snapshot < newest))
    throw new UserError(
      `the store has no upload ${snapshot}: its newest upload is ${newest}. Check that this is the right store.`,
    );
  if (state?.goneAt != null) throw new SnapshotGoneError(snapshot, state.goneAt, (state.last ?? 0) + 1);
  return true;
}
