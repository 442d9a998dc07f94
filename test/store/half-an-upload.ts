/** A process that is in the middle of an upload until somebody kills it (sqlite.test.ts, postgres-walls.test.ts). */
import { openStore } from '#store/open';
import { recordsOf } from '../support/stored.ts';

const store = await openStore(process.argv[2] as string);
await store.load({ id: 'up_2', sender: 'all', files: [] }, async (writer) => {
  for (let i = 0; i < 20_000; i++)
    writer.put(String(9_900_000_001 + i), recordsOf('half an upload '.repeat(50)), new Set(['9900001']));
  // Whoever gathers what is put has sent it then.
  await writer.fetch(['9900000001']);
  process.stdout.write('written\n');
  setInterval(() => {}, 1000);
  return new Promise(() => {});
});
