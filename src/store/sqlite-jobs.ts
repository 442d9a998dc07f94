/**
 * Jobs asked for over REST, in `service.db`: all kinds are kept alike, each in a table with the name of the kind that is
 * also its queue.
 */
import type { DatabaseSync } from 'node:sqlite';
import type { Job } from '#publishing/job';
import type { LEAScope } from '#records/scope';
import type { JobChange, JobKind, JobKinds, JobsInScope, JobTable } from './store.ts';

const jobOf = <J extends Job>(row: unknown): J => JSON.parse((row as { job: string }).job) as J;

/** The jobs of every kind. */
export const jobTables = (db: DatabaseSync): { readonly [K in JobKind]: JobTable<JobKinds[K]> } => ({
  extract: jobTable(db, 'extract'),
  impact: jobTable(db, 'impact'),
});

/**
 * The jobs of every kind that a caller may see. A job is in scope when none of its LEAs is out of it; a job for all LEAs
 * only for whoever may see all.
 */
export const jobsInScope = (
  db: DatabaseSync,
  scope: LEAScope,
): { readonly [K in JobKind]: JobsInScope<JobKinds[K]> } => ({
  extract: visibleJobs(db, 'extract', scope),
  impact: visibleJobs(db, 'impact', scope),
});

function jobTable<K extends JobKind>(db: DatabaseSync, kind: K): JobTable<JobKinds[K]> {
  type J = JobKinds[K];
  const add = db.prepare(`INSERT INTO ${kind} (id, all_leas, leas, status, job) VALUES (?, ?, ?, ?, ?)`);
  const byId = db.prepare(`SELECT job FROM ${kind} WHERE id = ?`);
  const save = db.prepare(`UPDATE ${kind} SET status = ?, job = ? WHERE id = ?`);
  const oldestPending = db.prepare(`SELECT job FROM ${kind} WHERE status = 'Pending' ORDER BY seq LIMIT 1`);
  const processing = db.prepare(`SELECT job FROM ${kind} WHERE status = 'Processing'`);
  const update = (id: string, change: JobChange<Job>): void => {
    const row = byId.get(id);
    if (!row) return;
    const next: J = { ...jobOf<J>(row), ...change };
    save.run(next.status, JSON.stringify(next), id);
  };

  return {
    add(job) {
      const { id, reportingLEAs, status } = job;
      const all = reportingLEAs === 'all';
      add.run(id, Number(all), JSON.stringify(all ? [] : reportingLEAs), status, JSON.stringify(job));
    },
    update,
    nextPending() {
      const row = oldestPending.get();
      return row && jobOf<J>(row);
    },
    resume() {
      const left = processing.all().map(jobOf<J>);
      for (const { id } of left) update(id, { status: 'Pending', progress: 0 });
      return left.length;
    },
  };
}

/** To SQLite. */
const NO_LIMIT = -1;

const IN_SCOPE =
  '(? OR (NOT all_leas AND NOT EXISTS (SELECT 1 FROM json_each(leas) j WHERE j.value NOT IN (SELECT value FROM json_each(?)))))';

function visibleJobs<K extends JobKind>(db: DatabaseSync, kind: K, scope: LEAScope): JobsInScope<JobKinds[K]> {
  type J = JobKinds[K];
  const leas = JSON.stringify(scope === 'all' ? [] : scope);
  const all = Number(scope === 'all');
  const byId = db.prepare(`SELECT job FROM ${kind} WHERE ${IN_SCOPE} AND id = ?`);

  return {
    list: ({ limit, after, draft }: { limit?: number; after?: string | undefined; draft?: string }) =>
      db
        .prepare(
          `SELECT job FROM ${kind} WHERE ${IN_SCOPE} AND (? IS NULL OR seq < (SELECT seq FROM ${kind} WHERE id = ?)) ${draft === undefined ? '' : 'AND draft = ?'} ORDER BY seq DESC LIMIT ?`,
        )
        .all(all, leas, after ?? null, after ?? null, ...(draft === undefined ? [] : [draft]), limit ?? NO_LIMIT)
        .map(jobOf<J>),
    get(id) {
      const row = byId.get(all, leas, id);
      return row && jobOf<J>(row);
    },
  };
}
