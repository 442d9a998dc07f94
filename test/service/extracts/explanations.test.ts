/**
 * Explanations over REST: rows found and explained, students that are missing, traces, manifests and proofs; and what
 * is refused.
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import t, { type Test } from 'tap';
import { readManifest } from '#audit/manifest';
import { checkProof } from '#audit/proof';
import { readPublicKeys, signatureDifference } from '#audit/signature';
import { createEvaluator } from '#service/evaluations/evaluate';
import { PHASES } from '#service/http/phases';
import { shipped } from '../../support/histories.ts';
import { LEA, line, NOW, OTHER_LEA, record, service, TODAY } from '../../support/service.ts';

// A busy machine is slow.
t.setTimeout(900_000);

const SCHOOL = '7654321';
const HOMELESS = '9900000001';
const OTHERS = '9900000002';
const NO_SHOW = '9900000003';
const NOBODY = '9900000009';

/** A service with four students of an LEA and one of another, and a finished extract of the LEA's rows. */
async function made(t: Test, leas: 'all' | readonly string[] = [LEA]) {
  const built = await service(t);
  const { ask, key, app } = built;
  const send = (lines: readonly string[], lea = LEA) =>
    ask({
      method: 'POST',
      url: `/v1/uploads?reportingLEA=${lea}`,
      headers: { ...key('vendor', [lea]), 'content-type': 'text/plain' },
      payload: lines.join('\r\n'),
    });
  await send([
    line('SENR', { ssid: HOMELESS, studentLegalLastName: 'Padilla' }),
    line('SPRG', { ssid: HOMELESS, educationProgramCode: '191', educationProgramMembershipStartDate: '20231001' }),
    line('SENR', { ssid: OTHERS }),
    line('SENR', { ssid: OTHERS, gradeLevelCode: '06', enrollmentStartDate: '20240101' }),
    line('SENR', { ssid: NO_SHOW, enrollmentExitDate: '20230815', studentExitReasonCode: 'N470' }),
  ]);
  await send(
    [
      line('SENR', {
        ssid: HOMELESS,
        reportingLEA: OTHER_LEA,
        enrollmentStartDate: '20210815',
        enrollmentExitDate: '20220610',
        studentExitReasonCode: 'T160',
        academicYearID: '2021-2022',
      }),
      line('SELA', {
        ssid: HOMELESS,
        reportingLEA: OTHER_LEA,
        localStudentID: 'SECRET',
        studentLegalLastName: 'Hidden',
        englishLanguageAcquisitionStatusCode: 'EL',
        englishLanguageAcquisitionStatusStartDate: '20210815',
      }),
      line('SENR', { ssid: NOBODY, reportingLEA: OTHER_LEA }),
    ],
    OTHER_LEA,
  );
  const headers = key('auditor', leas);
  const { id } = (
    await ask({
      method: 'POST',
      url: '/v1/extracts',
      headers: key('vendor', leas),
      payload: { reportingLEAs: leas, academicYear: '2023-2024', runDate: TODAY },
    })
  ).body as { id: string };
  await app.jobs.extract.idle();
  return {
    ...built,
    id,
    headers,
    send,
    get: (path: string, as = headers) => ask({ url: `/v1/extracts/${id}${path}`, headers: as }),
  };
}

t.test('whoever measures is told how far an explanation has come', async (t) => {
  const { get } = await made(t);
  const told: string[] = [];
  const listen = (message: unknown): void => void told.push((message as { phase: string }).phase);
  subscribe(PHASES, listen);
  const { status } = await get(`/rows/${HOMELESS}/${SCHOOL}/05/explanation?field=40`);
  unsubscribe(PHASES, listen);
  t.equal(status, 200);
  t.same(told, [
    'begun',
    'row found',
    'history read',
    'explained',
    'second opinion',
    'written as JSON',
    'in the access log',
  ]);
  await get(`/rows/${HOMELESS}/${SCHOOL}/05/explanation?field=40`);
  t.equal(told.length, 7, 'and nobody else');
});

t.test('rows are listed and searched', async (t) => {
  const { get } = await made(t);
  const all = (await get('/rows')).body;
  t.same(
    all.rows.map((r: { ssid: string; grade: string }) => [r.ssid, r.grade]),
    [
      [HOMELESS, '05'],
      [OTHERS, '05'],
      [OTHERS, '06'],
    ],
  );
  t.match(all.rows[0], {
    reportingLEA: LEA,
    school: SCHOOL,
    columns: { homelessProgramEligible: 'Y' },
    rules: { 40: 'eligible' },
  });
  const found = async (query: string) =>
    (await get(`/rows?${query}`)).body.rows.map((r: { ssid: string; grade: string }) => `${r.ssid} ${r.grade}`);
  t.same(await found(`ssid=${OTHERS}`), [`${OTHERS} 05`, `${OTHERS} 06`]);
  t.same(await found(`ssid=${NO_SHOW}`), []);
  t.same(await found('grade=06'), [`${OTHERS} 06`]);
  t.same(await found('school=0000000'), []);
  t.same(await found('field=40&value=Y'), [`${HOMELESS} 05`]);
  t.same(await found('field=40&rule=otherwise'), [`${OTHERS} 05`, `${OTHERS} 06`]);
  t.same(await found(`field=22&value=20240101`), [`${OTHERS} 06`], 'a column that no rule makes');

  const seen: string[] = [];
  for (let page = await get('/rows?limit=1'); ; ) {
    seen.push(...page.body.rows.map((r: { ssid: string; grade: string }) => `${r.ssid} ${r.grade}`));
    if (!page.body.next) break;
    page = await get(page.body.next.replace(/^.*\/rows/, '/rows'));
  }
  t.same(seen, [`${HOMELESS} 05`, `${OTHERS} 05`, `${OTHERS} 06`], 'page by page');
  t.same((await get('/rows?limit=1&grade=06')).body.next, undefined, 'the last page says that it is');

  for (const [query, message] of [
    ['value=Y', 'value, rule and differs need field, the number of a column'],
    ['differs=true', 'value, rule and differs need field, the number of a column'],
    ['field=40', 'field needs value, rule or differs'],
    ['field=40&differs=false', 'field needs value, rule or differs'],
    ['field=99&value=Y', 'found "99", expected the number of a column of the extract'],
    ['field=40&rule=homeless', 'found "homeless", expected one of eligible, otherwise'],
    ['field=22&rule=eligible', 'found "eligible", expected no rule: this field has none'],
  ] as const)
    t.match(await get(`/rows?${query}`), { status: 400, body: { errors: [{ message }] } }, query);
  t.equal((await get('/rows?ssid=99')).status, 400);
});

t.test('students whose rows differ in a field are found, page by page, and with other filters', async (t) => {
  const { get } = await made(t);
  type Page = { rows: { ssid: string; grade: string }[]; next?: string };
  const found = async (query: string): Promise<Page> => (await get(`/rows?${query}`)).body;
  const both = [`${OTHERS} 05`, `${OTHERS} 06`];
  const names = ({ rows }: Page) => rows.map(({ ssid, grade }) => `${ssid} ${grade}`);
  // 22 is the day on which an enrollment starts.
  t.same(names(await found('field=22&differs=true')), both);
  t.same(names(await found('field=40&differs=true')), [], 'N in both rows; the Y is of somebody else');
  t.same(names(await found('field=22&differs=true&grade=06')), both.slice(1), 'all rows count, one is shown');
  t.same(names(await found(`field=22&differs=true&ssid=${OTHERS}`)), both);
  t.same(names(await found(`field=22&differs=true&ssid=${HOMELESS}`)), []);
  const first = await found('field=22&differs=true&limit=1');
  t.same(names(first), both.slice(0, 1));
  const second = (await get(String(first.next).replace(/^.*\/rows/, '/rows'))).body as Page;
  t.same(names(second), both.slice(1), 'a page that begins between the rows of a student');
  t.notOk('next' in second);
});

t.test('a row is explained, by both engines', async (t) => {
  const { get } = await made(t);
  const [row] = (await get(`/rows?ssid=${HOMELESS}`)).body.rows;
  const { status, headers, body } = await get(row.links.explanation.replace(/^.*\/rows/, '/rows'));
  t.equal(status, 200);
  t.equal(headers['cenr-rulebook'], shipped.hash);
  t.equal(body.fields.length, 50);
  t.same(
    body.fields.map((f: { value: string }) => f.value),
    Object.values(row.columns),
    'the values are those of the row',
  );
  t.match(body.secondOpinion, { agree: true, first: { engine: 'cenr' }, second: { engine: 'json-rules-engine' } });
  t.equal(body.secondOpinion.rulesEvaluated, body.secondOpinion.rulesInFiles);
  const one = (await get(`/rows/${HOMELESS}/${SCHOOL}/05/explanation?field=40&secondOpinion=false`)).body;
  t.same(
    one.fields.map((f: { field: string }) => f.field),
    ['40'],
  );
  t.notOk(one.secondOpinion);
  t.match(one.fields[0], {
    value: 'Y',
    rule: { name: 'eligible', file: 'rules/fields/40-homeless-program-eligible.json' },
  });
  t.match(one.fields[0].facts[0].candidates[0], { taken: true, record: { sent: { line: 2 } } });
});

t.test("another LEA's records show their days, codes and LEA, and nothing else", async (t) => {
  const { get } = await made(t);
  const { text, body } = await get(`/rows/${HOMELESS}/${SCHOOL}/05/explanation`);
  t.notMatch(text, /SECRET|Hidden/);
  t.match(text, OTHER_LEA);
  t.equal(body.fields.find((f: { field: string }) => f.field === '37').value, 'EL');
});

t.test('a student without a row is explained', async (t) => {
  const { get } = await made(t);
  const { body } = await get(`/missing/${NO_SHOW}`);
  t.match(body, { missing: true, enrollments: [{ inExtract: false }] });
  t.match(body.enrollments[0].sentence, /N470/);
  t.match((await get(`/missing/${HOMELESS}`)).body, { missing: false });
});

t.test('a student whose enrollment was rejected is told so, by whoever may see the upload', async (t) => {
  const { send, get } = await made(t);
  await send([line('SENR', { ssid: '9900000004', enrollmentExitDate: '20240610' })]);
  t.equal((await get('/missing/9900000004')).status, 404, 'sent after the extract was made');
  const again = await made(t);
  await again.send([line('SENR', { ssid: '9900000004', enrollmentExitDate: '20240610' })]);
  const { id } = (
    await again.ask({
      method: 'POST',
      url: '/v1/extracts',
      headers: again.key('vendor', [LEA]),
      payload: { reportingLEAs: [LEA], academicYear: '2023-2024', runDate: TODAY },
    })
  ).body as { id: string };
  await again.app.jobs.extract.idle();
  const missing = (leas: readonly string[]) =>
    again.ask({ url: `/v1/extracts/${id}/missing/9900000004`, headers: again.key('auditor', leas) });
  t.match(await missing([LEA]), {
    status: 200,
    body: {
      missing: true,
      short: /was rejected \(SENR0019\)/,
      rejections: [{ recordType: 'SENR', sent: { upload: /^upload_/, line: 1 }, code: 'SENR0019' }],
    },
  });
  t.equal((await missing([OTHER_LEA])).status, 404);
});

t.test('trace, manifest and proof belong together', async (t) => {
  const { get, ask, id, headers } = await made(t);
  const { body: shown } = await get('');
  const manifest = (await get('/manifest')).body;
  const { text } = await ask({ url: shown.links.manifest, headers });
  const read = readManifest(Buffer.from(text));
  t.match(manifest, { rows: 3, file: { sha256: shown.sha256 }, inputs: { from: 'store', snapshot: shown.snapshot } });
  const [own, others, more] = manifest.inputs.uploads;
  t.match(own, { seq: 1, files: [{ sha256: /^[0-9a-f]{64}$/ }] });
  t.match(
    Object.entries(others),
    [
      ['seq', 2],
      ['keyedHash', /^[0-9a-f]{64}$/],
    ],
    'what another LEA sent is not told',
  );
  t.equal(more, undefined);
  const keys = (await ask({ url: '/v1/signing-keys', headers })).body;
  t.equal(signatureDifference(read, readPublicKeys(JSON.stringify(keys), 'keys')), undefined, 'it is signed');
  t.notMatch(JSON.stringify(keys), /private/i);
  const trace = (await get('/trace')).text;
  t.equal(trace.split('\n').length - 1, 3);
  for (const { ssid, grade } of (await get('/rows')).body.rows) {
    const proof = (await get(`/rows/${ssid}/${SCHOOL}/${grade}/proof`)).body;
    t.equal(checkProof(proof, read), undefined, `${ssid} ${grade}`);
    t.match(proof.salt, /^[0-9a-f]{64}$/);
    t.ok(trace.includes(`${proof.trace}\n`));
    t.ok(checkProof({ ...proof, row: proof.row.replace('^N^', '^Y^') }, read), 'a changed row has no proof');
  }
  const packed = await ask({ url: `/v1/extracts/${id}/trace`, headers: { ...headers, 'accept-encoding': 'gzip' } });
  t.equal(packed.headers['content-encoding'], 'gzip');
});

t.test('the answer is that of the day the extract was made, whatever was sent since', async (t) => {
  const { get, send } = await made(t);
  const before = (await get(`/rows/${HOMELESS}/${SCHOOL}/05/explanation`)).text;
  await send([
    line('SPRG', {
      ssid: HOMELESS,
      educationProgramCode: '191',
      educationProgramMembershipStartDate: '20231001',
      transactionTypeCode: 'D',
    }),
  ]);
  t.equal((await get(`/rows/${HOMELESS}/${SCHOOL}/05/explanation`)).text, before);
});

t.test('what is gone, and when, is said', async (t) => {
  const { get, send, store, app, id } = await made(t);
  const { snapshot } = (await get('')).body;
  await send([line('SENR', { ssid: OTHERS, gradeLevelCode: '07' })]);
  await store.forget(snapshot, NOW.toISOString());
  const gone = await get(`/rows/${HOMELESS}/${SCHOOL}/05/explanation`);
  t.match(gone, { status: 410, body: { code: 'CENR_INPUTS_GONE' } });
  t.match(gone.body.detail, NOW.toISOString().slice(0, 10));
  t.match(await get(`/missing/${NO_SHOW}`), { status: 410, body: { code: 'CENR_INPUTS_GONE' } });
  rmSync(app.jobs.extract.filesOf({ id: id }).trace);
  t.match(await get('/rows'), { status: 410, body: { code: 'CENR_EXTRACT_FILE_GONE' } });
});

t.test('what does not exist, or is not within reach, is refused alike', async (t) => {
  const { get, key, ask, headers } = await made(t);
  const explanation = (ssid: string) => `/rows/${ssid}/${SCHOOL}/05/explanation`;
  t.match(await get(explanation(NO_SHOW)), { status: 404, body: { code: 'CENR_NOT_FOUND' } });
  t.match(await get(explanation('9900000008')), { status: 404 });
  t.match(await get(`${explanation(HOMELESS)}?field=99`), {
    status: 404,
    body: { detail: 'The extract has no field 99.' },
  });
  t.match(await get(explanation('99')), { status: 400 });
  t.match(await get('/missing/99'), { status: 400 });
  t.match(await get(`/missing/${NOBODY}`), { status: 404 }, 'a student of another LEA');
  t.match(await get('/missing/9900000008'), { status: 404 }, 'a student nobody knows');
  const other = key('auditor', [OTHER_LEA]);
  for (const path of [
    '/rows',
    explanation(HOMELESS),
    `/missing/${HOMELESS}`,
    '/trace',
    '/manifest',
    `/rows/${HOMELESS}/${SCHOOL}/05/proof`,
  ]) {
    t.match(await get(path, other), { status: 404, body: { code: 'CENR_NOT_FOUND' } }, path);
    t.match(
      await ask({ url: `/v1/extracts/extract_of_nobody${path}`, headers }),
      { status: 404, body: { code: 'CENR_NOT_FOUND' } },
      path,
    );
  }
});

t.test('a trace that does not fit is not explained away', async (t) => {
  const { get, app, id, log } = await made(t);
  const { trace } = app.jobs.extract.filesOf({ id: id });
  writeFileSync(trace, readFileSync(trace, 'utf8').replace(/"decided":\[\d+/, '"decided":[3'));
  t.match(await get(`/rows/${HOMELESS}/${SCHOOL}/05/explanation`), { status: 500, body: { code: 'CENR_INTERNAL' } });
  t.match(log.join(''), /differs from its trace/);
  t.notMatch(log.join(''), HOMELESS);
});

t.test('evaluations explain themselves when asked', async (t) => {
  const { ask, key } = await service(t);
  const headers = key('vendor', [LEA]);
  const request = { reportingLEAs: [LEA], academicYear: '2023-2024' };
  const records = [record('SENR'), record('SPRG', { educationProgramCode: '191' })];
  const payload = { request, runDate: TODAY, records };
  const { body } = await ask({ method: 'POST', url: '/v1/evaluations?explain=true', headers, payload });
  const plain = (await ask({ method: 'POST', url: '/v1/evaluations', headers, payload })).body;
  t.same({ ...body, explanations: undefined }, { ...plain, explanations: undefined });
  t.equal(body.explanations.length, 1);
  t.match(
    body.explanations[0].fields.find((f: { field: string }) => f.field === '40'),
    { value: 'Y', facts: [{ candidates: [{ record: { sent: { file: 'records', line: 2 } } }] }] },
  );
  const one = (await ask({ method: 'POST', url: '/v1/evaluations?explain=true&field=40', headers, payload })).body;
  t.same(one.explanations[0].fields, [body.explanations[0].fields.find((f: { field: string }) => f.field === '40')]);

  for (const [query, message] of [
    ['explain=true&field=77', 'found "77", expected the number of a column, from 1 to 50'],
    ['explain=true&field=', 'found "", expected the number of a column, from 1 to 50'],
    ['field=40', 'field needs explain=true'],
  ] as const)
    t.match(
      await ask({ method: 'POST', url: `/v1/evaluations?${query}`, headers, payload }),
      { status: 400, body: { errors: [{ parameter: 'field', message }] } },
      query,
    );
  const left = {
    request,
    runDate: TODAY,
    records: [
      record('SENR', {
        enrollmentStartDate: '20160815',
        enrollmentExitDate: '20170610',
        studentExitReasonCode: 'T160',
      }),
    ],
  };
  const without = (await ask({ method: 'POST', url: '/v1/evaluations?explain=true', headers, payload: left })).body;
  t.match(
    without,
    { rows: [], explanations: [], missing: { missing: true, enrollments: [{ inExtract: false }] } },
    'a student without a row',
  );

  const lines = [{ request, runDate: TODAY }, { records }, { records: 'none' }]
    .map((l) => JSON.stringify(l))
    .join('\n');
  const stream = await ask({
    method: 'POST',
    url: '/v1/evaluations?explain=true',
    headers: { ...headers, 'content-type': 'application/x-ndjson' },
    payload: lines,
  });
  const [first, second, last] = stream.text
    .trim()
    .split('\n')
    .map((l) => JSON.parse(l));
  t.same(first, body);
  t.match(second, { error: { code: 'CENR_REQUEST_INVALID' } });
  t.match(last, { count: 2 });
  const session = createEvaluator(shipped).session({ request, runDate: TODAY }, TODAY);
  t.match(session.evaluateWithBody(records).body, /^\d{16}2024071520240715SENR/);
});

t.test('a second opinion that disagrees is logged, counted and shown', async (t) => {
  const { app, log, ask } = await service(t);
  const difference = { field: '40', first: 'Y', second: 'N', firstRule: 'eligible', secondRule: 'otherwise' };
  const engines = { first: { engine: 'cenr', version: '0' }, second: { engine: 'json-rules-engine', version: '0' } };
  const opinion = {
    ...engines,
    agree: false,
    rows: { first: 1, second: 1 },
    rulesEvaluated: 1,
    rulesInFiles: 1,
    differences: [difference],
  };
  t.equal(app.explanations.heard(opinion, app.log), opinion);
  t.match(log.join(''), /"firstRule":"eligible","secondRule":"otherwise".*the second opinion disagrees/);
  t.notMatch(log.join(''), /"first":"Y"/, 'values are of a student');
  t.match((await ask({ url: '/metrics' })).text, /cenr_second_opinion_disagreements_total 1/);
  app.explanations.heard({ ...opinion, agree: true, differences: [] }, app.log);
  t.match(
    (await ask({ url: '/metrics' })).text,
    /cenr_second_opinion_disagreements_total 1/,
    'one that agrees is not counted',
  );
});
