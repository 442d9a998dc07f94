/**
 * Jobs asked for over REST, in `service.db`: all kinds are kept alike, each in a table with the name of the kind that is
 * also its queue.
 */
import type { DatabaseSync } from 'node:sqlite';
import type { Job } from '#publishing/job';
import type { LEAScope } from '#records/scope';
import { promised } from './at-once.ts';
import { begunAgain, isAsFound, type JobTables, jobTablesOf, type VisibleJobs, visibleJobsOf } from './job-kinds.ts';
import { deliveriesOfJob, deliveryAdder } from './sqlite-outbox.ts';
import type { JobChange, JobFilter, JobKind, JobKinds, JobsInScope, JobTable, Page } from './store.ts';
import { allOrNothing } from './transactions.ts';

const jobOf = <J extends Job>(row: unknown): J => JSON.parse((row as { job: string }).job) as J;

export const jobTables = (db: DatabaseSync): JobTables => jobTablesOf((kind) => jobTable(db, kind));

export const jobsInScope = (db: DatabaseSync, scope: LEAScope): VisibleJobs =>
  visibleJobsOf((kind) => visibleJobs(db, kind, scope));

function jobTable<K extends JobKind>(db: DatabaseSync, kind: K): JobTable<JobKinds[K]> {
  type J = JobKinds[K];
  const add = db.prepare(`INSERT INTO ${kind} (id, all_leas, leas, status, job, key_id) VALUES (?, ?, ?, ?, ?, ?)`);
  const addAnswer = db.prepare(
    'INSERT OR REPLACE INTO answer (key_id, idempotency_key, answered_at, answer) VALUES (?, ?, ?, ?)',
  );
  const byId = db.prepare(`SELECT job FROM ${kind} WHERE id = ?`);
  const save = db.prepare(`UPDATE ${kind} SET status = ?, job = ? WHERE id = ?`);
  const next = db.prepare(
    `SELECT job FROM ${kind} AS waiting WHERE status = 'Pending' ORDER BY job ->> '$.snapshot' IS NULL,
     coalesce((SELECT max(number) FROM turn WHERE kind = ?1 AND key_id = waiting.key_id), 0),
     coalesce((SELECT number FROM turn WHERE kind = ?1 AND key_id = waiting.key_id AND leas = waiting.leas), 0),
     seq LIMIT 1`,
  );
  const takeTurn = db.prepare(
    `INSERT OR REPLACE INTO turn (kind, key_id, leas, number)
     SELECT ?1, key_id, leas, (SELECT coalesce(max(number), 0) + 1 FROM turn) FROM ${kind} WHERE id = ?2`,
  );
  const waiting = db.prepare(
    `SELECT count(*) AS jobs FROM ${kind} WHERE status = 'Pending' AND (?1 IS NULL OR key_id = ?1)`,
  );
  const keyOf = db.prepare(`SELECT key_id AS keyId FROM ${kind} WHERE id = ?`);
  const processing = db.prepare(`SELECT job FROM ${kind} WHERE status = 'Processing'`);
  const change = (before: J, change: JobChange<Job>): J => {
    const after: J = { ...before, ...change };
    if (after.status === 'Processing' && before.status !== 'Processing') takeTurn.run(kind, after.id);
    save.run(after.status, JSON.stringify(after), after.id);
    return after;
  };
  const addDeliveries = deliveryAdder(db);
  const together = <T>(work: () => T): T => allOrNothing(db, work);
  const waitingOf = (keyId?: string): number => (waiting.get(keyId ?? null) as { jobs: number }).jobs;

  return promised<JobTable<J>>({
    add(job, keyId = '', answer, mostWaiting = Number.POSITIVE_INFINITY) {
      const { id, reportingLEAs, status, requestedAt } = job;
      const all = reportingLEAs === 'all';
      return together(() => {
        if (waitingOf(keyId) >= mostWaiting) return false;
        add.run(id, Number(all), JSON.stringify(all ? [] : reportingLEAs), status, JSON.stringify(job), keyId);
        if (answer) addAnswer.run(answer.keyId, answer.idempotencyKey, requestedAt, JSON.stringify(answer));
        return true;
      });
    },
    update: (id, changed, told = [], from) =>
      together(() => {
        const row = byId.get(id);
        if (!row || !isAsFound(jobOf<J>(row), from)) return false;
        change(jobOf<J>(row), changed);
        addDeliveries(told);
        return true;
      }),
    take: (begun, isAlone = false) =>
      together(() => {
        const row = isAlone && processing.get() ? undefined : next.get(kind);
        return row && change(jobOf<J>(row), begunAgain(jobOf<J>(row), begun as JobChange<Job>));
      }),
    waiting: waitingOf,
    askedBy: (id) => (keyOf.get(id) as { keyId: string } | undefined)?.keyId,
    resume: () =>
      together(() => {
        const left = processing.all().map(jobOf<J>);
        for (const job of left) change(job, { status: 'Pending', progress: 0 });
        return left.length;
      }),
  });
}

/** To SQLite. */
const NO_LIMIT = -1;

const IN_SCOPE =
  '(?1 OR (NOT all_leas AND NOT EXISTS (SELECT 1 FROM json_each(leas) j WHERE j.value NOT IN (SELECT value FROM json_each(?2)))))';

function visibleJobs<K extends JobKind>(db: DatabaseSync, kind: K, scope: LEAScope): JobsInScope<JobKinds[K]> {
  type J = JobKinds[K];
  const leas = JSON.stringify(scope === 'all' ? [] : scope);
  const all = Number(scope === 'all');
  const byId = db.prepare(`SELECT job FROM ${kind} WHERE ${IN_SCOPE} AND id = ?3`);
  const deliveries = deliveriesOfJob(db);

  return promised<JobsInScope<J>>({
    list({ limit, after, draft, status, reportingLEA, requested }: Partial<Page> & JobFilter & { draft?: string }) {
      const [from, before] = requested ?? [null, null];
      // Only some kinds of jobs are about a draft, and only their tables have it.
      const ofDraft = draft === undefined ? '' : 'AND draft = ?9';
      const list = db.prepare(
        `SELECT job FROM ${kind} WHERE ${IN_SCOPE}
         AND (?3 IS NULL OR seq < (SELECT seq FROM ${kind} WHERE ${IN_SCOPE} AND id = ?3))
         AND (?4 IS NULL OR status = ?4)
         AND (?5 IS NULL OR (?5 = 'all' AND all_leas) OR ?5 IN (SELECT value FROM json_each(leas)))
         AND (?6 IS NULL OR (job ->> '$.requestedAt' >= ?6 AND job ->> '$.requestedAt' < ?7))
         ${ofDraft} ORDER BY seq DESC LIMIT ?8`,
      );
      const values = [all, leas, after, status, reportingLEA, from, before, limit ?? NO_LIMIT, draft];
      return list
        .all(...values.slice(0, draft === undefined ? -1 : undefined).map((value) => value ?? null))
        .map(jobOf<J>);
    },
    get(id) {
      const row = byId.get(all, leas, id);
      return row && jobOf<J>(row);
    },
    deliveries: (id) => (byId.get(all, leas, id) ? deliveries(id) : []),
  });
}
