/** Students without an SSID over REST: matched, chosen, assigned; numbers retired and restored; what is refused. */
import { readXlsx } from 'hucre/xlsx';
import t, { type Test } from 'tap';
import { LEA, line, OTHER_LEA, service, type TestService } from '../../support/service.ts';

t.setTimeout(900_000);

const TEXT = { 'content-type': 'text/plain' };
const URL = '/v1/ssid/matches';
const OTHER_SCHOOL = '7654399';
const ANA = {
  ...{ studentLegalFirstName: 'Ana', studentLegalMiddleName: 'Lucia', studentLegalLastName: 'Ortega-Ruiz' },
  ...{ studentBirthDate: '20110412', studentGenderCode: 'F' },
};

interface Made extends TestService {
  readonly own: { readonly authorization: string };
  readonly other: { readonly authorization: string };
  readonly state: { readonly authorization: string };
  upload(headers: object, ...lines: readonly string[]): ReturnType<TestService['ask']>;
  /** Makes an SSID extract or a Replacement SSID extract; gives its file. */
  list(headers: object, asked: object, accept?: string): Promise<{ readonly text: string; readonly raw: Buffer }>;
  /** Matches lines; gives the address of the match when it is done. */
  match(headers: object, ...lines: readonly string[]): Promise<string>;
}

async function made(t: Test): Promise<Made> {
  const built = await service(t, { shutdownGrace: 0 });
  const { ask, key, app } = built;
  const [own, other, state] = [key('vendor', [LEA]), key('vendor', [OTHER_LEA]), key('admin', 'all')];
  return {
    ...{ ...built, own, other, state },
    upload: (headers, ...lines) => {
      const url = headers === state ? '/v1/uploads?reportingLEA=all' : '/v1/uploads';
      return ask({ method: 'POST', url, headers: { ...headers, ...TEXT }, payload: lines.join('\r\n') });
    },
    async list(headers, asked, accept = 'text/plain') {
      const sent = await ask({
        ...{ method: 'POST', url: '/v1/ssid/extracts', headers: headers as never, payload: asked },
      });
      t.equal(sent.status, 202, sent.text);
      await app.jobs.ssidExtract.idle();
      const { body } = await ask({ url: String(sent.headers['location']), headers: headers as never });
      t.equal(body.status, 'Complete', body.failure);
      const { rawPayload, body: text } = await app.inject({
        ...{ url: body.links.file, headers: { ...headers, accept } },
      });
      return { text, raw: rawPayload };
    },
    async match(headers, ...lines) {
      const payload = lines.join('\r\n');
      const sent = await ask({ method: 'POST', url: URL, headers: { ...headers, ...TEXT }, payload });
      t.equal(sent.status, 202, sent.text);
      await app.jobs.matching.idle();
      return sent.headers['location'] as string;
    },
  };
}

const asked = (changes: Readonly<Record<string, string>> = {}): string =>
  line('SENR', { ssid: '', ...ANA, ...changes });
const elsewhere = { reportingLEA: OTHER_LEA, schoolOfAttendance: OTHER_SCHOOL };

t.test('the life of one student', async (t) => {
  const { app, ask, own, other, state, match, store, list } = await made(t);
  const get = async (url: string, headers: object = own) => (await ask({ url, headers: headers as never })).body;

  // No number, nobody like her: a new one.
  const first = await match(own, asked({ localStudentID: 'A1' }));
  t.match(await get(first), { status: 'Complete', requests: 1, withoutCandidate: 1, assigned: 0 });
  t.match((await get(`${first}/candidates`)).requests, [
    { line: '1', localStudentID: 'A1', person: { first: 'Ana', birthDate: '20110412' }, candidates: [] },
  ]);
  const assign = (self: string, headers: object, choices: object) =>
    ask({ method: 'POST', url: `${self}/assignments`, headers: headers as never, payload: { choices } });
  const NEW = [{ line: '1', ssid: 'NEW' }];
  const { body: given } = await assign(first, own, NEW);
  const [{ ssid }] = given.assigned;
  t.match(given.assigned, [{ line: '1', localStudentID: 'A1', ssid: /^99\d{8}$/, origin: 'new' }]);
  t.match(await get(given.links.upload), { counts: { added: 1, rejected: 0 } }, 'the record is loaded with it');
  const { body: again } = await assign(first, own, NEW);
  t.match(again.assigned, [{ ssid, origin: 'before' }], 'asked again: the same number');
  t.match((await get(`${first}/candidates`)).requests, [{ assigned: { ssid } }]);

  // She moves; her name is misspelt there, and nobody asks the first LEA.
  const moved = asked({
    ...{ ...elsewhere, localStudentID: 'B7', studentLegalFirstName: 'Anna', studentLegalLastName: 'Ortega Ruiz' },
    ...{ enrollmentStartDate: '20240201' },
  });
  const second = await match(other, moved);
  const { requests } = await get(`${second}/candidates`, other);
  const [candidate] = requests[0].candidates;
  t.match(candidate, { ssid, own: false, lastLEA: LEA, lastSchool: '', lastGrade: '' });
  const { body: twice } = await assign(second, other, NEW);
  const [{ ssid: two }] = twice.assigned;
  t.not(two, ssid, 'she has two numbers');

  // Found twice: neither LEA may join the two alone, the state may.
  const retire = (headers: object, retired = two, replacement = ssid) => {
    const payload = { retired, replacement, why: 'one student, both LEAs agree' };
    return ask({ method: 'POST', url: '/v1/ssid/replacements', headers: headers as never, payload });
  };
  t.match((await retire(own)).body, {
    code: 'CENR_SSID_REFUSED',
    detail: `${two} is no student of your LEAs; ask the county or the state to retire it. Nothing was done.`,
  });
  const before = await get(`/v1/ssid/replacements/${two}/by/${ssid}`, state);
  t.match(before, {
    retired: { ssid: two, leas: [OTHER_LEA], records: 1, person: { first: 'Anna' } },
    replacement: { ssid, leas: [LEA], records: 1 },
    score: Number,
    reason: /first name/,
  });
  const done = await retire(state);
  t.match(done.body, { retired: 1, moved: 1, doubles: [] });
  t.equal(done.headers['location'], `/v1/ssid/replacements/${two}`);

  // One student from now on: extract, explanation of who it is, Replacement SSID extract.
  const enrolled = { list: 'ssids', asOf: '2024-02-05' };
  const ofSchool = await list(other, enrolled);
  t.match(ofSchool.text, new RegExp(`^${OTHER_LEA}\\^${OTHER_SCHOOL}\\^${ssid}\\^B7\\^`), 'the active number');
  t.match((await list(other, enrolled, 'text/csv')).text, /^"?Reporting LEA/);
  const book = await list(other, enrolled, 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet');
  const { sheets } = await readXlsx(book.raw);
  t.ok(
    sheets.some(({ rows }) => rows.some((row) => row.includes(ssid))),
    'a workbook',
  );
  t.equal((await list(other, { list: 'replacements' })).text, `${OTHER_LEA}^${OTHER_SCHOOL}^B7^${two}^${ssid}\r\n`);
  t.match(await get('/v1/ssid/replacements', own), {
    replacements: [{ retired: two, replacement: ssid, active: ssid, day: '20240715', why: /agree/ }],
  });
  t.equal(await store.ssids.activeOf(two), ssid);

  const payload = { reportingLEAs: [OTHER_LEA], academicYear: '2023-2024', runDate: '20240715' };
  const { body: extract } = await ask({ method: 'POST', url: '/v1/extracts', headers: other, payload });
  await app.jobs.extract.idle();
  const { rows } = await get(`/v1/extracts/${extract.id}/rows`, other);
  t.match(rows, [{ ssid }], 'one row, of the active number');
  const why = await ask({
    ...{ url: `/v1/extracts/${extract.id}/rows/${ssid}/${OTHER_SCHOOL}/05/explanation?field=40` },
    headers: { ...other, accept: 'application/json' },
  });
  t.equal(why.status, 200, why.text.slice(0, 300));
});

t.test("of another LEA's students nothing is shown that was not sent", async (t) => {
  const { ask, app, own, other, match, upload } = await made(t);
  const secret = { ...ANA, ...elsewhere, ssid: '9900000077', localStudentID: 'SECRET1', gradeLevelCode: '08' };
  await upload(other, line('SENR', { ...secret, studentLegalMiddleName: 'Quetzal', enrollmentStartDate: '20231019' }));
  const self = await match(own, asked({ studentLegalMiddleName: '' }));
  for (const accept of ['application/json', 'text/csv', 'text/plain']) {
    const { status, text } = await ask({ url: `${self}/candidates`, headers: { ...own, accept } });
    t.equal(status, 200);
    t.match(text, '9900000077');
    t.match(text, OTHER_LEA);
    t.notMatch(text, /SECRET1|Quetzal|20231019|2023-10-19|7654399|"08"|\^08\^/, accept);
  }
  const found = await ask({ url: `${self}/candidates`, headers: own });
  t.match(found.body.requests[0].candidates[0].parts, [
    { name: 'Birth year', value: 'agrees' },
    { name: 'First name', value: 'agrees' },
    { name: 'Last name', value: 'agrees' },
    { name: 'Middle name', value: '' },
    { value: 'agrees' },
    { value: 'agrees' },
  ]);
  t.equal((await ask({ url: self, headers: other })).status, 404, 'a match is for who asked');
  t.equal((await ask({ url: `${self}/candidates`, headers: other })).status, 404);
  const kept = await import('node:fs').then(({ readFileSync }) =>
    readFileSync(
      `${app.jobs.matching.filesOf({ id: self.split('/').at(-1) as string }).folder}/matches.ndjson`,
      'utf8',
    ),
  );
  t.notMatch(kept, /SECRET1|Quetzal|20231019|7654399/, 'nor is it kept');

  const mine = await match(other, asked(elsewhere));
  t.match((await ask({ url: `${mine}/candidates`, headers: other })).body.requests[0].candidates, [
    { own: true, lastSchool: OTHER_SCHOOL, lastGrade: '08', person: { middle: 'Quetzal' } },
  ]);
});

t.test('two requests for one student at once get one number', async (t) => {
  const { ask, own, match } = await made(t);
  const matches = [await match(own, asked(), asked({ localStudentID: 'S2' })), await match(own, asked())];
  const answers = await Promise.all(
    Array.from({ length: 6 }, (_, i) =>
      ask({
        ...{ method: 'POST', url: `${matches[i % 2]}/assignments?load=false`, headers: own },
        payload: { choices: [{ line: '1', ssid: 'NEW' }] },
      }),
    ),
  );
  t.same([...new Set(answers.map(({ status }) => status))], [200]);
  t.equal(new Set(answers.map(({ body }) => body.assigned[0].ssid)).size, 1);
  t.equal(answers.filter(({ body }) => body.assigned[0].origin === 'new').length, 1, 'drawn once');
});

t.test('a response file, and what is refused of it', async (t) => {
  const { ask, own, other, state, match, upload } = await made(t);
  await upload(own, line('SENR', { ...ANA, ssid: '9900000011' }));
  await upload(other, line('SENR', { ...elsewhere, ssid: '9900000022', studentLegalFirstName: 'Somebody' }));
  const self = await match(own, asked(), asked({ localStudentID: 'S2', studentLegalFirstName: 'Zoltan' }));
  const send = (payload: string, type = 'text/csv') =>
    ask({ method: 'POST', url: `${self}/assignments`, headers: { ...own, 'content-type': type }, payload });
  for (const [payload, says] of [
    ['1,9900000022', 'response:1: 9900000022 is no candidate of request line 1'],
    ['Request Line,SSID\n7,NEW', 'response:2: there is no request on line 7'],
    ['1,99000', 'response:1: "99000" is no SSID'],
    ['1,NEW\n1,9900000011', 'response:2: request line 1 has another choice at response:1'],
  ] as const) {
    const { body } = await send(payload);
    t.match(body, { status: 422, code: 'CENR_SSID_REFUSED' });
    t.match(body.detail, says);
  }
  const { body } = await send('Request Line,SSID\n1,9900000011');
  t.match(body.assigned, [
    { line: '1', ssid: '9900000011', origin: 'chosen' },
    { line: '2', ssid: '', origin: 'waiting' },
  ]);
  const retired = { retired: '9900000011', replacement: '9900000033', why: 'w' };
  await upload(own, line('SENR', { ...ANA, ssid: '9900000033', localStudentID: 'S3' }));
  t.equal(
    (await ask({ method: 'POST', url: '/v1/ssid/replacements', headers: own, payload: retired })).status,
    201,
    'both are students of its own',
  );
  const later = await match(own, asked({ localStudentID: 'S9' }));
  const wrong = await ask({
    ...{ method: 'POST', url: `${later}/assignments`, headers: own },
    payload: { choices: [{ line: '1', ssid: '9900000011' }] },
  });
  t.match(wrong.body, { status: 422, detail: /9900000011 is retired; choose 9900000033/ });
  t.equal((await ask({ method: 'DELETE', url: later, headers: state })).status, 204);
  t.match((await ask({ url: `${later}/candidates`, headers: own })).body, { code: 'CENR_MATCH_GONE' });
});

t.test('a file that holds more than requests is refused as a whole', async (t) => {
  const { ask, own, other, state } = await made(t);
  const send = (payload: string, headers: object = own, query = '') =>
    ask({ method: 'POST', url: URL + query, headers: { ...headers, ...TEXT }, payload });
  const { body } = await send([asked(), line('SENR', { ssid: '9900000001' }), line('SINF')].join('\n'));
  t.match(body, {
    status: 422,
    code: 'CENR_NOT_REQUESTS',
    errors: [/upload:2: /, /upload:3: /].map((message) => ({ message })),
  });
  t.match((await send(asked(), other)).body, { code: 'CENR_NOT_REQUESTS' }, "another LEA's");
  t.match((await send('PK\u0003\u0004 no text')).status, 422);
  t.match((await send(asked(), state)).body, { code: 'CENR_REQUEST_INVALID' }, 'the state says who asks');
  t.equal((await send(asked(), state, `?reportingLEA=${LEA}`)).status, 202);
  t.match((await ask({ url: URL, headers: own })).body.matches, [{ file: 'upload', sender: LEA }]);
  t.same((await ask({ url: URL, headers: other })).body.matches, []);
});

t.test('numbers are retired, followed from a file, and restored', async (t) => {
  const { ask, own, other, state, upload, list } = await made(t);
  const [A, B, C] = ['9900000001', '9900000002', '9900000003'] as const;
  await upload(own, ...[A, B].map((ssid) => line('SENR', { ...ANA, ssid, localStudentID: 'S1' })));
  await upload(other, line('SENR', { ...elsewhere, ssid: C }));
  const url = '/v1/ssid/replacements';
  const retire = (retired: string, replacement: string, headers: object = own) =>
    ask({ method: 'POST', url, headers: headers as never, payload: { retired, replacement, why: 'w' } });
  const undo = (ssid: string, headers: object = own) =>
    ask({ method: 'POST', url: `${url}/${ssid}/undo`, headers: headers as never, payload: { why: 'twins' } });
  t.match((await retire(A, C)).body, { code: 'CENR_SSID_REFUSED' }, "not in favor of another LEA's student");
  t.match((await retire('9900009999', A, state)).body, { code: 'CENR_SSID_REFUSED', detail: /nobody's/ });
  t.match((await retire(A, A)).body, { code: 'CENR_SSID_CONFLICT', detail: /cannot replace itself/ });
  t.match((await retire(B, A)).body, {
    ...{ retired: 1, moved: 1 },
    doubles: [{ recordType: 'SENR', holds: 'upload:2', replaced: 'upload:1' }],
  });
  t.match((await retire(B, A)).body, { code: 'CENR_SSID_CONFLICT', detail: /retired already/ });
  t.match((await retire(A, B)).body, { code: 'CENR_SSID_CONFLICT', detail: /circle/ });
  t.equal((await undo(B, other)).status, 404);
  t.equal((await undo(B)).status, 204);
  t.equal((await undo(B)).status, 404);

  const both = await Promise.all([retire(A, B), retire(B, A)]);
  t.same(both.map(({ status }) => status).sort(), [201, 409], 'two at once: one of them');
  const [{ retired }] = (await ask({ url, headers: own })).body.replacements;
  t.equal((await undo(retired)).status, 204);
  t.match((await ask({ url, headers: own })).body, {
    replacements: [],
    undone: [
      { retired, why: 'twins' },
      { retired: B, replacement: A },
    ],
  });
  t.same((await ask({ url, headers: other })).body, { replacements: [], undone: [] });

  const file = (payload: string, headers: object = own, query = '') =>
    ask({ method: 'POST', url: `${url}/file${query}`, headers: { ...headers, ...TEXT }, payload });
  const said = `${LEA}^7654321^S1^${B}^${A}\r\n`;
  t.match((await file(`${LEA}^7654321^S1^${A}^${C}`)).body, { code: 'CENR_SSID_REFUSED', detail: /^replacements:1: / });
  t.match((await file(`${OTHER_LEA}^7654321^S1^${A}^${C}`)).body, {
    code: 'CENR_SSID_REFUSED',
    detail: /Reporting LEA/,
  });
  t.match((await file(`${said}${LEA}^7654321^S1^${A}^${B}`)).body, {
    code: 'CENR_SSID_CONFLICT',
    detail: /^replacements:2: /,
  });
  t.match((await file(said)).body, { retired: 1, knownBefore: 0, moved: 1 });
  t.match((await file(said)).body, { retired: 0, knownBefore: 1, moved: 0 }, 'again: nothing');
  t.equal((await list(own, { list: 'replacements' })).text, said, 'what came in goes out');
  t.equal((await list(other, { list: 'replacements' })).text, '');
  await upload(own, line('SENR', { ...ANA, ssid: A, gradeLevelCode: '06' }));
  t.match((await undo(B)).body, { code: 'CENR_SSID_CONFLICT', detail: /sent since/ });
  t.equal((await ask({ url, headers: { ...other, accept: 'image/png' } })).status, 200);
});

t.test('an SSID extract is a job: asked for, waited for, taken, removed', async (t) => {
  const { ask, app, own, other, state, upload } = await made(t);
  await upload(own, line('SENR', { ...ANA, ssid: '9900000011' }));
  const url = '/v1/ssid/extracts';
  const post = (payload: object, headers: object = own) =>
    ask({ method: 'POST', url, headers: headers as never, payload });
  const get = (path: string, headers: object = own) => ask({ url: path, headers: headers as never });
  t.match((await post({ list: 'ssids', asOf: '2024-02-31' })).body, { errors: [{ pointer: '/asOf' }] });
  t.equal((await post({ list: 'replacements', asOf: '2024-02-01' })).status, 400, 'a day is for ssids alone');
  t.equal((await post({ list: 'ssids', reportingLEA: OTHER_LEA })).status, 404, 'not of others');
  t.equal((await post({ list: 'anything' })).status, 400);

  const asked = { list: 'ssids', asOf: '2024-02-05', reportingLEA: LEA };
  const once = { ...own, 'idempotency-key': 'k1', prefer: 'wait=20' };
  const first = await post(asked, once);
  t.match(first.body, { status: 'Complete', rows: 1, asOf: '20240205', reportingLEA: LEA }, 'whoever waits has it');
  t.equal((await post(asked, once)).headers['idempotent-replayed'], 'true');
  const { self, file } = first.body.links;
  t.match((await get(url)).body.extracts, [{ id: first.body.id }]);
  t.same((await get(url, other)).body.extracts, [], 'of another LEA');
  t.equal((await get(self, other)).status, 404);
  t.equal((await get(file, other)).status, 404);
  t.equal((await get(file, { ...own, accept: 'image/png' })).status, 406);
  t.match((await get(file, { ...state, accept: 'text/plain' })).text, /\^9900000011\^/);
  t.equal((await ask({ method: 'DELETE', url: self, headers: own })).status, 204);
  t.match((await get(file)).body, { code: 'CENR_EXTRACT_CANCELLED' });
  await app.jobs.ssidExtract.stop(0);
  const waits = await post({ list: 'replacements' });
  t.match((await get(`${waits.headers['location']}/file`)).body, { code: 'CENR_EXTRACT_NOT_COMPLETE' });
});

t.test('records that wait are listed for their LEA, and matched without the file', async (t) => {
  const { ask, app, own, other, state, upload } = await made(t);
  await upload(
    own,
    line('SENR', { ...ANA, ssid: '9900000011' }),
    asked({ localStudentID: 'A1' }),
    asked({ localStudentID: 'A2' }),
  );
  await upload(other, line('SENR', { ...ANA, ssid: '', ...elsewhere, localStudentID: 'SECRET1' }));
  const get = async (path: string, headers: object = own) => (await ask({ url: path, headers: headers as never })).body;
  const url = '/v1/ssid/waiting';
  const { waiting, total } = await get(url);
  t.equal(total, 2);
  t.match(waiting, [
    { reportingLEA: LEA, localStudentID: 'A1', person: { first: 'Ana' }, uploaded: '20240715' },
    { localStudentID: 'A2' },
  ]);
  const page = await get(`${url}?limit=1`);
  t.match(page, { total: 2, waiting: [{ localStudentID: 'A1' }], next: /after=1/ });
  t.match(await get(page.next), { waiting: [{ localStudentID: 'A2' }] });
  t.equal((await get(url, state)).total, 3);
  t.equal((await get(`${url}?reportingLEA=${OTHER_LEA}`, state)).total, 1);
  t.match(await get(`${url}?reportingLEA=${OTHER_LEA}`), { code: 'CENR_NOT_FOUND' });

  const [theirs] = (await get(url, other)).waiting;
  const match = (payload: object, headers: object = own) =>
    ask({ method: 'POST', url: `${url}/matches`, headers: headers as never, payload });
  t.equal((await match({ records: [theirs.id] })).status, 404, "not another LEA's");
  const sent = await match({ records: [waiting[0].id] });
  t.equal(sent.status, 202, sent.text);
  t.match(sent.body, { waiting: true, sender: LEA });
  await app.jobs.matching.idle();
  const self = String(sent.headers['location']);
  t.match(await get(`${self}/candidates`), {
    requests: [{ localStudentID: 'A1', candidates: [{ ssid: '9900000011' }] }],
  });
  const choose = (choices: object, of = self) =>
    ask({ method: 'POST', url: `${of}/assignments`, headers: own, payload: { choices } });
  const { body } = await choose([{ line: '1', ssid: '9900000011' }]);
  t.match(body, { joined: 1, assigned: [{ ssid: '9900000011', origin: 'chosen' }] });
  t.notOk('upload' in body.links, 'nothing is loaded again');
  t.match(await get(url), { total: 1, waiting: [{ localStudentID: 'A2' }] });

  // By a file that is sent again it joins too.
  const again = await ask({
    ...{ method: 'POST', url: URL, headers: { ...own, ...TEXT }, payload: asked({ localStudentID: 'A2' }) },
  });
  await app.jobs.matching.idle();
  const byFile = await choose([{ line: '1', ssid: 'NEW' }], String(again.headers['location']));
  t.match(byFile.body, { joined: 1, assigned: [{ origin: 'new' }] });
  t.match(await get(byFile.body.links.upload), { counts: { added: 0, replaced: 1 } });
  t.match(await get(url), { total: 0, waiting: [] });
  t.match((await match({})).body, { code: 'CENR_NOT_FOUND', detail: /No record waits/ });
  t.equal((await get(url, state)).total, 1, 'of the other LEA it still waits');
});
