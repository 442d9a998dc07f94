import { Command } from 'commander';
import { UserError } from '#base/user-error';
import type { Layout } from '#records/layout';
import { asSent, lineNumberOf, plainType, sourceOf } from '#records/record';
import { loadRulebook } from '#rulebook/load/load';
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
      const read = async (store: Store) => {
        const body = (await store.forLEAs('all').history(ssid))?.body();
        if (body === undefined) return undefined;
        const lines = [];
        for (const line of body.split('\n')) {
          const sent = await store.ssids.sentWith(sourceOf(line), lineNumberOf(line));
          lines.push(sent === undefined ? asSent(line) : withSSID(asSent(line), ssid, sent));
        }
        return lines;
      };
      const lines = await withStoreToRead(dir, read, LOAD_MAKES_ONE);
      if (lines === undefined)
        throw new UserError('the store has no student with this SSID; expected the ten digits of one that was loaded');
      for (const line of lines) terminal.out.write(`${line}\n`);
    });

/** Of the shipped rules; read only for a student who had another number. */
let layouts: readonly Layout[] | undefined;

/** A line with the SSID that it was sent with in place of the active one. */
const withSSID = (line: string, active: string, sent: string): string => {
  const fields = line.split('^');
  layouts ??= loadRulebook().schemas.layouts;
  const recordType = plainType(fields[0] ?? '');
  const place = layouts
    .find((layout) => layout.recordType === recordType)
    ?.columns.findIndex(({ key }) => key === 'ssid');
  return place === undefined || fields[place] !== active ? line : fields.with(place, sent).join('^');
};
