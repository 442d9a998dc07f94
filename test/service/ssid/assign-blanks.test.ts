/** An upload that gives SSIDs to enrollments without one: over REST, who sees which number, and what waits. */
import t from 'tap';
import { LEA, line, OTHER_LEA, service } from '../../support/service.ts';

t.setTimeout(900_000);

const TEXT = { 'content-type': 'text/plain' };
const blank = (changes: Readonly<Record<string, string>> = {}): string => line('SENR', { ssid: '', ...changes });

t.test('the numbers come back in the answer, and are listed', async (t) => {
  const { ask, key, app, log } = await service(t);
  const [own, other] = [key('vendor', [LEA]), key('vendor', [OTHER_LEA])];
  const send = (payload: string, headers: object = {}, url = '/v1/uploads?assignBlankSSIDs=true') =>
    ask({ method: 'POST', url, headers: { ...own, ...TEXT, ...headers }, payload });
  const get = (url: string, headers: object = own) => ask({ url, headers: headers as never });
  const payload = [blank({ localStudentID: 'L1' }), blank({ localStudentID: 'L2' })].join('\r\n');

  const waited = await send(payload, {}, '/v1/uploads');
  t.match(waited.body, { counts: { added: 2 }, problemCounts: { SSID0002: 2 } });
  t.notOk('assigned' in waited.body, 'off unless it is asked for');
  t.same((await get(`${waited.headers['location']}/numbers`)).body, { numbers: [] });

  const first = await send(payload, { 'idempotency-key': 'k1' });
  t.equal(first.status, 201);
  t.match(first.body, { assigned: { drawn: 2, before: 0, joined: 2 }, links: { numbers: /numbers$/ } });
  const { numbers } = (await get(first.body.links.numbers)).body;
  t.match(numbers, [
    { file: 'upload', line: 1, localStudentID: 'L1', ssid: /^99\d{8}$/, origin: 'new' },
    { file: 'upload', line: 2, localStudentID: 'L2', ssid: /^99\d{8}$/, origin: 'new' },
  ]);
  const [one, two] = numbers.map(({ ssid }: { ssid: string }) => ssid);
  t.match((await get(`${waited.headers['location']}/numbers`)).body, {
    numbers: [
      { line: 1, ssid: one, origin: 'before' },
      { line: 2, ssid: two, origin: 'before' },
    ],
  });
  const replayed = await send(payload, { 'idempotency-key': 'k1' });
  t.equal(replayed.headers['idempotent-replayed'], 'true');
  t.equal((await send(payload, { 'idempotency-key': 'k1' }, '/v1/uploads')).status, 422, 'another request');

  const later = await send(payload, { prefer: 'respond-async' });
  t.equal(later.status, 202);
  await app.jobs.upload.idle();
  const again = await get(`/v1/uploads/${later.body.id}`);
  t.match(again.body, { assigned: { drawn: 0, before: 2, joined: 0 } }, 'the numbers of then');

  const page = (await get(`${first.body.links.numbers}?limit=1`)).body;
  t.match(page, { numbers: [{ line: 1 }], next: /after=1/ });
  t.match((await get(page.next)).body, { numbers: [{ line: 2 }] });
  t.match((await get(first.body.links.numbers, { ...own, accept: 'text/csv' })).text, `upload,1,L1,${one},new`);
  t.equal((await get(first.body.links.numbers, { ...own, accept: 'text/plain' })).text.split('^')[3], one);
  t.equal((await get(first.body.links.numbers, { ...own, accept: 'image/png' })).status, 406);
  t.equal((await get(first.body.links.numbers, other)).status, 404, 'not of an upload out of reach');
  t.notMatch(log.join(''), one, 'no number stands in the log');
});
