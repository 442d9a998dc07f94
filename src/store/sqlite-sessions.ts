/** Sessions of people who signed in to the pages. */
import type { DatabaseSync } from 'node:sqlite';
import { promised } from './at-once.ts';
import type { APIKey, KnownPerson, Session, Store } from './store.ts';

type Part = 'addSession' | 'session' | 'useSession' | 'sayPurpose' | 'chooseLEA' | 'endSession' | 'endSessions';

interface Row {
  readonly key: string | null;
  readonly person: string | null;
  readonly createdAt: string;
  readonly usedAt: string;
  readonly purpose: string | null;
  readonly sealed: string | null;
  readonly lea: string | null;
}

export function sessionPart(db: DatabaseSync): Pick<Store, Part> {
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
  return promised<Pick<Store, Part>>({
    addSession: ({ hash, whose, createdAt, sealed }) => void add.run(hash, whose, createdAt, createdAt, sealed ?? null),
    session(hash) {
      const row = get.get(hash) as Row | undefined;
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
    useSession: (hash, at) => void use.run(at, hash),
    sayPurpose: (hash, purpose) => void say.run(purpose ?? null, hash),
    chooseLEA: (hash, lea) => void choose.run(lea ?? null, hash),
    endSession: (hash) => void end.run(hash),
    endSessions: (usedBefore, createdBefore) => void endOld.run(usedBefore, createdBefore),
  });
}

/** Whose it is: a key that is in effect, or a person who is still one. */
function whoseOf({ key: keyText, person: personText }: Row): Pick<Session, 'key' | 'person'> | undefined {
  const key = keyText === null ? undefined : (JSON.parse(keyText) as APIKey);
  if (key) return key.revokedAt === undefined ? { key } : undefined;
  const person = personText === null ? undefined : (JSON.parse(personText) as KnownPerson);
  return person && person.removedAt === undefined ? { person } : undefined;
}
