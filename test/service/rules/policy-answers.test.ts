/** What pages for policy staff ask of REST: rules in words, differences in sentences, a student under both versions. */
import t, { type Test } from 'tap';
import { LEA, line, OTHER_LEA, service } from '../../support/service.ts';

t.setTimeout(300_000);

const SSID = '9900000001';
const NOWHERE = '0'.repeat(64);

async function drafted(t: Test) {
  const it = await service(t);
  const { ask, key } = it;
  const payload = [
    line('SENR', { ssid: SSID }),
    line('SPRG', { ssid: SSID, educationProgramCode: '191', educationProgramMembershipStartDate: '20230815' }),
  ].join('\r\n');
  await ask({
    method: 'POST',
    url: '/v1/uploads',
    headers: { ...key('vendor', [LEA]), 'content-type': 'text/plain' },
    payload,
  });
  const headers = key('policy', 'all');
  const { body } = await ask({ method: 'POST', url: '/v1/rulebook/drafts', headers, payload: { title: 'A code' } });
  const url = `/v1/rulebook/drafts/${body.id}`;
  const now = await ask({
    method: 'PUT',
    url: `${url}/parameters/homelessProgram`,
    headers: { ...headers, 'if-match': '"1"' },
    payload: { values: [{ value: '190', source: 'cenr-40' }] },
  });
  t.equal(now.status, 200);
  return { ...it, headers, url, draft: now.body };
}

t.test('a draft says in sentences what it changes', async (t) => {
  const { ask, headers, url, draft } = await drafted(t);
  const { body } = await ask({ url: `${url}/differences`, headers });
  t.match(body.says, [/homelessProgram.*it is now 190; before it was 191/]);
  t.match(body.files, [{ path: 'rules/parameters/program-codes.json', did: 'changed' }]);
  await ask({
    method: 'PUT',
    url: `${url}/files/rules/laws.json`,
    headers: { ...headers, 'content-type': 'application/json', 'if-match': `"${draft.revision}"` },
    payload: '{',
  });
  t.equal((await ask({ url: `${url}/differences`, headers })).body.code, 'CENR_RULEBOOK_UNUSABLE');
});

t.test('what the rules know of a file of a draft', async (t) => {
  const { ask, key, headers, url, draft } = await drafted(t);
  const path = 'rules/fields/40-homeless-program-eligible.json';
  const { body } = await ask({ url: `${url}/known/${path}`, headers });
  t.same(body.findings, []);
  t.match(body.words['/rules/0/conditions'], /Homeless Program/);
  t.ok(body.operators['/rules/0/conditions/operator'].includes('equal'));
  t.equal(body.lists['/rules/0/conditions/params/program'], 'parameters');
  t.ok(body.names.parameters.some(({ name }: { name: string }) => name === 'homelessProgram'));
  const { text } = await ask({ url: `${url}/files/${path}`, headers });
  await ask({
    method: 'PUT',
    url: `${url}/files/${path}`,
    headers: { ...headers, 'content-type': 'application/json', 'if-match': `"${draft.revision}"` },
    payload: text.replace('"programAtSchool"', '"programAtScool"'),
  });
  const wrong = (await ask({ url: `${url}/known/${path}`, headers })).body;
  t.match(wrong.findings, [{ pointer: '/rules/0/conditions', message: /programAtSchool/ }]);
  t.equal(wrong.elsewhere, 0);
  t.equal((await ask({ url: `${url}/known/rules/fields/99.json`, headers })).status, 404);
  t.equal((await ask({ url: `${url}/known/${path}`, headers: key('vendor', [LEA]) })).status, 403);
});

t.test('a student by both, and nobody else', async (t) => {
  const { ask, key, headers, url } = await drafted(t);
  const of = (ssid: string, who = headers, year = '2023-2024') =>
    ask({ url: `${url}/students/${ssid}?academicYear=${year}`, headers: who });
  const { body } = await of(SSID);
  const homeless = ({ rows }: { rows: { fields: { field: string; value: string; sentence: string }[] }[] }) =>
    rows.flatMap(({ fields }) => fields.filter(({ field }) => field === '40'));
  t.match(homeless(body.before), [{ value: 'Y', sentence: /191/ }]);
  t.match(homeless(body.now), [{ value: 'N', sentence: /190/ }]);
  const none = await of(SSID, headers, '2020-2021');
  t.same(none.body.now.rows, []);
  t.type(none.body.now.missing, 'string');
  t.equal((await of(SSID, headers, '2023-2025')).status, 400);
  t.equal((await of('9900000009')).status, 404);
  t.equal((await of(SSID, key('policy', [OTHER_LEA]))).status, 404, 'as unknown as one that there is not');
  t.equal((await of(SSID, key('vendor', [LEA]))).status, 403);
});

t.test('a check says what a failing example would have to expect', async (t) => {
  const { ask, headers, url } = await drafted(t);
  const { body } = await ask({ method: 'POST', url: `${url}/check`, headers });
  t.match(body.examples.failed[0], { of: '40', expectedNow: { value: 'N' } });
});

t.test('a version in words, and what differs from another one', async (t) => {
  const { ask, headers, draft } = await drafted(t);
  const version = `/v1/rulebook/versions/${draft.from}`;
  const { body } = await ask({ url: `${version}/words?field=40`, headers });
  t.ok(body.blocks.some(({ text }: { text?: string }) => text === 'Field 40'));
  t.ok(body.published.some(({ id }: { id: string }) => id === 'cenr-40.1'));
  t.equal((await ask({ url: `${version}/words?field=99`, headers })).status, 400);
  t.same((await ask({ url: `${version}/differences?from=${draft.from}`, headers })).body, { files: [], says: [] });
  t.equal((await ask({ url: `${version}/differences?from=${NOWHERE}`, headers })).status, 400);
  t.equal((await ask({ url: `/v1/rulebook/versions/${NOWHERE}/differences?from=${NOWHERE}`, headers })).status, 404);
  t.equal((await ask({ url: `/v1/rulebook/versions/${NOWHERE}/words`, headers })).status, 404);
});
