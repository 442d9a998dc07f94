/**
 * Requests that somebody means badly, or a broken program sends: none is a fault of the service, and none makes it work
 * for long. `CENR_FUZZ_RUNS=20000 node test/service/http/hostile.test.ts` sends more, CENR_FUZZ_SEED others.
 */
import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import t from 'tap';
import { Random } from '#sample/random';
import { RecordEncoder } from '#service/evaluations/record-encoder';
import { ERROR_CODES, type MadeItem, MOST_ITEMS, problemDetails, ServiceError } from '#service/http/errors';
import { errorItems, shown, validators } from '#service/http/validate';
import { ExtractRequestBody } from '#service/schemas/extract-request';
import { numberFrom, shipped } from '../../support/histories.ts';
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
  t.equal(store.snapshot(), 0);
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

/** What is mutated: requests that are answered, as bytes. */
function requests(keys: { readonly vendor: string; readonly policy: string }): Buffer[] {
  const sent = (method: string, url: string, key: string, type?: string, body: string | Buffer = ''): Buffer => {
    const payload = Buffer.from(body);
    return Buffer.concat([
      Buffer.from(
        `${method} ${url} HTTP/1.1\r\nHost: service\r\nAuthorization: ${key}\r\n${
          type ? `Content-Type: ${type}\r\n` : ''
        }Idempotency-Key: ${url.length}-${payload.length}\r\nAccess-Purpose: a test\r\nContent-Length: ${payload.length}\r\nConnection: close\r\n\r\n`,
      ),
      payload,
    ]);
  };
  const { vendor, policy } = keys;
  const JSON_TYPE = 'application/json';
  const evaluation = { request, records: [record('SENR'), line('SINF')] };
  const parts = multipart({ 'SENR.txt': line('SENR'), 'SINF.txt': line('SINF') });
  return [
    sent('POST', '/v1/evaluations', vendor, JSON_TYPE, JSON.stringify(evaluation)),
    sent('POST', '/v1/evaluations?explain=true&field=40', vendor, JSON_TYPE, JSON.stringify(evaluation)),
    sent(
      'POST',
      '/v1/evaluations',
      vendor,
      NDJSON,
      `${JSON.stringify({ request })}\n${JSON.stringify({ records: evaluation.records })}\n`,
    ),
    sent('POST', '/v1/uploads', vendor, parts.headers['content-type'], parts.payload),
    sent('POST', `/v1/uploads?reportingLEA=${LEA}&encoding=utf-8`, vendor, 'text/plain', line('SENR')),
    sent('POST', '/v1/extracts', vendor, JSON_TYPE, JSON.stringify({ ...request, runDate: '2024-07-01' })),
    sent('GET', '/v1/extracts?limit=5', vendor),
    sent('GET', '/v1/extracts/extract_1/rows/9900000001', vendor),
    sent('GET', '/v1/rulebook/versions', policy),
    sent('GET', `/v1/rulebook/versions/${shipped.hash}`, policy),
    sent('POST', '/v1/rulebook/drafts', policy, JSON_TYPE, JSON.stringify({ title: 'A change', reason: 'a test' })),
    sent('PUT', '/v1/rulebook/drafts/draft_1/files/rules/a.json', policy, JSON_TYPE, '{"a":1}'),
    sent('GET', '/openapi.json', policy),
  ];
}

/** What readers of requests stumble over. */
const PIECES = [
  '\0',
  '\r\n',
  '\n',
  '\r\n\r\n',
  '%',
  '%00',
  '%ff',
  '%2e%2e%2f',
  '/',
  '//',
  '?',
  '&',
  '"',
  '\\',
  '{',
  '[[[[',
  '}',
  ',',
  ':',
  '--',
  '--cenr-test-boundary',
  '--cenr-test-boundary--',
  '^',
  'null',
  '-1',
  '1e999',
  '"__proto__":1,',
  'é',
  '\ud83d\ude00',
  '\u202e',
  'x'.repeat(300),
  '[]=1',
  'Expect: 100-continue\r\n',
  'Expect: something\r\n',
  'Transfer-Encoding: chunked\r\n',
  'Content-Encoding: gzip\r\n',
  'Content-Type: multipart/form-data\r\n',
  'Accept: text/nothing\r\n',
  'Range: bytes=9-1\r\n',
  'If-None-Match: *\r\n',
].map((piece) => Buffer.from(piece));

function mutated(original: Buffer, random: Random): Buffer {
  let bytes = original;
  for (let left = random.between([1, 4]); left > 0; left--) {
    const at = random.below(bytes.length + 1);
    const end = Math.min(bytes.length, at + random.below(30));
    const between = (piece: Uint8Array, behind: number) =>
      Buffer.concat([bytes.subarray(0, at), piece, bytes.subarray(behind)]);
    switch (random.below(6)) {
      case 0:
        bytes = between(Buffer.of(random.below(256)), at + 1);
        break;
      case 1:
        bytes = between(Buffer.alloc(0), end);
        break;
      case 2:
        bytes = between(bytes.subarray(at, end), at);
        break;
      case 3:
        bytes = random.chance(0.2) ? bytes.subarray(0, at) : between(bytes.subarray(at, end), end);
        break;
      default:
        bytes = between(PIECES[random.below(PIECES.length)] as Buffer, random.chance(0.5) ? at : end);
    }
  }
  // Most of the time the length is right, or little else would ever be looked at.
  const head = bytes.indexOf('\r\n\r\n');
  if (head < 0 || random.chance(0.1)) return bytes;
  const fields = bytes.subarray(0, head).toString('latin1');
  const right = fields.replace(/Content-Length: \d+/, `Content-Length: ${bytes.length - head - 4}`);
  return Buffer.concat([Buffer.from(right, 'latin1'), bytes.subarray(head)]);
}

t.test('no mutated request is a fault of the service; each refusal is problem details', async (t) => {
  const seed = numberFrom('CENR_FUZZ_SEED') ?? 1;
  const runs = numberFrom('CENR_FUZZ_RUNS') ?? 2_000;
  const { app, key, log } = await service(t, { requestsPerMinute: 0, evaluationsPerMinute: 0, jsonBytes: 2 ** 16 });
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as AddressInfo;
  // The end of what was sent is said by closing this side: no request waits for more, and each is answered.
  Object.assign(app.server, { httpAllowHalfOpen: true });
  const originals = requests({
    vendor: key('vendor', [LEA]).authorization,
    policy: key('policy', 'all').authorization,
  });
  t.comment(`CENR_FUZZ_SEED=${seed} CENR_FUZZ_RUNS=${runs}`);
  const statuses: Record<string, number> = {};
  let failed = 0;
  for (const [i, original] of originals.entries()) {
    const [answer] = await answersTo(port, original);
    t.ok(Number(answer?.status) < 500 && answer?.status !== '400', `request ${i} is understood: ${answer?.status}`);
  }
  for (let run = 0; run < runs; run++) {
    const random = new Random(seed, run);
    const sent = mutated(originals[random.below(originals.length)] as Buffer, random);
    const answers = await answersTo(port, sent);
    const wrong = answers.map(faultOf).filter((fault) => fault !== undefined);
    for (const { status } of answers) statuses[status] = (statuses[status] ?? 0) + 1;
    if (wrong.length > 0) {
      t.fail(`request ${run}: ${wrong.join('; ')}`, { sent: sent.toString('latin1'), log: log.slice(-2) });
      if (++failed > 5) break;
    }
  }
  t.comment(JSON.stringify(statuses));
  t.notOk(
    log.some((one) => JSON.parse(one).level >= 50),
    'nothing failed inside',
  );
});

interface Answered {
  readonly status: string;
  readonly type: string;
  readonly body: string;
}

/** Sends bytes on a connection of their own; a second request may hide in them. */
async function answersTo(port: number, bytes: Buffer): Promise<Answered[]> {
  const socket = connect({ port, host: '127.0.0.1' });
  const received: Buffer[] = [];
  socket.on('data', (chunk) => received.push(chunk));
  // Whoever is refused early may find the connection closed.
  socket.on('error', () => {});
  socket.end(bytes);
  await once(socket, 'close');
  const text = Buffer.concat(received).toString('latin1');
  return text
    .split(/(?=HTTP\/1\.1 \d{3} )/)
    .filter((one) => one !== '' && !one.startsWith('HTTP/1.1 100 '))
    .map((one) => ({
      status: /^HTTP\/1\.1 (\d{3})/.exec(one)?.[1] ?? one.slice(0, 20),
      type: /^content-type: (.*)$/im.exec(one)?.[1]?.trim() ?? '',
      body: one.slice(one.indexOf('\r\n\r\n') + 4),
    }));
}

/** What an answer should not be. */
function faultOf({ status, type, body }: Answered): string | undefined {
  if (!/^[234]\d\d$/.test(status)) return `answered ${status} ${body.slice(0, 300)}`;
  if (Number(status) < 400) return undefined;
  // An answer to HEAD has no body.
  if (type.startsWith('application/problem+json') && body === '') return undefined;
  const code = /"code":"(CENR_\w+)"/.exec(body)?.[1];
  return type.startsWith('application/problem+json') && ERROR_CODES.includes(code as never)
    ? undefined
    : `answered ${status} as "${type}": ${body.slice(0, 300)}`;
}
