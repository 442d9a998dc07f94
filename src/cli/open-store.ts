/** The store that a command reads: that it is there, and open only as long as it is used. */
import { UserError } from '#base/user-error';
import { holdsStore, openSqliteStore } from '#store/sqlite';
import type { Store } from '#store/store';

/** What to do about a store that is not there, where records were to be read from it. */
export const LOAD_MAKES_ONE = '; make one with cenr load FILE --lea LEA --store DIR';

/**
 * @param advice what the sentence ends with
 * @throws UserError when there is no store in the folder
 */
export function requireStore(dir: string, advice = ''): void {
  if (!holdsStore(dir)) throw new UserError(`there is no store in "${dir}"${advice}`);
}

/** Opens the store of a folder, made if need be, uses it and closes it. */
export function withStore<T>(dir: string, use: (store: Store) => T): T {
  const store = openSqliteStore(dir);
  try {
    return use(store);
  } finally {
    store.close();
  }
}

/**
 * The same with a store that is there.
 * @throws UserError as `requireStore` does
 */
export function withExistingStore<T>(dir: string, use: (store: Store) => T, advice?: string): T {
  requireStore(dir, advice);
  return withStore(dir, use);
}
