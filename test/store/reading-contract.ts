/** What every store must do while students are read in batches. */
import type { Test } from 'tap';
import { EVERYBODY } from '#records/scope';
import type { Store } from '#store/store';
import { begunReading, recordsOf, textsOf } from '../support/stored.ts';

const A = '9900001';
const COUNT = 1_000;
const SSIDS = Array.from({ length: COUNT }, (_, i) => String(9_900_000_000 + i * 3));

const put = (store: Store, id: string, text: string): Promise<unknown> =>
  store.load({ id, sender: A, files: [] }, async (writer) => {
    for (const ssid of SSIDS) writer.put(ssid, recordsOf(text), new Set([A]));
    return { id, sender: A, receivedAt: '2026-11-21T08:00:00.000Z', files: [] } as never;
  });

const all = (text: string): (readonly [string, string])[] => SSIDS.map((ssid) => [ssid, text]);

/** @param another makes another, empty store and gives what opens it */
export function readingContract(t: Test, another: () => () => Promise<Store>): void {
  const filled = async (): Promise<Store> => {
    const store = await another()();
    await put(store, 'up_1', 'before');
    return store;
  };

  t.test('students come in batches, in ascending order of SSID', async (t) => {
    const store = await filled();
    for (const scope of ['all', [A]] as const) {
      const batches = await Array.fromAsync(store.forLEAs(scope).histories(EVERYBODY));
      t.ok(batches.length > 1, `${batches.length} batches`);
      t.notOk(
        batches.some((batch) => batch.length === 0),
        'none is empty',
      );
      t.same(
        batches.flat().map(({ ssid }) => ssid),
        SSIDS,
      );
    }
    const some = { from: SSIDS[10] as string, through: SSIDS[700] as string };
    t.same(
      (await textsOf(store.forLEAs([A]).histories(some))).map(([ssid]) => ssid),
      SSIDS.slice(10, 701),
    );
    t.same(await Array.fromAsync(store.forLEAs(['9900009']).histories(EVERYBODY)), [], 'nobody is no batch');
    await store.close();
  });

  t.test('one call sees one state, whatever is loaded and forgotten while its batches are read', async (t) => {
    const store = await filled();
    const seen = store.forLEAs([A]);
    const [early, asOfUpload] = [await begunReading(seen), await begunReading(seen, 1)];
    t.ok(early.first.length < COUNT, 'more is to come');
    await put(store, 'up_2', 'after');
    const late = await begunReading(seen);
    await store.forget(1, '2026-11-22T00:00:00.000Z');
    await put(store, 'up_3', 'at last');
    t.same(await early.all(), all('before'));
    t.same(await late.all(), all('after'), 'beside it another state is read');
    t.same(await asOfUpload.all(), all('before'), 'a snapshot that was forgotten too');
    t.same(await textsOf(seen.histories(EVERYBODY)), all('at last'));
    await t.rejects(textsOf(seen.histories(EVERYBODY, { snapshot: 1 })), { name: 'SnapshotGoneError' });
    await store.close();
  });

  t.test('an upload that is under way is not seen, nor one that fails', async (t) => {
    const store = await filled();
    const seen = store.forLEAs('all');
    const failing = store.load({ id: 'up_failed', sender: A, files: [] }, async (writer) => {
      for (const ssid of SSIDS) writer.put(ssid, recordsOf('half'), new Set());
      t.same(await textsOf(seen.histories(EVERYBODY)), all('before'));
      t.equal(await seen.students(), COUNT);
      throw new Error('the file ended in the middle');
    });
    await t.rejects(failing, { message: 'the file ended in the middle' });
    t.same(await textsOf(seen.histories(EVERYBODY)), all('before'));
    await store.close();
  });

  t.test('whoever leaves, is stopped or is refused holds nothing up', async (t) => {
    const store = await filled();
    const seen = store.forLEAs('all');
    const reason = new Error('no longer wanted');
    for (let time = 0; time < 20; time++) {
      for await (const batch of seen.histories(EVERYBODY)) {
        t.ok(batch.length > 0);
        break;
      }
      await t.rejects(async () => {
        for await (const _ of seen.histories(EVERYBODY)) throw reason;
      }, reason);
      await t.rejects(textsOf(seen.histories(EVERYBODY, { snapshot: 9 })), { name: 'UserError' });
    }
    await put(store, 'up_2', 'after');
    t.same(await textsOf(seen.histories(EVERYBODY)), all('after'));
    await store.close();
  });

  t.test('it stops between two batches when it is aborted, and lets others have a turn there', async (t) => {
    const store = await filled();
    const seen = store.forLEAs('all');
    const reason = new Error('no longer wanted');
    await t.rejects(textsOf(seen.histories(EVERYBODY, { signal: AbortSignal.abort(reason) })), reason);
    const stopping = new AbortController();
    let batches = 0;
    await t.rejects(async () => {
      for await (const _ of seen.histories(EVERYBODY, { signal: stopping.signal }))
        if (++batches === 1) setImmediate(() => stopping.abort(reason));
    }, reason);
    t.ok(batches < 4, `after batch ${batches}`);
    t.same((await textsOf(seen.histories(EVERYBODY))).length, COUNT);
    await store.close();
  });
}
