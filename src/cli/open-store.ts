/** The store that a command reads: that it is there, and open only as long as it is used. */
import { UserError } from '#base/user-error';
import { holdsStore, openSqliteStore } from '#store/sqlite';
import type { Store } from '#store/store';
import { say } from './summary.ts';

/** What to do about a store that is not there, where records were to be read from it. */
export const LOAD_MAKES_ONE = '; make one with cenr load FILE --lea LEA --store DIR';

/**
 * @param hint the end of the sentence
 * @throws UserError when there is no store in the folder
 */
export function requireStore(dir: string, hint = ''): void {
  if (!holdsStore(dir)) throw new UserError(`there is no store in "${dir}"${hint}`);
}

/** Opens the store of a folder, and tells how far it is when an older store has to be brought into the form of today. */
export function openStore(dir: string, how: { readonly readOnly?: boolean } = {}): Store {
  let told = -1;
  const onProgress = (fraction: number): void => {
    const percent = Math.floor(fraction * 100);
    if (percent < told + STEP && percent < 100) return;
    if (told < 0)
      say([`the store "${dir}" was made by an earlier version; it is brought into the form of today, once`]);
    told = percent;
    say([`  ${percent} %`]);
  };
  return openSqliteStore(dir, { ...how, onProgress });
}

/** Percent between two lines. */
const STEP = 10;

/** Opens the store of a folder, made if need be unless it is only read, uses it and closes it, after what is promised. */
export async function withStore<T>(
  dir: string,
  use: (store: Store) => T | Promise<T>,
  how: { readonly readOnly?: boolean } = {},
): Promise<T> {
  const store = openStore(dir, how);
  try {
    return await use(store);
  } finally {
    await store.close();
  }
}

/**
 * The same with a store that is there.
 * @throws UserError as `requireStore` does
 */
export async function withExistingStore<T>(
  dir: string,
  use: (store: Store) => T | Promise<T>,
  hint?: string,
): Promise<T> {
  requireStore(dir, hint);
  return await withStore(dir, use);
}

/** The same for whoever only reads: nothing in the folder is changed. */
export async function withStoreToRead<T>(
  dir: string,
  use: (store: Store) => T | Promise<T>,
  hint?: string,
): Promise<T> {
  requireStore(dir, hint);
  return await withStore(dir, use, { readOnly: true });
}
