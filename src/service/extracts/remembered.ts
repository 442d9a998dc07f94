/** What is worked out about finished extracts when somebody first asks, and remembered for those who ask next. */
import { LRUCache } from 'lru-cache';
import type { Store } from '#store/store';

/**
 * @param most so many results of a store are remembered, those asked for last
 * @returns gives what is remembered under a name, or makes it; what fails is not remembered
 */
export function remembered<T extends object>(
  most: number,
): (store: Store, name: string, make: () => Promise<T>) => Promise<T> {
  // By store: each route has an instance of the service of its own.
  const byStore = new WeakMap<Store, LRUCache<string, Promise<T>>>();
  return (store, name, make) => {
    const known = byStore.get(store) ?? new LRUCache<string, Promise<T>>({ max: most });
    byStore.set(store, known);
    const found = known.get(name);
    if (found) return found;
    const made = make();
    known.set(name, made);
    made.catch(() => known.delete(name));
    return made;
  };
}
