/** Who answers a request with an Idempotency-Key: one of all processes that share the database. */
import { randomUUID } from 'node:crypto';
import { type AnsweringPart, answeringHere, answerName } from '../answering.ts';
import { promised } from '../at-once.ts';
import { AnsweredElsewhereError } from '../store.ts';
import type { Database, Transaction } from './connection.ts';

export interface Answering {
  readonly part: AnsweringPart;
  /**
   * Whether an answer may be kept: whoever was thought gone finds that another process answers the request.
   * @throws AnsweredElsewhereError
   */
  requireHeld(sql: Transaction, keyId: string, idempotencyKey: string): Promise<void>;
  /** Ends what could not be ended when it was over. */
  tidy(): Promise<void>;
}

/** @param own this process; one that uses the database alone when absent */
export function answering(database: Database, own: string | undefined): Answering {
  if (own === undefined)
    return { part: promised<AnsweringPart>(answeringHere()), requireHeld: async () => {}, tidy: async () => {} };
  /** By name: the token under which a request is answered here. */
  const held = new Map<string, string>();
  /** Tokens that nobody needs any more. */
  const over = new Set<string>();

  async function tidy(): Promise<void> {
    if (over.size === 0) return;
    const tokens = [...over];
    await database`DELETE FROM answering WHERE token = ANY (${tokens}::text[])`;
    for (const token of tokens) over.delete(token);
  }

  return {
    part: {
      async beginAnswer(keyId, idempotencyKey) {
        const [name, token] = [answerName(keyId, idempotencyKey), randomUUID()];
        if (held.has(name)) return undefined;
        held.set(name, token);
        let isMine = false;
        try {
          await tidy();
          const { count } = await database`
            INSERT INTO answering (key_id, idempotency_key, holder, token)
            VALUES (${keyId}, ${idempotencyKey}, ${own}, ${token})
            ON CONFLICT (key_id, idempotency_key) DO UPDATE SET holder = excluded.holder, token = excluded.token
            WHERE NOT cenr_is_there(answering.holder)`;
          isMine = count > 0;
        } catch (error) {
          // It may be there all the same.
          over.add(token);
          throw error;
        } finally {
          if (!isMine) held.delete(name);
        }
        if (!isMine) return undefined;
        return async () => {
          held.delete(name);
          over.add(token);
          // What cannot be noted now is noted with the next beat.
          await tidy().catch(() => {});
        };
      },
    },
    async requireHeld(sql, keyId, idempotencyKey) {
      const token = held.get(answerName(keyId, idempotencyKey));
      if (token === undefined) return;
      const [row] = await sql`SELECT FROM answering WHERE token = ${token} FOR UPDATE`;
      if (!row) throw new AnsweredElsewhereError();
    },
    tidy,
  };
}
