/**
 * Extracts before, during and after a retirement, over REST: each shows the number of its time, names the one a line was
 * sent with, answers under either number, and is verified and proved whatever became of the numbers since.
 */
import t, { type Test } from 'tap';
import { readManifest } from '#audit/manifest';
import { checkProof } from '#audit/proof';
import { verificationsIdle } from '#service/extracts/verification';
import { line, OTHER_LEA, service, TODAY } from '../../support/service.ts';

t.setTimeout(900_000);

const [OLD, NEXT] = ['9900000001', '9900000002'] as const;
const [SCHOOL, OTHER_SCHOOL, GRADE] = ['7654321', '9999999', '05'] as const;
const TEXT = { 'content-type': 'text/plain' };
const HOLDS = ['manifest holds', 'signature holds', 'file holds', 'madeAgain holds'];
const WHEN = { ssid: OLD, until: '20240715' };

async function made(t: Test) {
  const built = await service(t);
  const { ask, key, app } = built;
  const state = key('admin', 'all');
  const send = async (...lines: readonly string[]) => {
    const url = '/v1/uploads?reportingLEA=all';
    const { status } = await ask({ method: 'POST', url, headers: { ...state, ...TEXT }, payload: lines.join('\r\n') });
    t.equal(status, 201);
  };
  const extract = async (): Promise<string> => {
    const payload = { reportingLEAs: 'all', academicYear: '2023-2024', runDate: TODAY };
    const { body } = await ask({ method: 'POST', url: '/v1/extracts', headers: state, payload });
    await app.jobs.extract.idle();
    return `/v1/extracts/${body.id}`;
  };
  const get = (url: string, headers: object = state) => ask({ url, headers: headers as never });
  const verified = async (extract: string): Promise<readonly string[]> => {
    await ask({ method: 'POST', url: `${extract}/verification`, headers: state });
    await verificationsIdle(app);
    const { findings } = (await get(`${extract}/verification`)).body;
    return findings.map(
      ({ what, outcome }: { readonly what: string; readonly outcome: string }) => `${what} ${outcome}`,
    );
  };
  const proved = async (extract: string, ssid: string) => {
    const { body: proof } = await get(`${extract}/rows/${ssid}/${SCHOOL}/${GRADE}/proof`);
    const manifest = readManifest(Buffer.from((await get(`${extract}/manifest`)).text));
    t.equal(checkProof(proof, manifest), undefined);
    return proof.row as string;
  };
  const retire = (retired: string, replacement: string) =>
    ask({
      ...{ method: 'POST', url: '/v1/ssid/replacements', headers: state },
      payload: { retired, replacement, why: 'one student' },
    });
  const undo = (ssid: string) =>
    ask({ method: 'POST', url: `/v1/ssid/replacements/${ssid}/undo`, headers: state, payload: { why: 'twins' } });
  await send(
    line('SENR', { ssid: OLD, localRecordID: 'as-old' }),
    line('SINF', { ssid: OLD }),
    line('SENR', { ssid: NEXT, reportingLEA: OTHER_LEA, schoolOfAttendance: OTHER_SCHOOL }),
  );
  return { ...built, state, send, extract, get, verified, proved, retire, undo };
}

t.test('an extract made after it answers under either number, and shows the one that was sent', async (t) => {
  const { extract, get, retire, send, key, proved } = await made(t);
  t.equal((await retire(OLD, NEXT)).status, 201);
  await send(line('SELA', { ssid: OLD }), line('SENR', { ssid: OLD, studentBirthDate: '19990101' }));
  const after = await extract();
  for (const ssid of [OLD, NEXT]) {
    const { rows } = (await get(`${after}/rows?ssid=${ssid}`)).body;
    t.same(
      rows.map((row: { readonly ssid: string }) => row.ssid),
      [NEXT, NEXT],
    );
    const place = `${after}/rows/${ssid}/${SCHOOL}/${GRADE}`;
    const row = (await get(`${place}/explanation?field=37&secondOpinion=false`)).body;
    t.match(row, { ssid: NEXT, formerly: [WHEN], qualification: { record: { sent: { ssid: OLD, line: 1 } } } });
    t.match(await proved(after, ssid), NEXT);
    const missing = (await get(`${after}/missing/${ssid}`)).body;
    t.match(missing, { ssid: NEXT, formerly: [WHEN], rejections: [{ code: 'SENR0008', sent: { ssid: OLD } }] });
    const { ssid: own, records } = (await get(`${after}/students/${ssid}/records`)).body;
    t.equal(own, NEXT);
    for (const { line, record } of records) {
      const sent = record.sent.ssid ?? NEXT;
      t.ok(line.includes(`^${sent}^`), 'the line has the number that it was sent with');
      t.equal(record.values.ssid, NEXT);
    }
    t.same(
      records.map((one: { readonly record: { readonly sent: { readonly ssid?: string } } }) => one.record.sent.ssid),
      [OLD, undefined, OLD, OLD],
    );
  }
  const outsider = key('vendor', ['9999998']);
  t.equal((await get(`${after}/students/${OLD}/records`, outsider)).status, 404);
  const papers = (await get(`${after}/workpapers?seed=1&rows=2`)).body;
  t.match(papers.rows[0], { ssid: NEXT, formerly: [WHEN] });
  const lines = papers.rows.flatMap((row: { readonly lines: readonly object[] }) => row.lines);
  t.ok(
    lines.some((one: { text: string; sent?: { ssid?: string } }) => one.sent?.ssid === OLD && one.text.includes(OLD)),
  );
  t.match((await get(`${after}/exceptions?kind=rejected`)).body, { exceptions: [] }, 'the student has a row');
});

t.test('who has seen the student is found under either number', async (t) => {
  const { extract, get, retire, ask, state } = await made(t);
  const before = await extract();
  await get(`${before}/students/${OLD}/records`);
  await retire(OLD, NEXT);
  const after = await extract();
  await get(`${after}/rows?ssid=${NEXT}`);
  await get(`${after}/missing/${NEXT}`);
  const found = async (ssid: string) => {
    const { body } = await ask({ method: 'POST', url: '/v1/access-log/search', headers: state, payload: { ssid } });
    t.same(body.numbers, [NEXT, OLD]);
    return body.entries.filter((one: { does?: string }) => one.does !== 'searched the access log');
  };
  const [byNext, byOld] = [await found(NEXT), await found(OLD)];
  const named = (entries: readonly { readonly named: { readonly ssid?: string } }[]) =>
    entries.flatMap((one) => one.named.ssid ?? []);
  for (const ssid of [OLD, NEXT]) t.ok(named(byNext).includes(ssid), `asked for as ${ssid}`);
  t.same(named(byOld).toSorted().slice(0, 2), named(byNext).toSorted().slice(0, 2));
});

t.test('an extract of before stays what it was: verified, proved and explained', async (t) => {
  const { extract, get, retire, verified, proved } = await made(t);
  const before = await extract();
  const row = await proved(before, OLD);
  await retire(OLD, NEXT);
  t.same(await verified(before), HOLDS);
  t.equal(await proved(before, OLD), row);
  const explained = (await get(`${before}/rows/${OLD}/${SCHOOL}/${GRADE}/explanation?field=37`)).body;
  t.match(explained, { ssid: OLD, qualification: { record: { sent: { line: 1 } } }, secondOpinion: { agree: true } });
  t.equal(explained.formerly, undefined);
  t.equal(explained.qualification.record.sent.ssid, undefined);
});

t.test('who asks for the number of now in an extract of before is told the one of then', async (t) => {
  const { extract, get, retire, send, key } = await made(t);
  const before = await extract();
  const THIRD = '9900000003';
  await send(line('SENR', { ssid: THIRD, reportingLEA: OTHER_LEA, schoolOfAttendance: OTHER_SCHOOL }));
  t.equal((await retire(OLD, THIRD)).status, 201);
  t.match((await get(`${before}/students/${THIRD}/records`)).body, {
    code: 'CENR_NOT_FOUND',
    detail: /The student had the SSID 9900000001 then, which was retired on 2024-07-15; ask for that\./,
  });
  const outsider = await get(`${before}/students/${THIRD}/records`, key('vendor', ['9999998']));
  t.notMatch(outsider.text, OLD, 'and nobody else is');
});

t.test(
  'an extract made in between is verified and explained after it was undone, as long as it is known',
  async (t) => {
    const { extract, get, retire, undo, verified, proved, store, send, ask, key, state } = await made(t);
    const before = await extract();
    await retire(OLD, NEXT);
    const during = await extract();
    const row = await proved(during, NEXT);
    t.equal((await undo(OLD)).status, 204);
    const again = await extract();
    t.match((await get(`${again}/rows?ssid=${OLD}`)).body.rows, [{ ssid: OLD }]);
    for (const each of [before, during, again]) t.same(await verified(each), HOLDS);
    t.equal(await proved(during, OLD), row, 'by the retired number too');
    const explained = (await get(`${during}/rows/${OLD}/${SCHOOL}/${GRADE}/explanation?field=37`)).body;
    t.match(explained, { ssid: NEXT, formerly: [WHEN], qualification: { record: { sent: { ssid: OLD } } } });

    await store.forget(2, '2024-07-20T08:00:00.000Z');
    t.match((await get(`${during}/rows/${OLD}/${SCHOOL}/${GRADE}/explanation?field=37`)).body, {
      code: 'CENR_INPUTS_GONE',
      detail: /were deleted on 2024-07-20/,
    });
    t.equal(await proved(during, OLD), row, 'a proof needs the files of the extract alone');
    await retire(OLD, NEXT);
    await store.forget(await store.snapshot(), '2024-07-21T08:00:00.000Z');
    await send(line('SENR', { ssid: '9900000004' }));
    const undoing = {
      method: 'POST',
      url: `/v1/ssid/replacements/${OLD}/undo`,
      payload: { why: 'twins' },
    } as const;
    for (const headers of [state, key('vendor', ['1234567', OTHER_LEA])])
      t.match(await ask({ ...undoing, headers }), {
        status: 409,
        body: { code: 'CENR_SSID_CONFLICT', detail: /were deleted|was deleted/ },
      });
    t.same(
      await verified(during),
      [...HOLDS.slice(0, -1), 'madeAgain unknown'],
      'and that it cannot be made again is said',
    );
  },
);
