/** The store that a command reads: that it is there, and open only as long as it is used. */
import { UserError } from '#base/user-error';
import { holdsStore, openStore as openStoreAt, shownPlace } from '#store/open';
import type { Store } from '#store/store';
import { say } from './summary.ts';

/** What to do about a store that is not there, where records were to be read from it. */
export const LOAD_MAKES_ONE = '; make one with cenr load FILE --lea LEA --store DIR';

/**
 * @param place a folder, or the address of a database
 * @param hint the end of the sentence
 * @throws UserError when there is no store
 */
export async function requireStore(place: string, hint = ''): Promise<void> {
  if (!(await holdsStore(place))) throw new UserError(`there is no store in "${shownPlace(place)}"${hint}`);
}

/** Opens the store at a place, and tells how far it is when an older store has to be brought into the form of today. */
export function openStore(place: string, how: { readonly readOnly?: boolean } = {}): Promise<Store> {
  let told = -1;
  const onProgress = (fraction: number): void => {
    const percent = Math.floor(fraction * 100);
    if (percent < told + STEP && percent < 100) return;
    if (told < 0)
      say([
        `the store "${shownPlace(place)}" was made by an earlier version; it is brought into the form of today, once`,
      ]);
    told = percent;
    say([`  ${percent} %`]);
  };
  return openStoreAt(place, { ...how, onProgress });
}

/** Percent between two lines. */
const STEP = 10;

/** Opens the store at a place, made if need be unless it is only read, uses it and closes it, after what is promised. */
export async function withStore<T>(
  place: string,
  use: (store: Store) => T | Promise<T>,
  how: { readonly readOnly?: boolean } = {},
): Promise<T> {
  const store = await openStore(place, how);
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
  place: string,
  use: (store: Store) => T | Promise<T>,
  hint?: string,
): Promise<T> {
  await requireStore(place, hint);
  return await withStore(place, use);
}

/** The same for whoever only reads: nothing of the store is changed. */
export async function withStoreToRead<T>(
  place: string,
  use: (store: Store) => T | Promise<T>,
  hint?: string,
): Promise<T> {
  await requireStore(place, hint);
  return await withStore(place, use, { readOnly: true });
}
