/** Opens a store by its place: a folder, or the address of a database (`postgres://…`). */
import type { LEAScope } from '#records/scope';
import type { PostgresOptions } from './postgres/store.ts';
import {
  holdsStore as holdsSqliteStore,
  openForChanges as openSqliteForChanges,
  openHistories as openSqliteHistories,
  openSqliteStore,
  type StoreOptions,
} from './sqlite.ts';
import type { ChangesMaker, Elsewhere, HistoryReader, Store } from './store.ts';

/** Whether a place is the address of a database. */
export const isDatabase = (place: string): boolean => /^postgres(ql)?:\/\//.test(place);

/** A place as it may be shown: an address without user and password. */
export function shownPlace(place: string): string {
  if (!isDatabase(place)) return place;
  const url = URL.parse(place);
  return url ? `${url.protocol}//${url.host}${url.pathname}` : 'a database';
}

// Whoever has a folder needs nothing of the client of a database.
const postgres = () => import('./postgres/store.ts');

/** Whether a place holds a store. @throws StoreTroubleError when a database does not answer */
export const holdsStore = async (place: string): Promise<boolean> =>
  isDatabase(place) ? (await postgres()).holdsPostgresStore(place) : holdsSqliteStore(place);

/**
 * Opens the store at a place; it is made if it does not exist.
 * @throws StoreTroubleError; Error when the place holds a store of a later version
 */
export const openStore = async (place: string, options: StoreOptions & PostgresOptions = {}): Promise<Store> =>
  isDatabase(place) ? (await postgres()).openPostgresStore(place, options) : openSqliteStore(place, options);

/** What opens histories at a place. */
export type OpenHistories = HistoryReader & { close(): Promise<void> };

/**
 * Only what an extract reads, for workers.
 * @param snapshot what is read when a call names none; the store as it is when absent
 * @throws SnapshotGoneError, UserError as reading it does
 */
export const openHistories = async (place: string, scope: LEAScope, snapshot?: number): Promise<OpenHistories> =>
  isDatabase(place)
    ? (await postgres()).openPostgresHistories(place, scope, snapshot)
    : openSqliteHistories(place, scope, snapshot);

/**
 * Opens the store of an upload that is being loaded by somebody else.
 * @param elsewhere what that one gave
 */
export const openForChanges = async (place: string, elsewhere: Elsewhere): Promise<ChangesMaker> =>
  isDatabase(place)
    ? (await postgres()).openPostgresForChanges(place, elsewhere)
    : openSqliteForChanges(place, elsewhere);
