import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import t, { type Test } from 'tap';
import { type AccessLog, openAccessLog } from '#audit/access-log/access-log';
import { ACCESS_LOG, openLogFile } from '#audit/access-log/log-file';
import { verifyAccessLog } from '#audit/access-log/read';
import { buildApp } from '#service/app';
import { folder } from '../support/folders.ts';
import { shipped } from '../support/histories.ts';
import { extractFile, LEA, line, NOW, OTHER_LEA, record, service, type TestService } from '../support/service.ts';

const SSID = '9912345678';
const ERASED = ['time', 'requestId', 'previous', 'hash', 'number'];

/** The entries so far, without what every entry has. */
const entries = ({ config }: Pick<TestService, 'config'>): Record<string, unknown>[] =>
  readFileSync(join(config.storeDir, ACCESS_LOG), 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((one) =>
      Object.fromEntries(Object.entries(JSON.parse(one) as object).filter(([name]) => !ERASED.includes(name))),
    );

/** A log on a disk that can be made to fail. */
async function failing(t: Test): Promise<{ readonly log: AccessLog; readonly disk: { fails: boolean } }> {
  const disk = { fails: false };
  const log = await openAccessLog(folder(t), {
    clock: () => NOW,
    openFile: async (path) => {
      const file = await openLogFile(path);
      return {
        ...file,
        sync: () =>
          disk.fails ? Promise.reject(Object.assign(new Error(`disk ${SSID}`), { code: 'EIO' })) : file.sync(),
      };
    },
  });
  t.teardown(() => log.close());
  return { log, disk };
}

t.test('what is entered of a request', async (t) => {
  const one = await service(t);
  const { ask, key, store } = one;
  const headers = key('vendor', [LEA]);
  const [keyId] = (await store.keys()).map(({ id }) => id);
  const by = { keyId, role: 'vendor' };
  const uploaded = await ask({ method: 'POST', url: '/v1/uploads', headers, payload: line('SENR', { ssid: SSID }) });
  const upload = uploaded.body.id;
  await ask({
    url: uploaded.body.links.problems,
    headers: {
      ...headers,
      'access-purpose': 'annual audit, Núñez & Co. (2024)'.replace('Núñez', 'N\u00c3\u00ba\u00c3\u00b1ez'),
    },
  });
  const requested = await ask({
    method: 'POST',
    url: '/v1/extracts',
    headers,
    payload: { reportingLEAs: [LEA], academicYear: '2023-2024' },
  });
  const extract = requested.body.id;
  await one.app.jobs.extract.idle();
  await ask({ url: `/v1/extracts/${extract}/file`, headers });
  await ask({ method: 'HEAD', url: `/v1/extracts/${extract}`, headers });
  await ask({ url: '/v1/uploads?limit=3', headers });
  await ask({ url: '/v1/rulebook', headers });
  await ask({ method: 'DELETE', url: `/v1/extracts/${extract}`, headers });
  t.same(entries(one), [
    { ...by, method: 'POST', route: '/v1/uploads', upload, status: 201 },
    {
      ...by,
      method: 'GET',
      route: '/v1/uploads/:id/problems',
      upload,
      purpose: 'annual audit, Núñez & Co. (2024)',
      status: 200,
    },
    { ...by, method: 'POST', route: '/v1/extracts', extract, status: 202 },
    { ...by, method: 'GET', route: '/v1/extracts/:id/file', extract, status: 200 },
    { ...by, method: 'HEAD', route: '/v1/extracts/:id', extract, status: 200 },
    { ...by, method: 'GET', route: '/v1/uploads', status: 200 },
    { ...by, method: 'GET', route: '/v1/rulebook', status: 200 },
    { ...by, method: 'DELETE', route: '/v1/extracts/:id', extract, status: 204 },
  ]);
  const raw = JSON.parse(readFileSync(join(one.config.storeDir, ACCESS_LOG), 'utf8').split('\n')[0] as string);
  t.match(raw, { number: 1, time: NOW.toISOString(), requestId: uploaded.headers['x-request-id'] });

  for (const url of ['/health/live', '/health/ready', '/metrics', '/openapi.json', '/errors', '/nothing'])
    await ask({ url });
  t.equal(entries(one).length, 8, 'what is not about students is not entered');
  t.match(await verifyAccessLog(one.config.storeDir), { fault: undefined, end: { number: 8 } });
  const { text } = await ask({ url: '/metrics' });
  t.ok(text.includes('cenr_access_log_entries_total 8') && text.includes('cenr_access_log_failures_total 0'));
});

t.test('refused requests are entered', async (t) => {
  const one = await service(t, { requestsPerMinute: 13 });
  const { ask, key, store } = one;
  const headers = key('vendor', [LEA]);
  const policy = key('policy', [LEA]);
  const [vendorId, policyId] = await Promise.all(
    ['vendor', 'policy'].map(async (role) => (await store.keys()).find((k) => k.role === role)?.id),
  );
  const by = { keyId: vendorId, role: 'vendor' };
  const get = { ...by, method: 'GET' };
  const cases: [Parameters<typeof ask>[0], Record<string, unknown>][] = [
    [{ url: '/v1/uploads' }, { method: 'GET', route: '/v1/uploads', status: 401, refusal: 'CENR_KEY_REQUIRED' }],
    [
      {
        url: '/v1/uploads',
        headers: { authorization: `Bearer cenr_${'x'.repeat(43)}`, 'access-purpose': 'curiosity' },
      },
      { method: 'GET', route: '/v1/uploads', purpose: 'curiosity', status: 401, refusal: 'CENR_KEY_UNKNOWN' },
    ],
    [
      { url: '/v1/uploads/x', headers: policy },
      {
        keyId: policyId,
        role: 'policy',
        method: 'GET',
        route: '/v1/uploads/:id',
        upload: 'x',
        status: 403,
        refusal: 'CENR_ROLE_MISSING',
      },
    ],
    [
      { url: '/v1/extracts/y/file', headers },
      { ...get, route: '/v1/extracts/:id/file', extract: 'y', status: 404, refusal: 'CENR_NOT_FOUND' },
    ],
    [
      { url: `/v1/uploads?ssid=${SSID}&school=1234567&grade=KN&field=40`, headers },
      {
        ...get,
        route: '/v1/uploads',
        ssid: SSID,
        school: '1234567',
        grade: 'KN',
        field: '40',
        status: 400,
        refusal: 'CENR_REQUEST_INVALID',
      },
    ],
    [
      { url: `/v1/extracts/y/rows/${SSID}/1234567/KN/explanation?field=40`, headers },
      {
        ...get,
        route: '/v1/extracts/:id/rows/:ssid/:school/:grade/explanation',
        extract: 'y',
        ssid: SSID,
        school: '1234567',
        grade: 'KN',
        field: '40',
        status: 404,
        refusal: 'CENR_NOT_FOUND',
      },
    ],
    [
      { url: `/v1/extracts/y/missing/${SSID}`, headers },
      {
        ...get,
        route: '/v1/extracts/:id/missing/:ssid',
        extract: 'y',
        ssid: SSID,
        status: 404,
        refusal: 'CENR_NOT_FOUND',
      },
    ],
    [
      { url: `/v1/nothing?ssid=${SSID}`, headers },
      { ...get, route: 'unknown', ssid: SSID, status: 404, refusal: 'CENR_ROUTE_UNKNOWN' },
    ],
    [
      { method: 'PUT', url: '/v1/uploads', headers },
      { ...by, method: 'PUT', route: '/v1/uploads', status: 405, refusal: 'CENR_METHOD_NOT_ALLOWED' },
    ],
    [
      { method: 'POST', url: '/v1/extracts', headers, payload: { reportingLEAs: [OTHER_LEA], asOf: '2024-01-01' } },
      { ...by, method: 'POST', route: '/v1/extracts', status: 404, refusal: 'CENR_NOT_FOUND' },
    ],
    [
      { url: '/%76%31/uploads/z', headers },
      { ...get, route: '/v1/uploads/:id', upload: 'z', status: 404, refusal: 'CENR_NOT_FOUND' },
    ],
    [
      { url: `/v1/uploads?ssid=${'9'.repeat(300)}&ssid=1`, headers },
      { ...get, route: '/v1/uploads', ssid: `${'9'.repeat(128)}…`, status: 400, refusal: 'CENR_REQUEST_INVALID' },
    ],
  ];
  for (const [request, expected] of cases) {
    const { status, body } = await ask(request);
    t.same(entries(one).at(-1), expected, `${request.method ?? 'GET'} ${String(request.url).slice(0, 60)}`);
    t.same([status, body.code], [expected['status'], expected['refusal']]);
  }
  t.equal(entries(one).length, cases.length);
  for (const url of ['/v1/uploads/%zz', `/v1/uploads/${'x'.repeat(129)}`]) await ask({ url });
  await ask({ method: 'PUT', url: '/v1/uploads' });
  t.equal(entries(one).length, cases.length, 'what asks for nothing, without a key, is not entered');
  let last = await ask({ url: '/v1/uploads/x', headers });
  while (last.status !== 429) last = await ask({ url: '/v1/uploads/x', headers });
  t.match(entries(one).at(-1), { ...get, upload: 'x', status: 429, refusal: 'CENR_RATE_LIMITED' });
  t.match(await verifyAccessLog(one.config.storeDir), { fault: undefined });

  t.ok(JSON.stringify(entries(one)).includes(SSID));
  t.notOk(one.log.join('').includes(SSID), 'the ordinary log has no student');
});

t.test('a purpose that cannot be entered is refused', async (t) => {
  const one = await service(t);
  const { ask, key } = one;
  const headers = key('vendor', [LEA]);
  const purposes: [string, number][] = [
    ['a'.repeat(200), 200],
    ['a'.repeat(201), 400],
    ['', 400],
    ['tab\tbed', 400],
    ['caf\u00c3\u00a9', 200],
    ['caf\u00e9 in Latin-1', 400],
    ['\u00e2\u0080\u00ae', 400],
  ];
  for (const [purpose, expected] of purposes) {
    const { status, body } = await ask({ url: '/v1/uploads', headers: { ...headers, 'access-purpose': purpose } });
    t.equal(status, expected, JSON.stringify(purpose.slice(0, 20)));
    const entry = entries(one).at(-1);
    t.equal(entry?.['status'], expected);
    if (expected === 400) {
      t.match(body, {
        code: 'CENR_REQUEST_INVALID',
        errors: [{ header: 'Access-Purpose', message: 'expected 1 to 200 printable characters in UTF-8' }],
      });
      t.notOk(entry && 'purpose' in entry);
    }
  }
  t.match(
    await ask({ url: '/v1/uploads', headers: { 'access-purpose': '' } }),
    { status: 401 },
    'whoever has no key is told that first',
  );
  t.match(await ask({ url: '/health/live', headers: { 'access-purpose': '' } }), { status: 200 });
});

t.test(
  'evaluations disclose nothing that is kept: entered when refused for authorization, or when explained',
  async (t) => {
    const one = await service(t);
    const { ask, key } = one;
    const payload = {
      request: { reportingLEAs: [LEA], academicYear: '2023-2024' },
      records: [record('SENR', { ssid: SSID })],
    };
    const evaluation = { method: 'POST' as const, url: '/v1/evaluations', headers: key('policy', [LEA]), payload };
    t.equal((await ask(evaluation)).status, 200);
    t.equal((await ask({ ...evaluation, payload: {} })).status, 400);
    t.same(entries(one), []);
    await ask({ ...evaluation, headers: {} });
    await ask({ ...evaluation, payload: { ...payload, request: { ...payload.request, reportingLEAs: 'all' } } });
    await one.app.inject({ ...evaluation, url: '/v1/evaluations?explain=true' });
    t.match(entries(one), [
      { status: 401 },
      { status: 403, refusal: 'CENR_ALL_LEAS_MISSING' },
      { route: '/v1/evaluations' },
    ]);
    t.equal(entries(one).length, 3);
    t.notOk(JSON.stringify(entries(one)).includes(SSID), 'records that the caller brings are not written down');
  },
);

t.test('what cannot be entered is not answered', async (t) => {
  const { log, disk } = await failing(t);
  const one = await service(t, {}, () => ({ accessLog: log }));
  const { ask, key, app } = one;
  const headers = key('vendor', [LEA]);
  const payload = line('SENR', { ssid: SSID });
  const upload = { method: 'POST' as const, url: '/v1/uploads', headers, payload };
  const { id: uploadId } = (await ask(upload)).body;
  const extract = {
    method: 'POST' as const,
    url: '/v1/extracts',
    headers,
    payload: { reportingLEAs: [LEA], academicYear: '2023-2024' },
  };
  const { id } = (await ask(extract)).body;
  await app.jobs.extract.idle();
  t.ok(readFileSync(extractFile(one, id), 'utf8').includes(SSID));

  disk.fails = true;
  const requests = [
    { url: `/v1/extracts/${id}/file`, headers },
    { method: 'HEAD' as const, url: `/v1/extracts/${id}/file`, headers },
    { url: `/v1/extracts/${id}`, headers },
    { url: `/v1/uploads/${uploadId}/problems`, headers },
    { method: 'DELETE' as const, url: `/v1/extracts/${id}`, headers },
    upload,
    extract,
    { url: '/v1/uploads' },
    { url: '/v1/rulebook', headers },
    { url: '/v1/nothing', headers },
  ];
  for (const request of requests) {
    const what = `${'method' in request ? request.method : 'GET'} ${request.url}`;
    const { status, headers: answered, body, text } = await ask(request);
    t.equal(status, 503, what);
    t.equal(answered['retry-after'], '5');
    if (what.startsWith('HEAD')) t.equal(text, '', 'a HEAD has no body');
    else
      t.match(
        body,
        {
          code: 'CENR_ACCESS_LOG_UNAVAILABLE',
          status: 503,
          type: '/errors/CENR_ACCESS_LOG_UNAVAILABLE',
          requestId: String,
        },
        what,
      );
    t.equal(answered['x-request-id'], body?.requestId ?? answered['x-request-id']);
    const allowed = [
      'cache-control',
      'connection',
      'content-length',
      'content-type',
      'date',
      'retry-after',
      'x-content-type-options',
      'x-request-id',
    ];
    t.same(
      Object.keys(answered).filter((name) => !allowed.includes(name)),
      [],
      'no header of the answer that was held back',
    );
    t.notMatch(text + JSON.stringify(answered), new RegExp(`${SSID}|${id}|${uploadId}`), what);
  }
  t.notOk(existsSync(extractFile(one, id)), 'what was done stays done');
  t.match(await ask({ url: '/health/ready' }), { status: 503, body: { code: 'CENR_NOT_READY' } });
  t.equal((await ask({ url: '/health/live' })).status, 200);
  t.equal(
    (
      await ask({
        method: 'POST',
        url: '/v1/evaluations',
        headers,
        payload: { ...extract.payload, request: extract.payload, records: [payload] },
      })
    ).status,
    400,
    'what is not entered is answered as ever',
  );

  disk.fails = false;
  t.equal((await ask({ url: '/health/ready' })).status, 200, 'the service heals');
  t.equal((await ask({ url: '/v1/uploads', headers })).status, 200);
  const lines = one.log.map((text) => JSON.parse(text));
  t.match(
    lines.find(({ msg }) => msg === 'the access log cannot be written'),
    { level: 50, err: { code: 'EIO' }, requestId: String },
  );
  t.equal(
    lines.filter(({ code }) => code === 'CENR_ACCESS_LOG_UNAVAILABLE').length,
    requests.length,
    'the ordinary log says why',
  );
  t.notMatch(one.log.join(''), new RegExp(SSID));
  t.match((await ask({ url: '/metrics' })).text, new RegExp(`cenr_access_log_failures_total ${requests.length}`));
});

t.test('a stream that is held back is not read, and destroyed', async (t) => {
  const { log, disk } = await failing(t);
  const { store, config } = await service(t);
  const never = () => Promise.reject(new Error('not asked for'));
  const app = await buildApp(config, {
    store,
    rulebook: shipped,
    clock: () => NOW,
    loadUpload: never,
    writeExtract: never,
    writeImpact: never,
    reconcile: never,
    ssidWork: { match: never, list: never, search: never },
    checkDraft: never,
    accessLog: log,
    version: '0',
  });
  t.teardown(() => app.close());
  let read = 0;
  let stream: Readable | undefined;
  app.get('/v1/stream', { config: { access: 'public' } }, (_request, reply) => {
    stream = new Readable({
      read() {
        read++;
        this.push(SSID);
        this.push(null);
      },
    });
    return reply.type('text/plain').send(stream);
  });
  t.equal((await app.inject({ url: '/v1/stream' })).body, SSID);
  t.equal(read, 1);
  disk.fails = true;
  t.match(await app.inject({ url: '/v1/stream' }), { statusCode: 503, body: /CENR_ACCESS_LOG_UNAVAILABLE/ });
  t.same([read, stream?.destroyed], [1, true]);
});

t.test('a service without an access log serves nothing that has to be entered', async (t) => {
  const one = await service(t, {}, () => ({ accessLog: undefined as never }));
  const headers = one.key('admin', 'all');
  t.match(await one.ask({ url: '/v1/uploads', headers }), {
    status: 503,
    body: { code: 'CENR_ACCESS_LOG_UNAVAILABLE' },
  });
  t.equal((await one.ask({ url: '/health/live' })).status, 200);
  t.equal((await one.ask({ url: '/health/ready' })).status, 503);
});
