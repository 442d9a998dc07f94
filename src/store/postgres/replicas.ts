/** Processes that share a database, and what they tell each other by it. */
import type { JobStatus } from '#publishing/job';
import type { Replicas, Told } from '../replicas.ts';
import type { JobKind } from '../store.ts';
import type { Database } from './connection.ts';
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

/** @param own this process */
export const replicaPart = (database: Database, own: string): Replicas => ({
  own,
  parts: tellingTrouble(partTable(database, own)),
  async beat(ms) {
    await database`INSERT INTO replica (id, until) VALUES (${own}, now() + ${ms} * interval '1 millisecond')
      ON CONFLICT (id) DO UPDATE SET until = excluded.until`;
    // Whoever has not been there for days has left nothing.
    await database`DELETE FROM replica WHERE until < now() - interval '7 days'`;
    const rows = await database<{ kind: JobKind }[]>`SELECT DISTINCT kind FROM job WHERE ${isFree(database)}`;
    return rows.map(({ kind }) => kind);
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
