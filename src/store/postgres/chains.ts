/**
 * Chains of the access log. Who holds one has its advisory lock, on a connection that does nothing else: the server lets
 * go of it when that connection or the process ends, on whatever machine.
 */
import { type AccessChains, type ChainAnchor, type HeldChain, SURE_MS } from '../access-chains.ts';
import type { Database } from './connection.ts';
import { tellingTrouble } from './trouble.ts';

/** Locks of chains are known by this number and the name of the chain. */
const CHAIN_LOCKS = 0x63_65_6f;

interface Row {
  readonly name: string;
  readonly entries: number;
  readonly head: string;
  readonly holder: string | null;
}

const anchorOf = ({ entries, head }: Row): ChainAnchor => ({ number: entries, hash: head });

/** @param session gives a pool of one connection, the same each time */
export function chainPart(session: () => Database): AccessChains {
  /** By this process: a session may take a lock twice. */
  const held = new Set<string>();
  return tellingTrouble({
    async anchors() {
      const rows = await session()<Row[]>`SELECT name, entries, head, holder FROM access_chain ORDER BY name::int`;
      return new Map(rows.map((row) => [row.name, anchorOf(row)]));
    },
    async take(name: string) {
      if (held.has(name)) return undefined;
      held.add(name);
      const taken = await takenIn(session(), name).catch((error) => {
        held.delete(name);
        throw error;
      });
      if (taken) return tellingTrouble(heldChain(session(), name, taken, () => held.delete(name)));
      held.delete(name);
      return undefined;
    },
  });
}

interface Taken {
  readonly holder: string;
  readonly anchor: ChainAnchor;
}

function heldChain(sql: Database, name: string, first: Taken, ended: () => void): HeldChain {
  let { holder } = first;
  const isHeld = () => sql`name = ${name} AND holder = ${holder}::uuid AND ${isMine(sql, name)}`;
  const note = async ({ number, hash }: ChainAnchor): Promise<void> =>
    void (await sql`UPDATE access_chain SET entries = ${number}, head = ${hash}, at = now() WHERE ${isHeld()}`);
  return {
    name,
    anchor: first.anchor,
    note,
    async isHeld() {
      // The lock alone is not enough: somebody else may have had it before it was taken again.
      const { count } = await sql`SELECT FROM access_chain WHERE ${isHeld()}`;
      return count === 1;
    },
    async again() {
      const taken = await takenIn(sql, name, holder);
      if (taken) holder = taken.holder;
      return taken !== undefined;
    },
    async release(end) {
      ended();
      if (end) await note(end);
      await sql`UPDATE access_chain SET holder = NULL WHERE ${isHeld()}`;
      await sql`SELECT pg_advisory_unlock(${CHAIN_LOCKS}::int, ${name}::int) WHERE ${isMine(sql, name)}`;
    },
  };
}

/** Whether this connection has the lock of a chain. It may be a new one, since a lost connection is made anew. */
const isMine = (sql: Database, name: string) => sql`EXISTS (
  SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted AND pid = pg_backend_pid()
    AND classid::bigint = ${CHAIN_LOCKS} AND objid::bigint = ${Number(name)} AND objsubid = 2)`;

/** @param former who this one was when it had the chain before */
async function takenIn(sql: Database, name: string, former?: string): Promise<Taken | undefined> {
  const [lock] = await sql<{ mine: boolean }[]>`
    SELECT CASE WHEN ${isMine(sql, name)} THEN true ELSE pg_try_advisory_lock(${CHAIN_LOCKS}::int, ${name}::int) END AS mine`;
  if (!lock?.mine) return undefined;
  const [found] = await sql<Row[]>`SELECT name, entries, head, holder FROM access_chain WHERE name = ${name}`;
  // Nobody had it in between. A database that can only be read lets it go on.
  if (found?.holder && found.holder === former) return { holder: former, anchor: anchorOf(found) };
  if (!found) await sql`INSERT INTO access_chain (name) VALUES (${name})`;
  // Whoever lost its connection may not know yet.
  if (found?.holder) await sql`SELECT pg_sleep(${(2 * SURE_MS) / 1_000}::float8)`;
  const [row] = await sql<(Row & { readonly holder: string })[]>`
    UPDATE access_chain SET holder = gen_random_uuid() WHERE name = ${name} AND ${isMine(sql, name)}
    RETURNING name, entries, head, holder`;
  return row && { holder: row.holder, anchor: anchorOf(row) };
}
