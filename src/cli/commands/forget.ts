import { Command } from 'commander';
import { grouped } from '#base/text';
import type { Store } from '#store/store';
import { withExistingStore } from '../open-store.ts';
import { dayOption } from '../options.ts';
import { say } from '../summary.ts';

export const forgetCommand = (): Command =>
  new Command('forget')
    .description(
      'Deletes old student histories, and lines with problems as they were sent, from before a given day. Current histories stay. Extracts made from deleted histories cannot be made again or explained.',
    )
    .requiredOption('--store <DIR>', 'the folder of the store')
    .requiredOption(
      '--before <DATE>',
      'delete the histories as they were after each upload received before this day (UTC), except the newest upload',
      dayOption,
    )
    .addHelpText('after', '\nExample:\n  cenr forget --store data --before 2025-10-01')
    .action(async (options: { store: string; before: string }) => {
      say(await withExistingStore(options.store, async (store) => await forget(store, options.before, new Date())));
    });

/**
 * Forgets and says what was done. A clock may have been wrong once: the first upload from that day on stays, with all
 * after it, whatever day these have.
 */
async function forget(store: Store, before: string, now: Date): Promise<string[]> {
  const newest = await store.snapshot();
  const uploads = [];
  for (const { seq, id } of await store.uploadsThrough(newest)) {
    const upload = await store.forLEAs('all').upload(id);
    uploads.push({ seq, id, receivedAt: upload?.receivedAt ?? '' });
  }
  const kept = uploads.find(
    ({ seq, receivedAt }) => seq === newest || receivedAt.slice(0, 10).replaceAll('-', '') >= before,
  );
  if (!kept || kept.seq === uploads[0]?.seq)
    return ['nothing to delete: no upload except the newest was received before that day'];
  const through = kept.seq - 1;
  const { histories } = await store.forget(through, now.toISOString());
  return [
    `deleted    former student histories, up to upload ${through}: ${grouped(histories)}`,
    `deleted    lines with problems as they were sent, of uploads up to ${through}`,
    `kept       the store as it was after upload ${kept.seq} (${kept.id}, received ${kept.receivedAt}) and later`,
  ];
}
