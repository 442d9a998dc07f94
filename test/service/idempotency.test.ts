import { cpSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { ServiceDeps } from '#service/app';
import type { Store } from '#store/store';
import { folder } from '../support/folders.ts';
import { LEA, line, loadHere, multipart, OTHER_LEA, service, type TestService } from '../support/service.ts';

const request = { reportingLEAs: [LEA], academicYear: '2023-2024' };
const upload = { method: 'POST' as const, url: '/v1/uploads' };
const extract = { method: 'POST' as const, url: '/v1/extracts' };

t.test('an upload sent again is loaded once and answered twice', async (t) => {
  let loaded = 0;
  const { ask, key } = await service(t, {}, (_store, storeDir) => ({
    loadUpload: (options) => {
      loaded++;
      return loadHere(storeDir)(options);
    },
  }));
  const headers = { ...key('vendor', [LEA]), 'idempotency-key': 'night of 15 July'.replaceAll(' ', '-') };
  const first = await ask({ ...upload, headers, payload: line('SENR') });
  t.notOk(first.headers['idempotent-replayed']);
  const second = await ask({ ...upload, headers, payload: line('SENR') });
  t.equal(second.headers['idempotent-replayed'], 'true');
  for (const part of ['status', 'text'] as const) t.equal(second[part], first[part]);
  for (const name of ['location', 'content-type', 'cenr-rulebook'])
    t.equal(second.headers[name], first.headers[name], name);
  t.equal(loaded, 1);

  t.match(
    await ask({ ...upload, headers, payload: line('SINF') }),
    { status: 422, body: { code: 'CENR_IDEMPOTENCY_KEY_REUSED' } },
    'other content',
  );
  t.match(
    await ask({ ...upload, url: '/v1/uploads?encoding=windows-1252', headers, payload: line('SENR') }),
    { status: 422 },
    'another encoding',
  );
  t.match(await ask({ ...extract, headers, payload: request }), { status: 422 }, 'another request altogether');
  t.equal(
    (await ask({ ...upload, headers: { ...headers, ...key('vendor', [LEA]) }, payload: line('SINF') })).status,
    201,
    'keys of other callers are other keys',
  );
  t.equal(loaded, 2);
});

t.test('multipart uploads are the same when their files are, whatever the boundary', async (t) => {
  const { ask, key } = await service(t);
  const headers = { ...key('vendor', [LEA]), 'idempotency-key': 'k' };
  const { payload, headers: type } = multipart({ 'a.txt': line('SENR') });
  const first = await ask({ ...upload, headers: { ...headers, ...type }, payload });
  const rebound = {
    payload: payload.toString().replaceAll('cenr-test-boundary', 'another-boundary'),
    type: { 'content-type': type['content-type'].replace('cenr-test-boundary', 'another-boundary') },
  };
  const second = await ask({ ...upload, headers: { ...headers, ...rebound.type }, payload: rebound.payload });
  t.same(second.body, first.body);
  t.equal(second.headers['idempotent-replayed'], 'true');
});

t.test('an extract is requested once, however often its request is sent', async (t) => {
  const { ask, key, app } = await service(t);
  const headers = { ...key('vendor', [LEA]), 'idempotency-key': 'e' };
  const first = await ask({ ...extract, headers, payload: request });
  await app.jobs.extract.idle();
  const second = await ask({ ...extract, headers, payload: { academicYear: '2023-2024', reportingLEAs: [LEA] } });
  t.same(second.body, first.body, 'the first answer, though the extract is complete by now');
  t.equal(second.headers['idempotent-replayed'], 'true');
  t.match(await ask({ ...extract, headers, payload: { ...request, adjusted: true } }), {
    status: 422,
    body: { code: 'CENR_IDEMPOTENCY_KEY_REUSED' },
  });
  t.equal((await ask({ url: '/v1/extracts', headers })).body.extracts.length, 1);
});

t.test('while the first request runs, the second is told to wait', async (t) => {
  const gate = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  const { ask, key } = await service(t, {}, (_store, storeDir) => ({
    loadUpload: async (options) => {
      begun.resolve();
      await gate.promise;
      return loadHere(storeDir)(options);
    },
  }));
  const headers = { ...key('vendor', [LEA]), 'idempotency-key': 'k' };
  const first = ask({ ...upload, headers, payload: line('SENR') });
  await begun.promise;
  const busy = await ask({ ...upload, headers, payload: line('SENR') });
  t.match(busy, { status: 409, body: { code: 'CENR_IDEMPOTENCY_BUSY' } });
  t.ok(busy.headers['retry-after']);
  gate.resolve();
  t.equal((await first).status, 201);
  t.equal((await ask({ ...upload, headers, payload: line('SENR') })).headers['idempotent-replayed'], 'true');
});

t.test('a request that was refused may be corrected under the same key', async (t) => {
  const { ask, key } = await service(t);
  const headers = { ...key('vendor', [LEA]), 'idempotency-key': 'k' };
  t.equal((await ask({ ...extract, headers, payload: { ...request, reportingLEAs: [OTHER_LEA] } })).status, 404);
  t.equal((await ask({ ...extract, headers, payload: request })).status, 202);
});

t.test('a key that cannot be used is refused before anything is received', async (t) => {
  const { ask, key } = await service(t);
  for (const bad of ['', ' ', 'with space', 'x'.repeat(256)])
    t.match(
      await ask({ ...upload, headers: { ...key('vendor', [LEA]), 'idempotency-key': bad }, payload: line('SENR') }),
      { status: 400, body: { errors: [{ header: 'Idempotency-Key' }] } },
      bad,
    );
});

/** The store as a process that is killed at this moment leaves it. */
function killedNow(t: Test, storeDir: string): string {
  const left = folder(t);
  for (const name of readdirSync(storeDir).filter((name) => /\.db(-wal)?$|^incoming$/.test(name)))
    cpSync(join(storeDir, name), join(left, name), { recursive: true });
  return left;
}

t.test('a process that is killed before it answers does nothing twice', async (t) => {
  const added =
    (kind: 'upload' | 'extract') => (store: Store, t: Test, dir: string, killed: (left: string) => void) => {
      const jobs = store.jobs(kind);
      const { add } = jobs;
      jobs.add = async (...job: Parameters<typeof add>) => {
        const isAdded = await add(...job);
        killed(killedNow(t, dir));
        return isAdded;
      };
      return {};
    };
  const loaded = (_store: Store, t: Test, dir: string, killed: (left: string) => void): Partial<ServiceDeps> => ({
    async loadUpload(options) {
      const upload = await loadHere(dir)(options);
      killed(killedNow(t, dir));
      return upload;
    },
  });
  const text = { 'content-type': 'text/plain' };
  for (const [what, kill, asked, status, list] of [
    ['a waiting upload', added('upload'), { ...upload, headers: { ...text, prefer: 'respond-async' } }, 202, 'uploads'],
    ['an upload that was loaded', loaded, { ...upload, headers: text }, 201, 'uploads'],
    ['a waiting extract', added('extract'), { ...extract, headers: {} }, 202, 'extracts'],
  ] as const)
    await t.test(what, async (t) => {
      const left: string[] = [];
      const first = await service(t, {}, (store, dir) => kill(store, t, dir, (at) => left.push(at)));
      const own = first.key('vendor', [LEA]);
      const ask = ({ ask }: TestService) =>
        ask({
          ...asked,
          headers: { ...asked.headers, ...own, 'idempotency-key': 'k' },
          payload: list === 'uploads' ? line('SENR') : request,
        });
      t.equal((await ask(first)).status, status);
      t.equal(left.length, 1);
      const second = await service(t, {}, undefined, left[0]);
      const again = await ask(second);
      t.equal(again.status, status);
      t.equal(again.headers['idempotent-replayed'], 'true');
      for (const queue of [second.app.jobs.upload, second.app.jobs.extract]) await queue.idle();
      t.same(
        (await second.ask({ url: `/v1/${list}`, headers: own })).body[list].map(({ id }: { id: string }) => id),
        [again.body.id],
      );
    });
});

t.test('an upload that was given up may be sent again, corrected, under the same key', async (t) => {
  const left: string[] = [];
  const first = await service(t, {}, (_store, dir) => ({
    async loadUpload(options) {
      left.push(killedNow(t, dir));
      return loadHere(dir)(options);
    },
  }));
  const headers = { ...first.key('vendor', [LEA]), 'idempotency-key': 'k' };
  await first.ask({ ...upload, headers, payload: line('SENR') });
  const second = await service(t, {}, undefined, left[0]);
  const sent = await second.ask({ ...upload, headers, payload: [line('SENR'), line('SINF')].join('\n') });
  t.equal(sent.status, 201);
  const again = await second.ask({ ...upload, headers, payload: [line('SENR'), line('SINF')].join('\n') });
  t.same([again.headers['idempotent-replayed'], again.body], ['true', sent.body]);
  t.equal((await second.ask({ url: '/v1/uploads', headers })).body.uploads.length, 1);
});
