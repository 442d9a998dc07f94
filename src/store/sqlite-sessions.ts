/** Sessions of people who signed in to the pages. */
import type { DatabaseSync } from 'node:sqlite';
import { promised } from './at-once.ts';
import { type KeptSession, sessionOf } from './kept-people.ts';
import type { SessionPart } from './parts.ts';
import type { APIKey, KnownPerson } from './store.ts';

interface Row extends KeptSession {
  readonly key: string | null;
  readonly person: string | null;
}

export function sessionPart(db: DatabaseSync): SessionPart {
  const add = db.prepare('INSERT INTO session (hash, key_id, created_at, used_at, sealed) VALUES (?, ?, ?, ?, ?)');
  const get = db.prepare(
    `SELECT created_at AS createdAt, used_at AS usedAt, key, person, purpose, sealed, lea FROM session
     LEFT JOIN api_key ON api_key.id = session.key_id LEFT JOIN person ON person.id = session.key_id
     WHERE session.hash = ?`,
  );
  const use = db.prepare('UPDATE session SET used_at = ? WHERE hash = ?');
  const say = db.prepare('UPDATE session SET purpose = ? WHERE hash = ?');
  const choose = db.prepare('UPDATE session SET lea = ? WHERE hash = ?');
  const end = db.prepare('DELETE FROM session WHERE hash = ?');
  const endOld = db.prepare('DELETE FROM session WHERE used_at < ? OR created_at < ?');
  return promised<SessionPart>({
    addSession: ({ hash, whose, createdAt, sealed }) => void add.run(hash, whose, createdAt, createdAt, sealed ?? null),
    session(hash) {
      const row = get.get(hash) as Row | undefined;
      return row && sessionOf(row, parsed<APIKey>(row.key), parsed<KnownPerson>(row.person));
    },
    useSession: (hash, at) => void use.run(at, hash),
    sayPurpose: (hash, purpose) => void say.run(purpose ?? null, hash),
    chooseLEA: (hash, lea) => void choose.run(lea ?? null, hash),
    endSession: (hash) => void end.run(hash),
    endSessions: (usedBefore, createdBefore) => void endOld.run(usedBefore, createdBefore),
  });
}

const parsed = <T>(text: string | null): T | null => (text === null ? null : (JSON.parse(text) as T));
