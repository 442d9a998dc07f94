/** A history that was given is read later, when an upload may have written its block anew: it is as it was given. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { loadFiles } from '#pipeline/load-files';
import { openSqliteStore } from '#store/sqlite';
import { folder } from '../support/folders.ts';
import { shipped } from '../support/histories.ts';
import { LEA, line } from '../support/service.ts';

t.setTimeout(900_000);

const SSIDS = Array.from({ length: 300 }, (_, i) => String(9_900_000_001 + i));

t.test('whatever is loaded afterwards', async (t) => {
  const dir = folder(t);
  const load = async (id: string, studentLegalLastName: string): Promise<void> => {
    const path = join(dir, `${id}.txt`);
    writeFileSync(path, SSIDS.map((ssid) => `${line('SINF', { ssid, studentLegalLastName })}\r\n`).join(''));
    await loadFiles({
      storeDir: join(dir, 'store'),
      id,
      sender: LEA,
      files: [{ name: 'SINF.txt', path }],
      receivedAt: '2024-07-15T19:00:00.000Z',
      loadDay: '20240715',
      rulebook: shipped,
    });
  };
  await load('upload_1', 'Before');
  const store = openSqliteStore(join(dir, 'store'));
  t.teardown(() => store.close());
  const given = await store.forLEAs('all').history('9900000002');
  await load('upload_2', 'After');
  t.match(given?.body(), /\^Before\^/);
  t.match((await store.forLEAs('all').history('9900000002'))?.body(), /\^After\^/);
});
