import { Command } from 'commander';
import { grouped } from '#base/text';
import type { Store } from '#store/store';
import { withExistingStore } from '../open-store.ts';
import { dayOption } from '../options.ts';
import { say } from '../summary.ts';

export const forgetVerb = (): Command =>
  new Command('forget')
    .description(
      'Deletes student histories as they were before a day; the store as it is stays. Extracts made from them cannot be made again or explained.',
    )
    .requiredOption('--store <DIR>', 'the folder of the store')
    .requiredOption(
      '--before <DATE>',
      'forget how the store was after each upload received before this day (UTC), the newest upload aside',
      dayOption,
    )
    .addHelpText('after', '\nExample:\n  cenr forget --store data --before 2025-07-01')
    .action((options: { store: string; before: string }) => {
      say(withExistingStore(options.store, (store) => forget(store, options.before, new Date())));
    });

/**
 * Forgets and says what was done. A clock may have been wrong once: the first upload from that day on stays, with all
 * after it, whatever day these have.
 */
function forget(store: Store, before: string, now: Date): string[] {
  const newest = store.snapshot();
  const uploads = store
    .uploadsThrough(newest)
    .map(({ seq, id }) => ({ seq, id, receivedAt: store.forLEAs('all').upload(id)?.receivedAt ?? '' }));
  const kept = uploads.find(
    ({ seq, receivedAt }) => seq === newest || receivedAt.slice(0, 10).replaceAll('-', '') >= before,
  );
  if (!kept || kept.seq === uploads[0]?.seq)
    return ['nothing to forget: no upload but the newest was received before that day'];
  const through = kept.seq - 1;
  const { histories } = store.forget(through, now.toISOString());
  return [
    `forgotten  the store as it was up to upload ${through}; former student histories deleted: ${grouped(histories)}`,
    `kept       the store as it was after upload ${kept.seq} (${kept.id}, received ${kept.receivedAt}) and later`,
  ];
}
