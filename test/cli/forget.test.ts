/** `cenr forget` from end to end: which snapshots it lets go of, and what it says. */
import t from 'tap';
import { openSqliteStore } from '#store/sqlite';
import { folder } from '../support/folders.ts';
import { recordsOf, textOf } from '../support/stored.ts';
import { cenr, cenrProcess } from './cenr.ts';

t.setTimeout(900_000);

const SSID = '9900000001';

/** A store with one upload for each of these moments. */
async function storeWith(dir: string, receivedAt: readonly string[]): Promise<void> {
  const store = openSqliteStore(dir);
  for (const [i, at] of receivedAt.entries())
    await store.load({ id: `up_${i + 1}`, sender: 'all', files: [] }, async (writer) => {
      writer.put(SSID, recordsOf(`after ${i + 1}`), new Set(['9900001']));
      return { receivedAt: at, files: [], counts: {} } as never;
    });
  await store.close();
}

/** What each snapshot says of the student. */
async function snapshots(dir: string, numbers: readonly number[]): Promise<string[]> {
  const store = openSqliteStore(dir);
  try {
    const all: string[] = [];
    for (const number of numbers)
      try {
        all.push(textOf(await store.forLEAs('all').history(SSID, number)) ?? 'nobody');
      } catch (error) {
        all.push((error as Error).name);
      }
    return all;
  } finally {
    await store.close();
  }
}

t.test('forget: the snapshots of uploads before a day, never the newest', async (t) => {
  const dir = folder(t);
  await storeWith(dir, [
    '2026-10-30T23:00:00.000Z',
    '2026-10-31T23:59:59.999Z',
    '2026-11-01T00:00:00.000Z',
    '2026-11-02T08:00:00.000Z',
  ]);
  const early = await cenr('forget', '--store', dir, '--before', '2026-10-30');
  t.match(early, {
    code: 0,
    out: '',
    err: 'nothing to delete: no upload except the newest was received before that day\n',
  });
  t.same(await snapshots(dir, [0, 1, 2, 3, 4]), ['nobody', 'after 1', 'after 2', 'after 3', 'after 4']);
  const some = await cenrProcess('forget', '--store', dir, '--before', '2026-11-01');
  t.equal(
    some.err,
    'deleted    former student histories, up to upload 2: 2\n' +
      'deleted    lines with problems as they were sent, of uploads up to 2\n' +
      'kept       the store as it was after upload 3 (up_3, received 2026-11-01T00:00:00.000Z) and later\n',
  );
  t.match(some, { code: 0, out: '' });
  t.same(await snapshots(dir, [0, 1, 2, 3, 4]), [
    'SnapshotGoneError',
    'SnapshotGoneError',
    'SnapshotGoneError',
    'after 3',
    'after 4',
  ]);
  const all = await cenr('forget', '--store', dir, '--before', '12/31/2030');
  t.match(all.err, /up to upload 3: 1\ndeleted .+\nkept {7}the store as it was after upload 4 /);
  t.same(await snapshots(dir, [3, 4]), ['SnapshotGoneError', 'after 4']);
});

t.test('forget: a clock that was wrong once lets go of less, not of more', async (t) => {
  const dir = folder(t);
  await storeWith(dir, [
    '2026-10-01T00:00:00.000Z',
    '2027-10-02T00:00:00.000Z',
    '2026-10-03T00:00:00.000Z',
    '2026-11-02T00:00:00.000Z',
  ]);
  t.match(await cenr('forget', '--store', dir, '--before', '20261101'), {
    code: 0,
    err: /^deleted {4}former student histories, up to upload 1:/,
  });
  t.same(await snapshots(dir, [1, 2, 3]), ['SnapshotGoneError', 'after 2', 'after 3']);
});

t.test('forget: help and wrong usage', async (t) => {
  const dir = folder(t);
  const [help, day, nothing, missing] = await Promise.all([
    cenr('forget', '--help'),
    cenr('forget', '--store', dir, '--before', '2026-02-30'),
    cenr('forget', '--store', dir, '--before', '2026-02-28'),
    cenr('forget', '--store', dir),
  ]);
  t.match(help.out, /\nExample:\n {2}cenr forget --store data --before /);
  t.match(day, { code: 2, err: /Expected a real date/ });
  t.match(nothing, { code: 2, err: `cenr: there is no store in "${dir}"\n` });
  t.match(missing, { code: 2, err: /required option '--before <DATE>' not specified/ });
});
