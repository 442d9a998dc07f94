/**
 * Requests that somebody means badly, or a broken program sends: none is a fault of the service, and none makes it work
 * for long. `CENR_FUZZ_RUNS=20000 node test/service/http/hostile.test.ts` sends more, CENR_FUZZ_SEED others.
 */
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import t from 'tap';
import { RecordEncoder } from '#service/evaluations/record-encoder';
import { type MadeItem, MOST_ITEMS, problemDetails, ServiceError } from '#service/http/errors';
import { errorItems, shown, validators } from '#service/http/validate';
import { ExtractRequestBody } from '#service/schemas/extract-request';
import { answersTo, mutatedRequests } from '../../attack/mutated-requests.ts';
import { numberFrom, runsOf, shipped } from '../../support/histories.ts';
import { LEA, line, multipart, record, service } from '../../support/service.ts';

const request = { reportingLEAs: [LEA], academicYear: '2023-2024' };
const NDJSON = 'application/x-ndjson';
const MANY = 70_000;
const unknown = Object.fromEntries(Array.from({ length: MANY }, (_, i) => [`k${i}`, 1]));

t.test('of many mistakes only those that are shown are put into words', async (t) => {
  const isRequest = validators([]).bodies.compile(ExtractRequestBody);
  isRequest({ ...request, ...unknown });
  const items = errorItems(isRequest.errors ?? []);
  t.equal(items.length, MANY);
  let made = 0;
  const counted = items.map(
    (item): MadeItem =>
      () => {
        made++;
        return typeof item === 'function' ? item() : item;
      },
  );
  const problem = problemDetails(new ServiceError('CENR_REQUEST_INVALID', { errors: counted }));
  t.equal(made, MOST_ITEMS);
  t.match(problem, { moreErrors: MANY - MOST_ITEMS });
  t.ok(items.every((item) => typeof item === 'function'));

  const errors: MadeItem[] = [];
  new RecordEncoder(shipped.schemas.layouts).line({ ...record('SENR'), ...unknown }, 0, errors);
  t.equal(errors.length, MANY);
  t.ok(errors.every((item) => typeof item === 'function'));
});

t.test('a value is shown by its beginning', async (t) => {
  for (const value of [1, null, true, '', 'a"b', [1, 'x', [null]], { a: { b: [] }, c: '\n' }, [], {}])
    t.equal(shown(value), JSON.stringify(value));
  t.equal(shown(undefined), 'nothing');
  const long = JSON.stringify(unknown);
  t.equal(shown(unknown), `${long.slice(0, 80)}…`);
  t.equal(shown('x'.repeat(1000)), `"${'x'.repeat(79)}…`);
  t.equal(shown(JSON.parse('['.repeat(300_000) + ']'.repeat(300_000))), `${'['.repeat(80)}…`);
});

t.test('JSON that is nested deep is refused like any other that does not have the form', async (t) => {
  const { ask, key } = await service(t, { requestsPerMinute: 0, evaluationsPerMinute: 0 });
  const headers = { ...key('vendor', [LEA]), 'content-type': 'application/json' };
  const deep = '['.repeat(200_000) + ']'.repeat(200_000);
  const objects = `${'{"a":'.repeat(80_000)}1${'}'.repeat(80_000)}`;
  for (const value of [deep, objects]) {
    for (const [url, body] of [
      ['/v1/evaluations', value],
      ['/v1/evaluations', `{"request":${value},"records":[]}`],
      ['/v1/evaluations', `{"request":${JSON.stringify(request)},"runDate":${value},"records":[]}`],
      ['/v1/evaluations', `{"request":${JSON.stringify(request)},"columns":${value},"records":[]}`],
      ['/v1/evaluations', `{"request":${JSON.stringify(request)},"rulebook":${value},"records":[]}`],
      ['/v1/evaluations', `{"request":${JSON.stringify(request)},"publication":${value},"records":[]}`],
      ['/v1/evaluations', `{"request":${JSON.stringify(request)},"records":${value}}`],
      ['/v1/evaluations', `{"request":${JSON.stringify(request)},"records":[{"recordType":${value}}]}`],
      ['/v1/evaluations', `{"request":${JSON.stringify(request)},"records":[{"recordType":"SENR","ssid":${value}}]}`],
      ['/v1/extracts', value],
      ['/v1/extracts', `{"reportingLEAs":${value}}`],
      ['/v1/extracts', `{"reportingLEAs":["${LEA}"],"academicYear":"2023-2024","runDate":${value}}`],
    ] as const)
      t.match(
        await ask({ method: 'POST', url, headers, payload: body }),
        { status: 400 },
        `${url} ${body.slice(0, 80)}`,
      );
    const lines = `${JSON.stringify({ request })}\n{"records":${value}}\n${value}\n`;
    const answer = await ask({
      method: 'POST',
      url: '/v1/evaluations',
      headers: { ...headers, 'content-type': NDJSON },
      payload: lines,
    });
    t.match(answer, { status: 200, text: /"count":2/ });
  }
});

t.test('multipart that is not well-formed is refused', async (t) => {
  const { ask, key } = await service(t);
  const { headers, payload } = multipart({ 'SENR.txt': line('SENR') });
  const body = payload.toString();
  for (const broken of [
    '',
    'x',
    body.slice(0, 20),
    body.slice(0, 90),
    body.slice(0, 200),
    body.slice(0, -4),
    `x${body}`,
  ])
    t.match(
      await ask({
        method: 'POST',
        url: '/v1/uploads',
        headers: { ...key('vendor', [LEA]), ...headers },
        payload: broken,
      }),
      { status: 400, body: { code: /CENR_HTTP_INVALID|CENR_UPLOAD_EMPTY/ } },
      JSON.stringify(broken.slice(0, 60)),
    );
});

t.test('a gzip file that unpacks to far more than any CALPADS file is refused by its ratio', async (t) => {
  const { ask, key, store } = await service(t);
  const payload = gzipSync(Buffer.alloc(101_000_000), { level: 1 });
  const headers = { ...key('vendor', [LEA]), 'content-type': 'application/gzip' };
  const answer = await ask({ method: 'POST', url: '/v1/uploads', headers, payload });
  t.match(answer, { status: 422, body: { code: 'CENR_UPLOAD_UNREADABLE', detail: /more than 100 times as large/ } });
  t.equal(await store.snapshot(), 0);
});

t.test('whatever is thrown, the answer is problem details', async (t) => {
  const thrower = (name: string) => ({
    get [name]() {
      throw new Error('even this');
    },
  });
  const thrown: unknown[] = [
    null,
    undefined,
    'text',
    Symbol('x'),
    {},
    thrower('code'),
    thrower('statusCode'),
    thrower('message'),
    thrower('stack'),
    new Proxy(
      {},
      {
        get: () => {
          throw new Error('nothing can be asked');
        },
      },
    ),
    Object.assign(new Error('x'), { statusCode: 'many', code: 7 }),
    new ServiceError('CENR_REQUEST_INVALID', {
      errors: [
        () => {
          throw new Error('no words');
        },
      ],
    }),
  ];
  const given = Iterator.from(thrown);
  const { ask, store, key } = await service(t);
  const headers = key('vendor', [LEA]);
  t.intercept(store, 'forLEAs', {
    value: () => {
      throw given.next().value;
    },
  });
  for (const error of thrown)
    t.match(await ask({ url: '/v1/uploads', headers }), { status: 500, body: { code: 'CENR_INTERNAL' } }, typeof error);
});

t.test('what node refuses by itself is refused like all else', async (t) => {
  const { app } = await service(t);
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as AddressInfo;
  const cases: [string, RegExp][] = [
    ['GET /health/live HTTP/1.1\r\nConnection: close\r\n\r\n', /no Host header/],
    ['GET /health/live HTTP/1.1\r\nHost: a\r\nExpect: miracles\r\nConnection: close\r\n\r\n', /Expect/],
  ];
  Object.assign(app.server, { httpAllowHalfOpen: true });
  for (const [sent, detail] of cases)
    t.match(await answersTo(port, Buffer.from(sent)), [
      { status: '400', type: /^application\/problem\+json/, body: detail },
    ]);
});

t.test('no mutated request is a fault of the service; each refusal is problem details', async (t) => {
  const seed = numberFrom('CENR_FUZZ_SEED') ?? 1;
  const runs = runsOf(2_000);
  t.comment(`CENR_FUZZ_SEED=${seed} CENR_FUZZ_RUNS=${runs}`);
  const { requests, statuses, faults } = await mutatedRequests(t, runs, seed);
  t.comment(JSON.stringify(statuses));
  t.same(faults, []);
  t.equal(requests, runs);
});
