/**
 * An upload keeps the rulebook it was checked with: its report names it by hash only. What goes wrong in its thread
 * arrives as what it is.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { UnreadableInputError } from '#intake/lines';
import { loadUpload } from '#pipeline/load-upload';
import { assemble, type RulebookSource } from '#rulebook/load/assemble';
import { loadRulebook } from '#rulebook/load/load';
import { openSqliteStore } from '#store/sqlite';
import { folder } from '../support/folders.ts';

t.test('the rulebook of an upload can be had again by its hash', async (t) => {
  const dir = folder(t);
  const path = join(dir, 'records.txt');
  writeFileSync(path, 'SELA^^^9900001^9900011^2023-2024^9900000001^Ana^Núñez^20120229^F^S1^EL^20160815^spa\r\n');
  const rulebook = loadRulebook();
  const storeDir = join(dir, 'store');
  const load = (id: string, receivedAt: string) =>
    loadUpload({
      storeDir,
      id,
      sender: '9900001',
      files: [{ name: 'records.txt', path }],
      receivedAt,
      loadDay: '20261121',
      rulebook,
    });
  const { rulebookHash } = await load('up_1', '2026-11-21T08:00:00.000Z');
  await load('up_2', '2026-11-22T08:00:00.000Z');
  const store = openSqliteStore(storeDir);
  t.same(await store.rulebooks(), [{ hash: rulebookHash, keptAt: '2026-11-21T08:00:00.000Z' }]);
  const kept = await store.rulebook(rulebookHash);
  // As they were written: columns by their keys.
  const written = (files: RulebookSource['files'] = []) =>
    files.map(({ path, json, written = json }) => ({ path, json: written }));
  t.strictSame(written(kept?.files), written(rulebook.files));
  t.doesNotThrow(() => kept && assemble(kept), 'and be used');
  t.same(await store.source(1), { upload: 'up_1', sender: '9900001', file: 'records.txt' });
  t.match(await store.uploadsThrough(2), [
    { seq: 1, id: 'up_1' },
    { seq: 2, id: 'up_2' },
  ]);
  await store.close();
});

t.test('a file that cannot be read is told with its class, which says whose fault it is', async (t) => {
  const dir = folder(t);
  const path = join(dir, 'records.txt.gz');
  writeFileSync(path, Buffer.from([0x1f, 0x8b, 0, 0]));
  const load = loadUpload({
    storeDir: join(dir, 'store'),
    id: 'up_1',
    sender: '9900001',
    files: [{ name: 'records.txt.gz', path }],
    receivedAt: '2026-11-21T08:00:00.000Z',
    loadDay: '20261121',
    rulebook: loadRulebook(),
  });
  await t.rejects(load, UnreadableInputError);
});
