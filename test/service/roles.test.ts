/** What one process of several does: which requests it answers, what it says of itself, and how it leaves. */
import { join } from 'node:path';
import t from 'tap';
import { startServer } from '#service/server';
import { JOB_KINDS } from '#store/job-kinds';
import { folder } from '../support/folders.ts';
import { LEA, service } from '../support/service.ts';

const WATCHED = ['/health/live', '/health/ready', '/metrics'];

t.test('a process that only makes jobs answers whoever watches over it, and nobody else', async (t) => {
  const { ask, key, app, log } = await service(t, { role: 'work' });
  for (const url of WATCHED) t.equal((await ask({ url })).status, 200, url);
  const headers = key('admin', 'all');
  for (const url of ['/v1/extracts', '/v1/nothing', '/nothing', '/errors', '/openapi.json', '/', '/health'])
    for (const sent of [{}, { headers }])
      t.match(
        await ask({ url, ...sent }),
        { status: 421, body: { code: 'CENR_ONLY_WORKS', fix: /role "api" or "both"/ } },
        url,
      );
  t.match(await ask({ method: 'POST', url: '/v1/uploads', headers, payload: 'x' }), { status: 421 });
  t.match(await ask({ method: 'POST', url: '/health/live' }), { status: 405 });
  t.match(
    (await ask({ url: '/metrics' })).text,
    'cenr_access_log_entries_total 0',
    'nobody came so far as to be judged',
  );
  t.ok(log.some((line) => line.includes('CENR_ONLY_WORKS')));
  t.ok(app);
});

t.test('the others answer as ever, and one that only answers makes nothing', async (t) => {
  for (const role of ['api', 'both'] as const) {
    const { ask, key, app } = await service(t, { role });
    for (const url of WATCHED) t.equal((await ask({ url })).status, 200, `${role} ${url}`);
    const headers = key('vendor', [LEA]);
    const payload = { reportingLEAs: [LEA], academicYear: '2023-2024' };
    t.equal((await ask({ method: 'POST', url: '/v1/extracts', headers, payload })).status, 202, role);
    await app.jobs.extract.idle();
    const [{ status }] = (await ask({ url: '/v1/extracts', headers })).body.extracts;
    t.equal(status, role === 'api' ? 'Pending' : 'Complete', `${role}: whether it makes what is asked for`);
  }
});

t.test('with a store in a folder one process does both', async (t) => {
  for (const role of ['api', 'work'] as const) {
    const storeDir = join(folder(t), 'store');
    await t.rejects(startServer({ role, storeDir, database: '', port: 0, logLevel: 'silent' }), {
      name: 'UserError',
      message: new RegExp(`the role is "${role}", but the store is in the folder ".*One process at a time.*--role`),
    });
  }
});

t.test('a service that is told to stop first says so, and answers until it is no longer asked', async (t) => {
  const gate = Promise.withResolvers<void>();
  const paused = Promise.withResolvers<number>();
  const server = await startServer({
    ...{ storeDir: folder(t), database: '', port: 0, logLevel: 'silent', drain: 5_000, shutdownGrace: 0 },
    pause(ms) {
      paused.resolve(ms);
      return gate.promise;
    },
  });
  t.teardown(() => {
    gate.resolve();
    return server.close();
  });
  const ask = async (path: string) => {
    const answer = await fetch(server.address + path);
    await answer.arrayBuffer();
    return { status: answer.status, connection: answer.headers.get('connection') };
  };
  t.match(await ask('/health/ready'), { status: 200, connection: 'keep-alive' });
  const closed = server.close();
  t.equal(await paused.promise, 5_000);
  t.match(await ask('/health/ready'), { status: 503, connection: 'close' });
  // A connection that is kept alive would go on leading here.
  t.same(await ask('/health/live'), { status: 200, connection: 'close' });
  t.same(await ask('/v1/extracts'), { status: 401, connection: 'close' });
  t.same(await ask('/errors'), { status: 200, connection: 'close' });
  gate.resolve();
  await closed;
  await t.rejects(ask('/health/live'), 'it is gone');
});

t.test('without a drain it stops at once', async (t) => {
  const server = await startServer({
    ...{ storeDir: folder(t), database: '', port: 0, logLevel: 'silent', shutdownGrace: 0 },
    pause: () => Promise.reject(new Error('it waits')),
  });
  await server.close();
  await t.resolves(server.closed);
});

t.test('how many jobs wait is a number for whoever adds processes', async (t) => {
  const begun = Promise.withResolvers<void>();
  const { ask, key, store } = await service(t, {}, () => ({
    writeExtract: (_work, { signal }) =>
      new Promise((_, reject) => {
        begun.resolve();
        signal.addEventListener('abort', () => reject(signal.reason));
      }),
  }));
  const waiting = async () =>
    Object.fromEntries(
      [...(await ask({ url: '/metrics' })).text.matchAll(/^cenr_jobs_waiting\{kind="(\w+)"\} (\d+)$/gm)].map(
        ([, kind, jobs]) => [kind, Number(jobs)],
      ),
    );
  const none = Object.fromEntries(JOB_KINDS.map((kind) => [kind, 0]));
  t.same(await waiting(), none);
  const headers = key('vendor', [LEA]);
  const payload = { reportingLEAs: [LEA], academicYear: '2023-2024' };
  for (let i = 0; i < 3; i += 1) await ask({ method: 'POST', url: '/v1/extracts', headers, payload });
  await begun.promise;
  t.same(await waiting(), { ...none, extract: 2 }, 'the first is under way');
  const { jobs } = store;
  store.jobs = () => {
    throw new Error('the store is away');
  };
  t.same(await waiting(), {}, 'a number that cannot be read is left out, and the others are there');
  store.jobs = jobs;
});
