/** Streams of students: what tells one from the other in the answer, and what does not end it. */
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import t from 'tap';
import { createEvaluator } from '#service/evaluations/evaluate';
import { evaluateLines } from '#service/evaluations/evaluate-lines';
import { evaluationThreads } from '#service/evaluations/evaluation-threads';
import { shipped } from '../../support/histories.ts';
import { LEA, line, record, service, TODAY } from '../../support/service.ts';

// A busy machine is slow.
t.setTimeout(900_000);

const request = { reportingLEAs: [LEA], academicYear: '2023-2024' };
const post = { method: 'POST' as const, url: '/v1/evaluations' };
const SSID = '9900000001';
const evaluator = createEvaluator(shipped);
const begin = async (head: object) => evaluator.session(head, TODAY);
const limits = { lineBytes: 4_000, totalBytes: 1e9 };
const ndjson = (lines: readonly unknown[]): string =>
  lines.map((one) => `${typeof one === 'string' ? one : JSON.stringify(one)}\n`).join('');
const answersOf = (answer: string) =>
  answer
    .trimEnd()
    .split('\n')
    .map((one) => JSON.parse(one));

t.test('an error has the number of its line, the SSID, and the id of the caller', async (t) => {
  const { ask, key } = await service(t);
  const headers = { ...key('vendor', [LEA]), 'content-type': 'application/x-ndjson' };
  const payload = ndjson([
    { request },
    { id: 'A-1', records: [record('SENR')] },
    '',
    { id: 17, records: [record('SENR', { gradeLevelCode: 'XX' })] },
    { records: [line('SENR', { gradeLevelCode: 'XX' })] },
    { id: 'B', records: [record('SENR'), record('SENR', { ssid: '9900000002' })] },
    '{"id":"C","records":',
    { id: {}, records: [record('SENR')] },
    { id: 'D', record: [] },
    { id: 'E', records: [] },
  ]);
  const [one, grade, caret, two, cut, id, record_, none, end] = answersOf(
    (await ask({ ...post, headers, payload })).text,
  );
  t.match(one, { id: 'A-1', ssid: SSID, rows: [{}] });
  t.notOk('line' in one);
  t.match(grade, { line: 4, id: 17, ssid: SSID, error: { code: 'CENR_RECORDS_REJECTED' } });
  t.match(caret, { line: 5, ssid: SSID, error: { code: 'CENR_RECORDS_REJECTED' } });
  t.notOk('id' in caret);
  t.match(two, { line: 6, id: 'B', error: { code: 'CENR_SEVERAL_STUDENTS' } });
  t.notOk('ssid' in two, 'there are two');
  t.match(cut, { line: 7, error: { code: 'CENR_JSON_INVALID' } });
  t.match(id, { line: 8, ssid: SSID, error: { errors: [{ pointer: '/id', message: /^found {}, expected a text/ }] } });
  t.match(record_, { line: 9, id: 'D', error: { errors: [{ pointer: '/record' }] } });
  t.match(none, { line: 10, id: 'E', error: { errors: [{ pointer: '/records', message: /at least one/ }] } });
  t.match(end, { count: 8 });
  const explained = await ask({ ...post, url: `${post.url}?explain=true`, headers, payload });
  t.match(answersOf(explained.text).slice(0, 2), [
    { id: 'A-1', explanations: [{}] },
    { line: 4, id: 17, ssid: SSID },
  ]);
});

t.test('a line that is too long is left out, wherever it is cut on the way', async (t) => {
  const student = { records: [record('SENR')] };
  const long = `{"records":["${'x'.repeat(9_000)}"]}`;
  const bytes = Buffer.from(ndjson([{ request }, student, long, student, long, long, student]) + long);
  for (const size of [bytes.length, 1, 97, 4_001, 9_000]) {
    const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
      bytes.subarray(i * size, (i + 1) * size),
    );
    const answers = answersOf(await text(await evaluateLines(Readable.from(pieces), { begin, limits })));
    const error = { code: 'CENR_BODY_TOO_LARGE', detail: 'A line may have at most 4000 bytes.' };
    t.match(
      answers,
      [
        { ssid: SSID },
        { line: 3, error },
        { ssid: SSID },
        { line: 5, error },
        { line: 6, error },
        { ssid: SSID },
        { line: 8, error },
        { count: 7 },
      ],
      `${size} bytes at a time`,
    );
  }
});

t.test('threads number the lines as one does', async (t) => {
  const threads = evaluationThreads(shipped, 2);
  t.teardown(() => threads.close());
  const student = (i: number) =>
    i % 50 === 7
      ? `{"records":["${'x'.repeat(9_000)}"]}`
      : { id: i, records: [line('SENR', i % 40 === 3 ? { gradeLevelCode: 'XX' } : {})] };
  const sent = Buffer.from(ndjson([{ request }, ...Array.from({ length: 2_000 }, (_, i) => student(i))]));
  const pieces = () => Readable.from(Array.from({ length: 40 }, (_, i) => sent.subarray(i * 20_000, (i + 1) * 20_000)));
  t.ok(sent.length < 800_000);
  const here = await text(await evaluateLines(pieces(), { begin, limits }));
  t.equal(await text(await evaluateLines(pieces(), { begin, limits, threads })), here);
  t.match(answersOf(here)[7], { line: 9, error: { code: 'CENR_BODY_TOO_LARGE' } });
});

t.test('gzip and a byte order mark are taken as in uploads', async (t) => {
  const { ask, key } = await service(t, { jsonBytes: 50_000 });
  const headers = key('vendor', [LEA]);
  const student = { records: [record('SENR')] };
  const one = JSON.stringify({ request, ...student });
  const many = ndjson([{ request }, student]);
  for (const [type, body] of [
    ['application/json', one],
    ['application/x-ndjson', many],
  ] as const) {
    const send = (payload: Buffer | string) => ask({ ...post, headers: { ...headers, 'content-type': type }, payload });
    const { text } = await send(body);
    for (const [says, payload] of [
      ['BOM', `\uFEFF${body}`],
      ['gzip', gzipSync(body)],
      ['both', gzipSync(`\uFEFF${body}`)],
    ] as const)
      t.equal((await send(payload)).text, text, `${type}, ${says}`);
    const damaged = await send(gzipSync(body).subarray(0, -30));
    const refusal = damaged.status === 200 ? answersOf(damaged.text).at(-1).error : damaged.body;
    t.match(refusal, { status: 422, code: 'CENR_UPLOAD_UNREADABLE' }, 'in the answer, once a stream has begun');
    const bomb = gzipSync(Buffer.alloc(1e7, ' '));
    t.match(await send(bomb), { status: 413, body: { code: 'CENR_BODY_TOO_LARGE' } });
  }
});

t.test('onReject=skip leaves out what is rejected, as an extract does, and says so', async (t) => {
  const { ask, key, app } = await service(t);
  const headers = key('vendor', [LEA]);
  const records = [
    line('SENR'),
    line('SENR', { enrollmentStartDate: '20240115', gradeLevelCode: 'XX' }),
    line('SINF', { studentHispanicEthnicityIndicator: 'Y' }),
  ];
  await ask({ method: 'POST', url: '/v1/uploads', headers, payload: records.join('\n') });
  const extract = (await ask({ method: 'POST', url: '/v1/extracts', headers, payload: request })).body;
  await app.jobs.extract.idle();
  const file = (await ask({ url: `${extract.links.self}/file`, headers })).text;
  const payload = { request, records };
  const skip = `${post.url}?onReject=skip`;

  t.match(await ask({ ...post, headers, payload }), { status: 422, body: { code: 'CENR_RECORDS_REJECTED' } });
  t.equal((await ask({ ...post, url: `${post.url}?onReject=refuse`, headers, payload })).status, 422);
  const { body } = await ask({ ...post, url: skip, headers, payload });
  t.equal(body.rows.map((row: Record<string, string>) => `${Object.values(row).join('^')}\r\n`).join(''), file);
  t.match(body.problems, [{ pointer: '/records/1', code: 'GERR0002', severity: 'reject' }]);
  const stream = await ask({
    ...post,
    url: skip,
    headers: { ...headers, 'content-type': 'application/x-ndjson' },
    payload: ndjson([{ request }, { records }]),
  });
  t.same(answersOf(stream.text)[0], body);
  t.match(await ask({ ...post, url: `${post.url}?onReject=ignore`, headers, payload }), {
    status: 400,
    body: { errors: [{ parameter: 'onReject', message: /one of refuse, skip/ }] },
  });
});
