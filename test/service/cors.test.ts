/** Pages of other origins call the service where the operator names them, and nowhere else. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { configFrom } from '#service/environment';
import { LEA, line, service } from '../support/service.ts';

const ORIGIN = 'https://sis.example.org';
const named = { corsOrigins: [ORIGIN, 'http://localhost:3000'] };
const asks = (method: string, origin = ORIGIN) => ({
  method: 'OPTIONS' as const,
  headers: { origin, 'access-control-request-method': method, 'access-control-request-headers': 'authorization' },
});
const listed = (header: string | undefined): readonly string[] => (header ?? '').toLowerCase().split(/, */);
const ofCors = (headers: object): readonly string[] =>
  Object.keys(headers).filter((name) => name.startsWith('access-control-'));

t.test('a page asks without a key whether it may call, and is neither counted nor entered', async (t) => {
  const one = await service(t, { ...named, requestsPerMinute: 1 });
  for (const url of ['/v1/uploads', '/v1/extracts/extract_x/file', '/v1/evaluations/stream', '/v1/nothing'])
    for (let i = 0; i < 2; i++) {
      const { status, headers, text } = await one.ask({ url, ...asks('POST') });
      t.match([status, text, headers['access-control-allow-origin']], [204, '', ORIGIN], url);
      t.notOk(headers['access-control-allow-credentials']);
      t.match(listed(headers['access-control-allow-headers']), ['access-purpose', 'authorization']);
      t.ok(listed(headers['access-control-allow-methods']).includes('delete'));
      t.match(listed(headers['vary']), ['origin']);
    }
  t.equal(readFileSync(join(one.config.storeDir, 'access.log'), 'utf8'), '', 'nobody asked for anything');
  const metrics = (await one.ask({ url: '/metrics' })).text;
  t.notMatch(metrics, /status="4/, 'nothing was refused');
});

t.test('a page may read answers, refusals and what they say in headers', async (t) => {
  const { ask, key, app } = await service(t, named);
  const headers = { ...key('vendor', [LEA]), origin: ORIGIN };
  const loaded = await ask({ method: 'POST', url: '/v1/uploads', headers, payload: line('SENR') });
  const { 'access-control-allow-origin': origin, 'access-control-expose-headers': exposed } = loaded.headers;
  t.match([loaded.status, origin], [201, ORIGIN]);
  for (const refused of [
    await ask({ url: '/v1/uploads', headers: { origin: ORIGIN } }),
    await ask({ url: '/v1/uploads/x', headers }),
    await ask({ url: '/nothing', headers }),
    await ask({ url: '/v1/uploads', ...asks('GET'), headers: { origin: ORIGIN } }),
  ]) {
    t.equal(refused.headers['access-control-allow-origin'], ORIGIN, refused.body.code);
    t.equal(refused.headers['access-control-expose-headers'], exposed);
  }
  for (const name of [
    'etag',
    'location',
    'link',
    'retry-after',
    'ratelimit-limit',
    'x-request-id',
    'content-disposition',
  ])
    t.ok(listed(exposed).includes(name), name);
  const preflight = await ask({ url: '/v1/uploads', ...asks('POST') });
  const allowed = listed(preflight.headers['access-control-allow-headers']);
  // What the API document names, a page may send and read.
  const { paths } = (await app.apiDocument()) as unknown as {
    paths: Record<
      string,
      Record<string, { parameters?: { in: string; name: string }[]; responses: Record<string, { headers?: object }> }>
    >;
  };
  for (const { parameters = [], responses } of Object.values(paths).flatMap((methods) => Object.values(methods))) {
    for (const { in: place, name } of parameters) if (place === 'header') t.ok(allowed.includes(name), name);
    for (const { headers: of = {} } of Object.values(responses))
      for (const name of Object.keys(of)) t.ok(listed(exposed).includes(name), name);
  }
});

t.test('what depends on Accept depends on Origin too', async (t) => {
  const { ask, key } = await service(t, named);
  const headers = { ...key('vendor', [LEA]), origin: ORIGIN };
  const { id } = (await ask({ method: 'POST', url: '/v1/uploads', headers, payload: line('SENR') })).body;
  const problems = await ask({ url: `/v1/uploads/${id}/problems`, headers });
  t.same(listed(problems.headers['vary']), ['origin', 'accept']);
});

t.test('other pages, and all pages where none is named, are answered like programs', async (t) => {
  const [some, none] = [await service(t, named), await service(t)];
  for (const origin of ['https://sis.example.org.evil.example', 'http://sis.example.org', 'null', ORIGIN]) {
    const one = origin === ORIGIN ? none : some;
    const headers = { ...one.key('vendor', [LEA]), origin };
    const read = await one.ask({ url: '/v1/uploads', headers });
    t.same([read.status, ofCors(read.headers)], [200, []], origin);
    const asked = await one.ask({ url: '/v1/uploads', ...asks('GET', origin) });
    t.same([asked.status, asked.body.code, ofCors(asked.headers)], [405, 'CENR_METHOD_NOT_ALLOWED', []], origin);
    t.equal(read.headers['vary'], one === some ? 'Origin' : undefined);
  }
  t.same(ofCors((await some.ask({ url: '/v1/uploads' })).headers), [], 'a program sends no origin');
});

t.test('origins are named one by one', async (t) => {
  t.same(configFrom({ CENR_CORS_ORIGINS: ` ${ORIGIN}, http://localhost:3000,` }), named);
  for (const [wrong, why] of [
    ['*', /CENR_CORS_ORIGINS has "\*"; a page of anybody may not call the service/],
    [`${ORIGIN}/`, /has "https:\/\/sis.example.org\/"; expected an origin, such as/],
    ['null', /expected an origin/],
    ['sis.example.org', /expected an origin/],
    ['ftp://sis.example.org', /expected an origin/],
    ['https://*.example.org', /name each origin, such as https/],
    [`${ORIGIN} http://localhost:3000`, /expected an origin/],
  ] as const)
    t.throws(() => configFrom({ CENR_CORS_ORIGINS: wrong }), { message: why }, wrong);
});
