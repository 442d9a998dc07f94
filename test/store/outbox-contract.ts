/** What every store must do with what is told when jobs end, and with webhooks. */
import type { Test } from 'tap';
import type { Delivery, Webhook } from '#store/delivery';
import type { ExtractJob } from '#store/extract-job';
import type { Store } from '#store/store';

const A = '9900001';
const B = '9900002';

const at = (minute: number): string => `2026-11-28T08:${String(minute).padStart(2, '0')}:00.000Z`;

const delivery = (id: string, minute: number, of = 'ex_1'): Delivery => ({
  id,
  way: 'webhook',
  to: 'sis.example.org',
  state: 'waiting',
  tries: 0,
  nextTry: at(minute),
  job: of,
  target: 'webhook_1',
  event: '{}',
});

const webhook = (id: string): Webhook => ({
  id,
  url: 'https://sis.example.org/cenr',
  leas: [A],
  secret: 'whsec_AAAA',
  createdAt: at(0),
});

/**
 * @param another makes another, empty store and gives what opens it
 * @param job an extract with an id, for LEAs
 */
export function outboxContract(
  t: Test,
  another: () => () => Promise<Store>,
  job: (id: string, leas: readonly string[]) => ExtractJob,
): void {
  t.test('what is told of a job is kept with its end, both or neither', async (t) => {
    const open = another();
    const store = await open();
    const jobs = store.jobs('extract');
    await jobs.add(job('ex_1', [A]));
    await jobs.update('ex_1', { status: 'Complete' }, [delivery('msg_1', 2), delivery('msg_2', 1)]);
    await t.rejects(() => jobs.update('ex_1', { status: 'Failed' }, [delivery('msg_3', 3), delivery('msg_1', 3)]));
    await store.close();
    const again = await open();
    const seen = again.forLEAs([A]).jobs('extract');
    t.equal((await seen.get('ex_1'))?.status, 'Complete', 'the end that could not be told is not kept');
    t.same(
      (await seen.deliveries('ex_1')).map(({ id }) => id),
      ['msg_1', 'msg_2'],
      'nor what was to be told of it',
    );
    t.same(await again.forLEAs([B]).jobs('extract').deliveries('ex_1'), [], 'who may not see the job sees none');
    await again.close();
  });

  t.test('what is due is given, longest due first, until it is delivered or given up', async (t) => {
    const open = another();
    const store = await open();
    await store.jobs('extract').add(job('ex_1', [A]));
    t.equal(await store.outbox.nextTry(), undefined);
    await store
      .jobs('extract')
      .update('ex_1', { status: 'Complete' }, [delivery('msg_1', 2), delivery('msg_2', 1), delivery('msg_3', 5)]);
    const due = async (minute: number, most = 9): Promise<string[]> =>
      (await store.outbox.due(at(minute), most)).map(({ id }) => id);
    t.same(await due(0), []);
    t.same(await due(2), ['msg_2', 'msg_1']);
    t.same(await due(9, 1), ['msg_2']);
    t.equal(await store.outbox.nextTry(), at(1));
    await store.outbox.update('msg_2', { state: 'waiting', tries: 1, nextTry: at(4), failure: 'it answered 500' });
    t.same(await due(2), ['msg_1']);
    await store.outbox.update('msg_1', { state: 'delivered', nextTry: undefined, deliveredAt: at(2) });
    await store.outbox.update('msg_3', { state: 'not delivered', nextTry: undefined });
    await store.outbox.update('msg_9', { state: 'delivered' });
    t.same(await due(9), ['msg_2']);
    await store.outbox.update('msg_2', { state: 'delivered', nextTry: undefined, failure: undefined });
    t.equal(await store.outbox.nextTry(), undefined);
    await store.close();
    const again = await open();
    t.strictSame(
      (await again.forLEAs('all').jobs('extract').deliveries('ex_1')).map(({ id, state, tries, failure }) => [
        id,
        state,
        tries,
        failure,
      ]),
      [
        ['msg_1', 'delivered', 0, undefined],
        ['msg_2', 'delivered', 1, undefined],
        ['msg_3', 'not delivered', 0, undefined],
      ],
    );
    await again.close();
  });

  t.test('of those who saw a delivery alike, one notes that it tries', async (t) => {
    const open = another();
    const [store, other] = [await open(), await open()];
    await store.jobs('extract').add(job('ex_1', [A]));
    await store.jobs('extract').update('ex_1', { status: 'Complete' }, [delivery('msg_1', 1)]);
    const tried = { state: 'waiting', tries: 1, nextTry: at(4) } as const;
    const noted = [await store.outbox.update('msg_1', tried, 0), await other.outbox.update('msg_1', tried, 0)];
    t.same(noted, [true, false]);
    t.notOk(await other.outbox.update('msg_9', tried, 0), 'there is none');
    t.ok(await store.outbox.update('msg_1', { state: 'delivered', nextTry: undefined }));
    t.notOk(await other.outbox.update('msg_1', { state: 'not delivered' }, 1), 'it is over');
    t.match(await other.forLEAs('all').jobs('extract').deliveries('ex_1'), [{ state: 'delivered', tries: 1 }]);
    await store.close();
    await other.close();
  });

  t.test('webhooks are kept until they are removed', async (t) => {
    const open = another();
    const [store, other] = [await open(), await open()];
    await store.addWebhook(webhook('webhook_1'));
    await store.addWebhook(webhook('webhook_2'));
    t.same(await other.webhooks(), [webhook('webhook_1'), webhook('webhook_2')], 'another process sees them at once');
    t.ok(await other.removeWebhook('webhook_1'));
    t.notOk(await other.removeWebhook('webhook_1'));
    t.same(await store.webhooks(), [webhook('webhook_2')]);
    await store.close();
    await other.close();
  });
}
