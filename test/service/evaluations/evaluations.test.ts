import { deepStrictEqual } from 'node:assert';
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import fc from 'fast-check';
import t, { type Test } from 'tap';
import { outputColumns, usualColumnSet } from '#records/layout';
import { createEvaluator, type Evaluated } from '#service/evaluations/evaluate';
import { evaluateLines } from '#service/evaluations/evaluate-lines';
import { evaluationThreads } from '#service/evaluations/evaluation-threads';
import { itemOf, ServiceError } from '#service/http/errors';
import { extractOfLines } from '../../support/extracts.ts';
import {
  request as extractRequest,
  fieldsOf,
  history,
  holds,
  runDate,
  shipped,
  type TestRecord,
} from '../../support/histories.ts';
import { LEA, line, record, service, TODAY } from '../../support/service.ts';

// A busy machine is slow.
t.setTimeout(900_000);

const request = { reportingLEAs: [LEA], academicYear: '2023-2024' };
const post = { method: 'POST' as const, url: '/v1/evaluations' };
const SSID = '9900000001';

t.test('records in, rows out, columns by name', async (t) => {
  const { ask, key, app } = await service(t);
  const records = [
    record('SENR'),
    record('SINF', { studentHispanicEthnicityIndicator: 'Y' }),
    record('SPRG', { educationProgramCode: '191' }),
    record('SELA', {
      englishLanguageAcquisitionStatusCode: 'EL',
      englishLanguageAcquisitionStatusStartDate: '2018-08-15',
    }),
  ];
  const answer = await ask({
    ...post,
    headers: key('vendor', [LEA]),
    payload: { request, runDate: '2024-07-15', records },
  });
  t.equal(answer.status, 200);
  t.equal(answer.headers['cenr-rulebook'], (await app.rules.current()).hash);
  const { output } = shipped.schemas;
  const [row] = answer.body.rows;
  t.same(
    Object.keys(row),
    outputColumns(output, usualColumnSet(output)).map((c) => c.key),
    'all columns, in their order',
  );
  const field = (no: string) => row[output.columns.find((c) => c.no === no)?.key ?? ''];
  t.equal(answer.body.ssid, SSID);
  t.equal(field('8'), SSID);
  t.equal(field('36'), 'Hispanic');
  t.equal(field('37'), 'EL');
  t.equal(field('40'), 'Y');
  t.equal(field('44'), '20180815', 'days may have dashes here, and are stored as ever');
  t.equal(field('45'), '20250815');
});

t.test('an evaluation gives the rows that an extract of the same records gives', async (t) => {
  const { ask, key, app } = await service(t);
  const headers = key('vendor', [LEA]);
  const lines = [
    line('SENR'),
    line('SENR', { enrollmentStartDate: '20240115', gradeLevelCode: '06' }),
    line('SINF'),
    line('SELA'),
    line('SWDS'),
  ];
  await ask({ method: 'POST', url: '/v1/uploads', headers, payload: lines.join('\r\n') });
  const { body } = await ask({ method: 'POST', url: '/v1/extracts', headers, payload: request });
  await app.jobs.extract.idle();
  const file = (await ask({ url: `${body.links.self}/file`, headers })).text;

  for (const records of [
    lines,
    ['SENR', 'SINF', 'SELA', 'SWDS'].flatMap((type) =>
      type === 'SENR'
        ? [record(type), record(type, { enrollmentStartDate: '20240115', gradeLevelCode: '06' })]
        : [record(type)],
    ),
  ]) {
    const { rows } = (await ask({ ...post, headers, payload: { request, records } })).body;
    t.equal(rows.map((row: Record<string, string>) => `${Object.values(row).join('^')}\r\n`).join(''), file);
    t.equal(rows.length, 2);
  }
});

t.test('the run date is today unless it is given; 48 columns on request', async (t) => {
  const { ask, key } = await service(t);
  const headers = key('policy', 'all');
  const records = [record('SENR')];
  const [row] = (await ask({ ...post, headers, payload: { request, columns: '48', records } })).body.rows;
  t.equal(Object.keys(row).length, 48);
  const [whole] = (await ask({ ...post, headers, payload: { request, records } })).body.rows;
  t.equal(
    whole.uploaded ?? whole.uploadDate ?? Object.values(whole).at(-1),
    TODAY,
    'records that come without a date are loaded on the run date',
  );
});

t.test('dates of an ODS extract are kept', async (t) => {
  const { ask, key } = await service(t);
  const headers = key('policy', 'all');
  const dates = { uploaded: '20230816', lastUpdated: '2024-06-10' };
  for (const sent of [
    record('SENR', dates),
    { ...record('SENR', dates), recordType: 'SENR-R' },
    `${line('SENR', { recordTypeCode: 'SENR-R' })}^20230816^20240610`,
  ]) {
    const [row] = (await ask({ ...post, headers, payload: { request, records: [sent] } })).body.rows;
    t.same(Object.values(row).slice(-2), ['20230816', '20240610']);
  }
});

t.test('what the checks say comes with the rows, or instead of them', async (t) => {
  const { ask, key } = await service(t);
  const headers = key('vendor', [LEA]);
  const evaluate = (records: unknown) => ask({ ...post, headers, payload: { request, records } });

  const warned = await evaluate([record('SENR', { academicYearID: '2021-2022' })]);
  t.match(warned, {
    status: 200,
    body: { problems: [{ pointer: /^\/records\/0/, code: 'SENR0742', severity: 'warn', recordType: 'SENR' }] },
  });

  const rejected = await evaluate([
    record('SENR'),
    record('SENR', { enrollmentExitDate: '20230101', studentExitReasonCode: 'E130' }),
    record('SINF', { ssid: '' }),
    line('SELA', { reportingLEA: '' }),
  ]);
  t.match(rejected, {
    status: 422,
    body: {
      code: 'CENR_RECORDS_REJECTED',
      errors: [
        { pointer: '/records/1/enrollmentExitDate', code: 'SENR0018' },
        { pointer: '/records/2/ssid', code: 'GERR0001' },
        { pointer: '/records/3', code: 'GERR0001' },
      ],
    },
  });
  t.match(await evaluate([record('SENR'), record('SINF', { ssid: '9900000002' })]), {
    status: 422,
    body: { code: 'CENR_SEVERAL_STUDENTS' },
  });
  t.match(
    await evaluate([record('SENR', { transactionTypeCode: 'D' })]),
    { status: 422, body: { errors: [{ code: 'TRAN0001' }] } },
    'nothing is stored that could be deleted',
  );
  t.match(
    (await evaluate([record('SENR'), record('SENR', { transactionTypeCode: 'D' })])).body,
    { rows: [] },
    'but what came before may be',
  );
  t.match(
    (await evaluate([record('SENR', { ssid: '' })])).body,
    { ssid: '', rows: [] },
    'an enrollment that asks for an SSID makes no row',
  );
});

t.test('what is no record is refused, with a pointer and a hint', async (t) => {
  const { ask, key } = await service(t);
  const headers = key('vendor', [LEA]);
  const cases: [unknown, string, RegExp][] = [
    [
      [record('SENR'), record('SENR', { enrolmentStartDate: '20230815' })],
      '/records/1/enrolmentStartDate',
      /Did you mean "enrollmentStartDate"/,
    ],
    [[{ ...record('SENR'), gradeLevelCode: 5 }], '/records/0/gradeLevelCode', /expected a text/],
    [[record('SENR', { localRecordID: 'a^b' })], '/records/0/localRecordID', /caret/],
    [[record('SENR', { localRecordID: 'a\nSENR' })], '/records/0/localRecordID', /line break/],
    [[record('SENR', { recordTypeCode: 'SENR' })], '/records/0/recordTypeCode', /Did you mean "recordType"/],
    [[{ ssid: SSID }], '/records/0', /"recordType" is missing/],
    [[{ recordType: 'CENR' }], '/records/0/recordType', /expected one of DCERT, MEPS, SELA, SENR/],
    [[{ recordType: 'constructor' }], '/records/0/recordType', /expected one of/],
    [[{ ...record('SENR'), 'a/b~c': '' }], '/records/0/a~1b~0c', /unknown key/],
    [[17], '/records/0', /expected a caret-delimited line/],
    [[[]], '/records/0', /expected a caret-delimited line/],
    [[''], '/records/0', /one line/],
    [[`${line('SENR')}\n${line('SENR')}`], '/records/0', /one line/],
    [{}, '/records', /a list of records/],
    [undefined, '/records', /a list of records/],
    [[], '/records', /found no records, expected at least one/],
  ];
  for (const [records, pointer, message] of cases) {
    const { status, body } = await ask({ ...post, headers, payload: { request, records } });
    t.match(
      { status, body },
      { status: 400, body: { code: 'CENR_REQUEST_INVALID', errors: [{ pointer, message }] } },
      pointer,
    );
  }
  for (const [payload, pointer, message] of [
    [{ request, record: [] }, '/record', /Did you mean "records"/],
    [{ request: { ...request, acadmicYear: '' }, records: [] }, '/request/acadmicYear', /Did you mean "academicYear"/],
    [{ request: { reportingLEAs: [LEA] }, records: [] }, '/request/academicYear', /exactly one of/],
    [{ records: [] }, '/request', /must be object/],
    [{ request, runDate: 20240715, records: [] }, '/runDate', /real date/],
    [{ request, columns: 'all', records: [] }, '/columns', /expected one of/],
    [[], '', /expected an object/],
  ] as const) {
    const { status, body } = await ask({ ...post, headers, payload });
    t.match({ status, body }, { status: 400, body: { errors: [{ pointer, message }] } }, String(message));
  }
  t.match(await ask({ ...post, headers: { ...headers, 'content-type': 'application/json' }, payload: '{' }), {
    status: 400,
    body: { code: 'CENR_JSON_INVALID' },
  });
  t.match(await ask({ ...post, headers: { ...headers, 'content-type': 'text/csv' }, payload: 'x' }), { status: 415 });
});

/** The lines of an NDJSON answer, and whether the last one vouches for them. */
function readAnswer(t: Test, text: string) {
  const lines = text.split('\n').slice(0, -1);
  const last = JSON.parse(lines.pop() ?? '{}');
  const before = lines.map((one) => `${one}\n`).join('');
  t.same(last, { count: lines.length, sha256: createHash('sha256').update(before).digest('hex') });
  return lines.map((one) => JSON.parse(one));
}

const ndjson = (lines: readonly unknown[]): string =>
  lines.map((one) => `${typeof one === 'string' ? one : JSON.stringify(one)}\n`).join('');

t.test('records of a type that the extract does not use are counted; Windows-1252 is understood', async (t) => {
  const { ask, key } = await service(t);
  const headers = key('vendor', [LEA]);
  const records = ['SIAD^^^20240101', line('SENR', { studentLegalLastName: 'Núñez' })];
  const utf8 = await ask({ ...post, headers, payload: { request, records } });
  t.match(utf8, { status: 200, body: { notUsed: 1, problems: [], rows: [{ studentLegalLastName: 'Núñez' }] } });
  t.notOk('notUsed' in (await ask({ ...post, headers, payload: { request, records: records.slice(1) } })).body);
  const as = (type: string, text: string) =>
    ask({ ...post, headers: { ...headers, 'content-type': type }, payload: Buffer.from(text, 'latin1') });
  const json = await as('application/json; charset=windows-1252', JSON.stringify({ request, records }));
  t.same(json.body, utf8.body);
  const lines = await as('application/x-ndjson; charset=windows-1252', ndjson([{ request }, { records }]));
  t.same(JSON.parse(lines.text.split('\n')[0] as string), utf8.body);
  t.match(await as('application/json; charset=utf-16', '{}'), { status: 415 });
  t.match(await as('application/x-ndjson; charset=utf-16', '{}'), { status: 415 });
});

t.test('many students as NDJSON: a line each, closed by count and checksum', async (t) => {
  const { ask, key, app } = await service(t);
  const headers = { ...key('vendor', [LEA]), 'content-type': 'application/x-ndjson' };
  const students = Array.from({ length: 500 }, (_, i) => ({
    records: [
      record('SENR', { ssid: String(9_900_000_000 + i), gradeLevelCode: i % 2 ? '05' : '06' }),
      record('SINF', { ssid: String(9_900_000_000 + i) }),
    ],
  }));
  const answer = await ask({ ...post, headers, payload: ndjson([{ request, runDate: '20240715' }, ...students]) });
  t.match(answer, {
    status: 200,
    headers: { 'content-type': /^application\/x-ndjson/, 'cenr-rulebook': (await app.rules.current()).hash },
  });
  const answers = readAnswer(t, answer.text);
  t.same(
    answers.map(({ ssid }) => ssid),
    students.map(({ records }) => records[0]?.['ssid']),
  );
  const single = await ask({
    ...post,
    headers: key('vendor', [LEA]),
    payload: { request, runDate: '20240715', ...students[7] },
  });
  t.same(answers[7], single.body, 'the same as one by one');
});

t.test('a student that cannot be evaluated has its error in its line; the others are not disturbed', async (t) => {
  const { ask, key } = await service(t);
  const headers = { ...key('vendor', [LEA]), 'content-type': 'application/x-ndjson' };
  const lines = [
    { request },
    { records: [record('SENR')] },
    '{"records":',
    { records: [record('SENR', { gradeLevelCode: 'XX' })] },
    { record: [] },
    '',
    'null',
    { records: [record('SENR')] },
  ];
  const answers = readAnswer(t, (await ask({ ...post, headers, payload: ndjson(lines).trimEnd() })).text);
  t.match(answers, [
    { rows: [{}] },
    { error: { code: 'CENR_JSON_INVALID' } },
    { error: { code: 'CENR_RECORDS_REJECTED', errors: [{ pointer: '/records/0/gradeLevelCode', code: 'GERR0002' }] } },
    { error: { code: 'CENR_REQUEST_INVALID', errors: [{ pointer: '/record' }] } },
    { error: { code: 'CENR_REQUEST_INVALID' } },
    { rows: [{}] },
  ]);
});

t.test('the first line decides before anything is answered', async (t) => {
  const { ask, key } = await service(t, { jsonBytes: 5_000 });
  const headers = { ...key('vendor', [LEA]), 'content-type': 'application/x-ndjson' };
  for (const [payload, status, code] of [
    ['', 400, 'CENR_REQUEST_INVALID'],
    ['nonsense\n', 400, 'CENR_JSON_INVALID'],
    [ndjson([{ request: { reportingLEAs: ['7654321'], academicYear: '2023-2024' } }]), 404, 'CENR_NOT_FOUND'],
    [ndjson([{ request, records: [] }]), 400, 'CENR_REQUEST_INVALID'],
    ['x'.repeat(6_000), 413, 'CENR_BODY_TOO_LARGE'],
  ] as const)
    t.match(await ask({ ...post, headers, payload }), { status, body: { code }, headers: { connection: 'close' } });
  t.same(
    readAnswer(t, (await ask({ ...post, headers, payload: ndjson([{ request }]) })).text),
    [],
    'no students at all',
  );
});

const evaluator = createEvaluator(shipped);
const sessionOf = (head: object) => evaluator.session(head, TODAY);
const begin = async (head: object) => sessionOf(head);
const limits = { lineBytes: 1e6, totalBytes: 1e9 };

t.test('lines may be cut anywhere on the way', async (t) => {
  const bytes = Buffer.from(
    ndjson([{ request }, { records: [record('SENR', { studentLegalFirstName: 'Zoë' })] }, { records: [line('SENR')] }]),
  );
  const whole = await text(
    await evaluateLines(Readable.from([bytes]), { begin, limits: { lineBytes: 1e6, totalBytes: 1e6 } }),
  );
  for (const size of [1, 7, 1_000]) {
    const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
      bytes.subarray(i * size, (i + 1) * size),
    );
    const answer = await text(
      await evaluateLines(Readable.from(pieces), { begin, limits: { lineBytes: 1e6, totalBytes: 1e6 } }),
    );
    t.equal(answer, whole, `${size} bytes at a time`);
  }
  t.match(whole, 'Zoë');
});

t.test('students are taken in no faster than their answers are read', async (t) => {
  let taken = 0;
  const student = ndjson([{ records: [record('SENR')] }]);
  const source = Readable.from(
    (function* () {
      yield ndjson([{ request }]);
      for (; taken < 10_000; taken++) yield student;
    })(),
    { objectMode: false },
  );
  const answer = await evaluateLines(source, { begin, limits: { lineBytes: 1e6, totalBytes: 1e9 } });
  await answer.next();
  await answer.next();
  t.ok(taken < 200, `${taken} students were taken while two answers were read`);
  await answer.return(undefined);
});

t.test('each student is answered as it comes: a caller may wait for one before sending the next', async (t) => {
  for (const threads of [undefined, { count: 2, answer: () => Promise.reject(new Error('too few for threads')) }]) {
    const source = new Readable({ read() {} });
    source.push(ndjson([{ request }]));
    const answer = await evaluateLines(source, { begin, limits, threads });
    for (let i = 0; i < 3; i++) {
      source.push(ndjson([{ records: [record('SENR')] }]));
      t.match(JSON.parse(Buffer.from((await answer.next()).value ?? '').toString()), { ssid: SSID });
    }
    source.push(null);
    t.match(JSON.parse(Buffer.from((await answer.next()).value ?? '').toString()), { count: 3 });
    t.equal((await answer.next()).done, true);
  }
});

t.test('threads give the same answer, in the same order', async (t) => {
  const threads = evaluationThreads(shipped, 2);
  t.teardown(() => threads.close());
  const students = Array.from({ length: 2_000 }, (_, i) => ({
    records: [
      line('SENR', { ssid: String(9_900_000_000 + i) }),
      i % 100 === 7 ? 'nonsense' : line('SINF', { ssid: String(9_900_000_000 + i) }),
    ],
  }));
  const pieces = () =>
    Readable.from(
      Buffer.from(ndjson([{ request }, ...students]))
        .toString()
        .match(/.{1,50000}\n/gs) ?? [],
      { objectMode: false },
    );
  let evaluated = 0;
  const count = (students: number): void => {
    evaluated += students;
  };
  const here = await text(await evaluateLines(pieces(), { begin, limits }));
  const there = await text(await evaluateLines(pieces(), { begin, limits, threads, onEvaluated: count }));
  t.equal(there, here);
  t.equal(evaluated, 2_000);
  readAnswer(t, there);
});

t.test('a thread that fails fails the stream, not the service', async (t) => {
  const threads = { count: 2, answer: () => Promise.reject(new Error('out of memory')) };
  const many = Readable.from(
    [
      ndjson([{ request }]),
      ...Array.from({ length: 400 }, () => ndjson([{ records: [line('SENR'), line('SINF'), line('SELA')] }]).repeat(3)),
    ],
    { objectMode: false },
  );
  await t.rejects(async () => text(await evaluateLines(many, { begin, limits, threads })), {
    message: 'out of memory',
  });
});

t.test('what goes wrong later is said in the answer, which then has no last line', async (t) => {
  const limits = { lineBytes: 3_000, totalBytes: 1e6 };
  const sent = [ndjson([{ request }, { records: [record('SENR')] }]), 'x'.repeat(2_000), 'x'.repeat(2_000)].map((one) =>
    Buffer.from(one),
  );
  const total = { ...limits, totalBytes: 3_000 };
  const answer = await text(await evaluateLines(Readable.from(sent), { begin, limits: total }));
  t.match(JSON.parse(answer.trimEnd().split('\n').at(-1) ?? ''), { error: { code: 'CENR_BODY_TOO_LARGE' } });
  const broken = Readable.from(
    (function* () {
      yield Buffer.from(ndjson([{ request }, { records: [] }]));
      throw new Error('the line went dead');
    })(),
  );
  await t.rejects(async () => text(await evaluateLines(broken, { begin, limits })), { message: 'the line went dead' });
});

t.test('sessions are remembered, and told apart by all that matters', async (t) => {
  const head = { request };
  t.equal(sessionOf(head), sessionOf({ request: { ...request } }), 'the same request');
  t.not(sessionOf(head), sessionOf({ request, runDate: '2024-07-16' }));
  t.not(sessionOf(head), sessionOf({ request, columns: '48' }));
  t.not(sessionOf(head), evaluator.session(head, '20240716'), 'tomorrow is another day');
  t.throws(() => sessionOf({ request: {} }), ServiceError);
  for (let i = 0; i < 500; i++) sessionOf({ request, runDate: `20240${1 + (i % 9)}${10 + (i % 19)}` });
  t.same(sessionOf(head).evaluate([record('SENR')]).rows.length, 1, 'and so many are kept');
});

t.test('generated histories: lines, named columns and an extract of the same lines agree', async (t) => {
  await holds(
    t,
    'one way through the program',
    150,
    fc.asyncProperty(history, extractRequest, runDate, async (generated, asked, day) => {
      const session = evaluator.session({ request: asked, runDate: day }, TODAY);
      const { records, rows } = accepted(
        generated.map((one) => ({ ...one, ods: false })),
        (sent) => session.evaluate(sent.map((one) => fieldsOf(one).join('^'))),
      );
      if (records.length > 0) deepStrictEqual(session.evaluate(records.map(named)).rows, rows);
      deepStrictEqual(
        rows.map((row) => `${Object.values(row).join('^')}\r\n`).join(''),
        extractOfLines(records, asked, day),
      );
    }),
  );
});

t.test(
  'generated histories: without the records that are rejected, the rows are those of an extract of all',
  async (t) => {
    await holds(
      t,
      'rejected records are left out',
      150,
      fc.asyncProperty(history, extractRequest, runDate, async (generated, asked, day) => {
        const records = generated.map((one) => ({ ...one, ods: false }));
        if (records.length === 0) return;
        const session = evaluator.session({ request: asked, runDate: day, onReject: 'skip' }, TODAY);
        const { rows } = session.evaluate(records.map((one) => fieldsOf(one).join('^')));
        deepStrictEqual(
          rows.map((row) => `${Object.values(row).join('^')}\r\n`).join(''),
          extractOfLines(records, asked, day),
        );
      }),
    );
  },
);

/** A generated record by the names of its columns; those its layout does not have are left out. */
function named({ recordType, ssid, values }: TestRecord): Record<string, string> {
  const known = new Set(shipped.schemas.layouts.find((l) => l.recordType === recordType)?.columns.map((c) => c.key));
  return Object.fromEntries([
    ['recordType', recordType],
    ...Object.entries({ ...values, ssid }).filter(([key]) => known.has(key)),
  ]);
}

/** The records that pass all checks, and their rows: an evaluation refuses a student for any record that does not. */
function accepted(
  records: readonly TestRecord[],
  evaluate: (records: readonly TestRecord[]) => Evaluated,
): { records: readonly TestRecord[]; rows: Evaluated['rows'] } {
  if (records.length === 0) return { records, rows: [] };
  try {
    return { records, rows: evaluate(records).rows };
  } catch (error) {
    if (!(error instanceof ServiceError) || error.code !== 'CENR_RECORDS_REJECTED') throw error;
    const rejected = new Set(error.errors?.map((made) => Number(itemOf(made).pointer?.split('/')[2])));
    return accepted(
      records.filter((_, i) => !rejected.has(i)),
      evaluate,
    );
  }
}
