import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as immediate } from 'node:timers/promises';
import t from 'tap';
import type { Rulebook } from '#rulebook/load/assemble';
import type { ServiceDeps } from '#service/app';
import { extractJobs } from '#service/jobs/extract-jobs';
import { JobQueue } from '#service/jobs/job-queue';
import type { RulesInEffect } from '#service/rules/rules-in-effect';
import { openSqliteStore } from '#store/sqlite';
import { folder } from '../support/folders.ts';
import { shipped } from '../support/histories.ts';
import { extractHere, LEA, line, loadHere, NOW, service } from '../support/service.ts';
import { saying } from '../support/versions.ts';

const extract = {
  method: 'POST' as const,
  url: '/v1/extracts',
  payload: { reportingLEAs: [LEA], academicYear: '2023-2024' },
};
/** What a rulebook in effect looks like to jobs. */
const inEffect = (rulebook: Rulebook) => {
  const rules = { rulebook } as RulesInEffect;
  return { current: async () => rules, by: async () => rules };
};
const made = { rows: 0, bytes: 0, sha256: '', students: 0, warnings: [] };

t.test('what is running when the service stops is finished if there is time', async (t) => {
  const begun = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  const { ask, key, app, store } = await service(t, { shutdownGrace: 60_000 }, () => ({
    writeExtract: async ({ files }, { signal }) => {
      begun.resolve();
      await gate.promise;
      signal.throwIfAborted();
      writeFileSync(files.rows, '');
      return made;
    },
  }));
  const headers = key('vendor', [LEA]);
  const { id } = (await ask({ ...extract, headers })).body;
  const waiting = (await ask({ ...extract, headers })).body.id;
  await begun.promise;
  const closed = app.close();
  // Closing begins with the next turns of the event loop.
  while (!app.stopping.value) await immediate();
  await immediate();
  gate.resolve();
  await closed;
  t.equal((await store.forLEAs('all').jobs('extract').get(id))?.status, 'Complete');
  t.equal((await store.forLEAs('all').jobs('extract').get(waiting))?.status, 'Pending', 'nothing new is begun');
});

t.test('otherwise it is put back, and the next start makes it', async (t) => {
  const begun = Promise.withResolvers<void>();
  const { ask, key, app, store, config } = await service(t, { shutdownGrace: 0 }, () => ({
    writeExtract: (_work, { signal }) =>
      new Promise((_, reject) => {
        begun.resolve();
        signal.addEventListener('abort', () => reject(signal.reason));
      }),
  }));
  const headers = key('vendor', [LEA]);
  const { id } = (await ask({ ...extract, headers })).body;
  await begun.promise;
  await app.close();
  t.match(await store.forLEAs('all').jobs('extract').get(id), { status: 'Pending', progress: 0 });

  const changed = saying('X');
  const next = new JobQueue(extractJobs(inEffect(changed), extractHere(store, config.storeDir)), {
    store,
    dir: join(config.storeDir, 'extracts'),
    clock: () => NOW,
    mostWaiting: 9,
  });
  await next.start();
  await next.idle();
  const made = await store.forLEAs('all').jobs('extract').get(id);
  t.match(made, { status: 'Complete', rulebookHash: changed.hash, attempt: 2 });
  t.ok(existsSync(next.filesOf({ id, attempt: 2 }).rows));
});

t.test('an upload under way is answered before the service is gone', async (t) => {
  const begun = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  const { ask, key, app, config } = await service(t, {}, (_store, storeDir) => ({
    loadUpload: async (options) => {
      begun.resolve();
      await gate.promise;
      return loadHere(storeDir)(options);
    },
  }));
  const headers = key('vendor', [LEA]);
  const answer = ask({ method: 'POST', url: '/v1/uploads', headers, payload: line('SENR') });
  await begun.promise;
  app.stopping.value = true;
  const refused = await ask({ url: '/v1/uploads', headers });
  t.match(refused, { status: 503, body: { code: 'CENR_NOT_READY' }, headers: { connection: 'close' } });
  t.equal((await ask({ url: '/health/ready' })).status, 503, 'whoever balances load is told first');
  gate.resolve();
  t.equal((await answer).status, 201);
  t.same(readdirSync(join(config.storeDir, 'incoming')), []);
});

t.test('a store that fails does not end the runner', async (t) => {
  const dir = folder(t);
  const store = openSqliteStore(dir);
  t.teardown(() => store.close());
  const troubles: unknown[] = [];
  const write: ServiceDeps['writeExtract'] = async ({ files }) => {
    writeFileSync(files.rows, '');
    return made;
  };
  const table = store.jobs('extract');
  const { take } = table;
  let fails = true;
  table.take = async (begun) => {
    if (fails) throw new Error('disk');
    return take(begun);
  };
  const jobs = new JobQueue(extractJobs(inEffect(shipped), write), {
    store,
    dir,
    clock: () => NOW,
    mostWaiting: 9,
    onTrouble: (error) => troubles.push(error),
  });
  await jobs.start();
  await jobs.idle();
  t.match(troubles, [{ message: 'disk' }]);
  fails = false;
  await table.add({
    id: 'extract_1',
    request: {},
    reportingLEAs: [LEA],
    runDate: '20240715',
    columns: '50',
    rulebookHash: 'h',
    requestedAt: NOW.toISOString(),
    status: 'Pending',
    progress: 0,
  });
  jobs.wake();
  await jobs.idle();
  t.equal((await store.forLEAs('all').jobs('extract').get('extract_1'))?.status, 'Complete');
});

t.test('what a killed process left is removed by the next start, and old answers are forgotten', async (t) => {
  const answer = { keyId: 'key_1', requestHash: 'x', status: 201, location: '/', body: '{}' };
  const day = 24 * 60 * 60_000;
  let dir = '';
  const { store } = await service(t, {}, async (store, storeDir) => {
    dir = storeDir;
    for (const [folder, name] of [
      ['extracts', 'extract_1.txt.partial-17'],
      ['impacts', 'impact_1.ndjson.partial-17'],
      ['incoming/upload_1/0', 'SENR.txt'],
      ['incoming/cenr-x', '0'],
      ['extracts', 'extract_0.txt'],
    ] as const) {
      mkdirSync(join(storeDir, folder), { recursive: true });
      writeFileSync(join(storeDir, folder, name), 'student data');
    }
    for (const [idempotencyKey, age] of [
      ['old', 8 * day],
      ['new', 6 * day],
    ] as const)
      await store.jobs('extract').add(
        {
          id: `extract_${idempotencyKey}`,
          request: {},
          reportingLEAs: [LEA],
          runDate: '20240715',
          columns: '50',
          rulebookHash: 'h',
          requestedAt: new Date(NOW.getTime() - age).toISOString(),
          status: 'Cancelled',
          progress: 0,
        },
        'key_1',
        { ...answer, idempotencyKey },
      );
    return {};
  });
  t.same(
    ['extracts', 'impacts', 'incoming'].flatMap((folder) =>
      existsSync(join(dir, folder)) ? readdirSync(join(dir, folder)) : [],
    ),
    ['extract_0.txt'],
  );
  t.equal(await store.answer('key_1', 'old'), undefined);
  t.ok(await store.answer('key_1', 'new'));
});

t.test('all that the service keeps is for its owner only', async (t) => {
  const { ask, key, app, config } = await service(t);
  const headers = key('vendor', [LEA]);
  await ask({
    method: 'POST',
    url: '/v1/uploads',
    headers: { ...headers, 'content-type': 'text/plain' },
    payload: line('SENR'),
  });
  await ask({ ...extract, headers });
  await app.jobs.extract.idle();
  const files = readdirSync(config.storeDir, { recursive: true, withFileTypes: true }).filter((one) => one.isFile());
  t.ok(files.length >= 8);
  for (const { parentPath, name } of files) t.equal(statSync(join(parentPath, name)).mode & 0o077, 0, name);
});
