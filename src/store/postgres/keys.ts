/** API keys, and the answers that are remembered for them. */
import type { AnsweringPart } from '../answering.ts';
import type { KeyPart } from '../parts.ts';
import type { APIKey, RememberedAnswer } from '../store.ts';
import { type Database, json } from './connection.ts';

interface Row {
  readonly key: APIKey;
}

/**
 * @param knownMs so long a key that was found counts as it was found
 * @param now milliseconds that only go up; without it the database is asked each time
 */
export function keyPart(
  database: Database,
  knownMs: number,
  now: (() => number) | undefined,
): Omit<KeyPart, keyof AnsweringPart> {
  // Every request asks for its key. Only keys that exist are remembered, so there is no need to forget any.
  const found = new Map<string, { readonly key: APIKey; readonly at: number }>();

  /** Changes a key that is not revoked; gives whether there was one. */
  const changed = (id: string, change: Partial<APIKey>): Promise<boolean> =>
    database.begin(async (sql) => {
      const [row] = await sql<Row[]>`SELECT key FROM api_key WHERE id = ${id} FOR UPDATE`;
      if (!row || row.key.revokedAt) return false;
      await sql`UPDATE api_key SET key = ${json({ ...row.key, ...change })}::text::json WHERE id = ${id}`;
      return true;
    });

  return {
    async addKey(key) {
      await database`INSERT INTO api_key (id, hash, key) VALUES (${key.id}, ${key.hash}, ${json(key)}::text::json)`;
    },
    keys: async () => (await database<Row[]>`SELECT key FROM api_key ORDER BY id`).map(({ key }) => key),
    async keyByHash(hash) {
      const at = now?.();
      const known = found.get(hash);
      if (at !== undefined && known && at - known.at < knownMs) return known.key;
      const [row] = await database<Row[]>`SELECT key FROM api_key WHERE hash = ${hash}`;
      if (row && at !== undefined) found.set(hash, { key: row.key, at });
      else found.delete(hash);
      return row?.key;
    },
    key: async (id) => (await database<Row[]>`SELECT key FROM api_key WHERE id = ${id}`)[0]?.key,
    async revokeKey(id, at) {
      const isDone = await changed(id, { revokedAt: at });
      found.clear();
      return isDone;
    },
    async expireKey(id, at) {
      const isDone = await changed(id, { expiresAt: at });
      found.clear();
      return isDone;
    },
    async noteKeyUse(id, at) {
      await database`INSERT INTO key_used (id, at) VALUES (${id}, ${at}) ON CONFLICT (id) DO UPDATE SET at = excluded.at`;
    },
    async keyUses() {
      const rows = await database<{ id: string; at: string }[]>`SELECT id, at FROM key_used ORDER BY id`;
      return new Map(rows.map(({ id, at }) => [id, at]));
    },
    async answer(keyId, idempotencyKey) {
      const [row] = await database<{ answer: RememberedAnswer }[]>`
        SELECT answer FROM answer WHERE key_id = ${keyId} AND idempotency_key = ${idempotencyKey}`;
      return row?.answer;
    },
    async forgetAnswers(before) {
      await database`DELETE FROM answer WHERE answered_at < ${before}`;
    },
  };
}
