import t from 'tap';
import { LEA, line, loadHere, multipart, OTHER_LEA, service } from '../support/service.ts';

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
