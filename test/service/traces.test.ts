/** Spans as a collector gets them, and what never gets there. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { get, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { setImmediate as immediate } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { createLogger } from '#service/logger';
import { jobSpans } from '#service/plugins/traces';
import { openTraces, type Traces } from '#service/traces/open-traces';
import { readTraces, type TracesConfig } from '#service/traces/traces-config';
import type { Store } from '#store/store';
import { PROGRAM } from '../cli/cenr.ts';
import { type Collector, collector } from '../support/collector.ts';
import { folder } from '../support/folders.ts';
import { LEA, line, NOW, record, service, type TestService } from '../support/service.ts';

// Processes of their own load all the rules.
t.setTimeout(300_000);

const REQUEST = { reportingLEAs: [LEA], academicYear: '2023-2024' };
const TRACE = '0af7651916cd43dd8448eb211c80319c';
const CALLER = 'b7ad6b7169203331';
const SERVER = 2;
const CONSUMER = 5;

interface Opened {
  readonly traces: Traces;
  readonly to: Collector;
  /** What the log says of sending. */
  readonly told: Record<string, unknown>[];
  /** For each batch that comes, the milliseconds that the log's pauses are measured with. */
  readonly times: number[];
}

async function opened(t: Test, changes: Partial<TracesConfig> = {}): Promise<Opened> {
  const to = await collector(t);
  const told: Record<string, unknown>[] = [];
  const times: number[] = [];
  const traces = await openTraces(
    { url: `${to.url}/v1/traces`, share: 1, followsCaller: true, ...changes },
    {
      version: '1.2.3',
      replica: 'r1',
      log: createLogger('info', { write: (text) => void told.push(JSON.parse(text)) }),
      now: () => times[to.received.length - 1] ?? 0,
    },
  );
  return { traces, to, told, times };
}

async function traced(
  t: Test,
  changes: Partial<TracesConfig> = {},
): Promise<Opened & TestService & { readonly sent: () => Promise<ReturnType<Collector['spans']>> }> {
  const open = await opened(t, changes);
  const built = await service(t, {}, () => ({ traces: open.traces }));
  const sent = async () => {
    await open.traces.close(60_000);
    return open.to.spans();
  };
  return { ...built, ...open, sent };
}

t.test('a request is a span: its route, status and id, in the trace of its caller', async (t) => {
  const { ask, key, sent, to } = await traced(t);
  const headers = key('vendor', [LEA]);
  const traceparent = `00-${TRACE}-${CALLER}-01`;
  await ask({ url: '/v1/uploads/nothing?', headers: { ...headers, traceparent, 'x-request-id': 'their-own' } });
  await ask({ url: '/health/live' });
  const spans = await sent();
  const [found, live] = spans.filter(({ kind }) => kind === SERVER);
  t.match(found, {
    name: 'GET /v1/uploads/:id',
    traceId: TRACE,
    parentSpanId: CALLER,
    status: { code: 0 },
  });
  t.same(found?.attributes, {
    'http.request.method': 'GET',
    'http.route': '/v1/uploads/:id',
    'http.response.status_code': 404,
    'cenr.request.id': 'their-own',
    'cenr.refusal': 'CENR_NOT_FOUND',
  });
  t.match(live, { name: 'GET /health/live', attributes: { 'http.response.status_code': 200 } });
  t.not(live?.traceId, TRACE, 'without a caller a trace begins');
  t.ok(BigInt(found?.endTimeUnixNano ?? 0) > BigInt(found?.startTimeUnixNano ?? 0));
  t.match(to.resource(), {
    'service.name': 'cenr',
    'service.version': '1.2.3',
    'service.instance.id': 'r1',
  });
  t.match(to.received[0], { path: '/v1/traces', headers: { 'content-type': 'application/json' } });
});

t.test('phases that a request tells of are spans within it', async (t) => {
  const { ask, key, sent } = await traced(t);
  await ask({ url: '/v1/uploads', headers: key('vendor', [LEA]) });
  const spans = await sent();
  const request = spans.find(({ kind }) => kind === SERVER);
  const phases = spans.filter(({ kind }) => kind !== SERVER);
  t.same(
    phases.map(({ name }) => name),
    ['written as JSON', 'in the access log'],
  );
  for (const { traceId, parentSpanId } of phases)
    t.same({ traceId, parentSpanId }, { traceId: request?.traceId, parentSpanId: request?.spanId });
  t.equal(phases[0]?.startTimeUnixNano, request?.startTimeUnixNano);
  t.equal(phases[1]?.startTimeUnixNano, phases[0]?.endTimeUnixNano, 'one after the other');
});

t.test('a job is a span, with how long it waited, and leads back to the request that asked for it', async (t) => {
  const { ask, key, app, sent } = await traced(t);
  const headers = key('vendor', [LEA]);
  const { id } = (await ask({ method: 'POST', url: '/v1/extracts', headers, payload: REQUEST })).body;
  await app.jobs.extract.idle();
  const spans = await sent();
  const request = spans.find(({ name }) => name === 'POST /v1/extracts');
  t.equal(request?.attributes['cenr.job.id'], id);
  const jobs = spans.filter(({ kind }) => kind === CONSUMER);
  t.match(jobs, [{ name: 'job extract', status: { code: 0 } }]);
  t.same(jobs[0]?.attributes, {
    'cenr.job.kind': 'extract',
    'cenr.job.id': id,
    'cenr.job.status': 'Complete',
    'cenr.job.waited_ms': 0,
  });
  t.match(jobs[0]?.links, [{ traceId: request?.traceId, spanId: request?.spanId }]);
});

t.test('a job that fails is marked; one that another process began is left to it', async (t) => {
  const { traces, to } = await opened(t);
  const told = jobSpans(traces);
  const job = { id: 'upload_1', requestedAt: NOW.toISOString() };
  const after = (ms: number) => new Date(NOW.getTime() + ms);
  told('upload', { ...job, status: 'Failed' }, NOW);
  told('upload', { ...job, status: 'Processing' }, NOW);
  told('upload', { ...job, status: 'Pending' }, NOW);
  told('upload', { ...job, status: 'Processing' }, after(1_500));
  told('upload', { ...job, status: 'Failed' }, after(4_000));
  told('upload', { ...job, status: 'Failed' }, after(9_000));
  await traces.close(60_000);
  t.match(to.spans(), [
    { attributes: { 'cenr.job.status': 'Pending' }, status: { code: 0 } },
    {
      attributes: { 'cenr.job.status': 'Failed', 'cenr.job.waited_ms': 1_500 },
      startTimeUnixNano: `${after(1_500).getTime()}000000`,
      endTimeUnixNano: `${after(4_000).getTime()}000000`,
      status: { code: 2 },
    },
  ]);
  t.equal(to.spans().length, 2);
});

t.test('a request that fails, and one whose client went away, are marked', async (t) => {
  const { ask, app, store, sent, key } = await traced(t);
  const headers = key('vendor', [LEA]);
  store.forLEAs = () => {
    throw new Error('out of order');
  };
  await ask({ url: '/v1/uploads', headers });
  const [asked, gate] = [Promise.withResolvers<void>(), Promise.withResolvers<never>()];
  const waits = () => {
    asked.resolve();
    return gate.promise;
  };
  store.forLEAs = () => new Proxy({}, { get: () => waits }) as ReturnType<Store['forLEAs']>;
  await app.listen({ port: 0, host: '127.0.0.1' });
  const { port } = app.server.address() as AddressInfo;
  const arrives = once(app.server, 'request');
  const client = get({ port, path: '/v1/uploads', headers });
  client.on('error', () => {});
  const [, response] = (await arrives) as [IncomingMessage, ServerResponse];
  await asked.promise;
  client.destroy();
  await once(response, 'close');
  gate.reject(new Error('nobody waits'));
  const spans = (await sent()).filter(({ kind }) => kind === SERVER);
  t.match(spans, [
    { attributes: { 'http.response.status_code': 500, 'error.type': 'CENR_INTERNAL' }, status: { code: 2 } },
    { name: 'GET /v1/uploads', attributes: { 'error.type': 'aborted' }, status: { code: 2 } },
  ]);
  t.equal(spans[1]?.attributes['http.response.status_code'], undefined, 'there was no answer');
});

const SSID = '9912345678';
const SECRETS = [SSID, 'Xaviera', 'Quillfeather', 'S-4711', 'lunchbox'];

t.test('whatever is sent, no student gets to the collector', async (t) => {
  const { ask, key, app, to, sent } = await traced(t);
  const headers = key('admin', 'all');
  const student = {
    ssid: SSID,
    studentLegalFirstName: 'Xaviera',
    studentLegalLastName: 'Quillfeather',
    localStudentID: 'S-4711',
  };
  const upload = { method: 'POST' as const, url: `/v1/uploads?reportingLEA=${LEA}`, headers };
  await ask({ ...upload, payload: line('SENR', student) });
  await ask({ ...upload, url: `/v1/uploads?${SSID}=Xaviera`, payload: line('SENR', student) });
  await ask({
    method: 'POST',
    url: '/v1/evaluations',
    headers,
    payload: { REQUEST, records: [record('SENR', student)] },
  });
  const { id } = (await ask({ method: 'POST', url: '/v1/extracts', headers, payload: REQUEST })).body;
  await app.jobs.extract.idle();
  await ask({ url: `/v1/extracts/${id}/rows?ssid=${SSID}`, headers });
  await ask({ url: `/v1/extracts/${id}/rows/${SSID}/0199001/05/explanation`, headers });
  await ask({ url: `/v1/extracts/extract_${SSID}`, headers });
  await ask({ url: `/v1/ssid/replacements/${SSID}`, headers });
  await ask({ url: `/${SSID}/Quillfeather?name=Xaviera` });
  await ask({ url: `/v1/uploads/%zz${SSID}` });
  await ask({ method: 'PUT', url: `/v1/uploads/${SSID}`, payload: student });
  const said = {
    'x-request-id': SSID,
    tracestate: `lunchbox=${SSID}`,
    baggage: `ssid=${SSID}`,
    'user-agent': 'Xaviera',
    referer: SSID,
    'access-purpose': 'lunchbox',
  };
  for (const traceparent of [
    `00-${TRACE}-${CALLER}-01`,
    `00-${SSID.padStart(32, '0')}-${CALLER}-01`,
    `00-${SSID.padEnd(32, '0')}-${CALLER}-01`,
    `00-${TRACE}-000${SSID}000-01`,
    `01-${TRACE}-${CALLER}-01-${SSID}`,
  ])
    await ask({ url: '/v1/uploads', headers: { ...headers, ...said, traceparent } });
  const spans = await sent();
  t.ok(spans.filter(({ kind }) => kind === SERVER).length >= 15);
  t.ok(
    spans.some(({ name }) => name.endsWith('/rows/:ssid/:school/:grade/explanation')),
    'the template of a route that has an SSID',
  );
  const all = to.received.map(({ body, headers }) => body + JSON.stringify(headers)).join('');
  for (const secret of SECRETS) t.equal(all.includes(secret), false, secret);
  t.notMatch(all, /cenr_[A-Za-z0-9_-]{43}/, 'nor a key');
});

t.test('the caller decides whether its trace is sent, and a share of all others is', async (t) => {
  const none = await traced(t, { share: 0 });
  const ask = (flags: string) =>
    none.ask({ url: '/health/live', headers: { traceparent: `00-${TRACE}-${CALLER}-${flags}` } });
  await none.ask({ url: '/health/live' });
  await ask('00');
  await ask('01');
  t.same(
    (await none.sent()).map(({ traceId }) => traceId),
    [TRACE],
  );
  const own = await traced(t, { share: 0, followsCaller: false });
  await own.ask({ url: '/health/live', headers: { traceparent: `00-${TRACE}-${CALLER}-01` } });
  t.same(await own.sent(), []);
});

t.test('a collector that refuses is told of once in a while, and nobody else notices', async (t) => {
  const { ask, traces, to, told, times } = await traced(t);
  // Batches go one after the other: one that has come has ended all before it.
  times.push(0, 5 * 60_000 - 1, 5 * 60_000);
  to.status = 400;
  for (const batch of [1, 2, 3]) {
    for (let i = 0; i < 512; i++) traces.begin('x', { kind: 'phase', at: 0 }).end(1);
    while (to.received.length < batch) await immediate();
  }
  while (told.length < 2) await immediate();
  t.match(told, [
    { level: 40, msg: 'spans could not be sent, and are lost', status: 400, spans: 512 },
    { level: 40, spans: 3 * 512 },
  ]);
  t.equal((await ask({ url: '/health/live' })).status, 200);
  to.status = 200;
  await traces.close(60_000);
  t.match(told.slice(2), [{ level: 30, msg: 'spans are sent again', spans: 3 * 512 }]);
});

t.test('a collector that does not answer keeps nobody from stopping', async (t) => {
  process.env['OTEL_EXPORTER_OTLP_TIMEOUT'] = '1000';
  t.teardown(() => delete process.env['OTEL_EXPORTER_OTLP_TIMEOUT']);
  const { traces, to, told } = await opened(t);
  to.status = 0;
  traces.begin('x', { kind: 'phase', at: 0 }).end(1);
  await traces.close(1);
  t.match(told, [{ level: 40, msg: 'the last spans could not be sent in time' }]);
});

t.test('what the variables of OpenTelemetry say', async (t) => {
  const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://otel:4318' };
  const url = 'http://otel:4318/v1/traces';
  const all = { url, share: 1, followsCaller: true };
  for (const [environment, traces] of [
    [{}, undefined],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: '' }, undefined],
    [{ ...endpoint, OTEL_SDK_DISABLED: 'true' }, undefined],
    [{ ...endpoint, OTEL_TRACES_EXPORTER: 'none' }, undefined],
    [endpoint, all],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://otel:4318/in/' }, { ...all, url: 'http://otel:4318/in/v1/traces' }],
    [
      { ...endpoint, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://x/y' },
      { ...all, url: 'https://x/y' },
    ],
    [{ ...endpoint, OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' }, all],
    [{ ...endpoint, OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc', OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/json' }, all],
    [
      { ...endpoint, OTEL_TRACES_SAMPLER: 'always_off' },
      { ...all, share: 0, followsCaller: false },
    ],
    [
      { ...endpoint, OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.25' },
      { ...all, share: 0.25 },
    ],
  ] as const)
    t.same(readTraces(environment).traces, traces, JSON.stringify(environment));
  for (const [environment, message] of [
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'otel:4318' }, /^OTEL_EXPORTER_OTLP_ENDPOINT is of another form than http/],
    [{ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'x' }, /^OTEL_EXPORTER_OTLP_TRACES_ENDPOINT is of another form/],
    [{ ...endpoint, OTEL_TRACES_EXPORTER: 'zipkin' }, /^OTEL_TRACES_EXPORTER is "zipkin"; expected otlp or none/],
    [
      { ...endpoint, OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' },
      /^OTEL_EXPORTER_OTLP_PROTOCOL is "grpc"; expected http\/json/,
    ],
    [
      { ...endpoint, OTEL_TRACES_SAMPLER: 'toString' },
      /^OTEL_TRACES_SAMPLER is "toString"; expected one of always_on,/,
    ],
    [
      { ...endpoint, OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: 'half' },
      /^OTEL_TRACES_SAMPLER_ARG is "half"; expected a number from 0 to 1/,
    ],
  ] as const)
    t.throws(() => readTraces(environment), { message });
});

/** Notes who loads what of OpenTelemetry; finds nothing of the package MISSING, when that is set. */
const WATCH = `
import { registerHooks } from 'node:module';
const loaded = new Set();
registerHooks({
  resolve(specifier, context, next) {
    const { MISSING } = process.env;
    if (MISSING && specifier === MISSING)
      throw Object.assign(new Error('none'), { code: 'ERR_MODULE_NOT_FOUND' });
    const found = next(specifier, context);
    const [, name] = /node_modules\\/(@opentelemetry\\/[^/]+)/.exec(found.url) ?? [];
    if (name) loaded.add(name);
    return found;
  },
});
process.on('exit', () => process.stdout.write('loaded ' + [...loaded].sort().join(' ') + '\\n'));
`;

/** Starts `cenr serve` in a process of its own, asks it something, and ends it. */
async function served(t: Test, env: Readonly<Record<string, string>>) {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: _, ...own } = process.env;
  const child = spawn(
    process.execPath,
    [
      '--import',
      `data:text/javascript,${encodeURIComponent(WATCH)}`,
      ...[PROGRAM, 'serve', '--store', folder(t), '--port', '0'],
    ],
    { env: { ...own, ...env }, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  t.teardown(() => child.kill('SIGKILL'));
  const out = text(child.stdout);
  const said: string[] = [];
  for await (const sentence of createInterface({ input: child.stderr })) {
    said.push(sentence);
    const [, address] = /^cenr listens on (http:[^ ,]+)/.exec(sentence) ?? [];
    if (address === undefined) continue;
    await (await fetch(`${address}/health/live`)).text();
    child.kill('SIGTERM');
  }
  const loaded = /^loaded (.*)$/m.exec(await out)?.[1]?.split(' ');
  return { loaded, said: said.join('\n') };
}

t.test('without the variable nothing of OpenTelemetry is loaded but what the metrics load', async (t) => {
  const { loaded, said } = await served(t, {});
  t.match(said, /^cenr listens on /m);
  t.same(loaded, ['@opentelemetry/api']);
});

t.test('with it the service sends spans, the last when it stops', async (t) => {
  const to = await collector(t);
  const { loaded } = await served(t, {
    OTEL_EXPORTER_OTLP_ENDPOINT: to.url,
    OTEL_EXPORTER_OTLP_HEADERS: 'x-token=abc',
    OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
  });
  t.ok(loaded?.includes('@opentelemetry/sdk-trace'), 'so the test before sees what is loaded');
  t.match(to.spans(), [{ name: 'GET /health/live' }]);
  t.match(to.resource(), { 'service.name': 'cenr', 'deployment.environment.name': 'test' });
  t.equal(to.received[0]?.headers['x-token'], 'abc');
});

t.test('when the packages are not installed, the start says how to install them', async (t) => {
  const { said } = await served(t, {
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9',
    MISSING: '@opentelemetry/sdk-trace',
  });
  t.match(said, /^cenr: OTEL_EXPORTER_OTLP_ENDPOINT asks for traces, and .* not installed\./m);
  t.match(said, /npm install --no-save --save-prod (@opentelemetry\/\S+@\d+\.\d+\.\d+ ?)+"/);
});
