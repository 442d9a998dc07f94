import t from 'tap';
import { todayIn } from '#base/today';
import { DEFAULT_CONFIG, PROCESS_ROLES } from '#service/config';
import { configFrom } from '#service/environment';
import { LEA, line, record, service } from '../support/service.ts';

t.test('live and ready', async (t) => {
  const { ask, app, store } = await service(t);
  t.match(await ask({ url: '/health/live' }), { status: 200, body: { status: 'live' } });
  t.match(await ask({ url: '/health/ready' }), {
    status: 200,
    body: { status: 'ready', rulebook: (await app.rules.current()).hash },
    headers: { 'cenr-rulebook': (await app.rules.current()).hash },
  });
  store.ping = async () => {
    throw new Error('disk');
  };
  t.match(await ask({ url: '/health/ready' }), { status: 503, body: { code: 'CENR_NOT_READY' } });
  t.equal((await ask({ url: '/health/live' })).status, 200, 'a process that waits for its disk is alive');
});

t.test('metrics count by route template, and know no student', async (t) => {
  const { ask, key, app } = await service(t);
  const headers = key('vendor', [LEA]);
  await ask({
    method: 'POST',
    url: '/v1/uploads',
    headers,
    payload: [line('SENR'), line('SENR', { gradeLevelCode: 'XX' })].join('\n'),
  });
  await ask({ url: '/v1/uploads/9900000001', headers });
  await ask({ url: '/9900000001' });
  await ask({
    method: 'POST',
    url: '/v1/evaluations',
    headers,
    payload: { request: { reportingLEAs: [LEA], academicYear: '2023-2024' }, records: [record('SENR')] },
  });
  await ask({
    method: 'POST',
    url: '/v1/extracts',
    headers,
    payload: { reportingLEAs: [LEA], academicYear: '2023-2024' },
  });
  await app.jobs.extract.idle();
  const { status, text } = await ask({ url: '/metrics' });
  t.equal(status, 200);
  for (const expected of [
    'cenr_http_request_duration_seconds_count{method="GET",route="/v1/uploads/:id",status="404"} 1',
    'cenr_http_request_duration_seconds_count{method="GET",route="unknown",status="404"} 1',
    'cenr_uploads_total 1',
    'cenr_upload_lines_total{result="added"} 1',
    'cenr_upload_lines_total{result="rejected"} 1',
    'cenr_extracts_total{status="Complete"} 1',
    'cenr_extract_rows_total 1',
    'cenr_evaluated_students_total 1',
    `cenr_rulebook_info{sha256="${(await app.rules.current()).hash}"} 1`,
  ])
    t.ok(text.includes(expected), expected);
  t.notMatch(text, /9900000001/);
});

t.test('the rulebook in effect, and whether it is still that', async (t) => {
  const { ask, key, app } = await service(t);
  const headers = key('policy', 'all');
  const { status, body, headers: answered } = await ask({ url: '/v1/rulebook', headers });
  t.equal(status, 200);
  t.equal(body.sha256, (await app.rules.current()).hash);
  t.equal(answered['cenr-rulebook'], (await app.rules.current()).hash);
  t.same(
    body.fields.map(({ field }: { field: string }) => field),
    Array.from({ length: 13 }, (_, i) => String(36 + i)),
  );
  t.match(body.fields[4], {
    field: '40',
    name: 'Homeless Program Eligible',
    source: { page: String, element: '40' },
    rules: ['eligible', 'otherwise'],
  });
  t.ok(body.checks.length > 30 && body.parameters.length > 10 && body.selection.onePer.length > 0);
  t.equal(
    (await ask({ url: '/v1/rulebook', headers: { ...headers, 'if-none-match': answered['etag'] ?? '' } })).status,
    304,
  );
});

t.test('the API document and its page', async (t) => {
  const { ask, app } = await service(t);
  const { body } = await ask({ url: '/openapi.json' });
  t.equal(body.openapi, '3.1.0');
  t.match(body.paths['/v1/extracts'].post, {
    security: undefined,
    requestBody: { content: { 'application/json': {} } },
  });
  t.equal((await app.inject({ url: '/docs/' })).statusCode, 200);
  t.match(
    (await app.inject({ url: '/docs/static/index.html' })).headers['content-security-policy'],
    /default-src 'self'/,
  );
});

t.test('answers are not to be kept or guessed at', async (t) => {
  const { ask, key } = await service(t);
  for (const asked of [
    { url: '/v1/uploads', headers: key('vendor', [LEA]) },
    { url: '/v1/uploads' },
    { url: '/nothing' },
  ])
    t.match((await ask(asked)).headers, {
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'x-request-id': String,
    });
});

t.test('unknown query parameters are refused everywhere below /v1', async (t) => {
  const { ask, key } = await service(t);
  const headers = key('admin', 'all');
  for (const url of [
    '/v1/rulebook',
    '/v1/uploads/x',
    '/v1/uploads/x/problems',
    '/v1/extracts/x',
    '/v1/extracts/x/file',
    '/v1/extracts',
  ])
    t.match(
      await ask({ url: `${url}?pretty=1`, headers }),
      { status: 400, body: { errors: [{ parameter: 'pretty' }] } },
      url,
    );
  t.match(await ask({ method: 'POST', url: '/v1/evaluations?pretty=1', headers, payload: {} }), {
    status: 400,
    body: { errors: [{ parameter: 'pretty' }] },
  });
});

t.test('settings come from the environment, and mistakes in them are named', async (t) => {
  t.same(configFrom({}), {});
  t.same(
    configFrom({
      CENR_PORT: '81',
      CENR_HOST: '0.0.0.0',
      CENR_TRUST_PROXY: 'true',
      CENR_REQUESTS_PER_MINUTE: '0',
      PATH: '/bin',
      CENR_STORE: '',
    }),
    {
      port: 81,
      host: '0.0.0.0',
      trustProxy: true,
      requestsPerMinute: 0,
    },
  );
  t.same(configFrom({ CENR_TRUST_PROXY: '10.0.0.0/8' }), { trustProxy: '10.0.0.0/8' });
  for (const role of PROCESS_ROLES) t.same(configFrom({ CENR_ROLE: role }), { role });
  t.throws(() => configFrom({ CENR_ROLE: 'worker' }), { message: /CENR_ROLE is "worker"; expected api, work or both/ });
  for (const wrong of ['eighty', '-1', '1e3', '8080 '])
    t.throws(() => configFrom({ CENR_PORT: wrong }), { message: /CENR_PORT is "/ });
  t.ok(Object.isFrozen(DEFAULT_CONFIG));
});

t.test('today changes at midnight in California', async (t) => {
  let now = new Date('2024-07-16T06:59:59Z');
  const today = todayIn('America/Los_Angeles', () => now);
  t.equal(today(), '20240715');
  now = new Date('2024-07-16T07:00:00Z');
  t.equal(today(), '20240716');
  t.equal(todayIn('UTC', () => new Date('2024-01-01T00:00:00Z'))(), '20240101');
});
