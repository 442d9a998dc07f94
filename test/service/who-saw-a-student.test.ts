/** `cenr audit list --ssid`: who saw a student, in answers that name the student and in those that hold many. */
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { openAccessLog } from '#audit/access-log/access-log';
import { DISCLOSING, disclosedBy, LOG_SEARCH } from '#audit/access-log/disclosed';
import { ACCESS_LOG, ACCESS_LOG_HEAD } from '#audit/access-log/log-file';
import { cenr } from '../cli/cenr.ts';
import { folder } from '../support/folders.ts';
import { LEA, line, NOW, OTHER_LEA, service, TODAY } from '../support/service.ts';

// A busy machine is slow.
t.setTimeout(900_000);

const [SEEN, BESIDE, ELSEWHERE] = ['9900000001', '9900000002', '9900000003'] as const;

async function extracted(t: Test) {
  const built = await service(t);
  const { ask, key, app, config } = built;
  const headers = { ...key('vendor', [LEA, OTHER_LEA]), 'content-type': 'text/plain' };
  for (const [lea, ssids] of [
    [LEA, [SEEN, BESIDE]],
    [OTHER_LEA, [ELSEWHERE]],
  ] as const)
    await ask({
      method: 'POST',
      url: `/v1/uploads?reportingLEA=${lea}`,
      headers,
      payload: ssids.map((ssid) => line('SENR', { ssid, reportingLEA: lea })).join('\r\n'),
    });
  const extractOf = async (lea: string): Promise<string> => {
    const { body } = await ask({
      method: 'POST',
      url: '/v1/extracts',
      headers: key('vendor', [lea]),
      payload: { reportingLEAs: [lea], academicYear: '2023-2024', runDate: TODAY },
    });
    await app.jobs.extract.idle();
    return `/v1/extracts/${body.id}`;
  };
  const [ours, theirs] = [await extractOf(LEA), await extractOf(OTHER_LEA)];
  const list = async (ssid: string, dir = config.storeDir): Promise<string[]> =>
    (await cenr('audit', 'list', '--store', dir, '--ssid', ssid)).out
      .split('\n')
      .filter(Boolean)
      .map((shown) =>
        shown.replace(/^\d+ {2}\S+ {2}key_\w+ \([^)]+\) {2}/, '').replaceAll(/extract_[0-9a-z]{19}/g, 'ID'),
      );
  const read = (url: string) => ask({ url, headers: key('auditor', [LEA, OTHER_LEA]) });
  return { ...built, ours, theirs, list, read };
}

t.test('files, traces and pages that held the student are listed, and no others', async (t) => {
  const { ours, theirs, list, read, config } = await extracted(t);
  for (const extract of [ours, theirs]) {
    await read(`${extract}/file`);
    await read(`${extract}/trace`);
    await read(`${extract}/manifest`);
    await read(extract);
  }
  const { next } = (await read(`${ours}/rows?limit=1`)).body;
  await read(next);
  await read(`${ours}/rows?ssid=${BESIDE}`);
  const of = (...rest: string[]) => rest.map((what) => `auditor  GET /v1/extracts/:id/${what}`);
  const files = of('file  extract=ID  200  held this student', 'trace  extract=ID  200  held this student');
  t.same(await list(SEEN), [...files, ...of('rows  extract=ID  200  held this student')]);
  t.same(await list(BESIDE), [
    ...files,
    ...of('rows  extract=ID  200  held this student', `rows  extract=ID  ssid=${BESIDE}  200`),
  ]);
  t.same(await list(ELSEWHERE), files);
  t.same(await list('9900000009'), []);
  const log = (await cenr('audit', 'list', '--store', config.storeDir, '--json')).out;
  t.notOk(log.includes(SEEN), 'the log itself does not name whom nobody asked for');
  t.match(log, /"students":"[0-9a-f]{16}"/);

  const moved = folder(t);
  for (const name of [ACCESS_LOG, ACCESS_LOG_HEAD]) cpSync(join(config.storeDir, name), join(moved, name));
  t.equal(
    (await list('9900000009', moved)).filter((shown) => shown.endsWith('  may have held this student')).length,
    7,
    'without the store nobody can tell',
  );
});

t.test('what was removed is worked out again, or said to be unknown', async (t) => {
  const { ours, list, read, store, app, ask, key } = await extracted(t);
  await read(`${ours}/file`);
  const file = 'auditor  GET /v1/extracts/:id/file  extract=ID  200';
  await ask({ method: 'DELETE', url: ours, headers: key('vendor', [LEA]) });
  t.same(await list(SEEN), [`${file}  held this student`], 'the file is gone, the records are not');
  t.same(await list(ELSEWHERE), []);
  await ask({
    method: 'POST',
    url: `/v1/uploads?reportingLEA=${LEA}`,
    headers: { ...key('vendor', [LEA]), 'content-type': 'text/plain' },
    payload: line('SENR', { ssid: '9900000004' }),
  });
  await store.forget((await store.snapshot()) - 1, NOW.toISOString());
  t.same(await list(ELSEWHERE), [`${file}  may have held this student`], 'both are gone');
  const { rows } = app.jobs.extract.filesOf({ id: ours.slice('/v1/extracts/'.length) });
  mkdirSync(join(rows, '..'), { recursive: true });
  writeFileSync(rows, `CENR^^^${SEEN}^`);
  t.same(await list(SEEN), [`${file}  held this student`], 'only the file is there');
  t.same(await list(ELSEWHERE), []);
});

t.test('lists of problems and impact reports', async (t) => {
  const dir = folder(t);
  const { store, read, list, app, config, ask, key } = await extracted(t);
  const headers = { ...key('vendor', [LEA]), 'content-type': 'text/plain' };
  const payload = line('SENR', { ssid: SEEN, gradeLevelCode: 'ZZ' });
  const { id } = (await ask({ method: 'POST', url: `/v1/uploads?reportingLEA=${LEA}`, headers, payload })).body;
  const [first] = (await store.forLEAs('all').uploads({ limit: 3 })).slice(-1);
  await read(`/v1/uploads/${id}/problems`);
  await read(`/v1/uploads/${first?.id}/problems`);
  t.match(await list(SEEN), [
    /^auditor {2}GET \/v1\/uploads\/:id\/problems {2}upload=\w+ {2}200 {2}held this student$/,
  ]);
  t.equal((await list(SEEN)).length, 1, 'an upload without problems showed nobody');
  t.match(await list(BESIDE), [/upload=\w+ {2}200 {2}may have held this student$/], 'a problem names a line');

  // An impact report as its job leaves it; what makes one is no concern of the log.
  const { report, changes } = app.jobs.impact.filesOf({ id: 'impact_1' });
  mkdirSync(join(config.storeDir, 'impacts'), { recursive: true });
  writeFileSync(report, JSON.stringify({ samples: [{ ssid: SEEN }] }));
  writeFileSync(changes, `{"ssid":"${SEEN}"}\n{"ssid":"${BESIDE}"}\n`);
  for (const name of [ACCESS_LOG, ACCESS_LOG_HEAD]) cpSync(join(config.storeDir, name), join(dir, name));
  const log = await openAccessLog(dir, { clock: () => NOW });
  const IMPACT = '/v1/rulebook/drafts/:id/impact/:impactId';
  for (const route of [IMPACT, `${IMPACT}/changes`])
    await log.enter({ time: NOW.toISOString(), requestId: 'r', method: 'GET', route, impact: 'impact_1', status: 200 });
  await log.close();
  for (const name of ['students.db', 'students.db-wal', 'service.db', 'service.db-wal'])
    cpSync(join(config.storeDir, name), join(dir, name));
  cpSync(join(config.storeDir, 'impacts'), join(dir, 'impacts'), { recursive: true });
  const impacts = async (ssid: string) => (await list(ssid, dir)).filter((shown) => shown.includes('impact_1'));
  t.equal((await impacts(SEEN)).filter((shown) => shown.endsWith('  held this student')).length, 2);
  t.match(await impacts(BESIDE), [/changes {2}impact=impact_1 {2}200 {2}held this student$/]);
  t.equal((await impacts(BESIDE)).length, 1);
  t.same(await impacts(ELSEWHERE), []);
  rmSync(join(dir, 'impacts'), { recursive: true });
  t.equal((await impacts(ELSEWHERE)).filter((shown) => shown.endsWith('may have held this student')).length, 2);
});

t.test('every route that reads is judged', async (t) => {
  const { app } = await service(t);
  const { paths } = (await app.apiDocument()) as { paths: Record<string, Record<string, unknown>> };
  const routes = Object.entries(paths)
    .filter(([path, methods]) => path.startsWith('/v1/') && ('get' in methods || path === LOG_SEARCH))
    .map(([path]) => path.replace('{path}', '*').replaceAll(/\{(\w+)\}/g, ':$1'));
  // What these answer with has no student in it.
  const harmless = [
    '/v1/access-log/verification',
    '/v1/checks/:code',
    '/v1/codesets/:name',
    '/v1/extracts',
    '/v1/extracts/:id',
    '/v1/extracts/:id/counts',
    '/v1/extracts/:id/grounds',
    '/v1/extracts/:id/grounds/:field',
    '/v1/extracts/:id/grounds/:field/list',
    '/v1/extracts/:id/grounds/:field/workbook',
    '/v1/extracts/:id/horizons',
    '/v1/extracts/:id/horizons/:name',
    '/v1/extracts/:id/manifest',
    '/v1/extracts/:id/reports',
    '/v1/extracts/:id/verification',
    '/v1/reconciliations',
    '/v1/reconciliations/:id',
    '/v1/reconciliations/:id/clusters',
    '/v1/reconciliations/:id/corrections',
    '/v1/reconciliations/:id/fields',
    '/v1/reconciliations/:id/manifest',
    '/v1/anomalies/counts',
    '/v1/anomalies/search/:id',
    '/v1/ssid/extracts',
    '/v1/ssid/extracts/:id',
    '/v1/ssid/matches',
    '/v1/ssid/matches/:id',
    '/v1/rulebook',
    '/v1/rulebook/drafts',
    '/v1/rulebook/drafts/:id',
    '/v1/rulebook/drafts/:id/differences',
    '/v1/rulebook/drafts/:id/files',
    '/v1/rulebook/drafts/:id/files/*',
    '/v1/rulebook/drafts/:id/impact',
    '/v1/rulebook/drafts/:id/known/*',
    '/v1/rulebook/examples',
    '/v1/rulebook/examples/case',
    '/v1/rulebook/ledger',
    '/v1/rulebook/mutants',
    '/v1/rulebook/versions',
    '/v1/rulebook/versions/:hash',
    '/v1/rulebook/versions/:hash/differences',
    '/v1/rulebook/versions/:hash/files',
    '/v1/rulebook/versions/:hash/files/*',
    '/v1/rulebook/versions/:hash/restore',
    '/v1/rulebook/versions/:hash/words',
    '/v1/keys',
    '/v1/persons',
    '/v1/settings',
    '/v1/signing-keys',
    '/v1/store',
    '/v1/store/uploads',
    '/v1/uploads',
    '/v1/uploads/:id',
    '/v1/uploads/:id/problem-summary',
    '/v1/uploads/:id/status',
  ];
  t.same(routes.sort(), [...harmless, ...Object.keys(DISCLOSING)].sort());
  const route = '/v1/extracts/:id/file';
  t.equal(disclosedBy({ method: 'GET', route, status: 206 }), 'extract', 'a part is a part of it');
  for (const [method, status] of [
    ['GET', 304],
    ['GET', 404],
    ['HEAD', 200],
  ] as const)
    t.equal(disclosedBy({ method, route, status }), 'nothing', `${method} ${status}`);
});
