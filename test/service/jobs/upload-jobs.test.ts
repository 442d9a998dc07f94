/** Uploads as jobs: answered before they are loaded, loaded once whatever happens in between. */
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { loadUpload } from '#pipeline/load-upload';
import type { LoadUpload } from '#service/jobs/upload-jobs';
import { StoreBusyError } from '#store/store';
import type { UploadJob } from '#store/upload-job';
import { LEA, line, loadHere, multipart, NOW, OTHER_LEA, service, type TestService } from '../../support/service.ts';

const ASYNC = { prefer: 'wait=10, Respond-Async; x=1' };
const SSID = '9912345678';
const files = multipart({ 'SENR.txt': line('SENR', { ssid: SSID }), 'SENR.txt.2': line('SINF', { ssid: SSID }) });

/** A service whose uploads begin to load when they are told to. */
async function held(t: Test, changes = {}) {
  const gate = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  const loads: string[] = [];
  const one = await service(t, changes, (_store, storeDir) => ({
    loadUpload: async (work, control) => {
      loads.push(work.id);
      begun.resolve();
      await gate.promise;
      control.signal.throwIfAborted();
      control.onProgress(0.5);
      return loadHere(storeDir)(work, control);
    },
  }));
  return { ...one, gate, begun, loads };
}

const send = ({ ask, key }: TestService, more: object = {}, payload: string | Buffer = files.payload) =>
  ask({
    method: 'POST',
    url: '/v1/uploads',
    headers: { ...key('vendor', [LEA]), ...files.headers, ...ASYNC, ...more },
    payload,
  });

const incoming = ({ config }: TestService): string => join(config.storeDir, 'incoming');

t.test('an upload can be answered when it has arrived, and asked for until it is loaded', async (t) => {
  const one = await held(t);
  const { ask, key, app } = one;
  const headers = key('auditor', [LEA]);
  const accepted = await send(one);
  t.match(accepted, {
    status: 202,
    headers: { 'preference-applied': 'respond-async', location: `/v1/uploads/${accepted.body.id}/status` },
    body: { status: 'Pending', progress: 0, sender: LEA, links: { self: accepted.headers['location'] } },
  });
  await one.begun.promise;
  const { location } = accepted.headers;
  const upload = `/v1/uploads/${accepted.body.id}`;
  t.match((await ask({ url: `${location}`, headers })).body, { status: 'Processing', links: { upload: undefined } });
  t.equal((await ask({ url: upload, headers })).status, 404, 'it is no upload yet');
  const waiting = await send(one);
  t.match((await ask({ url: `${waiting.headers['location']}`, headers })).body, { status: 'Pending', progress: 0 });
  t.equal((await ask({ url: `${location}`, headers: key('auditor', [OTHER_LEA]) })).status, 404);
  one.gate.resolve();
  await app.jobs.upload.idle();
  t.strictSame((await ask({ url: `${location}`, headers })).body, {
    id: accepted.body.id,
    status: 'Complete',
    progress: 100,
    sender: LEA,
    requestedAt: NOW.toISOString(),
    finishedAt: NOW.toISOString(),
    links: { self: location, upload, problems: `${upload}/problems` },
  });
  t.match((await ask({ url: upload, headers })).body, {
    counts: { added: 2 },
    files: [{ name: 'SENR.txt' }, { name: 'SENR.txt.2' }],
  });
  t.same(readdirSync(incoming(one)), [], 'nothing of it is left');
});

t.test('the same upload sent again gets the same answer', async (t) => {
  const one = await held(t);
  const headers = { ...one.key('vendor', [LEA]), 'idempotency-key': 'k' };
  const first = await send(one, headers);
  const again = await send(one, headers);
  t.match(again, { status: 202, headers: { 'idempotent-replayed': 'true', location: first.headers['location'] } });
  t.same(again.body, first.body);
  one.gate.resolve();
  await one.app.jobs.upload.idle();
  t.equal(one.loads.length, 1);
});

t.test('what cannot be loaded says why', async (t) => {
  const one = await service(t);
  const headers = { ...one.key('vendor', [LEA]), ...ASYNC };
  const failed = async (payload: string, type = 'text/plain') => {
    const { headers: told } = await one.ask({
      method: 'POST',
      url: '/v1/uploads',
      headers: { ...headers, 'content-type': type },
      payload,
    });
    await one.app.jobs.upload.idle();
    return (await one.ask({ url: `${told['location']}`, headers })).body;
  };
  t.match(await failed('a,b,c\nd,e,f\n'), {
    status: 'Failed',
    failure: /not a caret-delimited file/,
    finishedAt: NOW.toISOString(),
  });
  t.same(readdirSync(incoming(one)), []);
  for (const [error, failure] of [[new Error(`secret ${SSID}`), /The log of the service has the cause/]] as const) {
    const broken = await service(t, {}, () => ({ loadUpload: () => Promise.reject(error) }));
    const { location } = (await send(broken)).headers;
    await broken.app.jobs.upload.idle();
    const { body } = await broken.ask({ url: `${location}`, headers: broken.key('vendor', [LEA]) });
    t.match(body, { status: 'Failed', failure });
    t.notMatch(body, { failure: /secret/ });
    t.same(readdirSync(incoming(broken)), []);
  }
});

t.test('while another program loads, and while the disk is full, it waits', async (t) => {
  let tries = 0;
  const disk = Object.assign(new Error('write'), { code: 'ENOSPC' });
  const one = await service(t, {}, (_store, storeDir) => ({
    loadUpload: (work, control) =>
      ++tries < 3 ? Promise.reject(tries === 1 ? disk : new StoreBusyError()) : loadHere(storeDir)(work, control),
  }));
  const { location } = (await send(one)).headers;
  const headers = one.key('vendor', [LEA]);
  // It is tried again after a while, or when another upload comes.
  for (let i = 0; i < 2; i++) {
    await one.app.jobs.upload.idle();
    t.match((await one.ask({ url: `${location}`, headers })).body, { status: 'Pending' });
    one.app.jobs.upload.wake();
  }
  await one.app.jobs.upload.idle();
  t.match((await one.ask({ url: `${location}`, headers: one.key('vendor', [LEA]) })).body, { status: 'Complete' });
  t.equal(tries, 3);
});

t.test('progress that cannot be noted is passed over', async (t) => {
  let seconds = 0;
  const one = await service(t, {}, (store, storeDir) => {
    const table = store.jobs('upload');
    const { update } = table;
    table.update = async (id, change, ...more) => {
      if (Object.keys(change).join() === 'progress') throw Object.assign(new Error('full'), { errcode: 13 });
      return update(id, change, ...more);
    };
    return {
      clock: () => new Date(NOW.getTime() + 1_000 * seconds++),
      // As a thread does: whoever tells of progress cannot be told of an error.
      loadUpload: async (work, control) => {
        control.onProgress(0.5);
        return loadHere(storeDir)(work, { ...control, onProgress: () => {} });
      },
    };
  });
  const { location } = (await send(one)).headers;
  await one.app.jobs.upload.idle();
  t.match((await one.ask({ url: `${location}`, headers: one.key('vendor', [LEA]) })).body, { status: 'Complete' });
  t.ok(one.log.some((text) => /uploads wait/.test(text)));
});

t.test('it can be cancelled until it is loaded', async (t) => {
  const one = await held(t);
  const { ask, key, app, store } = one;
  const headers = key('vendor', [LEA]);
  const running = (await send(one)).headers['location'] as string;
  const waiting = (await send(one)).headers['location'] as string;
  await one.begun.promise;
  t.equal((await ask({ method: 'DELETE', url: waiting, headers: key('vendor', [OTHER_LEA]) })).status, 404);
  t.equal((await ask({ method: 'DELETE', url: waiting, headers })).status, 204);
  const cancelled = ask({ method: 'DELETE', url: running, headers });
  one.gate.resolve();
  t.equal((await cancelled).status, 204);
  await app.jobs.upload.idle();
  for (const url of [running, waiting]) {
    t.match((await ask({ url, headers })).body, { status: 'Cancelled', finishedAt: NOW.toISOString() });
    t.equal((await ask({ method: 'DELETE', url, headers })).status, 204, 'once more changes nothing');
  }
  t.equal(await store.snapshot(), 0);
  t.same(readdirSync(incoming(one)), []);

  const loaded = (await send(one)).headers['location'] as string;
  await app.jobs.upload.idle();
  t.match(await ask({ method: 'DELETE', url: loaded, headers }), { status: 409, body: { code: 'CENR_UPLOAD_LOADED' } });
  t.match((await ask({ url: loaded, headers })).body, { status: 'Complete' });
  t.equal((await ask({ method: 'DELETE', url: '/v1/uploads/upload_x/status', headers })).status, 404);
});

t.test('a loading thread that is to stop stores nothing', async (t) => {
  const stop = new AbortController();
  let began = false;
  const one = await service(t, {}, (_store, storeDir) => ({
    loadUpload: (work, control) =>
      loadUpload({
        storeDir,
        ...work,
        signal: control.signal,
        onProgress() {
          began = true;
          stop.abort();
        },
      }),
  }));
  const { location } = (await send(one)).headers;
  const job = (await one.store.forLEAs('all').jobs('upload').list({}))[0] as UploadJob;
  stop.signal.addEventListener('abort', () => void one.app.jobs.upload.cancel(job));
  await one.app.jobs.upload.idle();
  t.ok(began);
  const { body } = await one.ask({ url: `${location}`, headers: one.key('vendor', [LEA]) });
  t.equal(await one.store.snapshot(), body.status === 'Cancelled' ? 0 : 1, body.status);
});

t.test('turns go round between keys', async (t) => {
  const one = await held(t);
  const ids: string[] = [];
  const by = async (headers: object): Promise<void> => void ids.push((await send(one, headers)).body.id);
  const many = one.key('vendor', [LEA]);
  for (let i = 0; i < 3; i++) await by(many);
  await by(one.key('vendor', [LEA]));
  one.gate.resolve();
  await one.app.jobs.upload.idle();
  t.same(one.loads, [ids[0], ids[3], ids[1], ids[2]], 'who sent one is not held up by who sent three');
});

/** The next start of a service in the same folder, in place of the first, which never ends in good order. */
async function restarted(t: Test, { config }: TestService, loadUpload?: LoadUpload) {
  return service(t, {}, () => (loadUpload ? { loadUpload } : {}), config.storeDir);
}

t.test('after a restart it is loaded, exactly once, and what was half received is gone', async (t) => {
  const one = await held(t);
  const headers = one.key('vendor', [LEA]);
  const first = (await send(one)).body;
  const second = (await send(one)).body;
  await one.begun.promise;
  const folder = join(incoming(one), first.id, '0');
  t.equal(statSync(join(folder, 'SENR.txt')).mode & 0o777, 0o600);
  t.equal(statSync(folder).mode & 0o777, 0o700);
  mkdirSync(join(incoming(one), 'upload_half', '0'), { recursive: true });
  writeFileSync(join(incoming(one), 'upload_half', '0', 'SENR.txt'), 'SENR');
  const sync = one.ask({
    method: 'POST',
    url: '/v1/uploads',
    headers: { ...headers, 'content-type': 'text/plain' },
    payload: line('SENR'),
  });
  const all = one.store.forLEAs('all').jobs('upload');
  while ((await all.list({})).length < 3) await new Promise(setImmediate);
  const awaited = (await all.list({})).find((job) => job.isAwaited) as UploadJob;
  // As if it had been killed: what it left is in the folder, and its queue does nothing more.
  await one.stopLog();
  const next = await restarted(t, one);
  await next.app.jobs.upload.idle();
  const uploads = next.store.forLEAs('all');
  t.same(
    (await uploads.uploads({ limit: 9 })).map(({ id }) => id),
    [second.id, first.id],
  );
  for (const { id } of [first, second])
    t.match(await uploads.jobs('upload').get(id), { status: 'Complete', progress: 1 });
  t.match(
    await uploads.jobs('upload').get(awaited.id),
    { status: 'Failed', failure: /send it again/ },
    'nobody was told',
  );
  t.same(readdirSync(incoming(next)), []);

  // It was stored, and the process died before that could be noted.
  await next.store.jobs('upload').update(first.id, { status: 'Processing', progress: 0.5 });
  await next.stopLog();
  const third = await restarted(t, next, () => Promise.reject(new Error('it was loaded twice')));
  await third.app.jobs.upload.idle();
  t.match(await third.store.forLEAs('all').jobs('upload').get(first.id), { status: 'Complete', progress: 1 });
  t.equal(await third.store.snapshot(), 2);
  one.gate.reject(new Error('killed'));
  await one.app.close();
  t.equal((await sync).status, 503);
  t.notOk(existsSync(join(incoming(third), awaited.id)));
});

t.test('a service that stops tells whoever waits, and takes up the others at its next start', async (t) => {
  const one = await held(t);
  const headers = one.key('vendor', [LEA]);
  const running = (await send(one)).body;
  const waiting = (await send(one)).body;
  const sync = one.ask({
    method: 'POST',
    url: '/v1/uploads',
    headers: { ...headers, 'content-type': 'text/plain' },
    payload: line('SENR'),
  });
  const jobs = one.store.forLEAs('all').jobs('upload');
  while ((await jobs.list({})).length < 3) await new Promise(setImmediate);
  const closed = one.app.close();
  setImmediate(() => one.gate.resolve());
  t.match(await sync, { status: 503, headers: { 'retry-after': '30' }, body: { code: 'CENR_NOT_READY' } });
  await closed;
  t.match(await jobs.get(waiting.id), { status: 'Pending' });
  t.match(await jobs.get(running.id), { status: /^(Pending|Complete)$/ });
  t.match(
    (await jobs.list({})).find((job) => job.isAwaited),
    { status: 'Failed' },
  );
});
