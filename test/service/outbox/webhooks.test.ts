/** Webhooks in the Standard Webhooks form: what they hear, how it is signed, and where they may not lead. */
import { randomBytes } from 'node:crypto';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { Webhook as Verifier } from 'standardwebhooks';
import t, { type Test } from 'tap';
import { loadUpload } from '#pipeline/load-upload';
import type { LEAScope } from '#records/scope';
import type { ServiceDeps } from '#service/app';
import { FACTOR, FIRST_PAUSE, TRIES } from '#service/outbox/outbox';
import { isPublic, type Resolve, targetFault } from '#service/outbox/targets';
import { createWebhook, WEBHOOK_RANDOM_BYTES } from '#service/outbox/webhooks';
import type { Webhook } from '#store/delivery';
import { folder } from '../../support/folders.ts';
import { LEA, line, OTHER_LEA, service, type TestService } from '../../support/service.ts';

t.setTimeout(900_000);

const SSID = '9912345678';

interface Heard {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A program that hears, and answers with what is next in `answers`, or else 204; 0 for no answer at all. */
async function hearing(t: Test, ...answers: readonly (number | readonly [status: number, location: string])[]) {
  const heard: Heard[] = [];
  const left = [...answers];
  const first = Promise.withResolvers<void>();
  const server = createServer(async (request, response) => {
    heard.push({ path: request.url ?? '', headers: request.headers, body: await text(request) });
    first.resolve();
    const [status, location] = [left.shift() ?? 204].flat() as [number, string?];
    if (status !== 0) response.writeHead(status, location === undefined ? {} : { location }).end();
  });
  const listening = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', listening.resolve);
  await listening.promise;
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { heard, first: first.promise, port, url: `http://127.0.0.1:${port}/cenr?token=t` };
}

/** The moment of signing is compared with the true time by whoever verifies. */
const START = new Date();

interface Calling {
  readonly allowed?: boolean;
  readonly resolve?: Resolve;
  readonly deps?: Partial<ServiceDeps>;
}

async function calling(t: Test, { allowed = true, resolve, deps = {} }: Calling = {}, storeDir = folder(t)) {
  const time = { now: START };
  const one = await service(
    t,
    { webhookPrivate: allowed },
    () => ({ clock: () => time.now, resolve, ...deps }),
    storeDir,
  );
  const pass = async (ms: number): Promise<void> => {
    time.now = new Date(time.now.getTime() + ms);
    one.app.outbox.wake();
    await one.app.outbox.idle();
  };
  const add = async (url: string, leas: LEAScope): Promise<Webhook> => {
    const random = randomBytes(WEBHOOK_RANDOM_BYTES);
    const webhook = createWebhook({ url, leas, allowsPrivate: true, now: START, random });
    await one.store.addWebhook(webhook);
    return webhook;
  };
  return { ...one, pass, add };
}

const send = ({ ask, key }: TestService, lea = LEA, more: object = {}) =>
  ask({
    method: 'POST',
    url: '/v1/uploads',
    headers: { ...key('vendor', [lea]), ...more },
    payload: line('SENR', { ssid: SSID, reportingLEA: lea }),
  });

const statusOf = async ({ ask, key }: TestService, id: string, lea = LEA) =>
  (await ask({ url: `/v1/uploads/${id}/status`, headers: key('auditor', [lea]) })).body;

t.test('a webhook hears when a reconciliation ends, without students', async (t) => {
  const one = await calling(t);
  await send(one);
  const headers = one.key('vendor', [LEA]);
  const payload = { reportingLEAs: [LEA], academicYear: '2023-2024' };
  const extract = (await one.ask({ method: 'POST', url: '/v1/extracts', headers, payload })).body;
  await one.app.jobs.extract.idle();
  const { text: rows } = await one.ask({ url: `/v1/extracts/${extract.id}/file`, headers });
  const mine = await hearing(t);
  await one.add(mine.url, [LEA]);
  const { body } = await one.ask({
    method: 'POST',
    url: '/v1/reconciliations?academicYear=2023-2024',
    headers: { ...headers, 'content-type': 'text/plain' },
    payload: rows,
  });
  await one.app.jobs.reconciliation.idle();
  await one.app.outbox.idle();
  t.equal(mine.heard.length, 1);
  t.notMatch(mine.heard[0]?.body, /99\d{8}/);
  t.match(JSON.parse(mine.heard[0]?.body ?? '{}'), {
    type: 'reconciliation.completed',
    data: { id: body.id, status: 'Complete', reportingLEAs: [LEA], counts: { read: 1, same: 1 }, clusters: 0 },
  });
});

t.test('a webhook hears of uploads and extracts of its LEAs alone, signed, without students', async (t) => {
  const one = await calling(t);
  const [mine, other, state] = [await hearing(t), await hearing(t), await hearing(t)];
  const webhook = await one.add(mine.url, [LEA]);
  await one.add(other.url, [OTHER_LEA]);
  await one.add(state.url, 'all');
  const upload = (await send(one)).body;
  const headers = one.key('vendor', [LEA, OTHER_LEA]);
  const request = (reportingLEAs: LEAScope) =>
    one.ask({ method: 'POST', url: '/v1/extracts', headers, payload: { reportingLEAs, academicYear: '2023-2024' } });
  const extract = (await request([LEA])).body;
  await request([LEA, OTHER_LEA]);
  await one.app.jobs.extract.idle();
  await one.app.outbox.idle();

  t.same(other.heard, [], 'a webhook of another LEA hears nothing, of a job for both neither');
  t.equal(state.heard.length, 3, 'one for all LEAs hears everything');
  const events = mine.heard.map(({ headers, body, path }) => {
    t.equal(path, '/cenr?token=t');
    t.equal(headers['content-type'], 'application/json');
    t.notMatch(body, /99\d{8}/);
    return new Verifier(webhook.secret).verify(body, headers as Record<string, string>);
  });
  const now = START.toISOString();
  t.strictSame(events, [
    {
      type: 'upload.completed',
      timestamp: now,
      data: {
        id: upload.id,
        status: 'Complete',
        reportingLEAs: [LEA],
        requestedAt: now,
        linesRead: 1,
        blankLines: 0,
        counts: { added: 1, replaced: 0, deleted: 0, notUsed: 0, rejected: 0 },
      },
    },
    {
      type: 'extract.completed',
      timestamp: now,
      data: {
        id: extract.id,
        status: 'Complete',
        reportingLEAs: [LEA],
        requestedAt: now,
        name: `CENR_${LEA}_2023-2024_${extract.runDate}`,
        rows: 1,
      },
    },
  ]);
  const shown = (await one.ask({ url: extract.links.self, headers })).body.deliveries;
  t.match(shown, [
    { way: 'webhook', to: `127.0.0.1:${mine.port}`, state: 'delivered', tries: 1 },
    { way: 'webhook', to: `127.0.0.1:${state.port}`, state: 'delivered', tries: 1 },
  ]);
  t.notMatch(JSON.stringify(shown), /token|whsec|secret/, 'the rest of the address may be a secret');
  t.equal((await one.ask({ url: '/v1/extracts', headers })).body.extracts[0].deliveries, undefined);
});

t.test('jobs that failed are told of', async (t) => {
  const fail = async (): Promise<never> => {
    throw new Error(`cannot: ${SSID}`);
  };
  const one = await calling(t, { deps: { loadUpload: fail, writeExtract: fail } });
  const it = await hearing(t);
  await one.add(it.url, [LEA]);
  await send(one);
  const payload = { reportingLEAs: [LEA], academicYear: '2023-2024' };
  await one.ask({ method: 'POST', url: '/v1/extracts', headers: one.key('vendor', [LEA]), payload });
  await one.app.jobs.extract.idle();
  await one.app.outbox.idle();
  const events = it.heard.map(({ body }) => JSON.parse(body));
  t.match(events, [
    { type: 'upload.failed', data: { status: 'Failed', counts: undefined } },
    { type: 'extract.failed', data: { status: 'Failed', rows: undefined } },
  ]);
  t.notMatch(JSON.stringify(events), /99\d{8}/);
});

t.test('tries go on under the same id until one is answered with success', async (t) => {
  const it = await hearing(t, 500, 503);
  const one = await calling(t);
  const webhook = await one.add(it.url, 'all');
  const { id } = (await send(one)).body;
  await one.app.outbox.idle();
  t.match((await statusOf(one, id)).deliveries, [{ state: 'waiting', tries: 1, failure: 'the webhook answered 500' }]);
  await one.pass(FIRST_PAUSE);
  await one.pass(FIRST_PAUSE * FACTOR);
  await one.pass(FIRST_PAUSE * FACTOR ** TRIES);
  t.equal(it.heard.length, 3);
  const [first, ...others] = it.heard;
  for (const { headers, body } of others) {
    t.equal(headers['webhook-id'], first?.headers['webhook-id']);
    t.equal(body, first?.body);
    t.not(headers['webhook-timestamp'], first?.headers['webhook-timestamp'], 'signed anew, at the time of the try');
    t.ok(new Verifier(webhook.secret).verify(body, headers as Record<string, string>));
  }
  const { deliveries } = await statusOf(one, id);
  t.match(deliveries, [{ id: first?.headers['webhook-id'], state: 'delivered', tries: 3, failure: undefined }]);
});

t.test('after eight tries, the last two days after the first, it is given up', async (t) => {
  const it = await hearing(t, ...Array<number>(20).fill(500));
  const one = await calling(t);
  await one.add(it.url, 'all');
  const { id } = (await send(one)).body;
  await one.app.outbox.idle();
  for (let n = 1; n < TRIES + 3; n++) await one.pass(FIRST_PAUSE * FACTOR ** (n - 1));
  t.equal(it.heard.length, TRIES);
  t.match((await statusOf(one, id)).deliveries, [{ state: 'not delivered', tries: TRIES, nextTry: undefined }]);
});

t.test('a process that dies in the last try does not make one more', async (t) => {
  const it = await hearing(t, 500);
  const one = await calling(t);
  await one.add(it.url, 'all');
  const { id } = (await send(one)).body;
  await one.app.outbox.idle();
  const [delivery] = (await statusOf(one, id)).deliveries;
  await one.store.outbox.update(delivery.id, { state: 'waiting', tries: TRIES, nextTry: START.toISOString() });
  await one.pass(0);
  t.equal(it.heard.length, 1);
  t.match((await statusOf(one, id)).deliveries, [{ state: 'not delivered', tries: TRIES, nextTry: undefined }]);
});

t.test('a redirect is not followed', async (t) => {
  const elsewhere = await hearing(t);
  const it = await hearing(t, [302, elsewhere.url], [307, elsewhere.url]);
  const one = await calling(t);
  await one.add(it.url, 'all');
  const { id } = (await send(one)).body;
  await one.pass(0);
  t.match((await statusOf(one, id)).deliveries, [{ failure: 'the webhook answered 302; redirects are not followed' }]);
  await one.pass(FIRST_PAUSE);
  t.match((await statusOf(one, id)).deliveries, [{ failure: 'the webhook answered 307; redirects are not followed' }]);
  t.same(elsewhere.heard, []);
});

t.test('private addresses are refused, whatever the name, unless the operator allows them', async (t) => {
  const it = await hearing(t);
  const names: string[] = [];
  const resolve: Resolve = async (host) => {
    names.push(host);
    return [
      { address: '93.184.215.14', family: 4 },
      { address: '127.0.0.1', family: 4 },
    ];
  };
  const one = await calling(t, { allowed: false, resolve });
  await one.add(it.url, 'all');
  await one.add(`https://hooks.example.org:${it.port}/`, 'all');
  const { id } = (await send(one)).body;
  await one.app.outbox.idle();
  t.match((await statusOf(one, id)).deliveries, [
    { state: 'waiting', failure: /^the webhook is not called: expected https:/ },
    { state: 'waiting', failure: /^the webhook is not called: its address is private/ },
  ]);
  t.same(names, ['hooks.example.org'], 'one private address among public ones is enough');
  t.same(it.heard, []);
});

t.test('a name is looked up once, and what was found is what is called', async (t) => {
  const it = await hearing(t);
  const names: string[] = [];
  const resolve: Resolve = async (host) => {
    names.push(host);
    return [{ address: '127.0.0.1', family: 4 }];
  };
  const one = await calling(t, { resolve });
  await one.add(`http://hooks.invalid:${it.port}/x`, 'all');
  await send(one);
  await one.app.outbox.idle();
  t.same(names, ['hooks.invalid']);
  t.match(it.heard, [{ path: '/x', headers: { host: `hooks.invalid:${it.port}` } }]);
});

t.test('which addresses are public, and which URLs may be called', (t) => {
  for (const address of [
    '93.184.215.14',
    '8.8.8.8',
    '172.15.0.1',
    '172.32.0.1',
    '2606:2800:21f:cb07:6820:80da:af6b:8b2c',
  ])
    t.ok(isPublic(address), address);
  for (const address of [
    ...[
      '0.0.0.0',
      '10.1.2.3',
      '100.64.0.1',
      '127.0.0.1',
      '127.9.9.9',
      '169.254.169.254',
      '172.16.0.1',
      '172.31.255.255',
    ],
    ...['192.168.1.1', '198.18.0.1', '224.0.0.1', '255.255.255.255', '::', '::1', '::ffff:127.0.0.1', '::ffff:8.8.8.8'],
    ...['fe80::1', 'fc00::1', 'fd12::1', 'ff02::1', '64:ff9b::7f00:1', '2002:7f00:1::', '2001:db8::1', 'x'],
  ])
    t.notOk(isPublic(address), address);
  t.equal(targetFault('https://sis.example.org/cenr', false), undefined);
  for (const url of [
    ...['http://sis.example.org/', 'https://127.0.0.1/', 'https://0x7f.1/', 'https://2130706433/', 'https://[::1]/'],
    ...['https://[::ffff:10.0.0.1]/', 'ftp://sis.example.org/', 'https://u:p@sis.example.org/', 'sis.example.org', ''],
  ])
    t.ok(targetFault(url, false), url);
  for (const url of ['http://10.0.0.1/', 'https://[::1]/']) t.equal(targetFault(url, true), undefined, url);
  for (const url of ['file:///etc/passwd', 'http://u@10.0.0.1/']) t.ok(targetFault(url, true), url);
  t.end();
});

t.test('a webhook that was removed meanwhile is not called', async (t) => {
  const it = await hearing(t, 500);
  const one = await calling(t);
  const webhook = await one.add(it.url, 'all');
  const { id } = (await send(one)).body;
  await one.app.outbox.idle();
  t.ok(await one.store.removeWebhook(webhook.id));
  await one.pass(FIRST_PAUSE);
  t.equal(it.heard.length, 1);
  t.match((await statusOf(one, id)).deliveries, [{ state: 'not delivered', failure: 'the webhook was removed' }]);
});

t.test('the service stops while a webhook does not answer, and the next start calls it again', async (t) => {
  const it = await hearing(t, 0);
  const one = await calling(t);
  await one.add(it.url, 'all');
  await send(one);
  await it.first;
  await one.app.close();
  await one.stopLog();
  const next = await calling(t, {}, one.config.storeDir);
  await next.pass(FIRST_PAUSE);
  t.equal(it.heard.length, 2);
  t.equal(it.heard[1]?.headers['webhook-id'], it.heard[0]?.headers['webhook-id']);
});

t.test('an upload whose end a killed process could not note is told of after the next start', async (t) => {
  const it = await hearing(t);
  const storeDir = folder(t);
  const loaded = Promise.withResolvers<void>();
  const killed = Promise.withResolvers<never>();
  const dead = await calling(
    t,
    {
      deps: {
        async loadUpload(work, control) {
          await loadUpload({ storeDir, temporaryDir: storeDir, ...work, ...control });
          loaded.resolve();
          return killed.promise;
        },
      },
    },
    storeDir,
  );
  await dead.add(it.url, 'all');
  const { id } = (await send(dead, LEA, { prefer: 'respond-async' })).body;
  await loaded.promise;
  t.same(it.heard, []);
  await dead.stopLog();
  const next = await calling(t, {}, storeDir);
  await next.app.jobs.upload.idle();
  await next.app.outbox.idle();
  t.match(JSON.parse(it.heard[0]?.body ?? '{}'), { type: 'upload.completed', data: { id, linesRead: 1 } });
  t.equal(it.heard.length, 1);
  killed.reject(new Error('killed'));
  await dead.app.close();
});
