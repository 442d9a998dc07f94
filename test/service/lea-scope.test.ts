import t from 'tap';
import { LEA, line, OTHER_LEA, record, service } from '../support/service.ts';

const request = (reportingLEAs: unknown) => ({ reportingLEAs, academicYear: '2023-2024' });

t.test("another LEA's uploads and extracts are answered as if there were none", async (t) => {
  const { ask, key, app } = await service(t);
  const [mine, theirs, theirAuditor] = [key('vendor', [LEA]), key('vendor', [OTHER_LEA]), key('auditor', [OTHER_LEA])];
  const upload = (await ask({ method: 'POST', url: '/v1/uploads', headers: mine, payload: line('SENR') })).body;
  const extract = (await ask({ method: 'POST', url: '/v1/extracts', headers: mine, payload: request([LEA]) })).body;
  await app.jobs.extract.idle();

  for (const path of [
    upload.links.self,
    upload.links.problems,
    `${upload.links.self}/status`,
    extract.links.self,
    `${extract.links.self}/file`,
  ]) {
    t.equal((await ask({ url: path, headers: mine })).status, 200, path);
    const nothing = await ask({ url: path.replace(/(upload|extract)_\w+/, '$1_nothing'), headers: theirs });
    for (const headers of [theirs, theirAuditor]) {
      const { status, body } = await ask({ url: path, headers });
      t.equal(status, 404);
      t.same(
        { ...body, requestId: '' },
        { ...nothing.body, requestId: '' },
        `${path} is as unknown as an id that was never given out`,
      );
    }
  }
  t.equal((await ask({ method: 'DELETE', url: extract.links.self, headers: theirs })).status, 404);
  t.equal((await ask({ url: extract.links.self, headers: mine })).body.status, 'Complete', 'and still there');
  t.same((await ask({ url: '/v1/uploads', headers: theirs })).body.uploads, []);
  t.same((await ask({ url: '/v1/extracts', headers: theirs })).body.extracts, []);
  t.equal((await ask({ url: '/v1/extracts', headers: mine })).body.extracts.length, 1);
});

t.test('nobody sends, requests or evaluates for an LEA that is not among its own', async (t) => {
  const { ask, key } = await service(t);
  const mine = key('vendor', [LEA]);
  const evaluation = (leas: unknown) => ({
    method: 'POST' as const,
    url: '/v1/evaluations',
    headers: mine,
    payload: { request: request(leas), records: [line('SENR')] },
  });
  const extract = (leas: unknown) => ({
    method: 'POST' as const,
    url: '/v1/extracts',
    headers: mine,
    payload: request(leas),
  });
  const upload = (lea: string) => ({
    method: 'POST' as const,
    url: `/v1/uploads?reportingLEA=${lea}`,
    headers: mine,
    payload: line('SENR'),
  });

  for (const asked of [upload(OTHER_LEA), extract([OTHER_LEA]), extract([LEA, OTHER_LEA]), evaluation([OTHER_LEA])])
    t.match(await ask(asked), { status: 404, body: { code: 'CENR_NOT_FOUND' } });
  for (const asked of [upload('all'), extract('all'), evaluation('all')])
    t.match(await ask(asked), { status: 403, body: { code: 'CENR_ALL_LEAS_MISSING' } });
  t.equal((await ask(upload(LEA))).status, 201);
  t.equal((await ask(extract([LEA]))).status, 202);
  t.equal((await ask(evaluation([LEA]))).status, 200);
});

t.test('a key for all LEAs sends and requests for any and for all', async (t) => {
  const { ask, key, app } = await service(t);
  const state = key('vendor', 'all');
  const lines = [line('SENR'), line('SENR', { reportingLEA: OTHER_LEA, ssid: '9900000002' })].join('\r\n');
  t.match(
    await ask({ method: 'POST', url: '/v1/uploads', headers: state, payload: lines }),
    { status: 400, body: { errors: [{ parameter: 'reportingLEA' }] } },
    'which one must be said',
  );
  t.match(await ask({ method: 'POST', url: '/v1/uploads?reportingLEA=all', headers: state, payload: lines }), {
    status: 201,
    body: { sender: 'all', counts: { added: 2, rejected: 0 } },
  });
  const { body } = await ask({ method: 'POST', url: '/v1/extracts', headers: state, payload: request('all') });
  await app.jobs.extract.idle();
  t.match((await ask({ url: body.links.self, headers: state })).body, { status: 'Complete', rows: 2 });
  t.equal(
    (await ask({ url: body.links.self, headers: key('vendor', [LEA]) })).status,
    404,
    'an extract of all is for those who may see all',
  );
});

t.test('the sender of an upload is the LEA of the key, and may send its own records only', async (t) => {
  const { ask, key } = await service(t);
  const lines = [line('SENR'), line('SENR', { reportingLEA: OTHER_LEA })].join('\n');
  t.match((await ask({ method: 'POST', url: '/v1/uploads', headers: key('vendor', [LEA]), payload: lines })).body, {
    sender: LEA,
    linesRead: 2,
    counts: { added: 1, rejected: 1 },
    problemCounts: { IVR0001: 1 },
  });
});

t.test('a record without reporting LEA lets nobody see a student, and belongs to the LEA that sent it', async (t) => {
  const { ask, key, app } = await service(t);
  const [mine, theirs, state] = [key('vendor', [LEA]), key('vendor', [OTHER_LEA]), key('vendor', 'all')];
  const send = async (lines: readonly string[], headers: typeof mine, query = '') =>
    (await ask({ method: 'POST', url: `/v1/uploads${query}`, headers, payload: lines.join('\n') })).body;
  const enrolled = (reportingLEA: string) =>
    line('SENR', { reportingLEA, enrollmentStartDate: '20250815', academicYearID: '2025-2026' });
  const match = (msdNumber: string) => line('MEPS', { msdNumber, eligibilityStartDate: '20250901' });
  const ssid = '9900000001';
  const year = (lea: string) => ({ reportingLEAs: [lea], academicYear: '2025-2026' });
  const extract = async (lea: string, headers: typeof mine) => {
    const { body } = await ask({ method: 'POST', url: '/v1/extracts', headers, payload: year(lea) });
    await app.jobs.extract.idle();
    return (await ask({ url: body.links.self, headers })).body;
  };

  await send([enrolled(LEA)], mine);
  t.match(
    await send([match('SECRET1')], theirs),
    { counts: { added: 0, rejected: 1 }, problemCounts: { IVR0001: 1 } },
    'of a student that the LEA does not have',
  );
  const unknown = await send([line('MEPS', { ssid: '9900000009', msdNumber: 'M9' })], theirs);
  t.match(unknown, { counts: { added: 0, rejected: 1 }, problemCounts: { IVR0001: 1 } }, 'and no other than of nobody');
  await send([match('SECRET2')], state, '?reportingLEA=all');

  const nothing = await extract(OTHER_LEA, theirs);
  t.equal(nothing.rows, 0, 'no row of a student whose only record here is the match');
  const missing = async (student: string) => {
    const url = `${nothing.links.self}/missing/${student}`;
    const { status, text } = await ask({ url, headers: key('auditor', [OTHER_LEA]) });
    return { status, text: text.replaceAll(student, '').replaceAll(/upload_\w+/g, 'its own upload') };
  };
  t.same(await missing(ssid), await missing('9900000009'), 'who is as unknown as nobody');

  // Once it has the student the match counts, whoever sent it; what is not open to all is not shown.
  await send([enrolled(OTHER_LEA)], theirs);
  const found = await extract(OTHER_LEA, theirs);
  t.equal(found.rows, 1);
  const explained = async (made: typeof found, lea: string) =>
    await ask({
      url: `${made.links.self}/rows/${ssid}/7654321/05/explanation?field=41`,
      headers: key('auditor', [lea]),
    });
  const shown = await explained(found, OTHER_LEA);
  t.equal(shown.status, 200, shown.text);
  t.match(shown.text, /Migrant Eligible Program record/);
  t.match(shown.text, /2025-09-01/);
  t.notMatch(shown.text, /SECRET/, 'neither its number');
  t.notMatch(shown.text, /"sent":\{[^}]*"line":1\},"values":\{[^}]*eligibility/, 'nor where it came from');
  t.notMatch(shown.text, /LEA ,|from LEA [^0-9]/);

  await send([match('OWN')], theirs);
  const own = await explained(await extract(OTHER_LEA, theirs), OTHER_LEA);
  t.match(own.text, /"msdNumber":"OWN"/, 'what it sent itself is shown in full');
  t.notMatch((await explained(await extract(LEA, mine), LEA)).text, /OWN|SECRET/, 'and to it alone');
});

t.test('a file without record types is read as what the upload says it is', async (t) => {
  const { ask, key } = await service(t);
  const headers = key('vendor', [LEA]);
  const send = (query: string, payload: string) =>
    ask({ method: 'POST', url: `/v1/uploads${query}`, headers, payload });
  await send('', line('SENR'));
  const untyped = line('MEPS').slice('MEPS^'.length);
  t.match((await send('?recordType=MEPS', untyped)).body, { linesRead: 1, counts: { added: 1, rejected: 0 } });
  t.match(await send('?recordType=MEPX', untyped), {
    status: 400,
    body: {
      errors: [{ parameter: 'recordType', message: 'expected one of DCERT, MEPS, SELA, SENR, SINF, SPRG, SWDS' }],
    },
  });
});

t.test('an auditor asks for extracts and evaluations of its LEAs, and of no others', async (t) => {
  const { ask, key, app } = await service(t);
  const headers = key('auditor', [LEA]);
  await ask({
    method: 'POST',
    url: `/v1/uploads?reportingLEA=${LEA}`,
    headers: { ...key('vendor', [LEA]), 'content-type': 'text/plain' },
    payload: line('SENR'),
  });
  const ofLEA = (lea: string) => ({ reportingLEAs: [lea], academicYear: '2023-2024' });
  const extract = (payload: object) => ask({ method: 'POST', url: '/v1/extracts', headers, payload });
  const { status, body } = await extract(ofLEA(LEA));
  t.equal(status, 202);
  await app.jobs.extract.idle();
  t.match(await ask({ url: `/v1/extracts/${body.id}/rows`, headers }), { status: 200, body: { rows: [{}] } });
  t.match(await extract(ofLEA(OTHER_LEA)), { status: 404 });
  t.match(await extract({ ...ofLEA(LEA), reportingLEAs: 'all' }), {
    status: 403,
    body: { code: 'CENR_ALL_LEAS_MISSING' },
  });
  const evaluate = (lea: string) =>
    ask({
      method: 'POST',
      url: '/v1/evaluations',
      headers,
      payload: { request: ofLEA(lea), records: [record('SENR')] },
    });
  t.match(await evaluate(LEA), { status: 200, body: { rows: [{}] } });
  t.match(await evaluate(OTHER_LEA), { status: 404 });
  t.match(await ask({ method: 'DELETE', url: `/v1/extracts/${body.id}`, headers }), {
    status: 403,
    body: { code: 'CENR_ROLE_MISSING' },
  });
});
