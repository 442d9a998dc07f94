import t from 'tap';
import { LEA, line, record, service } from '../support/service.ts';

const request = { reportingLEAs: [LEA], academicYear: '2023-2024' };

t.test('a key has so many requests a minute, and other keys have theirs', async (t) => {
  const { ask, key } = await service(t, { requestsPerMinute: 3 });
  const [mine, theirs] = [key('vendor', [LEA]), key('vendor', [LEA])];
  for (let i = 0; i < 3; i++) t.equal((await ask({ url: '/v1/uploads', headers: mine })).status, 200);
  const refused = await ask({ url: '/v1/extracts', headers: mine });
  t.match(refused, { status: 429, body: { code: 'CENR_RATE_LIMITED', detail: /minute/ } });
  t.ok(Number(refused.headers['retry-after']) > 0);
  t.equal(refused.headers['ratelimit-limit'], '3');
  t.equal((await ask({ url: '/v1/uploads', headers: theirs })).status, 200);
  t.equal(
    (await ask({ url: '/health/live', headers: mine })).status,
    200,
    'whoever watches over the service is not counted',
  );
});

t.test('evaluations have a limit of their own', async (t) => {
  const { ask, key } = await service(t, { requestsPerMinute: 1, evaluationsPerMinute: 5 });
  const headers = key('vendor', [LEA]);
  const evaluate = () =>
    ask({ method: 'POST', url: '/v1/evaluations', headers, payload: { request, records: [record('SENR')] } });
  for (let i = 0; i < 5; i++) t.equal((await evaluate()).status, 200);
  t.equal((await evaluate()).status, 429);
  t.equal((await ask({ url: '/v1/uploads', headers })).status, 200);
});

t.test('without a known key the address counts: guessing keys and searching for paths is slow', async (t) => {
  const { ask } = await service(t, { requestsPerMinute: 2 });
  const statuses = [];
  for (let i = 0; i < 4; i++)
    statuses.push(
      (await ask({ url: '/v1/uploads', headers: { authorization: `Bearer cenr_${String(i).repeat(43)}` } })).status,
    );
  t.same(statuses, [401, 401, 429, 429]);
  t.equal((await ask({ url: '/nothing' })).status, 429);
  t.equal((await ask({ url: '/nothing', remoteAddress: '192.0.2.7' })).status, 404);
});

t.test('0 means no limit', async (t) => {
  const { ask, key } = await service(t, { requestsPerMinute: 0, evaluationsPerMinute: 0 });
  const headers = key('vendor', [LEA]);
  for (let i = 0; i < 5; i++) t.notOk((await ask({ url: '/v1/uploads', headers })).headers['ratelimit-limit']);
  t.notOk(
    (await ask({ method: 'POST', url: '/v1/evaluations', headers, payload: { request, records: [line('SENR')] } }))
      .headers['ratelimit-limit'],
  );
});

t.test('methods that a path does not have and addresses that cannot be read are counted', async (t) => {
  for (const request of [{ method: 'PUT', url: '/v1/uploads' }, { url: '/v1/uploads/%zz' }] as const) {
    const { ask } = await service(t, { requestsPerMinute: 2 });
    for (let i = 0; i < 2; i++) t.not((await ask(request)).status, 429);
    const refused = await ask(request);
    t.match(refused, { status: 429, body: { code: 'CENR_RATE_LIMITED' } });
    t.ok(Number(refused.headers['retry-after']) > 0);
  }
});
