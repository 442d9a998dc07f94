/** The records of a student as an extract saw them, and the list of who is missing, over REST. */
import t, { type Test } from 'tap';
import { LEA, line, OTHER_LEA, service } from '../../support/service.ts';

t.setTimeout(900_000);

const [IN, LATE, REJECTED, NO_SHOW, PROGRAM_ONLY, GONE, FOREIGN, NOBODY] = [1, 2, 3, 4, 5, 6, 7, 9].map(
  (n) => `990000000${n}`,
) as [string, string, string, string, string, string, string, string];

async function made(t: Test) {
  const built = await service(t);
  const { ask, key, app } = built;
  const send = (lea: string, lines: readonly string[]) =>
    ask({
      method: 'POST',
      url: `/v1/uploads?reportingLEA=${lea}`,
      headers: key('vendor', [lea]),
      payload: lines.join('\r\n'),
    });
  const late = { ssid: LATE, enrollmentStartDate: '20250818', academicYearID: '2025-2026' };
  const before = { enrollmentStartDate: '20200818', enrollmentExitDate: '20210610', studentExitReasonCode: 'T160' };
  await send(LEA, [
    line('SENR', { ssid: IN }),
    line('SENR', { ssid: IN, ...before, academicYearID: '2020-2021' }),
    line('SELA', {
      ssid: IN,
      englishLanguageAcquisitionStatusCode: 'TBD',
      englishLanguageAcquisitionStatusStartDate: '20200818',
    }),
    line('SELA', {
      ssid: IN,
      englishLanguageAcquisitionStatusCode: 'EL',
      englishLanguageAcquisitionStatusStartDate: '20200901',
    }),
    line('SENR', late),
    line('SPRG', { ssid: LATE, educationProgramCode: '127', educationProgramMembershipStartDate: '20231001' }),
    line('SENR', { ssid: REJECTED, gradeLevelCode: '5' }),
    line('SENR', { ssid: NO_SHOW, enrollmentExitDate: '20230815', studentExitReasonCode: 'N470' }),
    line('SENR', { ssid: GONE, ...before, academicYearID: '2020-2021' }),
  ]);
  await send(OTHER_LEA, [
    line('SENR', {
      ssid: FOREIGN,
      reportingLEA: OTHER_LEA,
      enrollmentStartDate: '20250818',
      academicYearID: '2025-2026',
    }),
    line('SPRG', { ssid: FOREIGN, reportingLEA: OTHER_LEA, educationProgramMembershipStartDate: '20231001' }),
    line('SELA', {
      ssid: IN,
      reportingLEA: OTHER_LEA,
      localStudentID: 'SECRET',
      englishLanguageAcquisitionStatusCode: 'EO',
      englishLanguageAcquisitionStatusStartDate: '20190901',
    }),
  ]);
  const headers = key('auditor', [LEA]);
  const payload = { reportingLEAs: [LEA], academicYear: '2023-2024' };
  const { body } = await ask({ method: 'POST', url: '/v1/extracts', headers, payload });
  await app.jobs.extract.idle();
  const get = (path: string, who = headers) => ask({ url: `/v1/extracts/${body.id}/${path}`, headers: who });
  return { ...built, get, foreign: key('auditor', [OTHER_LEA]) };
}

t.test('who is missing, by reason, page by page', async (t) => {
  const { get, foreign, log } = await made(t);
  const { status, body } = await get('missing');
  t.equal(status, 200);
  const found = (of: typeof body) => of.students.map(({ ssid, reason }: Record<string, string>) => [ssid, reason]);
  const reasons = Object.fromEntries(found(body));
  t.same(Object.keys(reasons), [LATE, REJECTED, NO_SHOW], 'who has a row, left long ago or is another LEA’s is not');
  t.equal(reasons[REJECTED], 'rejected');
  t.match(body.reasons, [
    { reason: 'rejected', says: /^A Student Enrollment record was rejected/, students: 1 },
    { reason: reasons[LATE], says: /^No enrollment overlaps the window: each ends before it/, students: 1 },
    { reason: reasons[NO_SHOW], says: /did not show up: the exit reason is that of a no show/, students: 1 },
  ]);
  t.match((await get(body.students[0].links.explanation.split('/').slice(4).join('/'))).body, { missing: true });

  const first = (await get('missing?limit=2')).body;
  t.same(found(first), found(body).slice(0, 2));
  t.notMatch(first.next, /99000000/, 'a cursor names nobody');
  t.same(found((await get(first.next.split('/').at(-1))).body), found(body).slice(2));
  t.same(found((await get('missing?reason=rejected')).body), [[REJECTED, 'rejected']]);
  t.match(await get('missing?reason=laziness'), { status: 400, body: { errors: [{ parameter: 'reason' }] } });
  t.match(await get('missing?after=99'), { status: 400, body: { errors: [{ parameter: 'after' }] } });
  t.equal((await get('missing', foreign)).status, 404);
  t.notMatch(log.join('\n'), /99000000\d\d/);
});

t.test('records of a student as they were sent, with their days', async (t) => {
  const { get, foreign } = await made(t);
  const { status, body, text } = await get(`students/${IN}/records`);
  t.equal(status, 200);
  t.same(body.lanes.slice(0, 2), ['Enrolled', 'Information'], 'as the layouts are published');
  const days = body.records.map(({ days }: { days: { lane: string; first: string; last: string } }) =>
    [days.lane, days.first, days.last].join(' '),
  );
  t.same(days, [
    'Enrolled 20230815 ',
    'Enrolled 20200818 20210610',
    'English 20200818 20200831',
    'English 20200901 ',
    'English 20190901 20200817',
  ]);
  t.equal(body.records[1].says, 'Enrollment, school 7654321, grade 05, 2020-08-18 to 2021-06-10');
  t.match(body.records[1].line, new RegExp(`^SENR\\^.*\\^${IN}\\^`));
  const [theirs] = body.records.slice(-1);
  t.notOk('line' in theirs || 'sent' in theirs.record, "another LEA's record is not shown as sent");
  t.notMatch(text, /SECRET/);
  for (const [path, who] of [
    [`students/${IN}/records`, foreign],
    [`students/${FOREIGN}/records`, undefined],
    [`students/${NOBODY}/records`, undefined],
  ] as const)
    t.match(await get(path, who), { status: 404, body: { code: 'CENR_NOT_FOUND' } });
  t.match(await get(`students/${REJECTED}/records`), { status: 200, body: { records: [] } });
});

t.test('who has records of other types only', async (t) => {
  const { ask, key, app } = await service(t);
  const state = key('vendor', 'all');
  const send = (lines: readonly string[]) =>
    ask({ method: 'POST', url: '/v1/uploads?reportingLEA=all', headers: state, payload: lines.join('\r\n') });
  const student = { ssid: PROGRAM_ONLY };
  await send([line('SENR', student), line('MEPS', { ...student, eligibilityStartDate: '20230901' })]);
  await send([line('SENR', { ...student, transactionTypeCode: 'D' })]);
  const payload = { reportingLEAs: 'all', academicYear: '2023-2024' };
  const { body } = await ask({ method: 'POST', url: '/v1/extracts', headers: state, payload });
  await app.jobs.extract.idle();
  const { students } = (await ask({ url: `/v1/extracts/${body.id}/missing`, headers: state })).body;
  t.match(students, [{ ssid: PROGRAM_ONLY, reason: 'noEnrollment', enrollments: 0 }]);
});
