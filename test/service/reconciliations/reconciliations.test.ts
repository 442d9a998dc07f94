/** Reconciliations over REST: the state's file in, causes and correction files out, and what is refused. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { readXlsx } from 'hucre/xlsx';
import t, { type Test } from 'tap';
import { JobQueue } from '#service/jobs/job-queue';
import { reconciliationJobs } from '#service/jobs/reconciliation-jobs';
import { makeReconciliation } from '#service/reconciliations/reconcile-work';
import type { RulesInEffect } from '#service/rules/rules-in-effect';
import { shipped } from '../../support/histories.ts';
import { LEA, line, multipart, NOW, OTHER_LEA, service, type TestService } from '../../support/service.ts';

t.setTimeout(900_000);

const [FIRST, SECOND] = ['9900000001', '9900000002'];
const REQUEST = 'academicYear=2023-2024&runDate=2024-07-15';
const URL = '/v1/reconciliations';
const TEXT = { 'content-type': 'text/plain' };
/** Fields 38 and 40: homeless, and disadvantaged for it. */
const [DISADVANTAGED, HOMELESS] = [37, 39];

interface Made extends TestService {
  readonly headers: { readonly authorization: string };
  /** The rows of our own extract. */
  readonly rows: readonly string[];
  send(payload: string | Buffer, query?: string, headers?: object): ReturnType<TestService['ask']>;
  finished(payload: string | Buffer, query?: string): Promise<string>;
}

async function made(t: Test, deps?: Parameters<typeof service>[2]): Promise<Made> {
  const built = await service(t, { shutdownGrace: 0 }, deps);
  const { ask, key, app } = built;
  const headers = key('vendor', [LEA]);
  const program = { educationProgramCode: '191', educationProgramMembershipStartDate: '20230815' };
  const records = [
    line('SENR', { ssid: FIRST }),
    line('SENR', { ssid: SECOND }),
    line('SPRG', { ssid: FIRST, ...program }),
  ].join('\r\n');
  await ask({ method: 'POST', url: '/v1/uploads', headers: { ...headers, ...TEXT }, payload: records });
  const payload = { reportingLEAs: [LEA], academicYear: '2023-2024', runDate: '20240715' };
  const { body } = await ask({ method: 'POST', url: '/v1/extracts', headers, payload });
  await app.jobs.extract.idle();
  const { text } = await ask({ url: `/v1/extracts/${body.id}/file`, headers });
  const send: Made['send'] = (payload, query = REQUEST, more = TEXT) =>
    ask({ method: 'POST', url: `${URL}?${query}`, headers: { ...headers, ...more }, payload });
  return {
    ...built,
    headers,
    rows: text.split('\r\n').filter(Boolean),
    send,
    async finished(payload, query) {
      const sent = await send(payload, query);
      await app.jobs.reconciliation.idle();
      return `${URL}/${sent.body.id}`;
    },
  };
}

const withValue = (row: string, place: number, value: string): string => row.split('^').with(place, value).join('^');
/** The first student is not homeless there. */
const theirs = ({ rows }: Made): string =>
  rows
    .map((row) => (row.includes(FIRST) ? withValue(withValue(row, HOMELESS, 'N'), DISADVANTAGED, 'N') : row))
    .join('\r\n');

t.test('nothing of their file is lost: every line is matched, only theirs, or said with its place', async (t) => {
  const service = await made(t);
  const { ask, headers, rows, finished } = service;
  const [first = '', second = ''] = rows;
  const LINES = [
    first,
    withValue(second, HOMELESS, 'Y'),
    // The same student, school and grade once more; a student we do not know; one in another grade.
    first,
    withValue(first, 7, '9900000077'),
    withValue(second, 19, '06'),
    // Cut, too long, no SSID, no day, nothing of a row.
    first.slice(0, 40),
    `${first}^x^y`,
    withValue(first, 7, 'abc'),
    withValue(first, 16, '20231399'),
    'a note by hand',
    '',
  ];
  const self = await finished(LINES.join('\r\n'));
  const { body } = await ask({ url: self, headers });
  t.equal(body.status, 'Complete', body.failure);
  const { read, same, changed, nearest, onlyTheirs, unreadable } = body.counts;
  t.equal(read, LINES.filter(Boolean).length, 'every line but the blank one');
  t.equal(read, same + changed + nearest + onlyTheirs + unreadable);
  t.ok(unreadable >= 5 && onlyTheirs >= 1);
  t.equal(body.unreadable.length, unreadable, 'each that cannot be read is named');
  for (const { place, says } of body.unreadable) t.match(`${place}: ${says}`, /^line \d+: \S/);
  const { text } = await ask({ url: `${self}/list`, headers });
  const listed = text
    .trimEnd()
    .split('\n')
    .map((each) => JSON.parse(each));
  const found = listed.filter(({ kind, found }) => kind === 'row' && found !== 'onlyOurs');
  t.equal(found.length, changed + nearest + onlyTheirs, 'and each that differs is in the list');
});

t.test('from their file to the correction file', async (t) => {
  const service = await made(t);
  const { ask, headers, app, send, log, config } = service;
  const sent = await send(theirs(service), '');
  t.equal(sent.status, 202);
  t.equal(sent.body.status, 'Pending');
  t.match(sent.body.requestBecause, [/^Every row has the reporting LEA 1234567/], 'the request is inferred, and why');
  await app.jobs.reconciliation.idle();
  const self = `${URL}/${sent.body.id}`;
  const read = async (path = '') => (await ask({ url: self + path, headers })).body;
  const job = await read();
  t.equal(job.status, 'Complete', job.failure);
  const { read: all, same, changed, nearest, onlyTheirs, unreadable } = job.counts;
  t.equal(all, same + changed + nearest + onlyTheirs + unreadable, 'counts add up');
  t.match(job, { columns: 50, header: false, unreadable: [], corrections: 2 });

  const { clusters } = await read('/clusters?limit=1');
  t.match(clusters[0], {
    rows: 1,
    cause: 'notThere',
    sentence: /field 40 Homeless[^;]* is N in the state's file and Y in our records.*was it sent to CALPADS/,
  });
  const { rows } = await read(`/rows?cluster=${clusters[0].cluster}`);
  t.match(rows, [
    {
      found: 'both',
      row: { ssid: FIRST },
      place: /^line \d$/,
      causes: [{ verified: true, sent: { file: 'upload', line: 3 } }],
    },
  ]);
  t.same((await read('/rows?cluster=0')).rows, []);
  t.match((await read('/rows?field=40&found=both')).rows, [
    { fields: [{ field: '38' }, { field: '40', theirs: 'N', ours: 'Y' }] },
  ]);
  t.match(await read('/fields'), {
    fields: [
      { field: '38', rows: 1 },
      { field: '40', rows: 1 },
    ],
    places: {
      by: ['Reporting LEA', 'School of Attendance'],
      counts: [
        { field: '38', value: 'N', values: [], theirs: 2, ours: 1 },
        { field: '38', value: 'N', values: [LEA, '7654321'], theirs: 2, ours: 1 },
        { field: '38', value: 'Y', values: [], theirs: 0, ours: 1 },
        { field: '38', value: 'Y', values: [LEA, '7654321'], theirs: 0, ours: 1 },
        { field: '40', value: 'N', values: [] },
        { field: '40', value: 'N', values: [LEA, '7654321'] },
        { field: '40', value: 'Y', values: [] },
        { field: '40', value: 'Y', values: [LEA, '7654321'], theirs: 0, ours: 1 },
      ],
    },
  });
  const list = await ask({ url: `${self}/list`, headers });
  t.same(
    list.text
      .trim()
      .split('\n')
      .map((one) => JSON.parse(one).kind),
    ['row', ...clusters.map(() => 'cluster'), 'summary'],
  );
  const { rawPayload } = await app.inject({ url: `${self}/workbook`, headers });
  t.same(
    (await readXlsx(rawPayload)).sheets.map(({ name }) => name),
    ['Summary', 'Clusters', 'Counts', 'Rows', 'Fields'],
  );
  const manifest = await read('/manifest');
  t.match([manifest.theirs.sha256, manifest.ours.sha256, manifest.file.sha256], Array(3).fill(/^[0-9a-f]{64}$/));

  const { files, links } = await read('/corrections');
  t.match(files, [
    { name: 'if-the-state-is-right-SPRG-1-deletions.txt', step: 'deletions', lines: 1 },
    { name: 'if-your-records-are-right-SPRG-3-additions.txt', step: 'additions', lines: 1 },
  ]);
  t.match((await ask({ url: files[1].links.file, headers })).text, /^SPRG\^A\^.*9900000001.*\^191\^/);
  t.match((await ask({ url: files[0].links.file, headers })).text, /^SPRG\^D\^.*9900000001.*\^191\^/);
  t.match(
    (await ask({ url: links.reasons, headers })).text,
    /if-your-records-are-right-SPRG-3-additions.txt,1,9900000001/,
  );
  t.equal((await ask({ url: `${self}/corrections/passwd`, headers })).status, 404);
  t.notOk(log.join('').includes(FIRST), 'no student in the log');

  // The draft is loaded: both sides agree.
  const draft = (await ask({ url: files[0].links.file, headers })).text;
  await ask({ method: 'POST', url: '/v1/uploads', headers: { ...headers, ...TEXT }, payload: draft });
  const again = await ask({ method: 'POST', url: `${self}/again?academicYear=2023-2024`, headers });
  await app.jobs.reconciliation.idle();
  const after = (await ask({ url: `${URL}/${again.body.id}`, headers })).body;
  t.match(after, { status: 'Complete', clusters: 0, counts: { same: all, changed: 0 } });

  t.equal((await ask({ method: 'DELETE', url: self, headers })).status, 204);
  t.equal((await read()).status, 'Cancelled');
  t.equal((await ask({ url: `${self}/rows`, headers })).body.code, 'CENR_RECONCILIATION_GONE');
  t.equal((await ask({ method: 'POST', url: `${self}/again`, headers })).body.code, 'CENR_RECONCILIATION_GONE');
  const folder = join(config.storeDir, 'reconciliations');
  t.same(readdirSync(folder), [again.body.id], 'nothing of it is left');
});

t.test('forms of a file', async (t) => {
  const service = await made(t);
  const { ask, headers, app, finished, send } = service;
  const text = theirs(service);
  const csv = text.replaceAll('^', ',');
  const { headers: type, payload } = multipart({ 'CENR.csv': csv });
  for (const [name, body, more] of [
    ['gzip', gzipSync(text), TEXT],
    ['CSV', csv, { 'content-type': 'text/csv' }],
    ['a part', payload, type],
  ] as const) {
    const sent = await send(body, REQUEST, more);
    await app.jobs.reconciliation.idle();
    const { body: job } = await ask({ url: `${URL}/${sent.body.id}`, headers });
    t.match(job, { status: 'Complete', counts: { changed: 1, unreadable: 0 } }, `${name}: ${job.failure ?? ''}`);
  }
  const rows = theirs(service).split('\r\n');
  const damaged = [...rows, rows[0] as string, (rows[1] as string).slice(0, 60), withValue(rows[0] as string, 1, 'x')];
  const { body } = await ask({ url: await finished(damaged.join('\n')), headers });
  t.equal(body.counts.read, 5);
  t.match(
    body.unreadable.map(({ place, says }: { place: string; says: string }) => `${place}: ${says}`).sort(),
    [
      /^line 3: it is a second row for the student, school and grade of line 1/,
      /^line 4: it has \d+ fields, expected 50/,
      /^line 5/,
    ],
    'a second row, a line that is cut, and one that is none are said with their place',
  );
});

t.test('what is refused, and where it is', async (t) => {
  const service = await made(t);
  const { ask, headers, key, rows, send, config } = service;
  const refusal = async (payload: string, query?: string) => (await send(payload, query)).body;
  t.match(await refusal('a letter to the district\n'), { status: 422, code: 'CENR_NOT_A_CENR_FILE' });
  t.match(await refusal(line('SPRG')), { status: 422, code: 'CENR_NOT_A_CENR_FILE' }, 'a file of records');
  t.match(await refusal(''), { code: 'CENR_UPLOAD_EMPTY' });
  const wrong = (rows[0] as string).replaceAll(LEA, OTHER_LEA);
  t.match(await refusal(wrong), { status: 404, code: 'CENR_NOT_FOUND' }, 'of another LEA');
  t.match(await refusal(wrong, ''), { status: 404, code: 'CENR_NOT_FOUND' }, 'whatever is said of it');
  t.match(await refusal([rows[1], wrong].join('\n'), ''), { status: 404 }, 'one row of another LEA is enough');
  t.match((await refusal(rows.join('\n'), 'academicYear=2018-2019')).errors, [
    {
      parameter: 'academicYear',
      message:
        /does not fit the file: the file has Enrollment Start Date \d{4}-\d\d-\d\d, line 1, and the request is for/,
    },
  ]);
  t.match((await refusal(rows.join('\n'), `${REQUEST}&grades=K1`)).errors, [{ parameter: /grades/ }]);
  t.match((await refusal(rows.join('\n'), `${REQUEST}&schools=0000009`)).errors, [
    { parameter: 'schools', message: /2 rows of the file have a School of Attendance that the request leaves out/ },
  ]);
  t.match((await refusal(rows.join('\n'), 'runDate=yesterday')).code, 'CENR_REQUEST_INVALID');
  t.equal((await send(rows.join('\n'), '', { 'content-type': 'application/xml' })).status, 415);
  const auditor = { ...key('auditor', [LEA]), ...TEXT };
  t.equal((await ask({ method: 'POST', url: URL, headers: auditor, payload: rows.join('\n') })).status, 403);
  const folder = join(config.storeDir, 'reconciliations');
  t.same(existsSync(folder) ? readdirSync(folder) : [], [], 'nothing of a refused file is kept');
  t.same((await ask({ url: URL, headers })).body.reconciliations, []);
});

t.test('scope, roles, once and again', async (t) => {
  const service = await made(t);
  const { ask, headers, key, app, send } = service;
  const once = { ...TEXT, 'idempotency-key': 'a-file' };
  const first = await send(theirs(service), REQUEST, once);
  const replayed = await send(theirs(service), REQUEST, once);
  t.equal(replayed.body.id, first.body.id);
  t.equal(replayed.headers['idempotent-replayed'], 'true');
  t.equal((await send(theirs(service), '', once)).body.code, 'CENR_IDEMPOTENCY_KEY_REUSED');
  await app.jobs.reconciliation.idle();
  const waited = await send(theirs(service), REQUEST, { ...TEXT, prefer: 'wait=30' });
  t.equal(waited.body.status, 'Complete', 'whoever waits gets it when it is complete');
  t.match(waited.headers['preference-applied'], /wait=/);
  const self = `${URL}/${first.body.id}`;
  const elsewhere = key('vendor', [OTHER_LEA]);
  for (const path of ['', '/clusters', '/rows', '/fields', '/list', '/workbook', '/manifest', '/corrections'])
    t.equal((await ask({ url: self + path, headers: elsewhere })).status, 404, `${path} of another LEA`);
  t.equal((await ask({ method: 'DELETE', url: self, headers: elsewhere })).status, 404);
  t.same((await ask({ url: URL, headers: elsewhere })).body.reconciliations, []);
  t.equal((await ask({ url: `${self}/rows`, headers: key('auditor', [LEA]) })).status, 200);
  const { body } = await ask({ url: `${URL}?limit=1`, headers });
  t.equal(body.reconciliations.length, 1);
  t.equal((await ask({ url: body.next, headers })).body.reconciliations[0].id, first.body.id);
});

t.test('what is under way when the service stops is made by the next one', async (t) => {
  const begun = Promise.withResolvers<void>();
  const service = await made(t, () => ({
    reconcile: (_work, { signal }) =>
      new Promise((_, reject) => {
        begun.resolve();
        signal.addEventListener('abort', () => reject(signal.reason));
      }),
  }));
  const { app, store, send, config } = service;
  const { id } = (await send(theirs(service))).body;
  await begun.promise;
  await app.close();
  const job = () => store.forLEAs('all').jobs('reconciliation').get(id);
  t.match(await job(), { status: 'Pending', progress: 0 }, 'put back, with its file');
  const { storeDir } = config;
  const next = new JobQueue(
    reconciliationJobs({ current: async () => ({ rulebook: shipped }) as RulesInEffect }, (work, control) =>
      makeReconciliation({ ...work, storeDir, version: '0.0.0' }, control),
    ),
    { store, dir: join(storeDir, 'reconciliations'), clock: () => NOW, mostWaiting: 1 },
  );
  await next.start();
  await next.idle();
  t.match(await job(), { status: 'Complete', counts: { changed: 1 } });
});

t.test('of records of another LEA nothing is told', async (t) => {
  const service = await made(t);
  const { ask, headers, key, finished, rows } = service;
  // The other LEA sent the program: it counts for the student here, and is not shown here.
  const program = { educationProgramCode: '191', educationProgramMembershipStartDate: '20230815' };
  const elsewhere = { ...key('vendor', [OTHER_LEA]), ...TEXT };
  const of = { ssid: SECOND, reportingLEA: OTHER_LEA };
  const sent = [line('SENR', of), line('SPRG', { ...of, ...program })].join('\n');
  await ask({ method: 'POST', url: '/v1/uploads', headers: elsewhere, payload: sent });
  const self = await finished(rows.join('\n'));
  const all = await Promise.all(
    ['/clusters', '/rows', '/list', '/corrections', '/corrections/reasons.csv'].map(
      async (path) => (await ask({ url: self + path, headers })).text,
    ),
  );
  t.notMatch(all.join(''), new RegExp(`Reporting LEA ${OTHER_LEA}`), 'no record of another LEA is named');
});
