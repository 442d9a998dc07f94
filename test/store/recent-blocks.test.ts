/** A block that was read for one student is unpacked once, and never stands for other bytes. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { loadFiles } from '#pipeline/load-files';
import { recentShelf } from '#store/blocks/recent';
import type { ShelfRow } from '#store/blocks/shelf';
import { openDatabase } from '#store/database';
import { openSqliteStore } from '#store/sqlite';
import { folder } from '../support/folders.ts';
import { shipped } from '../support/histories.ts';
import { LEA, line } from '../support/service.ts';

t.setTimeout(900_000);

const SSIDS = Array.from({ length: 300 }, (_, i) => String(9_900_000_001 + i));

t.test('the same bytes are unpacked once, others anew', async (t) => {
  const dir = folder(t);
  const storeDir = join(dir, 'store');
  const load = async (id: string, columns: Readonly<Record<string, string>>, ssids: readonly string[] = SSIDS) => {
    const path = join(dir, `${id}.txt`);
    writeFileSync(path, ssids.map((ssid) => `${line('SINF', { ssid, ...columns })}\r\n`).join(''));
    await loadFiles({
      storeDir,
      id,
      sender: LEA,
      files: [{ name: 'SINF.txt', path }],
      receivedAt: '2024-07-15T19:00:00.000Z',
      loadDay: '20240715',
      rulebook: shipped,
    });
  };
  await load('upload_1', { studentLegalLastName: 'Before' });
  const db = openDatabase(join(storeDir, 'students.db'), 'students', { readOnly: true });
  t.teardown(() => db.close());
  const rows = (): (ShelfRow & { readonly cold: Uint8Array | null })[] =>
    db.prepare('SELECT first, hot, cold, fresh FROM block WHERE first >= 0 ORDER BY first').all() as never;
  const [before] = rows();
  if (!before) throw new Error('the store has no block');
  const shelf = recentShelf(db, before, before.cold);
  t.equal(recentShelf(db, rows()[0] as ShelfRow, (rows()[0] as typeof before).cold), shelf, 'read from the file again');
  t.not(recentShelf(db, before, null), shelf, 'without its other part');
  t.not(recentShelf(db, { ...before, hot: before.fresh ?? before.hot.slice() }, null), shelf, 'of other bytes');

  const known = recentShelf(db, before, before.cold);
  await load('upload_2', { studentLegalLastName: 'After' }, SSIDS.slice(0, 1));
  const [after] = rows();
  if (!after) throw new Error('the store has no block');
  const anew = recentShelf(db, after, after.cold);
  t.not(anew, known, 'a student of it changed');
  const bodyIn = (of: typeof shelf): string => {
    const place = of.find(Number(SSIDS[0]));
    return place ? place.block.history(place.student).body() : '';
  };
  t.match(bodyIn(known), /\^Before\^/);
  t.match(bodyIn(anew), /\^After\^/);
});

t.test('what was forgotten or changed is not read any more', async (t) => {
  const dir = folder(t);
  const storeDir = join(dir, 'store');
  const store = openSqliteStore(storeDir);
  t.teardown(() => store.close());
  const seen = store.forLEAs('all');
  const path = join(dir, 'SINF.txt');
  const names = ['First', 'Second', 'Third'];
  for (const [i, studentLegalLastName] of names.entries()) {
    writeFileSync(path, `${line('SINF', { ssid: SSIDS[0] as string, studentLegalLastName })}\r\n`);
    await loadFiles({
      storeDir,
      id: `upload_${i + 1}`,
      sender: LEA,
      files: [{ name: 'SINF.txt', path }],
      receivedAt: '2024-07-15T19:00:00.000Z',
      loadDay: '20240715',
      rulebook: shipped,
    });
    // Asked twice: the second time what was unpacked is at hand.
    for (let again = 0; again < 2; again++)
      for (const [upload, name] of names.slice(0, i + 1).entries())
        t.match(
          (await seen.history(SSIDS[0] as string, upload + 1))?.body(),
          new RegExp(`\\^${name}\\^`),
          `${i} ${upload}`,
        );
  }
  await store.forget(2, '2024-07-16T00:00:00.000Z');
  await t.rejects(async () => (await seen.history(SSIDS[0] as string, 1))?.body(), { name: 'SnapshotGoneError' });
  t.match((await seen.history(SSIDS[0] as string, 3))?.body(), /\^Third\^/);
});
