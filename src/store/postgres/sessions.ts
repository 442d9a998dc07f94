/** Sessions of people who signed in to the pages. */
import type { APIKey, KnownPerson, Session, Store } from '../store.ts';
import type { Database } from './connection.ts';

type Part = 'addSession' | 'session' | 'useSession' | 'sayPurpose' | 'chooseLEA' | 'endSession' | 'endSessions';

interface Row {
  readonly key: APIKey | null;
  readonly person: KnownPerson | null;
  readonly createdAt: string;
  readonly usedAt: string;
  readonly purpose: string | null;
  readonly sealed: string | null;
  readonly lea: string | null;
}

export function sessionPart(database: Database): Pick<Store, Part> {
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
      const whose = row && whoseOf(row);
      if (!whose) return undefined;
      const { createdAt, usedAt, purpose, sealed, lea } = row;
      return {
        ...whose,
        createdAt,
        usedAt,
        ...(purpose !== null && { purpose }),
        ...(sealed !== null && { sealed }),
        ...(lea !== null && { lea }),
      };
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

/** Whose it is: a key that is in effect, or a person who is still one. */
function whoseOf({ key, person }: Row): Pick<Session, 'key' | 'person'> | undefined {
  if (key) return key.revokedAt === undefined ? { key } : undefined;
  return person && person.removedAt === undefined ? { person } : undefined;
}
