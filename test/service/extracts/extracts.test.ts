import { createHash } from 'node:crypto';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import t from 'tap';
import { RequestError } from '#extract/request';
import type { ServiceDeps } from '#service/app';
import { extractFile, extractHere, LEA, line, NOW, service, TODAY } from '../../support/service.ts';

const request = { reportingLEAs: [LEA], academicYear: '2023-2024' };
const ask202 = { method: 'POST' as const, url: '/v1/extracts', payload: request };

t.test('an extract is requested, made and fetched', async (t) => {
  const { ask, key, app } = await service(t);
  const headers = key('vendor', [LEA]);
  await ask({
    method: 'POST',
    url: '/v1/uploads',
    headers,
    payload: [line('SENR'), line('SINF', { studentHispanicEthnicityIndicator: 'Y' })].join('\n'),
  });

  const accepted = await ask({ ...ask202, headers, payload: { ...request, runDate: '2024-07-01', columns: '48' } });
  const { id, links } = accepted.body;
  t.equal(accepted.status, 202);
  t.equal(accepted.headers['location'], links.self);
  t.match(accepted.body, {
    status: 'Pending',
    progress: 0,
    request,
    runDate: '20240701',
    columns: '48',
    rulebook: (await app.rules.current()).hash,
    requestedAt: NOW.toISOString(),
  });

  await app.jobs.extract.idle();
  const done = (await ask({ url: links.self, headers })).body;
  t.match(done, {
    id,
    status: 'Complete',
    progress: 100,
    rows: 1,
    finishedAt: NOW.toISOString(),
    links: { file: `${links.self}/file` },
  });

  const file = await ask({ url: done.links.file, headers });
  t.equal(file.status, 200);
  t.equal(file.headers['content-type'], 'text/plain; charset=utf-8');
  t.equal(file.headers['cenr-rulebook'], (await app.rules.current()).hash);
  t.equal(Number(file.headers['content-length']), done.bytes);
  t.equal(createHash('sha256').update(file.text).digest('hex'), done.sha256);
  t.equal(file.headers['repr-digest'], `sha-256=:${Buffer.from(done.sha256, 'hex').toString('base64')}:`);
  const fields = file.text.split('\r\n')[0]?.split('^') ?? [];
  t.equal(fields.length, 48);
  t.equal(fields[35], 'Hispanic');
});

t.test('run date and columns have defaults: today, and those of the layout', async (t) => {
  const { ask, key, app } = await service(t);
  const headers = key('vendor', [LEA]);
  t.match((await ask({ ...ask202, headers })).body, {
    runDate: TODAY,
    columns: (await app.rules.current()).rulebook.schemas.output.defaultColumnSet,
  });
});

t.test('today is the day in California', async (t) => {
  const { ask, key } = await service(t, {}, () => ({ clock: () => new Date('2024-07-16T05:00:00Z') }));
  t.equal((await ask({ ...ask202, headers: key('vendor', [LEA]) })).body.runDate, '20240715');
});

t.test('a request that is not understood names the key and what was expected', async (t) => {
  const { ask, key } = await service(t);
  const headers = key('vendor', [LEA]);
  const cases: [object, string, RegExp][] = [
    [{ reportingLEAs: [LEA], acadmicYear: '2023-2024' }, '/acadmicYear', /Did you mean "academicYear"/],
    [{ academicYear: '2023-2024' }, '', /"reportingLEAs" is missing/],
    [{ ...request, reportingLEAs: LEA }, '/reportingLEAs', /"all", or a list/],
    [{ ...request, reportingLEAs: [] }, '/reportingLEAs', /"all", or a list/],
    [{ ...request, adjusted: 'yes' }, '/adjusted', /boolean/],
    [{ ...request, academicYear: '2023-2025' }, '/academicYear', /two consecutive years/],
    [{ ...request, asOf: '2024-01-01' }, '/academicYear', /exactly one of/],
    [{ reportingLEAs: [LEA] }, '/academicYear', /exactly one of/],
    [{ reportingLEAs: [LEA], asOf: '20240230' }, '/asOf', /expected a real date/],
    [{ reportingLEAs: [LEA], from: '20240201' }, '/through', /both days/],
    [{ reportingLEAs: [LEA], from: '20240201', through: '20240101' }, '/through', /before it starts/],
    [{ reportingLEAs: [LEA], asOf: '20240101', adjusted: true }, '/adjusted', /adjusted needs an academic year/],
    [{ ...request, runDate: '2024-13-01' }, '/runDate', /real date/],
    [{ ...request, columns: '49' }, '/columns', /expected one of/],
  ];
  for (const [payload, pointer, message] of cases) {
    const { status, body } = await ask({ ...ask202, headers, payload });
    t.match(
      { status, body },
      { status: 400, body: { code: 'CENR_REQUEST_INVALID', errors: [{ pointer, message }] } },
      JSON.stringify(payload),
    );
  }
  t.match(await ask({ ...ask202, headers: { ...headers, 'content-type': 'application/json' }, payload: '{"a":' }), {
    status: 400,
    body: { code: 'CENR_JSON_INVALID' },
  });
  t.match(await ask({ ...ask202, headers: { ...headers, 'content-type': 'application/json' }, payload: '' }), {
    status: 400,
    body: { code: 'CENR_JSON_INVALID' },
  });
  t.match(await ask({ ...ask202, headers: { ...headers, 'content-type': 'text/plain' }, payload: 'x' }), {
    status: 415,
    body: { code: 'CENR_MEDIA_TYPE_UNSUPPORTED' },
  });
  t.match(
    await ask({
      ...ask202,
      headers,
      payload: {
        ...request,
        schools: Array.from({ length: 9_000 }, () => 'x'.repeat(16)),
        grades: Array.from({ length: 90_000 }, () => 'x'.repeat(16)),
      },
    }),
    {
      status: 413,
      body: { code: 'CENR_BODY_TOO_LARGE' },
    },
  );
  t.same((await ask({ url: '/v1/extracts', headers })).body, { extracts: [] }, 'none of them became an extract');
});

/** Extracts that are made when the test says so. */
function byHand() {
  const begun: {
    out: string;
    signal: AbortSignal;
    onProgress: (fraction: number) => void;
    finish: () => void;
    fail: (error: unknown) => void;
  }[] = [];
  const waiting: (() => void)[] = [];
  const write: ServiceDeps['writeExtract'] = ({ files: { rows: out } }, { signal, onProgress }) =>
    new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason));
      const finish = () => {
        writeFileSync(out, 'row\r\n');
        resolve({
          rows: 1,
          bytes: 5,
          sha256: createHash('sha256').update('row\r\n').digest('hex'),
          students: 1,
          warnings: [],
        });
      };
      begun.push({ out, signal, onProgress, finish, fail: reject });
      waiting.shift()?.();
    });
  /** The nth extract, once it is under way. */
  const nth = async (n: number) => {
    while (begun.length <= n) await new Promise<void>((resolve) => waiting.push(resolve));
    return begun[n] as (typeof begun)[number];
  };
  return { write, nth };
}

t.test('one is made after the other, with progress', async (t) => {
  const { write, nth } = byHand();
  let now = NOW.getTime();
  const { ask, key, app } = await service(t, {}, () => ({ writeExtract: write, clock: () => new Date(now) }));
  const headers = key('vendor', [LEA]);
  const [first, second] = [(await ask({ ...ask202, headers })).body, (await ask({ ...ask202, headers })).body];
  const one = await nth(0);
  const status = async ({ links }: { links: { self: string } }) => (await ask({ url: links.self, headers })).body;
  t.match([await status(first), await status(second)], [{ status: 'Processing' }, { status: 'Pending' }]);
  one.onProgress(0.25);
  t.equal((await status(first)).progress, 0, 'not every step is written');
  now += 1_000;
  one.onProgress(0.5);
  t.equal((await status(first)).progress, 50);
  t.match(await ask({ url: `${first.links.self}/file`, headers }), {
    status: 409,
    body: { code: 'CENR_EXTRACT_NOT_COMPLETE', detail: /Processing/ },
  });
  one.finish();
  (await nth(1)).finish();
  await app.jobs.extract.idle();
  t.match([await status(first), await status(second)], [{ status: 'Complete' }, { status: 'Complete' }]);
});

t.test('whoever prefers to wait is answered when the extract has ended', async (t) => {
  const { write, nth } = byHand();
  const { ask, key, app } = await service(t, {}, () => ({ writeExtract: write }));
  const headers = key('vendor', [LEA]);
  const wait = (seconds: string) => ({ ...headers, prefer: `respond-async, wait=${seconds}` });

  const made = ask({ ...ask202, headers: { ...wait('50'), 'idempotency-key': 'waits' } });
  (await nth(0)).finish();
  const { status, body, headers: sent } = await made;
  t.match([status, body.status, sent['preference-applied']], [202, 'Complete', 'wait=50']);
  const again = { ...ask202, headers: { ...headers, 'idempotency-key': 'waits' } };
  t.equal((await ask(again)).body.status, 'Pending', 'the first answer, for whoever does not wait');
  t.match(await ask({ ...again, headers: { ...again.headers, prefer: 'wait=1' } }), {
    headers: { 'idempotent-replayed': 'true' },
    body: { status: 'Complete' },
  });

  const { links, id } = (await ask({ ...ask202, headers: wait('0') })).body;
  const one = await nth(1);
  t.match(await ask({ url: links.self, headers: wait('0') }), {
    headers: { 'preference-applied': 'wait=0' },
    body: { status: 'Processing' },
  });
  for (const prefer of ['return=minimal', 'wait', 'wait=soon', 'await=9'])
    t.notOk((await ask({ url: links.self, headers: { ...headers, prefer } })).headers['preference-applied'], prefer);
  const cancelled = ask({ url: links.self, headers: wait('"86400"') });
  const failed = ask({ url: links.self, headers: wait('50') });
  await app.jobs.extract.cancel({ id } as Parameters<typeof app.jobs.extract.cancel>[0]);
  one.fail(new Error('too late'));
  t.match(await cancelled, { headers: { 'preference-applied': 'wait=50' }, body: { status: 'Cancelled' } }, 'at most');
  t.match((await failed).body, { status: 'Cancelled' });
});

t.test('a service that stops keeps nobody waiting', async (t) => {
  const { write, nth } = byHand();
  const { ask, key, app } = await service(t, {}, () => ({ writeExtract: write }));
  const headers = { ...key('vendor', [LEA]), prefer: 'wait=50' };
  const asked = ask({ ...ask202, headers });
  await nth(0);
  const stopped = app.jobs.extract.stop(0);
  t.match((await asked).body.status, /Processing|Pending/);
  await stopped;
});

t.test('cancelling: a waiting one, a running one, a finished one', async (t) => {
  const { write, nth } = byHand();
  const tested = await service(t, {}, () => ({ writeExtract: write }));
  const { ask, key, app } = tested;
  const headers = key('vendor', [LEA]);
  const ids: string[] = [];
  for (let i = 0; i < 3; i++) ids.push((await ask({ ...ask202, headers })).body.id);
  const [finished, running, waiting] = ids as [string, string, string];
  const remove = (id: string) => ask({ method: 'DELETE', url: `/v1/extracts/${id}`, headers });
  const status = async (id: string) => (await ask({ url: `/v1/extracts/${id}`, headers })).body.status;

  (await nth(0)).finish();
  const one = await nth(1);
  t.equal((await remove(waiting)).status, 204);
  t.equal((await remove(running)).status, 204);
  t.ok(one.signal.aborted);
  t.ok(existsSync(extractFile(tested, finished)));
  t.equal((await remove(finished)).status, 204);
  t.equal((await remove(finished)).status, 204, 'twice is as good as once');
  await app.jobs.extract.idle();
  for (const id of ids) t.equal(await status(id), 'Cancelled');
  t.notOk(existsSync(extractFile(tested, finished)));
  t.match(await ask({ url: `/v1/extracts/${finished}/file`, headers }), {
    status: 410,
    body: {
      code: 'CENR_EXTRACT_CANCELLED',
      detail: `The extract was cancelled at ${NOW.toISOString()}; it has no file.`,
    },
  });
});

t.test('an extract that fails says why, but not what only the log may know', async (t) => {
  const { write, nth } = byHand();
  const { ask, key, app, log } = await service(t, {}, () => ({ writeExtract: write }));
  const headers = key('vendor', [LEA]);
  const [first, second] = [(await ask({ ...ask202, headers })).body, (await ask({ ...ask202, headers })).body];
  (await nth(0)).fail(new RequestError('columns', 'the rulebook has no column set "48"'));
  (await nth(1)).fail(new Error('SENR^9900000001 cannot be read'));
  await app.jobs.extract.idle();
  t.match((await ask({ url: first.links.self, headers })).body, {
    status: 'Failed',
    failure: 'the rulebook has no column set "48"',
  });
  const { failure } = (await ask({ url: second.links.self, headers })).body;
  t.match(failure, /the log of the service/i);
  t.equal(log.join('').includes('9900000001'), false);
  t.match(
    log.find((one) => one.includes('extract failed')),
    new RegExp(second.id),
  );
});

t.test('a file that was removed from the disk is gone', async (t) => {
  const tested = await service(t);
  const { ask, key, app } = tested;
  const headers = key('vendor', [LEA]);
  const { body } = await ask({ ...ask202, headers });
  await app.jobs.extract.idle();
  rmSync(extractFile(tested, body.id));
  t.match(await ask({ url: `${body.links.self}/file`, headers }), {
    status: 410,
    body: { code: 'CENR_EXTRACT_FILE_GONE' },
  });
});

t.test('jobs that a process left behind are taken up by the next', async (t) => {
  const { ask, key, app } = await service(t, {}, async (store, storeDir) => {
    const job = {
      request,
      reportingLEAs: [LEA],
      runDate: TODAY,
      columns: '50',
      rulebookHash: 'of rules that were in effect then',
      requestedAt: NOW.toISOString(),
      progress: 0.4,
    };
    await store.jobs('extract').add({ id: 'extract_processing', status: 'Processing', ...job });
    await store.jobs('extract').add({ id: 'extract_pending', status: 'Pending', ...job });
    return { writeExtract: extractHere(store, storeDir) };
  });
  await app.jobs.extract.idle();
  const headers = key('auditor', [LEA]);
  for (const id of ['extract_processing', 'extract_pending'])
    t.match(
      (await ask({ url: `/v1/extracts/${id}`, headers })).body,
      { status: 'Complete', rows: 0, rulebook: (await app.rules.current()).hash },
      `${id} is made with the rules of now, and says so`,
    );
});

t.test('a key with many extracts does not hold up others, and only so many of it wait', async (t) => {
  const gate = Promise.withResolvers<void>();
  const order: string[] = [];
  const { ask, key, app } = await service(t, { waitingJobs: 3 }, () => ({
    writeExtract: async ({ request, files }) => {
      order.push(request.academicYear as string);
      await gate.promise;
      writeFileSync(files.rows, '');
      return { rows: 0, bytes: 0, sha256: '', students: 0, warnings: [] };
    },
  }));
  const [many, one] = [key('vendor', [LEA]), key('vendor', [LEA])];
  const request = (headers: object, academicYear: string, more: object = {}) =>
    ask({
      method: 'POST',
      url: '/v1/extracts',
      headers: { ...headers, ...more },
      payload: { reportingLEAs: [LEA], academicYear },
    });
  t.equal((await request(many, '2020-2021', { 'idempotency-key': 'first' })).status, 202);
  for (const year of ['2021-2022', '2022-2023']) t.equal((await request(many, year)).status, 202);
  while (order.length === 0) await new Promise(setImmediate);
  t.equal((await request(many, '2023-2024')).status, 202);
  t.match(await request(many, '2024-2025'), {
    status: 429,
    headers: { 'retry-after': '30' },
    body: { code: 'CENR_TOO_MANY_WAITING', detail: /: 3\./ },
  });
  t.equal((await request(many, '2020-2021', { 'idempotency-key': 'first' })).status, 202, 'a known answer is given');
  t.equal((await request(one, '2019-2020')).status, 202, 'another key');
  gate.resolve();
  await app.jobs.extract.idle();
  t.same(order, ['2020-2021', '2019-2020', '2021-2022', '2022-2023', '2023-2024']);
});
