import { Command } from 'commander';
import { UserError } from '#base/user-error';
import { asSent } from '#records/record';
import type { Store } from '#store/store';
import { LOAD_MAKES_ONE, withStoreToRead } from '../open-store.ts';
import { terminal } from '../terminal.ts';

export const recordsCommand = (): Command =>
  new Command('records')
    .description('Prints the lines of a student that a store keeps, as they were sent, in the order of loading.')
    .requiredOption('--store <DIR>', 'the folder of the store')
    .requiredOption('--ssid <SSID>', 'the SSID of the student')
    .addHelpText('after', '\nExample:\n  cenr records --store data --ssid 9900000001')
    .action(async ({ store: dir, ssid }: { store: string; ssid: string }) => {
      const read = async (store: Store) => (await store.forLEAs('all').history(ssid))?.body();
      const body = await withStoreToRead(dir, read, LOAD_MAKES_ONE);
      if (body === undefined)
        throw new UserError('the store has no student with this SSID; expected the ten digits of one that was loaded');
      for (const line of body.split('\n')) terminal.out.write(`${asSent(line)}\n`);
    });
