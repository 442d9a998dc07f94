/** Processes that share a database: what one holds is free for the others once it is not there any more. */
import t from 'tap';
import { openStore } from '#store/open';
import type { Parts, Told } from '#store/replicas';
import type { Store } from '#store/store';
import { postgresServer, WITH_POSTGRES } from '../support/postgres-server.ts';
import { extractJob } from './extract-job.ts';

// A busy machine is slow.
t.setTimeout(900_000);

const LONG = 3_600_000;
// A busy machine is slow.
t.setTimeout(900_000);

t.test('processes that share a database', WITH_POSTGRES, async (t) => {
  const server = await postgresServer(t);
  const open = async (address: string, ...names: string[]): Promise<Store[]> => {
    const stores = await Promise.all(names.map((replica) => openStore(address, { replica })));
    t.teardown(() => Promise.all(stores.map((store) => store.close())));
    for (const store of stores) await store.replicas?.beat(LONG);
    return stores;
  };
  /** As long as it takes until somebody is gone. */
  const gone = (address: string, id: string) =>
    server.administer(address, `UPDATE replica SET until = now() - interval '1 second' WHERE id = '${id}'`);

  t.test('a job of one that is gone is taken by another, and the late one changes nothing', async (t) => {
    const address = await server.database();
    const [a, b] = (await open(address, 'a', 'b')) as [Store, Store];
    await a.jobs('extract').add(extractJob('ex_1'));
    t.match(await a.jobs('extract').take(), { id: 'ex_1', attempt: 1 });
    t.equal(await b.jobs('extract').take(), undefined, 'it is held by one that is there');
    t.same(await b.replicas?.beat(LONG), [], 'and there is nothing to take');
    t.equal(await b.jobs('extract').resume(), 0);
    await gone(address, 'a');
    t.equal(await b.replicas?.isThere('a'), false);
    t.same(await b.replicas?.beat(LONG), ['extract']);
    t.match(await b.jobs('extract').take(), { id: 'ex_1', attempt: 2, status: 'Processing' });
    t.notOk(await a.jobs('extract').update('ex_1', { status: 'Complete' }, [], { status: 'Processing', attempt: 1 }));
    t.equal(await a.jobs('extract').take(), undefined, 'nor does it take it back');
  });

  t.test('one that goes in good order leaves what it holds at once', async (t) => {
    const address = await server.database();
    const [a, b] = (await open(address, 'a', 'b')) as [Store, Store];
    await a.jobs('extract').add(extractJob('ex_1'));
    await a.jobs('extract').take();
    await a.close();
    t.match(await b.jobs('extract').take(), { id: 'ex_1', attempt: 2 });
  });

  t.test('where one is made at a time, another process waits', async (t) => {
    const address = await server.database();
    const [a, b] = (await open(address, 'a', 'b')) as [Store, Store];
    for (const id of ['ex_1', 'ex_2']) await a.jobs('extract').add(extractJob(id));
    t.equal((await a.jobs('extract').take({}, true))?.id, 'ex_1');
    t.equal(await b.jobs('extract').take({}, true), undefined);
    await gone(address, 'a');
    t.equal((await b.jobs('extract').take({}, true))?.id, 'ex_1', 'the one that was begun goes first');
  });

  t.test('a request with an Idempotency-Key is answered by one of them, while that one is there', async (t) => {
    const address = await server.database();
    const [a, b] = (await open(address, 'a', 'b')) as [Store, Store];
    const answer = {
      ...{ keyId: 'key_1', idempotencyKey: 'x', requestHash: 'r' },
      ...{ status: 202, location: '/', body: '{}' },
    };
    const begin = (store: Store) => store.beginAnswer('key_1', 'x');
    const end = await begin(a);
    t.ok(end);
    t.equal(await begin(b), undefined);
    await end?.();
    const mine = await Promise.all([a, b, a, b].map(begin));
    t.equal(mine.filter(Boolean).length, 1, 'of many at the same moment');
    for (const end of mine) await end?.();

    const late = await begin(a);
    await gone(address, 'a');
    const taken = await begin(b);
    t.ok(taken, 'who is gone answers nobody');
    await t.rejects(a.jobs('extract').add(extractJob('ex_1'), 'key_1', answer), { name: 'AnsweredElsewhereError' });
    t.equal(await b.forLEAs('all').jobs('extract').get('ex_1'), undefined, 'and does nothing late');
    await a.replicas?.beat(LONG);
    await late?.();
    t.equal(await begin(a), undefined, 'what it ends late is another’s now');
    t.ok(await b.jobs('extract').add(extractJob('ex_2'), 'key_1', answer));
    await taken?.();
    t.same(await a.answer('key_1', 'x'), answer);
    t.ok(await begin(a));
  });

  t.test('what could not be ended while the database was away is ended later', async (t) => {
    const address = await server.database();
    const [a, b] = (await open(address, 'a', 'b')) as [Store, Store];
    const end = await a.beginAnswer('key_1', 'x');
    await server.administer(address, 'ALTER TABLE answering RENAME TO away');
    await end?.();
    await server.administer(address, 'ALTER TABLE away RENAME TO answering');
    t.equal(await b.beginAnswer('key_1', 'x'), undefined);
    await a.replicas?.beat(LONG);
    t.ok(await b.beginAnswer('key_1', 'x'));
  });

  t.test('they count together, each until the time of who counted first is over', async (t) => {
    const address = await server.database();
    const [a, b] = (await open(address, 'a', 'b')) as [Store, Store];
    const count = async (store: Store, ...names: string[]) =>
      (await store.replicas?.count(names.map((name) => ({ name, count: 2, ms: LONG }))))
        ?.map(({ name, count }) => `${name} ${count}`)
        .sort();
    t.same(await count(a, 'x', 'y'), ['x 2', 'y 2']);
    t.same(await count(b, 'y', 'z'), ['y 4', 'z 2']);
    const [{ ms } = { ms: 0 }] = (await b.replicas?.count([{ name: 'y', count: 1, ms: 2 * LONG }])) ?? [];
    t.ok(ms > 0 && ms <= LONG, 'the time of who came first');
    await server.administer(address, "UPDATE rate SET until = now() - interval '1 second' WHERE name = 'y'");
    t.same(await count(a, 'y'), ['y 2'], 'it is over, and begins anew');
    t.same(await a.replicas?.count([]), []);
    const names = Array.from({ length: 50 }, (_, i) => `n${i}`);
    for (let i = 0; i < 5; i++) await Promise.all([count(a, ...names), count(b, ...names.toReversed())]);
    t.match(await a.replicas?.count([{ name: 'n7', count: 1, ms: LONG }]), [{ count: 21 }]);
    await server.administer(address, "UPDATE rate SET until = now() - interval '1 hour'");
    await a.replicas?.beat(LONG);
    t.same(await server.administer(address, 'SELECT FROM rate'), []);
  });

  t.test('each sees what another noted of what it does, unless that one is gone before it is over', async (t) => {
    const address = await server.database();
    const [a, b] = (await open(address, 'a', 'b')) as [Store, Store];
    t.equal(await b.replicas?.noted('x'), undefined);
    await a.replicas?.note('x', { progress: 10 }, false);
    t.same(await b.replicas?.noted('x'), { progress: 10 });
    await gone(address, 'a');
    t.equal(await b.replicas?.noted('x'), undefined);
    await a.replicas?.note('x', { progress: 100 }, true);
    t.same(await b.replicas?.noted('x'), { progress: 100 });
  });

  t.test('parts of an extract are made by whoever takes them, until its job is over', async (t) => {
    const address = await server.database();
    const [a, b, c] = (await open(address, 'a', 'b', 'c')) as [Store, Store, Store];
    const [ofA, ofB, ofC] = [a, b, c].map(({ replicas }) => replicas?.parts) as [Parts, Parts, Parts];
    const ranges = ['1', '2', '3', '4'].map((from) => ({ from, through: `${from}9` }));
    await a.jobs('extract').add(extractJob('ex_1'));
    const of = { job: 'ex_1', attempt: 1 };
    await ofA.add(of, ranges, 'v1');
    t.equal(await ofB.help('v1', {}), undefined, 'there are no parts of a job that nobody makes');
    await a.jobs('extract').take();
    await ofA.add(of, ranges, 'v1');
    t.equal(await ofA.take(of), 0);
    t.equal(await ofB.help('v2', {}), undefined, 'another version makes none');
    t.equal(await ofB.help('v1', { except: [of] }), undefined);
    t.equal(await ofB.help('v1', { of: { ...of, attempt: 2 } }), undefined);
    t.same(await ofB.help('v1', {}), { ...of, n: 1, range: ranges[1] });
    t.same(await ofC.help('v1', { of }), { ...of, n: 2, range: ranges[2] });
    t.equal(await ofA.left(of), 1);
    const part = (n: number) => ({ ...of, n });
    t.equal(await ofC.made(part(1), 'ab'), false, 'it is not of this one');
    t.equal(await ofB.made(part(1), 'ab'), true);
    t.same(await Promise.all([0, 1, 2, 3, 4].map((n) => ofA.look(part(n)))), [
      ...['held', { sha256: 'ab' }, 'held', 'free', 'held'],
    ]);
    await gone(address, 'c');
    t.equal(await ofA.look(part(2)), 'free', 'its holder is gone');
    t.equal(await ofA.take(of, 2), 2);
    t.equal(await ofC.made(part(2), 'cd'), false, 'and too late');
    for (const failed of ['first', 'second']) {
      t.match(await ofB.help('v1', {}), { n: 3 });
      t.equal(await ofB.giveBack(part(3), true), true, failed);
    }
    t.equal(await ofB.help('v1', {}), undefined, 'what failed twice is left to whoever has the job');
    t.equal(await ofA.take(of, 3), 3);
    await ofA.spoiled(part(1));
    t.match(await ofB.help('v1', {}), { n: 1 }, 'what cannot be used is made again');
    await ofB.giveBackAll();
    await ofA.giveBackAll();
    t.same(
      await Promise.all([0, 1].map((n) => ofA.look(part(n)))),
      ['held', 'free'],
      'but not what one has the job of',
    );
    t.match(await ofB.help('v1', {}), { n: 1 });
    await gone(address, 'a');
    await b.jobs('extract').take();
    t.equal(await ofC.help('v1', {}), undefined, 'parts of an attempt before are not made');
    await ofA.add(of, ranges, 'v1');
    await ofB.add({ job: 'ex_1', attempt: 2 }, ranges.slice(1), 'v1');
    t.equal(await ofB.made(part(1), 'ab'), false, 'they are gone');
    const rows = 'SELECT attempt, n FROM part ORDER BY n';
    t.same(
      [...(await server.administer(address, rows))],
      [0, 1, 2].map((n) => ({ attempt: 2, n })),
    );
    await b.jobs('extract').update('ex_1', { progress: 0.5 });
    t.equal((await server.administer(address, rows)).length, 3);
    await b.jobs('extract').update('ex_1', { status: 'Complete' });
    t.same([...(await server.administer(address, rows))], []);
  });

  t.test('each is told what another changes', async (t) => {
    const address = await server.database();
    const [a, b] = (await open(address, 'a', 'b')) as [Store, Store];
    const told: Told[] = [];
    let hear: (() => void) | undefined;
    const unwatch = await b.replicas?.watch((one) => {
      told.push(one);
      hear?.();
    });
    const untilTold = async (one: Told): Promise<void> => {
      while (!told.some((other) => JSON.stringify(other) === JSON.stringify(one)))
        await new Promise<void>((resolve) => {
          hear = resolve;
        });
      t.pass(JSON.stringify(one));
    };
    await untilTold({ about: 'anything' });
    await a.jobs('extract').add(extractJob('ex_1'));
    await untilTold({ about: 'job', kind: 'extract', id: 'ex_1', status: 'Pending' });
    await a.jobs('extract').take();
    await a.jobs('extract').update('ex_1', { progress: 0.5 });
    await a.jobs('extract').update('ex_1', { cancelAsked: true });
    const of = { job: 'ex_1', attempt: 1 };
    const range = { from: '1', through: '2' };
    await a.replicas?.parts.add(of, [range, range], 'v1');
    await untilTold({ about: 'part', ...of, n: 0, isMade: false });
    for (const n of [0, 1]) t.match(await b.replicas?.parts.help('v1', {}), { n });
    await b.replicas?.parts.made({ ...of, n: 1 }, 'ab');
    await b.replicas?.parts.giveBack({ ...of, n: 0 }, false);
    await a.jobs('extract').update('ex_1', { status: 'Cancelled' });
    await untilTold({ about: 'job', kind: 'extract', id: 'ex_1', status: 'Cancelled' });
    const ofParts = told.flatMap((one) => (one.about === 'part' ? `${one.n} ${one.isMade}` : []));
    t.same(ofParts, ['0 false', '1 true', '0 false'], 'of new parts, one');
    const ofJob = told.flatMap((one) => (one.about === 'job' ? one.status : []));
    t.same(ofJob, ['Pending', 'Processing', 'Processing', 'Cancelled'], 'that it goes on is told to nobody');
    await server.administer(address, "SELECT pg_notify('cenr', 'news of a later version')");
    await server.administer(address, "SELECT pg_notify('cenr', 'rules')");
    await untilTold({ about: 'rules' });
    await unwatch?.();
  });
});
