/**
 * Jobs asked for over REST, in `service.db`: extracts and impact reports are kept alike, each kind in a table of its
 * own that is also its queue.
 */
import type { DatabaseSync } from 'node:sqlite';
import type { JobStatus } from '#publishing/job';
import type { LEAScope } from '#records/scope';
import type { Page } from './store.ts';

interface Job {
  readonly id: string;
  readonly reportingLEAs: LEAScope;
  readonly status: JobStatus;
  readonly progress: number;
}

type Table = 'extract' | 'impact';

const jobOf = <J extends Job>(row: unknown): J => JSON.parse((row as { job: string }).job) as J;

/** The queue of one kind of job. */
export function jobQueue<J extends Job>(db: DatabaseSync, table: Table) {
  const byId = db.prepare(`SELECT job FROM ${table} WHERE id = ?`);
  const save = db.prepare(`UPDATE ${table} SET status = ?, job = ? WHERE id = ?`);
  const oldestPending = db.prepare(`SELECT job FROM ${table} WHERE status = 'Pending' ORDER BY seq LIMIT 1`);
  const processing = db.prepare(`SELECT job FROM ${table} WHERE status = 'Processing'`);
  const update = (id: string, changes: Partial<Job>): void => {
    const row = byId.get(id);
    if (!row) return;
    const next: J = { ...jobOf<J>(row), ...changes };
    save.run(next.status, JSON.stringify(next), id);
  };

  return {
    update,
    nextPending(): J | undefined {
      const row = oldestPending.get();
      return row && jobOf<J>(row);
    },
    resume(): number {
      const left = processing.all().map(jobOf<J>);
      for (const { id } of left) update(id, { status: 'Pending', progress: 0 });
      return left.length;
    },
  };
}

/**
 * The jobs of one kind that a caller may see. A job is in scope when none of its LEAs is out of it; a job for all LEAs
 * only for whoever may see all.
 */
export function jobsInScope<J extends Job>(db: DatabaseSync, table: Table, scope: LEAScope) {
  const leas = JSON.stringify(scope === 'all' ? [] : scope);
  const all = Number(scope === 'all');
  const inScope =
    '(? OR (NOT all_leas AND NOT EXISTS (SELECT 1 FROM json_each(leas) j WHERE j.value NOT IN (SELECT value FROM json_each(?)))))';
  const byId = db.prepare(`SELECT job FROM ${table} WHERE ${inScope} AND id = ?`);

  return {
    add(job: J): void {
      const { id, reportingLEAs, status } = job;
      db.prepare(`INSERT INTO ${table} (id, all_leas, leas, status, job) VALUES (?, ?, ?, ?, ?)`).run(
        id,
        Number(reportingLEAs === 'all'),
        JSON.stringify(reportingLEAs === 'all' ? [] : reportingLEAs),
        status,
        JSON.stringify(job),
      );
    },
    list: ({ limit, after }: Page): readonly J[] =>
      db
        .prepare(
          `SELECT job FROM ${table} WHERE ${inScope} AND (? IS NULL OR seq < (SELECT seq FROM ${table} WHERE id = ?)) ORDER BY seq DESC LIMIT ?`,
        )
        .all(all, leas, after ?? null, after ?? null, limit)
        .map(jobOf<J>),
    ofDraft: (draft: string): readonly J[] =>
      db
        .prepare(`SELECT job FROM ${table} WHERE ${inScope} AND draft = ? ORDER BY seq DESC`)
        .all(all, leas, draft)
        .map(jobOf<J>),
    get(id: string): J | undefined {
      const row = byId.get(all, leas, id);
      return row && jobOf<J>(row);
    },
  };
}
