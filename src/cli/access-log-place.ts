/** Where `cenr audit` finds the access log, and what the database of the store knows of it. */
import { type Command, Option } from 'commander';
import { type Anchors, chainFolder, chainsOf, OWN_CHAIN } from '#audit/access-log/chains';
import { holdsAccessLog } from '#audit/access-log/read';
import { UserError } from '#base/user-error';
import { DEFAULT_CONFIG } from '#service/config';
import { isDatabase } from '#store/open';
import { withStoreToRead } from './open-store.ts';

export interface LogOptions {
  readonly store: string;
  readonly files?: string;
}

export const withLogOptions = (command: Command): Command =>
  command
    .addOption(
      new Option(
        '--store <DIR>',
        'the store folder, or a folder with access.log and access.log.head; for a store in PostgreSQL, its address',
      ).makeOptionMandatory(),
    )
    .addOption(
      new Option(
        '--files <DIR>',
        'with an address: the folder that the services share (CENR_FILES, or else data, when not given)',
      ),
    );

/**
 * The folder that a log lies in.
 * @throws UserError where no log is: a mistyped folder must not pass for a log without entries
 */
export async function folderOf({ store, files }: LogOptions): Promise<string> {
  if (!isDatabase(store) && files !== undefined)
    throw new UserError('--files is for a store in PostgreSQL; a store in a folder has its access log there');
  const dir = isDatabase(store) ? (files ?? process.env['CENR_FILES'] ?? DEFAULT_CONFIG.storeDir) : store;
  const [first = OWN_CHAIN] = await chainsOf(dir);
  // Of a log that was removed as a whole, the database still knows.
  if (!isDatabase(store) && first === OWN_CHAIN && !(await holdsAccessLog(chainFolder(dir, first))))
    throw new UserError(`there is no access log in "${dir}"; cenr serve writes one to its store folder`);
  return dir;
}

/** What the database names of each chain; `undefined` where no database was given. */
export const anchorsOf = async ({ store }: LogOptions): Promise<Anchors | undefined> =>
  isDatabase(store) ? withStoreToRead(store, ({ accessChains }) => accessChains?.anchors()) : undefined;

/** Whether services share a log: its chains stand in folders of their own. */
export const isShared = (chains: readonly string[]): boolean => chains.some((name) => name !== OWN_CHAIN);
