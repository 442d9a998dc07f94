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
  another: () => () => Store,
  job: (id: string, leas: readonly string[]) => ExtractJob,
): void {
  t.test('what is told of a job is kept with its end, both or neither', (t) => {
    const open = another();
    const store = open();
    const jobs = store.jobs('extract');
    jobs.add(job('ex_1', [A]));
    jobs.update('ex_1', { status: 'Complete' }, [delivery('msg_1', 2), delivery('msg_2', 1)]);
    t.throws(() => jobs.update('ex_1', { status: 'Failed' }, [delivery('msg_3', 3), delivery('msg_1', 3)]));
    store.close();
    const again = open();
    const seen = again.forLEAs([A]).jobs('extract');
    t.equal(seen.get('ex_1')?.status, 'Complete', 'the end that could not be told is not kept');
    t.same(
      seen.deliveries('ex_1').map(({ id }) => id),
      ['msg_1', 'msg_2'],
      'nor what was to be told of it',
    );
    t.same(again.forLEAs([B]).jobs('extract').deliveries('ex_1'), [], 'who may not see the job sees none');
    again.close();
    t.end();
  });

  t.test('what is due is given, longest due first, until it is delivered or given up', (t) => {
    const open = another();
    const store = open();
    store.jobs('extract').add(job('ex_1', [A]));
    t.equal(store.outbox.nextTry(), undefined);
    store
      .jobs('extract')
      .update('ex_1', { status: 'Complete' }, [delivery('msg_1', 2), delivery('msg_2', 1), delivery('msg_3', 5)]);
    const due = (minute: number, most = 9): string[] => store.outbox.due(at(minute), most).map(({ id }) => id);
    t.same(due(0), []);
    t.same(due(2), ['msg_2', 'msg_1']);
    t.same(due(9, 1), ['msg_2']);
    t.equal(store.outbox.nextTry(), at(1));
    store.outbox.update('msg_2', { state: 'waiting', tries: 1, nextTry: at(4), failure: 'it answered 500' });
    t.same(due(2), ['msg_1']);
    store.outbox.update('msg_1', { state: 'delivered', nextTry: undefined, deliveredAt: at(2) });
    store.outbox.update('msg_3', { state: 'not delivered', nextTry: undefined });
    store.outbox.update('msg_9', { state: 'delivered' });
    t.same(due(9), ['msg_2']);
    store.outbox.update('msg_2', { state: 'delivered', nextTry: undefined, failure: undefined });
    t.equal(store.outbox.nextTry(), undefined);
    store.close();
    const again = open();
    t.strictSame(
      again
        .forLEAs('all')
        .jobs('extract')
        .deliveries('ex_1')
        .map(({ id, state, tries, failure }) => [id, state, tries, failure]),
      [
        ['msg_1', 'delivered', 0, undefined],
        ['msg_2', 'delivered', 1, undefined],
        ['msg_3', 'not delivered', 0, undefined],
      ],
    );
    again.close();
    t.end();
  });

  t.test('webhooks are kept until they are removed', (t) => {
    const open = another();
    const [store, other] = [open(), open()];
    store.addWebhook(webhook('webhook_1'));
    store.addWebhook(webhook('webhook_2'));
    t.same(other.webhooks(), [webhook('webhook_1'), webhook('webhook_2')], 'another process sees them at once');
    t.ok(other.removeWebhook('webhook_1'));
    t.notOk(other.removeWebhook('webhook_1'));
    t.same(store.webhooks(), [webhook('webhook_2')]);
    store.close();
    other.close();
    t.end();
  });
}
