/** Exceptions of an extract over REST: each kind is found, nothing else is, and they are worked out once. */
import { existsSync } from 'node:fs';
import { readXlsx } from 'hucre/xlsx';
import t, { type Test } from 'tap';
import { cenr } from '../../cli/cenr.ts';
import { LEA, line, OTHER_LEA, service, TODAY } from '../../support/service.ts';

t.setTimeout(900_000);

const [PLAIN, WARNED, TIED, SHARED, LATER, REJECTED] = [1, 2, 3, 4, 5, 6].map((n) => String(9_900_000_000 + n)) as [
  string,
  string,
  string,
  string,
  string,
  string,
];
const FOREIGN = '9900000009';
/** Of GERR0002. */
const TITLE = 'Unknown code';

const sela = (ssid: string, changes: Readonly<Record<string, string>>) =>
  line('SELA', {
    ssid,
    englishLanguageAcquisitionStatusCode: 'EL',
    englishLanguageAcquisitionStatusStartDate: '20210815',
    ...changes,
  });

async function made(t: Test) {
  const built = await service(t);
  const { ask, key, app } = built;
  const send = (lines: readonly string[], lea: string) =>
    ask({
      method: 'POST',
      url: `/v1/uploads?reportingLEA=${lea}`,
      headers: { ...key('vendor', [lea]), 'content-type': 'text/plain' },
      payload: lines.join('\r\n'),
    });
  await send(
    [
      ...[PLAIN, WARNED, TIED, SHARED, LATER].map((ssid) => line('SENR', { ssid })),
      sela(PLAIN, {}),
      // Nobody is reclassified who was no English learner before.
      sela(WARNED, { englishLanguageAcquisitionStatusCode: 'RFEP' }),
      sela(TIED, { englishLanguageAcquisitionStatusCode: 'TBD' }),
      sela(TIED, {}),
      sela(LATER, { englishLanguageAcquisitionStatusStartDate: '20240701' }),
      line('SENR', { ssid: REJECTED, gradeLevelCode: 'ZZ' }),
    ],
    LEA,
  );
  await send(
    [
      line('SENR', { ssid: FOREIGN, reportingLEA: OTHER_LEA, gradeLevelCode: 'ZZ' }),
      line('SENR', {
        ssid: SHARED,
        reportingLEA: OTHER_LEA,
        enrollmentStartDate: '20210815',
        enrollmentExitDate: '20220610',
        studentExitReasonCode: 'T160',
        academicYearID: '2021-2022',
      }),
      sela(SHARED, { reportingLEA: OTHER_LEA }),
    ],
    OTHER_LEA,
  );
  const headers = key('auditor', [LEA]);
  const payload = { reportingLEAs: [LEA], academicYear: '2023-2024', runDate: TODAY };
  const { id } = (await ask({ method: 'POST', url: '/v1/extracts', headers, payload })).body;
  await app.jobs.extract.idle();
  const get = (query = '', as = headers) => ask({ url: `/v1/extracts/${id}/exceptions${query}`, headers: as });
  return { ...built, id: id as string, headers, get };
}

t.test('each kind is found by row and by student, and a plain row is none', async (t) => {
  const { get } = await made(t);
  const { status, body } = await get();
  t.equal(status, 200);
  t.match(body, { status: 'Complete', progress: 100 });
  t.same(
    body.counts.map(({ kind, count }: { kind: string; count: number }) => [kind, count]),
    [
      ['warned', 2],
      ['tie', 1],
      ['otherLEA', 1],
      ['afterWindow', 1],
      ['rejected', 1],
    ],
  );
  const found = Object.fromEntries(
    body.exceptions.map(({ ssid, exceptions }: { ssid: string; exceptions: { sentence: string }[] }) => [
      ssid,
      exceptions.map(({ sentence }) => sentence),
    ]),
  );
  t.same(found, {
    [WARNED]: ['It rests on a SELA record that SELA0275 (Status change that is not allowed) warned of.'],
    [TIED]: [
      'It rests on a SELA record that SELA0326 (Two statuses start on one day) warned of.',
      '2 SELA records fit alike; the order of loading decided which one it rests on.',
    ],
    [SHARED]: ['It rests on a SELA record of LEA 7654321.', 'It rests on a SENR record of LEA 7654321.'],
    [LATER]: ['It rests on a SELA record of 2024-07-01, after the window.'],
    [REJECTED]: ['A SENR record was rejected by GERR0002 (Unknown code).'],
  });
  const [warned, , shared] = body.exceptions;
  t.match(warned, {
    row: { school: /^\d{7}$/ },
    exceptions: [{ sent: { file: 'upload', line: 7 } }],
    links: { explanation: /\/rows\/9900000002\// },
  });
  t.notOk('sent' in shared.exceptions[0], "where another LEA's record stood is not told");
});

t.test('they are worked out once, and given page by page', async (t) => {
  const { get, app, id } = await made(t);
  const { body } = await get();
  const files = app.jobs.extract.filesOf({ id: id });
  t.ok(existsSync(files.exceptions));
  await app.store.forget((await app.store.snapshot()) - 1, '2024-07-15T19:00:00.000Z');
  t.same((await get()).body, body);
  const paged: unknown[] = [];
  for (let query: string | undefined = '?limit=2'; query !== undefined; ) {
    const page: { exceptions: unknown[]; next?: string } = (await get(query)).body;
    paged.push(...page.exceptions);
    query = page.next?.replace(/^[^?]+/, '');
  }
  t.same(paged, body.exceptions);
  const rejected = (await get('?kind=rejected')).body;
  t.same(rejected.exceptions, body.exceptions.slice(-1));
  t.same((await get('?limit=0')).body, { ...body, exceptions: [] });
});

t.test('as files: CSV and a workbook, with the checks and what these are about', async (t) => {
  const { get, key, app, id, headers } = await made(t);
  const { sentence, checks } = (await get('?kind=rejected')).body.exceptions[0].exceptions[0];
  t.same(checks, [{ code: 'GERR0002', title: TITLE }]);
  const list = await get('/list');
  t.match(list.headers['content-disposition'], /_exceptions\.csv"$/);
  const lines = list.text.trimEnd().split('\r\n');
  t.equal(lines.length, 8, 'names of columns, and a line for each reason');
  t.equal(
    lines.at(-1),
    `${REJECTED},,,,"Students without a row, of whom a record was rejected",${sentence},GERR0002,${TITLE},SENR,${(lines.at(-1) ?? '').split(',').at(-3)},upload,11`,
  );
  t.match(
    lines.find((each) => each.startsWith(SHARED)),
    /record of LEA 7654321\.,,,SELA,,,$/,
    'not where it stood',
  );
  const book = await app.inject({ url: `/v1/extracts/${id}/exceptions/workbook`, headers });
  const { sheets } = await readXlsx(book.rawPayload);
  t.same(
    sheets.map(({ name }) => name),
    ['About', 'Exceptions'],
  );
  t.same(sheets[0]?.rows[1], ['Rows that rest on a record that a check warned of', 2]);
  t.same(sheets[1]?.rows.at(-1)?.slice(5, 8), [sentence, 'GERR0002', TITLE]);
  t.equal((await get('/list', key('auditor', [OTHER_LEA]))).status, 404);
});

t.test('another LEA finds nothing, and the log knows whom a page held', async (t) => {
  const { get, key, config, app, id, ask } = await made(t);
  t.match(await get('', key('auditor', [OTHER_LEA])), { status: 404, body: { code: 'CENR_NOT_FOUND' } });
  t.match(await get('?after=3'), { status: 400 });
  t.match(await get('?kind=odd'), { status: 400 });
  await get('?kind=tie');
  const seen = async (ssid: string) => (await cenr('audit', 'list', '--store', config.storeDir, '--ssid', ssid)).out;
  t.match(await seen(TIED), /\/exceptions .*held this student/);
  t.equal(await seen(SHARED), '');
  await get('/list');
  t.match(await seen(REJECTED), /\/exceptions\/list .*held this student/, 'the list holds who has no row, too');
  t.equal(await seen(PLAIN), '');
  const files = app.jobs.extract.filesOf({ id: id });
  await ask({ method: 'DELETE', url: `/v1/extracts/${id}`, headers: key('vendor', [LEA]) });
  t.notOk(existsSync(files.exceptions) || existsSync(files.exceptionCounts), 'they go with the extract');
});
