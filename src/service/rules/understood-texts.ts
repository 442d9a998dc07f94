/** What is wrong with the files of a draft while it is written: worked out once for the same files, and remembered. */
import type { FastifyInstance } from 'fastify';
import { LRUCache } from 'lru-cache';
import { type Understood, understood } from '#authoring/forms/known';
import { hashOf, type RulebookTexts } from '#rulebook/load/texts';
import type { Store } from '#store/store';

/** Of so many states of files: those that people write at just now. */
const MOST_REMEMBERED = 8;

/** By store: each route has an instance of the service of its own. */
const BY_STORE = new WeakMap<Store, LRUCache<string, Understood>>();

/** @param texts in their order */
export function understoodBy({ store }: FastifyInstance, texts: RulebookTexts): Understood {
  const known = BY_STORE.get(store) ?? new LRUCache<string, Understood>({ max: MOST_REMEMBERED });
  BY_STORE.set(store, known);
  const hash = hashOf(texts);
  const found = known.get(hash) ?? understood(texts);
  known.set(hash, found);
  return found;
}
