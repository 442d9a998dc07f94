/** The access log over REST: searched, paged, verified; of an LEA only what is about it; and each look is logged itself. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { ACCESS_LOG } from '#audit/access-log/log-file';
import { searchLog } from '#service/access-log/search';
import { logVerified } from '#service/access-log/verification';
import { LEA, line, OTHER_LEA, service, TODAY } from '../support/service.ts';

t.setTimeout(900_000);

const [SEEN, BESIDE, FOREIGN] = ['9900000001', '9900000002', '9900000003'] as const;

async function looked(t: Test) {
  const built = await service(t);
  const { ask, key, app } = built;
  const extracts: Record<string, string> = {};
  for (const [lea, ssids] of [
    [LEA, [SEEN, BESIDE]],
    [OTHER_LEA, [FOREIGN]],
  ] as const) {
    const headers = key('vendor', [lea], `vendor of ${lea}`);
    await ask({
      method: 'POST',
      url: '/v1/uploads',
      headers: { ...headers, 'content-type': 'text/plain' },
      payload: ssids.map((ssid) => line('SENR', { ssid, reportingLEA: lea })).join('\r\n'),
    });
    const payload = { reportingLEAs: [lea], academicYear: '2023-2024', runDate: TODAY };
    const { body } = await ask({ method: 'POST', url: '/v1/extracts', headers, payload });
    await app.jobs.extract.idle();
    extracts[lea] = `/v1/extracts/${body.id}`;
  }
  const state = key('auditor', 'all', 'S. Auditor');
  const own = key('auditor', [LEA], 'L. Auditor');
  const search = (payload: object, headers = state) =>
    ask({ method: 'POST', url: '/v1/access-log/search', headers, payload });
  const found = async (payload: object, headers = state): Promise<string[]> =>
    (await search(payload, headers)).body.entries.map(
      ({ who, does, named, held, status }: Record<string, unknown>) =>
        `${(who as { name: string } | undefined)?.name}: ${does} ${(named as { ssid?: string }).ssid ?? ''}${held === undefined ? '' : `(${held})`} ${status}`,
    );
  return { ...built, extracts, state, own, search, found };
}

t.test('who has seen a student: by name, among others, and nobody who has not', async (t) => {
  const { ask, extracts, state, own, found, search, log } = await looked(t);
  const purpose = { 'access-purpose': 'annual audit' };
  await ask({ url: `${extracts[LEA]}/file`, headers: { ...state, ...purpose } });
  await ask({ url: `${extracts[LEA]}/missing/${SEEN}`, headers: own });
  await ask({ url: `${extracts[LEA]}/rows?ssid=${BESIDE}`, headers: own });
  await ask({ url: `${extracts[OTHER_LEA]}/file`, headers: state });
  t.same(await found({ ssid: SEEN }), [
    `L. Auditor: looked at why a student has a row or none ${SEEN}(named) 200`,
    'S. Auditor: took the file of an extract (yes) 200',
  ]);
  t.same(
    (await found({ ssid: SEEN })).slice(0, 1),
    [`S. Auditor: searched the access log ${SEEN}(named) 200`],
    'a look into the log is one at the student, and logged',
  );
  t.same(await found({ ssid: SEEN, purpose: 'AUDIT' }), ['S. Auditor: took the file of an extract (yes) 200']);
  t.same((await found({ action: 'file' })).length, 2);
  t.same((await found({ who: 'l. aud' })).length, 2);
  const { body } = await search({ ssid: FOREIGN, action: 'file', limit: 1 });
  t.match(body, { entries: [{ who: { role: 'auditor' }, action: 'file' }], searched: { unreadable: 0, missing: 0 } });
  t.notOk(log.join('').includes(SEEN), 'the ordinary log has no student');
});

t.test('days, pages, and what was searched', async (t) => {
  const { search, app } = await looked(t);
  const all = (await search({ limit: 200 })).body;
  t.match(all.searched, { entries: all.entries.length, newest: all.entries.length, oldest: 1, before: 0, isAll: true });
  t.same((await search({ through: '2024-07-14' })).body.entries, []);
  t.match((await search({ from: '2024-07-17' })).body, { entries: [], searched: { entries: 0, isAll: true } });
  t.ok((await search({ from: '2024-07-15', through: '20240715' })).body.entries.length > 4);
  const paged: number[] = [];
  for (let after: string | undefined; ; ) {
    const { body } = await search({ action: 'upload', limit: 1, ...(after !== undefined && { after }) });
    paged.push(...body.entries.map(({ number }: { number: number }) => number));
    after = body.next;
    if (after === undefined) break;
  }
  t.same(
    paged,
    all.entries
      .filter(({ action }: { action: string }) => action === 'upload')
      .map(({ number }: { number: number }) => number),
  );
  const part = await searchLog(app, {}, 'all', 1);
  t.match(
    part,
    { entries: [{}], searched: { entries: 1, isAll: false }, next: /^1-\d+$/ },
    'an answer reads no more than it may',
  );
  for (const payload of [
    { after: '1-7' },
    { after: 'x' },
    { from: 'monday' },
    { ssid: '99' },
    { odd: 1 },
    { action: 'odd' },
  ])
    t.match(await search(payload), { status: 400, body: { code: 'CENR_REQUEST_INVALID' } }, JSON.stringify(payload));
});

t.test(
  'an LEA finds what its own people did and what is about its students, and a foreign student is unknown',
  async (t) => {
    const { ask, extracts, state, own, found, search, key } = await looked(t);
    await ask({ url: `${extracts[LEA]}/file`, headers: state });
    await ask({ url: `${extracts[OTHER_LEA]}/file`, headers: state });
    await ask({ url: `${extracts[OTHER_LEA]}/missing/${FOREIGN}`, headers: state });
    await ask({ url: `${extracts[LEA]}/missing/${FOREIGN}`, headers: state });
    await ask({ url: '/v1/keys', headers: key('admin', 'all', 'A. Admin') });
    t.same(await found({}, own), [
      'S. Auditor: took the file of an extract  200',
      `vendor of ${LEA}: requested an extract  202`,
      `vendor of ${LEA}: sent an upload  201`,
    ]);
    t.same(await found({ who: OTHER_LEA }, own), []);
    t.same(await found({ ssid: SEEN }, own), [
      'S. Auditor: took the file of an extract  (yes) 200'.replace('  (', ' ('),
    ]);
    t.match(await search({ ssid: FOREIGN }, own), { status: 404, body: { code: 'CENR_NOT_FOUND' } });
    t.match(await search({ ssid: '9900000999' }, own), { status: 404, body: { code: 'CENR_NOT_FOUND' } });
    t.equal(
      (await found({ ssid: FOREIGN })).filter((each) => each.includes('(named)')).length,
      3,
      'the look is logged, refused or not',
    );
  },
);

t.test('changed lines and entries that are not there are counted, and the verification says where', async (t) => {
  const { search, ask, state, own, config, app } = await looked(t);
  const verification = (method: 'GET' | 'POST', headers = state) =>
    ask({ method, url: '/v1/access-log/verification', headers });
  t.match(await verification('GET'), { status: 200, body: { status: 'None' } });
  t.match(await verification('POST'), { status: 202, body: { status: 'Processing', progress: 0 } });
  await logVerified(app);
  t.match(await verification('GET'), {
    body: { status: 'Complete', outcome: 'intact', begins: 1, entries: Number, verifiedAt: String, fault: undefined },
  });
  t.match(await verification('GET', own), { status: 403, body: { code: 'CENR_ALL_LEAS_MISSING' } });
  t.match(await verification('POST', own), { status: 403 });

  const path = join(config.storeDir, ACCESS_LOG);
  const text = readFileSync(path, 'utf8');
  // As long as before, or the service would notice when it writes.
  writeFileSync(path, text.replace('"number":2,', '"number":8,'));
  t.match((await search({})).body.searched, { unreadable: 1, missing: 0 });
  await verification('POST');
  await logVerified(app);
  t.match((await verification('GET')).body, { outcome: 'damaged', entries: 1, fault: { entry: 2, reason: /changed/ } });
  const lines = readFileSync(path, 'utf8').split('\n');
  const second = lines.splice(1, 1)[0] as string;
  const { status } = await search({});
  t.equal(status, 200);
  writeFileSync(path, `${lines.join('\n')}${' '.repeat(second.length)}\n`);
  const { searched } = await searchLog(app, {}, 'all');
  t.match(searched, { unreadable: 1 });
});
