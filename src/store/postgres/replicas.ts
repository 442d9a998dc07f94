/** Processes that share a database, and what they tell each other by it. */
import type { JobStatus } from '#publishing/job';
import type { Counted, Replicas, Told } from '../replicas.ts';
import type { JobKind } from '../store.ts';
import type { Answering } from './answering.ts';
import { type Database, json } from './connection.ts';
import { isFree } from './jobs.ts';
import { partTable } from './parts.ts';
import { tellingTrouble } from './trouble.ts';

/** Of the migrations, whose triggers tell on it. */
const CHANNEL = 'cenr';

/** What was told; what a later version tells may be anything. */
function toldBy(text: string): Told {
  const [about, ...words] = text.split(' ');
  if (about === 'job' && words.length === 3) {
    const [kind, id, status] = words as [JobKind, string, JobStatus];
    return { about, kind, id, status };
  }
  if (about === 'part' && words.length === 4) {
    const [job, attempt, n, state] = words as [string, string, string, string];
    return { about, job, attempt: Number(attempt), n: Number(n), isMade: state === 'made' };
  }
  return { about: about === 'rules' ? about : 'anything' };
}

/** So long what was noted of work that is over is there for whoever asks. */
const NOTED = '1 day';

/**
 * @param own this process
 * @param answers the requests that it answers
 */
export const replicaPart = (database: Database, own: string, answers: Pick<Answering, 'tidy'>): Replicas => ({
  own,
  parts: tellingTrouble(partTable(database, own)),
  async beat(ms) {
    await database`INSERT INTO replica (id, until) VALUES (${own}, now() + ${ms} * interval '1 millisecond')
      ON CONFLICT (id) DO UPDATE SET until = excluded.until`;
    // Whoever has not been there for days has left nothing.
    await database`DELETE FROM replica WHERE until < now() - interval '7 days'`;
    await database`DELETE FROM answering WHERE NOT EXISTS (SELECT FROM replica WHERE id = holder)`;
    await answers.tidy();
    // Nobody waits for whoever counts just now.
    await database`DELETE FROM rate WHERE name IN
      (SELECT name FROM rate WHERE until < now() - interval '1 minute' FOR UPDATE SKIP LOCKED)`;
    await database`DELETE FROM progress WHERE at < now() - ${NOTED}::interval`;
    const rows = await database<{ kind: JobKind }[]>`SELECT DISTINCT kind FROM job WHERE ${isFree(database)}`;
    return rows.map(({ kind }) => kind);
  },
  count: async (counted) => [
    // In one order, so that nobody waits for somebody who waits for them.
    ...(await database<Counted[]>`
      INSERT INTO rate (name, counted, until)
      SELECT name, counted, now() + ms * interval '1 millisecond'
      FROM unnest(${counted.map(({ name }) => name)}::text[], ${counted.map(({ count }) => count)}::bigint[],
        ${counted.map(({ ms }) => Math.ceil(ms))}::bigint[]) AS here (name, counted, ms) ORDER BY name COLLATE "C"
      ON CONFLICT (name) DO UPDATE SET
        counted = excluded.counted + CASE WHEN rate.until > now() THEN rate.counted ELSE 0 END,
        until = CASE WHEN rate.until > now() THEN rate.until ELSE excluded.until END
      RETURNING name, counted AS count, (extract(epoch FROM until - now()) * 1000)::float8 AS ms`),
  ],
  async note(name, note, isOver) {
    await database`INSERT INTO progress (name, holder, is_over, noted)
      VALUES (${name}, ${own}, ${isOver}, ${json(note)}::text::json)
      ON CONFLICT (name) DO UPDATE
      SET holder = excluded.holder, is_over = excluded.is_over, noted = excluded.noted, at = excluded.at`;
  },
  async noted<T extends object>(name: string): Promise<T | undefined> {
    const [row] = await database<{ noted: T }[]>`
      SELECT noted FROM progress WHERE name = ${name} AND (is_over OR cenr_is_there(holder))`;
    return row?.noted;
  },
  async isThere(id) {
    const [row] = await database<{ isThere: boolean }[]>`SELECT cenr_is_there(${id}) AS "isThere"`;
    return row?.isThere === true;
  },
  async watch(hear) {
    const { unlisten } = await database.listen(
      CHANNEL,
      (text) => hear(toldBy(text)),
      // From now on, or again: what was told before was not heard.
      () => hear({ about: 'anything' }),
    );
    return unlisten;
  },
});

/** What a process holds is free at once when it says that it goes. */
export const leave = async (database: Database, own: string): Promise<void> =>
  void (await database`DELETE FROM replica WHERE id = ${own}`);
