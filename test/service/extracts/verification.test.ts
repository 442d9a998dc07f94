/** Whether an extract can be proved, over REST: as `cenr verify` finds out. */
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import t, { type Test } from 'tap';
import { verificationsIdle } from '#service/extracts/verification';
import { LEA, line, OTHER_LEA, service, TODAY } from '../../support/service.ts';

t.setTimeout(900_000);

/** @param before the students who are there when the extract is made; one more comes later */
async function made(t: Test, before: readonly string[] = ['9900000001']) {
  const built = await service(t);
  const { ask, key, app } = built;
  const send = (ssid: string) =>
    ask({ method: 'POST', url: '/v1/uploads', headers: key('vendor', [LEA]), payload: line('SENR', { ssid }) });
  for (const ssid of before) await send(ssid);
  const headers = key('auditor', [LEA]);
  const payload = { reportingLEAs: [LEA], academicYear: '2023-2024', runDate: TODAY };
  const { id } = (await ask({ method: 'POST', url: '/v1/extracts', headers, payload })).body;
  await app.jobs.extract.idle();
  // What comes later changes nothing.
  await send('9900000002');
  const url = `/v1/extracts/${id}/verification`;
  const verified = async (): Promise<readonly (readonly [string, string])[]> => {
    t.match(await ask({ method: 'POST', url, headers }), { status: 202, body: { status: 'Processing' } });
    await verificationsIdle(app);
    const { body } = await ask({ url, headers });
    t.match(body, { status: 'Complete', progress: 100, verifiedAt: String });
    return body.findings.map(({ what, outcome }: { what: string; outcome: string }) => [what, outcome]);
  };
  return { ...built, url, headers, verified, files: app.jobs.extract.filesOf({ id: id }) };
}

t.test('what nobody touched holds, whatever was uploaded since', async (t) => {
  const { verified, ask, url, headers, key } = await made(t);
  t.match((await ask({ url, headers })).body, { status: 'None', findings: [] });
  t.same(await verified(), [
    ['manifest', 'holds'],
    ['signature', 'holds'],
    ['file', 'holds'],
    ['madeAgain', 'holds'],
  ]);
  for (const method of ['GET', 'POST'] as const)
    t.match(await ask({ method, url, headers: key('auditor', [OTHER_LEA]) }), { status: 404 });
});

t.test('an extract of no student holds when there are some', async (t) => {
  const { verified } = await made(t, []);
  t.same(
    (await verified()).filter(([, outcome]) => outcome !== 'holds'),
    [],
  );
});

t.test('what was changed is found', async (t) => {
  const { verified, files, store } = await made(t);
  appendFileSync(files.rows, 'x');
  t.same(
    (await verified()).filter(([, outcome]) => outcome !== 'holds'),
    [['file', 'differs']],
  );
  const manifest = JSON.parse(readFileSync(files.manifest, 'utf8'));
  delete manifest.signature;
  writeFileSync(files.manifest, `${JSON.stringify(manifest, null, 2)}\n`);
  t.same((await verified())[1], ['signature', 'differs']);
  await store.forget((await store.snapshot()) - 1, '2024-07-15T19:00:00.000Z');
  t.same((await verified())[3], ['madeAgain', 'unknown']);
  writeFileSync(files.manifest, readFileSync(files.manifest, 'utf8').replace('"rows": 1', '"rows": 2'));
  t.same(await verified(), [['manifest', 'differs']]);
});
