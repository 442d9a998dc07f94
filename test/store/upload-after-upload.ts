/**
 * A process that loads one upload after another until somebody kills it (sqlite.test.ts): after upload n, every
 * student's body is n.
 */
import { openSqliteStore } from '#store/sqlite';
import { recordsOf } from '../support/stored.ts';

const store = openSqliteStore(process.argv[2] as string);
for (let n = (await store.snapshot()) + 1; ; n++) {
  await store.load({ id: `up_${n}`, sender: 'all', files: [] }, async (writer) => {
    for (let i = 0; i < 20; i++) writer.put(String(9_900_000_001 + i), recordsOf(String(n)), new Set(['9900001']));
    return { receivedAt: '2026-11-21T08:00:00.000Z', files: [] } as never;
  });
  if (n === 1) process.stdout.write('loading\n');
}
