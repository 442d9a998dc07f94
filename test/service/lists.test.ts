/** Lists: filters, pages, and cursors that tell nobody anything. */
import t from 'tap';
import { bounds } from '#base/today';
import { LEA, line, OTHER_LEA, service } from '../support/service.ts';

const THIRD_LEA = '9900003';
const upload = (lea: string) => ({
  method: 'POST' as const,
  url: `/v1/uploads?reportingLEA=${lea}`,
  payload: line('SENR', { reportingLEA: lea }),
});
const extract = (leas: readonly string[] | 'all') => ({
  method: 'POST' as const,
  url: '/v1/extracts',
  payload: { reportingLEAs: leas, academicYear: '2023-2024' },
});

t.test('uploads by LEA and day, page by page', async (t) => {
  let now = new Date('2024-07-15T19:00:00Z');
  const { ask, key } = await service(t, {}, () => ({ clock: () => now }));
  const headers = key('vendor', [LEA, OTHER_LEA]);
  const ids: string[] = [];
  for (const lea of [LEA, OTHER_LEA, LEA, LEA]) ids.push((await ask({ ...upload(lea), headers })).body.id);
  now = new Date('2024-07-17T05:00:00Z');
  const [first, , second, third] = ids as [string, string, string, string];
  const late = (await ask({ ...upload(LEA), headers })).body.id;
  const list = async (url: string) => (await ask({ url, headers })).body;
  const found = (body: { uploads: { id: string }[] }) => body.uploads.map(({ id }) => id);

  t.same(found(await list(`/v1/uploads?reportingLEA=${OTHER_LEA}`)), [ids[1]]);
  t.same(found(await list('/v1/uploads?day=2024-07-16')), [late], 'the day is that of California');
  t.same(found(await list('/v1/uploads?day=20240717')), []);
  const page = await list(`/v1/uploads?reportingLEA=${LEA}&day=20240715&limit=2`);
  t.same(found(page), [third, second]);
  const rest = await list(page.next);
  t.same(found(rest), [first], 'the next page has the same filters');
  t.notOk('next' in rest);
  t.match(await ask({ url: '/v1/uploads?day=yesterday', headers }), {
    status: 400,
    body: { errors: [{ parameter: 'day', message: /^found "yesterday", expected a real date/ }] },
  });
});

t.test('extracts by status, LEA and day', async (t) => {
  let now = new Date('2024-07-15T19:00:00Z');
  const { ask, key, app } = await service(t, {}, () => ({ clock: () => now }));
  const headers = key('vendor', 'all');
  const asked: string[] = [];
  for (const leas of [[LEA], [LEA, OTHER_LEA], 'all' as const])
    asked.push((await ask({ ...extract(leas), headers })).body.id);
  await app.jobs.extract.idle();
  const [one, two, all] = asked as [string, string, string];
  await ask({ method: 'DELETE', url: `/v1/extracts/${two}`, headers });
  now = new Date('2024-07-16T06:59:00Z');
  const late = (await ask({ ...extract([LEA]), headers })).body.id;
  await app.jobs.extract.idle();
  const found = async (query: string) =>
    (await ask({ url: `/v1/extracts?${query}`, headers })).body.extracts.map(({ id }: { id: string }) => id);

  t.same(await found('status=Cancelled'), [two]);
  t.same(await found(`reportingLEA=${OTHER_LEA}`), [two]);
  t.same(await found('reportingLEA=all'), [all]);
  t.same(await found(`reportingLEA=${LEA}&status=Complete&day=2024-07-15`), [late, one], 'one minute before midnight');
  t.same(await found('day=2024-07-16'), []);
  const refused = await ask({ url: '/v1/extracts?status=Done', headers });
  t.match(refused, { status: 400, body: { errors: [{ parameter: 'status', message: /one of Pending/ }] } });
});

t.test('an unknown cursor is refused, and one of another LEA is as unknown', async (t) => {
  const { ask, key, app } = await service(t);
  const [mine, theirs] = [key('vendor', [LEA]), key('vendor', [OTHER_LEA])];
  const foreign = {
    '/v1/uploads': (await ask({ ...upload(OTHER_LEA), headers: theirs })).body.id,
    '/v1/extracts': (await ask({ ...extract([OTHER_LEA]), headers: theirs })).body.id,
  };
  await ask({ ...upload(LEA), headers: mine });
  await ask({ ...extract([LEA]), headers: mine });
  await app.jobs.extract.idle();
  for (const [path, id] of Object.entries(foreign)) {
    const answer = async (after: string) => {
      const { status, body } = await ask({ url: `${path}?after=${after}`, headers: mine });
      return { status, body: { ...body, requestId: '' } };
    };
    t.match(await answer(id), { status: 400, body: { errors: [{ parameter: 'after' }] } }, path);
    t.same(await answer(id), await answer('nothing'), 'the same answer for both');
    t.equal((await ask({ url: `${path}?after=${id}`, headers: theirs })).status, 200);
  }
  const policy = key('policy', 'all');
  t.equal((await ask({ url: '/v1/rulebook/drafts?after=draft_none', headers: policy })).status, 400);
});

t.test('problems by severity and code, page by page', async (t) => {
  const { ask, key } = await service(t);
  const headers = key('vendor', [LEA]);
  const lines = Array.from({ length: 5 }, (_, i) => line('SENR', { gradeLevelCode: 'XX', ssid: `990000000${i}` }));
  // On one student two enrollments with days in common: a warning.
  const twice = ['20230801', '20230901'].map((enrollmentStartDate) => line('SENR', { enrollmentStartDate }));
  const payload = [...lines, line('SENR', { schoolOfAttendance: '' }), ...twice].join('\n');
  const { body } = await ask({ method: 'POST', url: '/v1/uploads', headers, payload });
  const url = body.links.problems;
  const list = async (query: string) => (await ask({ url: `${url}?${query}`, headers })).body;
  const all = (await list('')).problems;
  const severities = (problems: { severity: string }[]) => new Set(problems.map(({ severity }) => severity));

  t.same(severities((await list('severity=warn')).problems), new Set(['warn']));
  t.equal((await list('code=GERR0002')).problems.length, 5);
  t.same((await list('code=GERR0002&severity=warn')).problems, []);
  let page = await list('code=GERR0002&limit=2');
  const paged = [...page.problems];
  t.equal(paged.length, 2);
  while (page.next !== undefined) {
    page = (await ask({ url: page.next, headers })).body;
    paged.push(...page.problems);
  }
  t.same(
    paged,
    all.filter(({ code }: { code: string }) => code === 'GERR0002'),
    'every one of them, once',
  );

  const ndjson = await ask({ url: `${url}?limit=1`, headers: { ...headers, accept: 'application/x-ndjson' } });
  t.equal(ndjson.text.trimEnd().split('\n').length, 1);
  t.match(ndjson.headers['link'], /^<\/v1\/uploads\/\S+\?limit=1&after=0>; rel="next"$/);
  for (const [query, parameter] of [
    ['after=99', 'after'],
    ['code=GERR9999', 'code'],
    ['severity=fatal', 'severity'],
  ] as const)
    t.match(await ask({ url: `${url}?${query}`, headers }), { status: 400, body: { errors: [{ parameter }] } }, query);
});

t.test('rows go on only behind a row', async (t) => {
  const { ask, key, app } = await service(t);
  const headers = key('vendor', [LEA]);
  const payload = ['1', '2', '3'].map((n) => line('SENR', { ssid: `990000000${n}` })).join('\n');
  await ask({ method: 'POST', url: '/v1/uploads', headers, payload });
  const { links } = (await ask({ ...extract([LEA]), headers })).body;
  await app.jobs.extract.idle();
  const rows = (await ask({ url: `${links.self}/rows?limit=1`, headers })).body;
  const [row = 0, trace = 0] = (new URL(rows.next, 'http://x').searchParams.get('after') ?? '').split('-').map(Number);
  t.equal((await ask({ url: rows.next, headers })).body.rows[0].ssid, '9900000002');
  for (const after of [`${row + 1}-${trace}`, `${row}-${trace + 1}`, `0-${trace}`, `${row}-0`, '999999-999999'])
    t.match(
      await ask({ url: `${links.self}/rows?after=${after}`, headers }),
      { status: 400, body: { errors: [{ parameter: 'after' }] } },
      after,
    );
});

t.test('a day begins and ends where the students are', async (t) => {
  t.same(bounds('20240310', 'America/Los_Angeles'), ['2024-03-10T08:00:00.000Z', '2024-03-11T07:00:00.000Z']);
  t.same(bounds('20241103', 'America/Los_Angeles'), ['2024-11-03T07:00:00.000Z', '2024-11-04T08:00:00.000Z']);
  t.same(bounds('20240715', 'Pacific/Kiritimati'), ['2024-07-14T10:00:00.000Z', '2024-07-15T10:00:00.000Z']);
  t.same(bounds('20240715', 'UTC'), ['2024-07-15T00:00:00.000Z', '2024-07-16T00:00:00.000Z']);
});

t.test('a key sees lists of its own LEAs only, whatever it filters by', async (t) => {
  const { ask, key } = await service(t);
  await ask({ ...upload(THIRD_LEA), headers: key('vendor', [THIRD_LEA]) });
  const { uploads } = (await ask({ url: `/v1/uploads?reportingLEA=${THIRD_LEA}`, headers: key('vendor', [LEA]) })).body;
  t.same(uploads, []);
});
