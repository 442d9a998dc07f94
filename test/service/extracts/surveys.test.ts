/** Exceptions, missing students and their samples of many students: made in a thread, once, while others are answered. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { LEAScope } from '#records/scope';
import { surveyExceptions, surveyWithoutRow } from '#service/extracts/survey-work';
import type { LEAStore } from '#store/store';
import { folder } from '../../support/folders.ts';
import { shipped } from '../../support/histories.ts';
import { LEA, line, OTHER_LEA, service, type TestService, TODAY } from '../../support/service.ts';

t.setTimeout(900_000);

const ssidOf = (i: number): string => String(9_900_000_001 + i);
const LATE = { enrollmentStartDate: '20250818', academicYearID: '2025-2026' };
const NO_SHOW = { enrollmentExitDate: '20230815', studentExitReasonCode: 'N470' };
const SCHOOLS = ['1111111', '2222222'] as const;

/** An extract of so many students: of four, one has no row since they came later, and one since they never showed up. */
async function made(t: Test, students: number, storeDir = folder(t)) {
  const built = await service(t, {}, undefined, storeDir);
  const { ask, key, app } = built;
  const send = (lines: readonly string[], lea: string) =>
    ask({
      method: 'POST',
      url: `/v1/uploads?reportingLEA=${lea}`,
      headers: { ...key('vendor', [lea]), 'content-type': 'text/plain' },
      payload: lines.join('\r\n'),
    });
  await send(
    Array.from({ length: students }, (_, i) =>
      line('SENR', {
        ssid: ssidOf(i),
        schoolOfAttendance: SCHOOLS[i % 2] as string,
        gradeLevelCode: i % 3 === 0 ? '05' : '06',
        ...(i % 4 === 1 && LATE),
        ...(i % 4 === 3 && NO_SHOW),
      }),
    ),
    LEA,
  );
  const other = { reportingLEA: OTHER_LEA, schoolOfAttendance: '9999999' };
  await send(
    [
      line('SENR', { ssid: ssidOf(1), ...other, ...LATE, enrollmentStartDate: '20250901' }),
      line('SENR', { ssid: ssidOf(students), ...other, ...LATE }),
    ],
    OTHER_LEA,
  );
  await send([line('SENR', { ssid: ssidOf(students + 1), gradeLevelCode: 'ZZ' })], LEA);
  const headers = key('auditor', [LEA]);
  const payload = { reportingLEAs: [LEA], academicYear: '2023-2024', runDate: TODAY };
  const { id } = (await ask({ method: 'POST', url: '/v1/extracts', headers, payload })).body;
  await app.jobs.extract.idle();
  const get = (path: string, prefer = 'respond-async') =>
    ask({ url: `/v1/extracts/${id}/${path}`, headers: { ...headers, prefer } });
  return { ...built, id: id as string, get, headers };
}

/**
 * Has surveys wait, each asks for the number of students first: a thread that is ready would make one before it is asked
 * for again. Gives what lets them begin.
 */
function held({ store }: Pick<TestService, 'store'>): () => void {
  const { promise, resolve } = Promise.withResolvers<void>();
  const forLEAs = store.forLEAs.bind(store);
  const students = async (leas: LEAStore): Promise<number> => {
    await promise;
    return leas.students();
  };
  Object.assign(store, {
    forLEAs: (scope: LEAScope) => ({ ...forLEAs(scope), students: () => students(forLEAs(scope)) }),
  });
  return resolve;
}

t.test('of many students it is made in a thread: others are answered, then it is kept', async (t) => {
  const { get, app, id, store, ask, headers } = await made(t, 2_100);
  const files = app.jobs.extract.filesOf({ id: id });
  const letBegin = held({ store });
  for (const path of ['exceptions', 'missing', 'sample?seed=1&of=missing', 'workpapers?seed=1&of=missing&rows=1'])
    t.match(
      await get(path),
      { status: 202, headers: { 'retry-after': '2' }, body: { status: 'Processing', progress: Number } },
      path,
    );
  t.equal((await get('sample?seed=1')).status, 200, 'rows need none of it');
  t.equal((await ask({ url: '/v1/uploads', headers })).status, 200);
  t.notOk(existsSync(files.withoutRowCounts));
  letBegin();
  await app.surveys.idle();
  const missing = await get('missing?limit=200');
  t.equal(missing.status, 200);
  t.match(await get('exceptions', 'wait=50'), { status: 200, headers: { 'preference-applied': /^wait=/ } });

  const job = await store.forLEAs('all').jobs('extract').get(id);
  const work = {
    request: job?.request as never,
    runDate: TODAY,
    reportingLEAs: [LEA],
    snapshot: job?.snapshot as number,
  };
  const dir = folder(t);
  const here = { list: join(dir, 'list'), counts: join(dir, 'counts') };
  const control = { signal: new AbortController().signal, onProgress: () => {} };
  for (const [survey, list, counts] of [
    [surveyWithoutRow, files.withoutRow, files.withoutRowCounts],
    [surveyExceptions, files.exceptions, files.exceptionCounts],
  ] as const) {
    await survey(store, shipped, { ...work, ...here, asked: { name: 'exceptions' } }, control);
    t.equal(readFileSync(here.list, 'utf8'), readFileSync(list, 'utf8'), 'the same as without a thread');
    t.equal(readFileSync(here.counts, 'utf8'), readFileSync(counts, 'utf8'));
  }
  const listed = readFileSync(files.withoutRow, 'utf8')
    .trimEnd()
    .split('\n')
    .map((each) => JSON.parse(each).ssid);
  t.same(listed, listed.toSorted());
  t.equal(listed.length, 2 * 525 + 1, 'two of four, and one who was rejected; nobody of the other LEA');
});

t.test('what is behind a value is counted in a thread too, once for each value, and kept', async (t) => {
  const { get, app, id, store } = await made(t, 2_100);
  const letBegin = held({ store });
  const folder = app.jobs.extract.filesOf({ id: id }).grounds;
  for (const path of ['grounds/38?value=N', 'grounds/38/list?value=N', 'grounds/38/workbook?value=N'])
    t.match(await get(path), { status: 202, headers: { 'retry-after': '2' }, body: { status: 'Processing' } }, path);
  t.notOk(existsSync(folder), 'one survey for all three, and none of it yet');
  letBegin();
  await app.surveys.idle();
  const { status, body } = await get('grounds/38?value=N');
  t.equal(status, 200);
  t.match(body, { field: '38', value: 'N', students: 1_050, rows: 1_050, grounds: [{ rule: 'otherwise' }] });
  t.equal(
    body.grounds[0].schools.reduce((sum: number, { students }: { students: number }) => sum + students, 0),
    1_050,
  );
  t.equal((await get('grounds/38/list?value=N')).status, 200);
  t.match((await get('grounds/38?value=odd')).body, { students: 0, grounds: [] }, 'nobody is looked at for no row');
  t.equal(readdirSync(folder).length, 1, 'and nothing kept');
  const [kept = ''] = readdirSync(folder);
  t.notMatch(readFileSync(join(folder, kept), 'utf8'), /99000\d{5}/, 'it names no student');
  t.match(await get('grounds/99?value=N'), { status: 400, body: { code: 'CENR_REQUEST_INVALID' } });
});

t.test('whoever waits gets the answer at once when it is there; small ones need no waiting', async (t) => {
  const { get, app } = await made(t, 2_050);
  const [waited, also] = await Promise.all([get('missing', 'wait=50'), get('missing?limit=1', 'wait=50')]);
  t.match([waited.status, also.status], [200, 200]);
  await app.surveys.idle();
  const small = await made(t, 20);
  t.equal((await small.get('missing', '')).status, 200);
});

t.test('a service that stops gives it up, leaves nothing, and the next one makes it', async (t) => {
  const storeDir = folder(t);
  const { get, app, id, stopLog } = await made(t, 2_100, storeDir);
  t.equal((await get('missing')).status, 202);
  const { withoutRow, withoutRowCounts } = app.jobs.extract.filesOf({ id: id });
  await app.close();
  await stopLog();
  t.notOk(existsSync(withoutRow) || existsSync(withoutRowCounts));
  const next = await service(t, {}, undefined, storeDir);
  const headers = { ...next.key('auditor', [LEA]), prefer: 'wait=50' };
  t.match(await next.ask({ url: `/v1/extracts/${id}/missing?limit=0`, headers }), {
    status: 200,
    body: { students: [] },
  });
});

t.test('an extract that is cancelled meanwhile leaves nothing; records that are gone are told, once', async (t) => {
  const { get, app, id, ask, key, store } = await made(t, 2_100);
  t.equal((await get('missing')).status, 202);
  await ask({ method: 'DELETE', url: `/v1/extracts/${id}`, headers: key('vendor', [LEA]) });
  await app.surveys.idle();
  const { withoutRow, withoutRowCounts } = app.jobs.extract.filesOf({ id: id });
  t.notOk(existsSync(withoutRow) || existsSync(withoutRowCounts));
  t.match(await get('missing'), { status: 410, body: { code: 'CENR_EXTRACT_CANCELLED' } });

  const other = await made(t, 2_100);
  await other.ask({
    method: 'POST',
    url: `/v1/uploads?reportingLEA=${LEA}`,
    headers: { ...other.key('vendor', [LEA]), 'content-type': 'text/plain' },
    payload: line('SENR', { ssid: '9900009999' }),
  });
  await other.store.forget((await other.store.snapshot()) - 1, '2024-07-15T19:00:00.000Z');
  t.equal((await other.get('missing')).status, 202);
  await other.app.surveys.idle();
  t.match(
    await other.get('missing'),
    { status: 410, body: { code: 'CENR_INPUTS_GONE' } },
    'what went wrong when nobody waited',
  );
  t.equal((await other.get('missing')).status, 202, 'and then it is tried anew');
  await other.app.surveys.idle();
  t.ok(store);
});

t.test('students without a row are drawn by school, grade and reason, and repeatably', async (t) => {
  const { get } = await made(t, 24);
  const drawn = async (query: string) => (await get(`sample?seed=a&of=missing&${query}`, '')).body;
  const strata = ({ sample }: { sample: { strata: { value: string; population: number; drawn: number }[] } }) =>
    sample.strata.map(({ value, population, drawn: of }) => [value, population, of]);
  const bySchool = await drawn('by=school&rows=4');
  t.same(strata(bySchool), [['2222222', 12, 4]], 'the school of another LEA is not told');
  t.match(bySchool.sample, {
    by: 'school',
    method: /School and grade are those of the enrollment at an LEA of the request/,
  });
  t.same(strata(await drawn('by=grade&rows=5')), [
    ['05', 4, 2],
    ['06', 8, 3],
  ]);
  const byReason = await drawn('by=reason&rows=2');
  t.same(strata(byReason), [
    ['No record is in the window.', 6, 1],
    ['The student did not show up: the exit reason is that of a no show.', 6, 1],
  ]);
  t.same(await drawn('by=reason&rows=2'), byReason);
  t.same(
    byReason.students.map(({ stratum }: { stratum: string }) => stratum).sort(),
    byReason.sample.strata.map(({ value }: { value: string }) => value),
  );
});
