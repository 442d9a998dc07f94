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
