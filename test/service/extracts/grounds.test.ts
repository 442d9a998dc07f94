/** What is behind a value of an extract's field, over REST: each student once over schools, and whose it is. */
import { readXlsx } from 'hucre/xlsx';
import t, { type Test } from 'tap';
import { LEA, line, OTHER_LEA, service } from '../../support/service.ts';

t.setTimeout(900_000);

const [MEALS, BOTH, PARENTS, NONE] = ['9900000001', '9900000002', '9900000003', '9900000004'] as const;
const [SCHOOL, OTHER_SCHOOL] = ['7654321', '1111111'];
const program = (ssid: string, code: string): string =>
  line('SPRG', { ssid, educationProgramCode: code, educationProgramMembershipStartDate: '20230815' });
const parents = (ssid: string): string =>
  line('SINF', { ssid, parentGuardian1HighestEducationLevelCode: '14', parentGuardian2HighestEducationLevelCode: '' });
const LINES = [
  ...[MEALS, BOTH, PARENTS, NONE].map((ssid) => line('SENR', { ssid })),
  line('SENR', { ssid: MEALS, schoolOfAttendance: OTHER_SCHOOL, enrollmentStatusCode: '20' }),
  program(MEALS, '181'),
  ...[program(BOTH, '181'), program(BOTH, '191'), parents(BOTH)],
  parents(PARENTS),
];

async function finished(t: Test) {
  const tested = await service(t);
  const { ask, key, app } = tested;
  const headers = key('vendor', [LEA]);
  const upload = (lines: readonly string[]) =>
    ask({ method: 'POST', url: '/v1/uploads', headers, payload: lines.join('\r\n') });
  await upload(LINES);
  const request = { reportingLEAs: [LEA], academicYear: '2023-2024' };
  const { links } = (await ask({ method: 'POST', url: '/v1/extracts', headers, payload: request })).body;
  await app.jobs.extract.idle();
  return { ...tested, headers, upload, grounds: `${links.self}/grounds` };
}

t.test('by rule and code, each student once over schools, of the store as it was then', async (t) => {
  const { ask, grounds, headers, upload } = await finished(t);
  const { body: list } = await ask({ url: grounds, headers });
  const [disadvantaged] = list.grounds.filter(({ field }: { field: string }) => field === '38');
  t.match(disadvantaged, { name: 'Socio-economically Disadvantaged', value: 'Y' });
  await upload([program(NONE, '181')]);
  const { body } = await ask({ url: disadvantaged.links.counts, headers });
  t.match(body, { field: '38', value: 'Y', students: 3, rows: 4 }, 'what was sent after the extract does not count');
  const found = body.grounds.map(
    ({ rule, codes, students, alone, rows }: { [key: string]: unknown; codes: string[] }) =>
      `${rule} ${codes.join(' ')}: ${students} ${alone} ${rows}`,
  );
  t.same(found.sort(), ['bothParents : 2 1 2', 'program 181: 2 1 3', 'program 191: 1 0 1']);
  const meals = body.grounds.find(({ codes }: { codes: string[] }) => codes.includes('181'));
  t.same(meals.schools, [
    { reportingLEA: LEA, school: OTHER_SCHOOL, students: 1 },
    { reportingLEA: LEA, school: SCHOOL, students: 2 },
  ]);
  t.notMatch(JSON.stringify(body), /99000000/, 'it names no student');
  t.match((await ask({ url: `${grounds}/38?value=N`, headers })).body, {
    grounds: [{ rule: 'otherwise', students: 1 }],
  });
});

t.test('several who ask at once, before anything of the extract was counted, all get their answer', async (t) => {
  const { ask, grounds, headers } = await finished(t);
  const paths = ['38?value=Y', '38/list?value=Y', '38/workbook?value=Y', '39?value=N', '40?value=N'];
  const asked = await Promise.all(paths.map((path) => ask({ url: `${grounds}/${path}`, headers })));
  t.same(
    asked.map(({ status }) => status),
    paths.map(() => 200),
  );
});

t.test('the same as files', async (t) => {
  const { app, ask, grounds, headers } = await finished(t);
  const csv = await ask({ url: `${grounds}/38/list?value=Y`, headers });
  t.match(csv.headers, {
    'content-type': /^text\/csv/,
    'content-disposition': /attachment; filename=".*_behind_38\.csv"/,
  });
  const lines = csv.text.trim().split('\r\n');
  t.equal(lines[0], 'Rule,Codes,Meaning,Reporting LEA,School of Attendance,Students');
  t.equal(lines.length, 5);
  const { rawPayload } = await app.inject({ url: `${grounds}/38/workbook?value=Y`, headers });
  const { sheets } = await readXlsx(rawPayload);
  t.same(
    sheets.map(({ name, rows }) => [name, rows.length]),
    [
      ['About', 4],
      ['Grounds', 4],
      ['By school', 5],
    ],
  );
});

t.test('what there is not, and what is another LEA’s', async (t) => {
  const { ask, key, grounds, headers } = await finished(t);
  t.match(await ask({ url: `${grounds}/99?value=Y`, headers }), {
    status: 400,
    body: { errors: [{ parameter: 'field', message: /there is no derived field "99"; the rules have 36, 37/ }] },
  });
  t.match(await ask({ url: `${grounds}/38`, headers }), { status: 400, body: { code: 'CENR_REQUEST_INVALID' } });
  t.match((await ask({ url: `${grounds}/38?value=X`, headers })).body, { students: 0, rows: 0, grounds: [] });
  for (const url of ['', '/38?value=Y', '/38/list?value=Y', '/38/workbook?value=Y'].map((part) => grounds + part))
    t.match(await ask({ url, headers: key('vendor', [OTHER_LEA]) }), { status: 404 }, url);
});
