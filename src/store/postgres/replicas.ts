/** Processes that share a database, and what they tell each other by it. */
import type { JobStatus } from '#publishing/job';
import type { Replicas, Told } from '../replicas.ts';
import type { JobKind } from '../store.ts';
import type { Database } from './connection.ts';
import { isFree } from './jobs.ts';

/** Of the migrations, whose triggers tell on it. */
const CHANNEL = 'cenr';

/** What was told; what a later version tells may be anything. */
function toldBy(text: string): Told {
  const [about, kind, id, status] = text.split(' ');
  if (about === 'job' && status !== undefined)
    return { about, kind: kind as JobKind, id: id as string, status: status as JobStatus };
  return { about: about === 'rules' ? about : 'anything' };
}

/** @param own this process */
export const replicaPart = (database: Database, own: string): Replicas => ({
  own,
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
