/** Parts of extracts that several processes make: a queue like that of jobs. */
import type { Part, PartState, Parts } from '../replicas.ts';
import type { Asked, Database } from './connection.ts';

/** Whether a part is to be made by somebody. */
const isFree = (sql: Asked) => sql`(part.sha256 IS NULL AND (part.holder IS NULL OR NOT cenr_is_there(part.holder)))`;

/** A part that failed as often is left to whoever has the job. */
const MOST_FAILURES = 2;

interface PartRow {
  readonly job: string;
  readonly attempt: number;
  readonly n: number;
  readonly from: string;
  readonly through: string;
}

/** @param own this process */
export const partTable = (database: Database, own: string): Parts => ({
  add: ({ job, attempt }, ranges, version) =>
    database.begin(async (sql) => {
      // First, as for whoever ends the job. Whoever takes it meanwhile waits, and finds the parts.
      const [mine] = await sql`SELECT FROM job
        WHERE kind = 'extract' AND id = ${job} AND status = 'Processing' AND (job ->> 'attempt')::int = ${attempt} FOR SHARE`;
      if (!mine || ranges.length === 0) return;
      await sql`DELETE FROM part WHERE job = ${job} AND attempt < ${attempt}`;
      await sql`INSERT INTO part (job, attempt, n, "from", through, version)
        SELECT ${job}, ${attempt}, n - 1, "from", through, ${version}
        FROM unnest(${ranges.map(({ from }) => from)}::text[], ${ranges.map(({ through }) => through)}::text[])
          WITH ORDINALITY AS each ("from", through, n)`;
    }),
  async take({ job, attempt }, n = 0) {
    const [row] = await database<{ n: number }[]>`
      UPDATE part SET holder = ${own} WHERE job = ${job} AND attempt = ${attempt} AND n = (
        SELECT n FROM part WHERE job = ${job} AND attempt = ${attempt} AND n >= ${n} AND ${isFree(database)}
        ORDER BY n LIMIT 1 FOR UPDATE SKIP LOCKED)
      RETURNING n`;
    return row?.n;
  },
  async look({ job, attempt, n }) {
    const [row] = await database<{ sha256: string | null; isFree: boolean }[]>`
      SELECT sha256, ${isFree(database)} AS "isFree" FROM part
      WHERE job = ${job} AND attempt = ${attempt} AND n = ${n}`;
    if (row && row.sha256 !== null) return { sha256: row.sha256 };
    return (row?.isFree ? 'free' : 'held') satisfies PartState;
  },
  async spoiled({ job, attempt, n }) {
    await database`UPDATE part SET sha256 = NULL, holder = NULL, failures = failures + 1
      WHERE job = ${job} AND attempt = ${attempt} AND n = ${n}`;
  },
  async help(version, { of, except = [] }) {
    const [only, others] = [of ? [nameOf(of)] : null, except.map(nameOf)];
    const [row] = await database<PartRow[]>`
      UPDATE part SET holder = ${own} WHERE (job, attempt, n) = (
        SELECT part.job, part.attempt, part.n FROM part JOIN job ON job.kind = 'extract' AND job.id = part.job
        WHERE ${isFree(database)} AND part.version = ${version} AND part.failures < ${MOST_FAILURES}
          AND (${only}::text[] IS NULL OR part.job || ' ' || part.attempt = ANY (${only}::text[]))
          AND part.job || ' ' || part.attempt <> ALL (${others}::text[])
          AND job.status = 'Processing' AND (job.job ->> 'attempt')::int = part.attempt AND cenr_is_there(job.holder)
        ORDER BY job.seq, part.n LIMIT 1 FOR UPDATE OF part SKIP LOCKED)
      RETURNING job, attempt, n, "from", through`;
    if (!row) return undefined;
    const { from, through, ...name } = row;
    return { ...name, range: { from, through } } satisfies Part;
  },
  async left({ job, attempt }) {
    const [row] = await database<{ parts: number }[]>`
      SELECT count(*) AS parts FROM part WHERE job = ${job} AND attempt = ${attempt} AND ${isFree(database)}`;
    return row?.parts ?? 0;
  },
  async made({ job, attempt, n }, sha256) {
    const { count } = await database`UPDATE part SET sha256 = ${sha256}
      WHERE job = ${job} AND attempt = ${attempt} AND n = ${n} AND holder = ${own} AND sha256 IS NULL`;
    return count > 0;
  },
  async giveBack({ job, attempt, n }, hasFailed) {
    const { count } = await database`UPDATE part SET holder = NULL, failures = failures + ${hasFailed ? 1 : 0}
      WHERE job = ${job} AND attempt = ${attempt} AND n = ${n} AND holder = ${own} AND sha256 IS NULL`;
    return count > 0;
  },
  async giveBackAll() {
    await database`UPDATE part SET holder = NULL WHERE holder = ${own} AND sha256 IS NULL
      AND NOT EXISTS (SELECT FROM job WHERE kind = 'extract' AND id = part.job AND job.holder = ${own})`;
  },
});

const nameOf = ({ job, attempt }: { readonly job: string; readonly attempt: number }): string => `${job} ${attempt}`;
