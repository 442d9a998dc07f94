/** Jobs asked for over REST: all kinds in one table, where each kind is a queue. */
import type { Job } from '#publishing/job';
import type { LEAScope } from '#records/scope';
import { begunAgain, isAsFound, type JobTables, jobTablesOf, type VisibleJobs, visibleJobsOf } from '../job-kinds.ts';
import type { JobChange, JobFilter, JobKind, JobKinds, JobsInScope, JobTable, Page } from '../store.ts';
import type { Answering } from './answering.ts';
import { type Asked, type Database, inScope, json, leasOf, type Transaction } from './connection.ts';
import { addDeliveries, deliveriesOf } from './outbox.ts';

interface Row<J> {
  readonly job: J;
}

type AnswersHeld = Pick<Answering, 'requireHeld'>;

/**
 * @param replica the process that takes jobs, where several do
 * @param answers the requests that this process answers
 */
export const jobTables = (database: Database, replica: string | undefined, answers: AnswersHeld): JobTables =>
  jobTablesOf((kind) => jobTable(database, kind, replica ?? null, answers));

/** Whether a job is under way, by a process that is there. Who holds none that is named is known to nobody. */
export const isHeld = (sql: Asked) => sql`(status = 'Processing' AND (holder IS NULL OR cenr_is_there(holder)))`;
/** Whether a job is to be taken. */
export const isFree = (sql: Asked) => sql`(status IN ('Pending', 'Processing') AND NOT ${isHeld(sql)})`;

export const jobsInScope = (database: Database, scope: LEAScope): VisibleJobs =>
  visibleJobsOf((kind) => visibleJobs(database, kind, scope));

/** One after the other, for the rest of a transaction. */
const inTurn = (sql: Transaction, what: string) => sql`SELECT pg_advisory_xact_lock(hashtextextended(${what}, 0))`;

function jobTable<K extends JobKind>(
  database: Database,
  kind: K,
  replica: string | null,
  answers: AnswersHeld,
): JobTable<JobKinds[K]> {
  type J = JobKinds[K];

  async function change(sql: Asked, before: J, changed: JobChange<J>): Promise<J> {
    const after: J = { ...before, ...changed };
    const { id, status } = after;
    // A turn that is written again is the latest.
    if (status === 'Processing' && before.status !== 'Processing')
      await sql`INSERT INTO turn (kind, key_id, leas) SELECT kind, key_id, leas FROM job WHERE kind = ${kind} AND id = ${id}
        ON CONFLICT (kind, key_id, leas) DO UPDATE SET number = DEFAULT`;
    await sql`UPDATE job SET status = ${status}, job = ${json(after)}::text::json WHERE kind = ${kind} AND id = ${id}`;
    return after;
  }

  async function waiting(sql: Asked, keyId: string | null): Promise<number> {
    const [row] = await sql<{ jobs: number }[]>`
      SELECT count(*) AS jobs FROM job
      WHERE kind = ${kind} AND status = 'Pending' AND (${keyId}::text IS NULL OR key_id = ${keyId})`;
    return row?.jobs ?? 0;
  }

  return {
    add(job, keyId = '', answer = undefined, mostWaiting = Number.POSITIVE_INFINITY) {
      const { id, reportingLEAs, status, requestedAt } = job;
      const isAll = reportingLEAs === 'all';
      return database.begin(async (sql) => {
        if (answer) await answers.requireHeld(sql, answer.keyId, answer.idempotencyKey);
        if (Number.isFinite(mostWaiting)) {
          await inTurn(sql, `${kind} of ${keyId}`);
          if ((await waiting(sql, keyId)) >= mostWaiting) return false;
        }
        await sql`INSERT INTO job (kind, id, all_leas, leas, status, job, key_id)
          VALUES (${kind}, ${id}, ${isAll}, ${isAll ? [] : [...reportingLEAs]}::text[], ${status}, ${json(job)}::text::json, ${keyId})`;
        if (answer)
          await sql`INSERT INTO answer (key_id, idempotency_key, answered_at, answer)
            VALUES (${answer.keyId}, ${answer.idempotencyKey}, ${requestedAt}, ${json(answer)}::text::json)
            ON CONFLICT (key_id, idempotency_key)
            DO UPDATE SET answered_at = excluded.answered_at, answer = excluded.answer`;
        return true;
      });
    },
    update: (id, changed, told = [], from = undefined) =>
      database.begin(async (sql) => {
        const [row] = await sql<Row<J>[]>`SELECT job FROM job WHERE kind = ${kind} AND id = ${id} FOR UPDATE`;
        if (!row || !isAsFound(row.job, from)) return false;
        await change(sql, row.job, changed);
        await addDeliveries(sql, told);
        return true;
      }),
    async take(begun, isAlone = false) {
      const taken = await database.begin(async (sql) => {
        // Whose turn it is depends on who took the last one.
        await inTurn(sql, `turns of ${kind}`);
        // Where one is made at a time, none goes before one that somebody puts back just now.
        const [row] = await sql<Row<J>[]>`
          SELECT job FROM job AS waiting WHERE kind = ${kind} AND ${isFree(sql)}
            AND NOT (${isAlone} AND EXISTS (SELECT FROM job WHERE kind = ${kind} AND ${isHeld(sql)}))
          ORDER BY NOT is_begun,
            coalesce((SELECT max(number) FROM turn WHERE kind = waiting.kind AND key_id = waiting.key_id), 0),
            coalesce((SELECT number FROM turn
              WHERE kind = waiting.kind AND key_id = waiting.key_id AND leas = waiting.leas), 0),
            seq LIMIT 1 FOR UPDATE ${isAlone ? sql`` : sql`SKIP LOCKED`}`;
        if (!row) return undefined;
        await sql`UPDATE job SET holder = ${replica} WHERE kind = ${kind} AND id = ${row.job.id}`;
        return { job: await change(sql, row.job, begunAgain(row.job, begun as JobChange<Job>) as JobChange<J>) };
      });
      return taken?.job;
    },
    waiting: (keyId) => waiting(database, keyId ?? null),
    async askedBy(id) {
      const [row] = await database<{ keyId: string }[]>`
        SELECT key_id AS "keyId" FROM job WHERE kind = ${kind} AND id = ${id}`;
      return row?.keyId;
    },
    resume: () =>
      database.begin(async (sql) => {
        const left = await sql<Row<J>[]>`
          SELECT job FROM job WHERE kind = ${kind} AND status = 'Processing'
            AND (holder IS NULL OR holder = ${replica} OR NOT cenr_is_there(holder)) ORDER BY seq FOR UPDATE`;
        for (const { job } of left) await change(sql, job, { status: 'Pending', progress: 0 } as JobChange<J>);
        return left.length;
      }),
  };
}

function visibleJobs<K extends JobKind>(database: Database, kind: K, scope: LEAScope): JobsInScope<JobKinds[K]> {
  type J = JobKinds[K];
  const [isAll, leas] = [scope === 'all', leasOf(scope)];
  const visible = (sql: Asked) => sql`kind = ${kind} AND (${isAll} OR (NOT all_leas AND leas <@ ${leas}::text[]))`;

  return {
    list: (which: Partial<Page> & JobFilter & { draft?: string }) =>
      inScope(database, scope, async (sql) => {
        const { limit = null, after = null, draft = null, status = null, reportingLEA = null } = which;
        const [from, before] = which.requested ?? [null, null];
        const rows = await sql<Row<J>[]>`
          SELECT job FROM job WHERE ${visible(sql)}
            AND (${after}::text IS NULL OR seq < (SELECT seq FROM job WHERE ${visible(sql)} AND id = ${after}))
            AND (${status}::text IS NULL OR status = ${status})
            AND (${reportingLEA}::text IS NULL OR (${reportingLEA} = 'all' AND all_leas) OR ${reportingLEA} = ANY (leas))
            AND (${from}::text IS NULL OR (requested COLLATE "C" >= ${from} AND requested COLLATE "C" < ${before}))
            AND (${draft}::text IS NULL OR draft = ${draft})
          ORDER BY seq DESC LIMIT ${limit}`;
        return rows.map(({ job }) => job);
      }),
    get: (id) =>
      inScope(database, scope, async (sql) => {
        const [row] = await sql<Row<J>[]>`SELECT job FROM job WHERE ${visible(sql)} AND id = ${id}`;
        return row?.job;
      }),
    deliveries: (id) =>
      inScope(database, scope, async (sql) => {
        const [row] = await sql`SELECT 1 FROM job WHERE ${visible(sql)} AND id = ${id}`;
        return row ? deliveriesOf(sql, id) : [];
      }),
  };
}
