/** Processes that share a database: what one holds is free for the others once it is not there any more. */
import t from 'tap';
import { openStore } from '#store/open';
import type { Told } from '#store/replicas';
import type { Store } from '#store/store';
import { postgresServer, WITH_POSTGRES } from '../support/postgres-server.ts';
import { extractJob } from './extract-job.ts';

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
    await a.jobs('extract').update('ex_1', { status: 'Cancelled' });
    await untilTold({ about: 'job', kind: 'extract', id: 'ex_1', status: 'Cancelled' });
    const ofJob = told.flatMap((one) => (one.about === 'job' ? one.status : []));
    t.same(ofJob, ['Pending', 'Processing', 'Processing', 'Cancelled'], 'that it goes on is told to nobody');
    await server.administer(address, "SELECT pg_notify('cenr', 'news of a later version')");
    await server.administer(address, "SELECT pg_notify('cenr', 'rules')");
    await untilTold({ about: 'rules' });
    await unwatch?.();
  });
});
