/** What answers for the rules over REST: the ledger, worked examples and what they reach, mutants. */
import t, { type Test } from 'tap';
import { shipped } from '../../support/histories.ts';
import { service } from '../../support/service.ts';

t.setTimeout(300_000);

const RULEBOOK = '/v1/rulebook';
const EXAMPLES = 'rules/examples/40-homeless-program-eligible.json';

async function policy(t: Test) {
  const { ask, key } = await service(t);
  const headers = key('policy', 'all');
  return { headers, ask, get: (url: string) => ask({ url: `${RULEBOOK}${url}`, headers }) };
}

t.test('each sentence of the published page has its rules and examples', async (t) => {
  const { get } = await policy(t);
  const { body } = await get('/ledger');
  t.equal(body.rulebook, shipped.hash);
  t.same(body.findings, []);
  const sentences = body.pages.flatMap(({ elements }: { elements: { sentences: object[] }[] }) =>
    elements.flatMap((element) => element.sentences),
  );
  const one = sentences.find(({ id }: { id: string }) => id === 'cenr-40.1');
  t.match(one.rules, [{ kind: 'field', name: '40', file: 'rules/fields/40-homeless-program-eligible.json' }]);
  t.ok(one.examples.length > 0);
  t.equal((await get('/ledger?draft=draft_none')).status, 404);
  t.equal((await get(`/ledger?version=${'0'.repeat(64)}`)).status, 404);
});

t.test('examples of the rules and of a draft, and one of them in full', async (t) => {
  const { ask, get, headers } = await policy(t);
  type Subject = { of: string; name: string; examples: number; failed: number };
  const all = (await get('/examples?of=40')).body;
  const field = all.subjects.find(({ of }: Subject) => of === '40');
  t.match(field, { name: 'Homeless Program Eligible', failed: 0 });
  t.ok(field.examples > 0);
  const draft = (await ask({ method: 'POST', url: `${RULEBOOK}/drafts`, headers, payload: { title: 'A code' } })).body;
  await ask({
    method: 'PUT',
    url: `${RULEBOOK}/drafts/${draft.id}/parameters/homelessProgram`,
    headers: { ...headers, 'if-match': '"1"' },
    payload: { values: [{ value: '190', source: 'cenr-40' }] },
  });
  const drafted = (await get(`/examples?draft=${draft.id}`)).body;
  t.ok(drafted.subjects.find(({ of }: Subject) => of === '40').failed > 0, 'those of a draft are run by the draft');
  const query = new URLSearchParams({ file: EXAMPLES, pointer: '/cases/1' });
  const { body } = await get(`/examples/case?${query}`);
  t.match(body, { of: '40', passed: true, expect: { value: 'Y', rule: 'eligible' } });
  t.equal((await get(`/examples/case?${query}&draft=${draft.id}`)).body.passed, false);
  query.set('pointer', '/cases/9999');
  t.equal((await get(`/examples/case?${query}`)).status, 404);
});

t.test('nobody has tried the mutants before somebody asks for it', async (t) => {
  const { get } = await policy(t);
  t.match((await get('/mutants')).body, { rulebook: shipped.hash, status: 'None', progress: 0 });
});
