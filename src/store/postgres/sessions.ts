/** Sessions of people who signed in to the pages. */
import { type KeptSession, sessionOf } from '../kept-people.ts';
import type { SessionPart } from '../parts.ts';
import type { APIKey, KnownPerson } from '../store.ts';
import type { Database } from './connection.ts';

interface Row extends KeptSession {
  readonly key: APIKey | null;
  readonly person: KnownPerson | null;
}

export function sessionPart(database: Database): SessionPart {
  return {
    async addSession({ hash, whose, createdAt, sealed = null }) {
      await database`INSERT INTO session (hash, key_id, created_at, used_at, sealed)
        VALUES (${hash}, ${whose}, ${createdAt}, ${createdAt}, ${sealed})`;
    },
    async session(hash) {
      const [row] = await database<Row[]>`
        SELECT created_at AS "createdAt", used_at AS "usedAt", key, person, purpose, sealed, lea FROM session
        LEFT JOIN api_key ON api_key.id = session.key_id LEFT JOIN person ON person.id = session.key_id
        WHERE session.hash = ${hash}`;
      return row && sessionOf(row, row.key, row.person);
    },
    async useSession(hash, at) {
      await database`UPDATE session SET used_at = ${at} WHERE hash = ${hash}`;
    },
    async sayPurpose(hash, purpose) {
      await database`UPDATE session SET purpose = ${purpose ?? null} WHERE hash = ${hash}`;
    },
    async chooseLEA(hash, lea) {
      await database`UPDATE session SET lea = ${lea ?? null} WHERE hash = ${hash}`;
    },
    async endSession(hash) {
      await database`DELETE FROM session WHERE hash = ${hash}`;
    },
    async endSessions(usedBefore, createdBefore) {
      await database`DELETE FROM session WHERE used_at < ${usedBefore} OR created_at < ${createdBefore}`;
    },
  };
}
