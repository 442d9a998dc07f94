/** Anomalies over REST: found, reviewed, combined; what an LEA sees of another's, and what is refused. */
import t from 'tap';
import { LEA, line, OTHER_LEA, service } from '../../support/service.ts';

t.setTimeout(900_000);

const [A, B, C] = ['9900000001', '9900000002', '9900000003'] as const;
const PERSON = {
  studentLegalFirstName: 'Jonathan',
  studentLegalMiddleName: 'Rafael',
  studentLegalLastName: 'Santiago',
  studentBirthDate: '20130401',
  enrollmentStartDate: '20230815',
};
const MARIA = {
  ...PERSON,
  studentLegalFirstName: 'Maria',
  studentLegalLastName: 'Keller',
  studentBirthDate: '20120909',
};
const ELSEWHERE = { reportingLEA: OTHER_LEA, schoolOfAttendance: '7654399', localStudentID: 'SECRET1' };

t.test('found, shown to each side, reviewed and combined', async (t) => {
  const { app, ask, key, store } = await service(t);
  const [own, state] = [key('vendor', [LEA]), key('admin', 'all')];
  const get = (url: string, headers: object = own) => ask({ url, headers: headers as never });
  const post = (url: string, headers: object, payload?: object) =>
    ask({ method: 'POST', url, headers: headers as never, ...(payload && { payload }) });
  await ask({
    ...{ method: 'POST', url: '/v1/uploads?reportingLEA=all', headers: { ...state, 'content-type': 'text/plain' } },
    payload: [
      line('SENR', { ssid: A, ...PERSON }),
      line('SENR', { ssid: B, ...PERSON, ...ELSEWHERE, enrollmentStartDate: '20220815' }),
      line('SENR', { ssid: C, ...MARIA }),
      line('SENR', { ssid: C, ...MARIA, ...ELSEWHERE, enrollmentStartDate: '20240101' }),
    ].join('\r\n'),
  });
  t.same((await get('/v1/anomalies')).body, { anomalies: [] }, 'nobody looked yet');
  const asked = await post('/v1/anomalies/search', own);
  t.equal(asked.status, 202);
  await app.jobs.anomalySearch.idle();
  t.match((await get(String(asked.headers['location']))).body, { status: 'Complete', progress: 100, sinceLast: false });
  t.equal((await get(String(asked.headers['location']), key('vendor', ['1111111']))).status, 404);
  const waited = await post('/v1/anomalies/search', { ...own, prefer: 'wait=20' });
  t.match(waited.body, { status: 'Complete', sinceLast: true });
  t.match((await get('/v1/anomalies/counts')).body, { counts: [{ kind: 'CCE', lea: LEA }, { kind: 'MID' }] });
  const { kinds } = (await get('/v1/anomalies/counts', state)).body;
  t.match(
    kinds,
    [
      { kind: 'CCE', count: 1 },
      { kind: 'MID', count: 1 },
    ],
    'two sides are one finding',
  );

  const { anomalies } = (await get('/v1/anomalies?state=open', state)).body;
  const of = (kind: string) => anomalies.find((one: { readonly kind: string }) => one.kind === kind);
  const [cce, mid] = [of('CCE'), of('MID')];
  t.equal(anomalies.length, 2);
  t.match(mid, { score: 100, sides: [{ ssid: B, localStudentID: 'SECRET1' }, { ssid: A }] });

  const seen = await get('/v1/anomalies?state=open');
  t.equal(seen.body.anomalies.length, 2);
  for (const secret of ['SECRET1', '7654399', B]) t.notMatch(seen.text, secret, `an LEA does not see ${secret}`);
  t.match(seen.text, OTHER_LEA, "it sees the other LEA's code");
  t.match((await get('/v1/anomalies?limit=1')).body, { anomalies: [{}], next: /after=/ });
  t.same((await get('/v1/anomalies?school=7654399')).body.anomalies, [], "nor by another LEA's school");

  const change = (headers: object, id: string, becomes: string) =>
    post(`/v1/anomalies/${id}/changes`, headers, { becomes, why: 'agreed' });
  t.equal((await change(own, mid.id, 'combined')).status, 409, 'the other LEA has a say');
  t.equal((await store.ssids.retirements()).length, 0);
  t.match((await change(own, cce.id, 'reviewed')).body, { state: 'reviewed' });
  t.equal((await change(own, cce.id, 'reviewed')).status, 409);
  t.equal((await change(key('vendor', ['1111111']), cce.id, 'resolved')).status, 404, 'out of scope');
  t.match((await change(state, mid.id, 'combined')).body, { state: 'resolved' });
  t.same(await store.ssids.activeOf(A), B);
  t.match((await get(`/v1/anomalies/${mid.id}`, state)).body, { entries: [{}, { why: /retired in favor of/ }] });
  t.notMatch((await get(`/v1/anomalies/${mid.id}`)).text, B, 'not by what others wrote either');
  const { counts } = (await get('/v1/anomalies/counts')).body;
  t.ok(counts.length > 0);
  t.ok(
    counts.every((one: { readonly lea: string }) => one.lea === LEA),
    'an LEA counts its own sides',
  );
});
