/** Story 15 as its page has it: one call changes a label and the examples that expect it; then it is published, and back. */
import t from 'tap';
import type { CheckDraft } from '#service/plugins/drafts';
import { checkTexts } from '#service/rules/rules-work';
import { desk, request } from '../support/desk.ts';
import { shipped } from '../support/histories.ts';
import { record } from '../support/service.ts';
import { shippedTexts } from '../support/versions.ts';
import { readStory, textsAfter } from './stories.ts';

t.setTimeout(900_000);

const NAME = '15-one-label';
const ABOUT = 'rules/rulebook.json';
const checkDraft: CheckDraft = async (...asked) => checkTexts(...asked);

/** The parameter and the body of the call that the page shows. */
function callOf(page: string): { readonly name: string; readonly payload: object } {
  const [, body = '', name = ''] = /--json '(\{"values.*\})' \S+\/parameters\/(\w+)$/m.exec(page) ?? [];
  return { name, payload: JSON.parse(body) as object };
}

t.test('a label by one call, from draft to publication and back', async (t) => {
  const { ask, author, approver, step, begin, look } = await desk(t, {}, { checkDraft });
  const { name, payload } = callOf(readStory(NAME, 'README.md'));
  const draft = await begin('Hispanic or Latino');
  const { status, body } = await step(draft, 'PUT', `/parameters/${name}`, author, payload);
  t.equal(status, 200);
  t.same(
    body.changes.map(({ path }: { path: string }) => path),
    ['rules/examples/36-ethnicity-race.json', 'rules/parameters/labels.json'],
  );
  for (const { path, text } of textsAfter(NAME).filter((file) => file.path !== ABOUT)) {
    const before = shippedTexts.find((file) => file.path === path)?.text;
    if (before !== text)
      t.equal((await ask({ url: `${draft}/files/${path}`, headers: author })).text, text, `${path}, as by hand`);
  }
  const checked = await ask({ method: 'POST', url: `${draft}/check`, headers: author });
  t.match(checked, { status: 200, body: { examples: { failed: [] } } }, 'every example passes');
  await look(draft, approver);
  for (const [did, key] of [
    ['submit', author],
    ['approve', approver],
    ['publish', author],
  ] as const)
    t.ok((await step(draft, 'POST', `/${did}`, key)).status < 300, did);

  const records = [record('SENR'), record('SINF', { studentHispanicEthnicityIndicator: 'Y' })];
  const label = async (): Promise<string> => {
    const answer = await ask({
      method: 'POST',
      url: '/v1/evaluations',
      headers: author,
      payload: { request, records },
    });
    return answer.body.rows[0].ethnicityRace;
  };
  t.equal(await label(), 'Hispanic or Latino');
  const url = `/v1/rulebook/versions/${shipped.hash}/restore`;
  await ask({ method: 'POST', url, headers: approver, payload: { reason: 'Postponed.' } });
  t.equal(await label(), 'Hispanic', 'and back again');
});

t.test('what does not follow', async (t) => {
  const { ask, author, step, begin } = await desk(t);
  const draft = await begin();
  const values = [{ value: 'Asian' }];
  t.match(await step(draft, 'PUT', '/parameters/raceCategory', author, { values, examples: 'all' }), { status: 400 });
  const label = { values: [{ value: 'Two or more', source: 'cenr-36' }] };
  const { body } = await step(draft, 'PUT', '/parameters/multipleLabel', author, label);
  t.same(
    body.changes.map(({ path }: { path: string }) => path),
    ['rules/parameters/labels.json'],
    'examples stay where nobody asks for it',
  );
  const broken = await step(draft, 'PUT', '/files/rules/laws.json', author, '{');
  t.equal(broken.status, 200);
  const refused = await step(draft, 'PUT', '/parameters/missingLabel', author, { ...label, examples: 'follow' });
  t.match(refused, { status: 409, body: { detail: /cannot be used as they are/ } });
  t.equal((await ask({ url: draft, headers: author })).body.changes.length, 2);
});
