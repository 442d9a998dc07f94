/** Who answers a request with an Idempotency-Key, where one process uses the store at a time. */
import type { AtOnce } from './at-once.ts';
import type { Store } from './store.ts';

export type AnsweringPart = Pick<Store, 'beginAnswer'>;

/** What a request with an Idempotency-Key of an API key is called. */
export const answerName = (keyId: string, idempotencyKey: string): string => `${keyId} ${idempotencyKey}`;

export function answeringHere(): AtOnce<AnsweringPart> {
  const running = new Set<string>();
  return {
    beginAnswer(keyId, idempotencyKey) {
      const name = answerName(keyId, idempotencyKey);
      if (running.has(name)) return undefined;
      running.add(name);
      return async () => void running.delete(name);
    },
  };
}
