/** What comes for the students of an extract, over REST: counts, students, and whose they are. */
import { rmSync } from 'node:fs';
import { readXlsx } from 'hucre/xlsx';
import t, { type Test } from 'tap';
import { extractFile, LEA, line, OTHER_LEA, service } from '../../support/service.ts';

t.setTimeout(900_000);

/** By student, the day of the first English Learner status. */
const FIRST_EL = ['20150901', '20170801', '20190101', '20230901', '20230902'];
const NAME = 'longTermEnglishLearners';

async function finished(t: Test) {
  const tested = await service(t);
  const { ask, key, app } = tested;
  const headers = key('vendor', [LEA]);
  const payload = FIRST_EL.flatMap((day, i) => {
    const ssid = String(9_900_000_001 + i);
    const status = { ssid, englishLanguageAcquisitionStatusCode: 'EL', englishLanguageAcquisitionStatusStartDate: day };
    return [line('SENR', { ssid }), line('SELA', status)];
  }).join('\r\n');
  await ask({ method: 'POST', url: '/v1/uploads', headers, payload });
  const request = { reportingLEAs: [LEA], academicYear: '2023-2024' };
  const { id, links } = (await ask({ method: 'POST', url: '/v1/extracts', headers, payload: request })).body;
  await app.jobs.extract.idle();
  return { ...tested, headers, horizons: `${links.self}/horizons`, path: extractFile(tested, id) };
}

t.test('the horizons that the rules declare, the counts of one, and its students', async (t) => {
  const { ask, horizons, headers } = await finished(t);
  const { body } = await ask({ url: horizons, headers });
  t.match(body.horizons, [{ name: NAME, links: { counts: `${horizons}/${NAME}` } }]);
  const { body: counts } = await ask({ url: body.horizons[0].links.counts, headers });
  t.match(counts, { name: NAME, asOf: '2024-07-15', rows: FIRST_EL.length });
  const told = Object.fromEntries(
    counts.periods.map(({ period, students }: { period: string; students: number }) => [period, students]),
  );
  t.match(told, { now: 1, '2024-2025': 1, '2025-2026': 1, '2030-2031': 2, later: 0, left: 0 });
  t.same(counts.cells.at(-1), { values: [], students: counts.periods.map((p: { students: number }) => p.students) });

  const students = `${horizons}/${NAME}/students`;
  const { body: of } = await ask({ url: `${students}?period=2030-2031&limit=1`, headers });
  t.equal(of.columns.length, of.students[0].values.length);
  t.match(of.students, [{ ssid: '9900000004', period: '2030-2031' }]);
  t.ok(of.students[0].values.includes('2030-09-01'));
  const { body: rest } = await ask({ url: of.next, headers });
  t.match(rest.students, [{ ssid: '9900000005' }]);
  t.notOk(rest.next);
  t.equal((await ask({ url: students, headers })).body.students.length, FIRST_EL.length);
  t.match(await ask({ url: `${students}?period=2040-2041`, headers }), {
    status: 400,
    body: { errors: [{ parameter: 'period', message: /expected one of now, 2024-2025/ }] },
  });
});

t.test('the same as files', async (t) => {
  const { app, ask, horizons, headers } = await finished(t);
  const list = await ask({ url: `${horizons}/${NAME}/list`, headers });
  t.match(list.headers, {
    'content-type': /^text\/csv/,
    'content-disposition': /attachment; filename=".*Learners\.csv"/,
  });
  const lines = list.text.trim().split('\r\n');
  t.match(lines[0], /^SSID,When,/);
  const { body } = await ask({ url: `${horizons}/${NAME}/students?limit=200`, headers });
  t.same(
    lines.slice(1).map((each) => each.split(',').slice(0, 2)),
    body.students.map(({ ssid, period }: { ssid: string; period: string }) => [ssid, period]),
    'whom the pages list',
  );
  const { rawPayload } = await app.inject({ url: `${horizons}/${NAME}/workbook`, headers });
  const { sheets } = await readXlsx(rawPayload);
  t.same(
    sheets.map(({ name }) => name),
    ['About', 'Counts', 'Students'],
  );
  t.equal(sheets[2]?.rows.length, lines.length);
});

t.test('what there is not, what is another LEA’s, and what is gone', async (t) => {
  const { ask, key, horizons, headers, path } = await finished(t);
  t.match(await ask({ url: `${horizons}/none`, headers }), { status: 404, body: { code: 'CENR_NOT_FOUND' } });
  const all = [horizons, ...['', '/students', '/list', '/workbook'].map((part) => `${horizons}/${NAME}${part}`)];
  for (const url of all) t.match(await ask({ url, headers: key('vendor', [OTHER_LEA]) }), { status: 404 }, url);
  rmSync(path);
  for (const url of all.slice(1))
    t.match(await ask({ url, headers }), { status: 410, body: { code: 'CENR_EXTRACT_FILE_GONE' } }, url);
});
