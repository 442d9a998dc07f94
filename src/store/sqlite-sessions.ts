/** Sessions of people who signed in to the pages. */
import type { DatabaseSync } from 'node:sqlite';
import type { APIKey, Store } from './store.ts';

type Part = 'addSession' | 'session' | 'useSession' | 'endSession' | 'endSessions';

export function sessionPart(db: DatabaseSync): Pick<Store, Part> {
  const add = db.prepare('INSERT INTO session (hash, key_id, created_at, used_at) VALUES (?, ?, ?, ?)');
  const get = db.prepare(
    `SELECT created_at AS createdAt, used_at AS usedAt, key
     FROM session JOIN api_key ON api_key.id = session.key_id WHERE session.hash = ?`,
  );
  const use = db.prepare('UPDATE session SET used_at = ? WHERE hash = ?');
  const end = db.prepare('DELETE FROM session WHERE hash = ?');
  const endOld = db.prepare('DELETE FROM session WHERE used_at < ? OR created_at < ?');
  return {
    addSession: ({ hash, keyId, createdAt }) => void add.run(hash, keyId, createdAt, createdAt),
    session(hash) {
      const row = get.get(hash) as
        | { readonly key: string; readonly createdAt: string; readonly usedAt: string }
        | undefined;
      if (!row) return undefined;
      const key = JSON.parse(row.key) as APIKey;
      return key.revokedAt === undefined ? { key, createdAt: row.createdAt, usedAt: row.usedAt } : undefined;
    },
    useSession: (hash, at) => void use.run(at, hash),
    endSession: (hash) => void end.run(hash),
    endSessions: (usedBefore, createdBefore) => void endOld.run(usedBefore, createdBefore),
  };
}
