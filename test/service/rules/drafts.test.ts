/** A draft on its way: each step over REST, each refusal once, and what becomes of bad input. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { ACCESS_LOG } from '#audit/access-log/log-file';
import { hashOf } from '#rulebook/load/texts';
import { configFrom } from '#service/environment';
import { checkTexts } from '#service/rules/rules-work';
import { type Desk, desk, FORTY, request, saying, textOf } from '../../support/desk.ts';
import { shipped } from '../../support/histories.ts';
import { type Answer, NOW, service } from '../../support/service.ts';
import { brokenTexts } from '../../support/versions.ts';

t.setTimeout(900_000);

const days = (n: number): Date => new Date(NOW.getTime() + n * 86_400_000);

t.test(
  'a draft is made from the rules in effect, changed, checked, looked at, approved by somebody else, published; and one goes back',
  async (t) => {
    const { ask, author, approver, step, forty, begin, put, look, log } = await desk(
      t,
      {},
      { checkDraft: async (texts, today, versions) => checkTexts(texts, today, versions) },
    );
    t.same(await forty(), { value: 'Y', rulebook: shipped.hash });
    const draft = await begin();
    const made = await ask({ url: draft, headers: author });
    t.match(made.body, {
      state: 'draft',
      revision: 1,
      from: shipped.hash,
      rulebook: shipped.hash,
      author: { name: 'an author' },
      changes: [],
      approvalsNeeded: 1,
    });
    t.equal(made.headers['etag'], '"1"');

    await put(draft, saying('X'));
    const changed = (await ask({ url: draft, headers: author })).body;
    t.same(
      changed.changes.map(({ path, did }: { path: string; did: string }) => [path, did]),
      Object.keys(saying('X'))
        .sort()
        .map((path) => [path, 'changed']),
    );

    const checked = await ask({ method: 'POST', url: `${draft}/check`, headers: author });
    t.match(checked.body, {
      canBeUsed: true,
      counts: { error: 0 },
      rulebook: changed.rulebook,
      draft: { checked: { rulebook: changed.rulebook, errors: 0, examplesFailed: 0 } },
    });
    t.ok(checked.body.examples.run > 100, 'all examples were run');
    t.ok(
      checked.body.findings.every(
        (f: { file: string; line: number; column: number; message: string }) =>
          f.file && f.line && f.column && f.message,
      ),
      'each finding has its place',
    );

    t.match(
      checked.body.findings.filter((f: { kind: string }) => f.kind === 'version-not-raised'),
      [{ severity: 'warning', file: 'rules/rulebook.json', message: shipped.hash }],
      'the files changed, and the version is called as before',
    );

    const impact = await look(draft);
    t.match(impact.body, {
      status: 'Complete',
      changed: 1,
      report: { values: 1, fields: [{ field: '40', values: [{ old: 'Y', new: 'X', rows: 1 }] }] },
    });

    await look(draft, approver);
    t.match((await step(draft, 'POST', '/submit', author)).body, { state: 'submitted' });
    t.match((await step(draft, 'POST', '/approve', approver)).body, {
      state: 'approved',
      approvals: [{ name: 'an approver' }],
    });
    const published = await step(draft, 'POST', '/publish', author);
    t.match(published, {
      status: 201,
      headers: { location: `/v1/rulebook/versions/${changed.rulebook}`, 'cenr-rulebook': changed.rulebook },
      body: {
        rulebook: changed.rulebook,
        how: 'published',
        author: { name: 'an author' },
        approvers: [{ name: 'an approver' }],
        reason: 'The page says so now.',
      },
    });
    t.same(await forty(), { value: 'X', rulebook: changed.rulebook }, 'the next request has it');
    t.match(
      log.join(''),
      /"rulebook":"\w+","msg":"the rulebook in effect has the same version label as another version/,
    );
    const { versions } = (await ask({ url: '/v1/rulebook/versions', headers: author })).body;
    t.same(
      Object.fromEntries(
        versions.map(({ sha256, sameLabel }: { sha256: string; sameLabel: string[] }) => [sha256, sameLabel]),
      ),
      { [changed.rulebook]: [shipped.hash], [shipped.hash]: [changed.rulebook] },
      'and lists say that two versions have one label',
    );
    t.match((await ask({ url: draft, headers: author })).body, {
      state: 'published',
      publishedAs: published.body.activation,
    });

    const back = await ask({
      method: 'POST',
      url: `/v1/rulebook/versions/${shipped.hash}/restore`,
      headers: approver,
      payload: { reason: 'It was the other program.' },
    });
    t.match(back, {
      status: 201,
      body: {
        rulebook: shipped.hash,
        how: 'restored',
        reason: 'It was the other program.',
        by: { name: 'an approver' },
      },
    });
    t.same(await forty(), { value: 'Y', rulebook: shipped.hash });
  },
);

t.test('every step is in the access log, with the draft, the file, the report and the version', async (t) => {
  const one = await desk(t);
  const { author, approver, step, begin, put, look, ask, config, clock } = one;
  const draft = await begin();
  await put(draft, { [FORTY]: textOf(FORTY).replace('"Y"', '"X"') });
  await step(draft, 'PUT', '/files/rules/facts/another.json', author, 'not yet');
  await step(draft, 'DELETE', '/files/rules/facts/another.json', author);
  await step(draft, 'PATCH', '', author, { title: 'Another title' });
  await ask({ method: 'POST', url: `${draft}/check`, headers: author });
  const { id: impact } = (await look(draft, approver)).body;
  await ask({ url: `${draft}/impact/${impact}/changes`, headers: author });
  await step(draft, 'POST', '/submit', author);
  await step(draft, 'POST', '/reopen', approver, { why: 'A word is missing.' });
  await step(draft, 'POST', '/submit', author);
  await step(draft, 'POST', '/approve', author);
  await step(draft, 'POST', '/approve', approver);
  const { activation, rulebook } = (await step(draft, 'POST', '/publish', author, { at: days(1).toISOString() })).body;
  await ask({ method: 'POST', url: `/v1/rulebook/scheduled/${activation}/withdraw`, headers: author });
  await step(draft, 'POST', '/reopen', author);
  await step(draft, 'DELETE', '', author);
  clock.now = days(2);
  await ask({
    method: 'POST',
    url: `/v1/rulebook/versions/${rulebook}/restore`,
    headers: author,
    payload: { reason: 'Perhaps after all.' },
  });

  const id = draft.split('/').at(-1);
  const keys = ['method', 'route', 'draft', 'file', 'impact', 'activation', 'rulebook', 'status', 'refusal'];
  const entries = readFileSync(join(config.storeDir, ACCESS_LOG), 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((text) => JSON.parse(text) as Record<string, unknown>)
    .filter(
      ({ method, route }) =>
        (method !== 'GET' || String(route).includes(':impactId')) && String(route).startsWith('/v1/rulebook'),
    )
    .map((entry) => keys.filter((key) => key in entry).map((key) => entry[key]));
  const at = '/v1/rulebook/drafts/:id';
  t.same(entries, [
    ['POST', '/v1/rulebook/drafts', id, 201],
    ['PUT', `${at}/files/*`, id, FORTY, 200],
    ['PUT', `${at}/files/*`, id, 'rules/facts/another.json', 200],
    ['DELETE', `${at}/files/*`, id, 'rules/facts/another.json', 200],
    ['PATCH', at, id, 200],
    ['POST', `${at}/check`, id, 200],
    ['POST', `${at}/impact`, id, impact, 202],
    ['GET', `${at}/impact/:impactId`, id, impact, 200],
    ['GET', `${at}/impact/:impactId/changes`, id, impact, 200],
    ['POST', `${at}/submit`, id, 200],
    ['POST', `${at}/reopen`, id, 200],
    ['POST', `${at}/submit`, id, 200],
    ['POST', `${at}/approve`, id, 403, 'CENR_DRAFT_YOURS'],
    ['POST', `${at}/approve`, id, 200],
    ['POST', `${at}/publish`, id, rulebook, 201],
    ['POST', '/v1/rulebook/scheduled/:activation/withdraw', String(activation), 200],
    ['POST', `${at}/reopen`, id, 200],
    ['DELETE', at, id, 200],
    ['POST', '/v1/rulebook/versions/:hash/restore', rulebook, 409, 'CENR_NEVER_IN_FORCE'],
  ]);
});

t.test('two editors: the second to save is told, and loses nothing', async (t) => {
  const { ask, author, begin } = await desk(t);
  const draft = await begin();
  const etag = (await ask({ url: `${draft}/files/${FORTY}`, headers: author })).headers['etag'] as string;
  const save = (text: string, match: string): Promise<Answer> =>
    ask({
      method: 'PUT',
      url: `${draft}/files/${FORTY}`,
      headers: { ...author, 'content-type': 'application/json', 'if-match': match },
      payload: text,
    });
  const first = await save('{ "first": true }', etag);
  t.match(first, { status: 200, headers: { etag: '"2"' } });
  const second = await save('{ "second": true }', etag);
  t.match(second, { status: 412, body: { code: 'CENR_DRAFT_CHANGED' }, headers: { etag: '"2"' } });
  t.match(second.body.detail, /revision 2/);
  t.equal((await ask({ url: `${draft}/files/${FORTY}`, headers: author })).text, '{ "first": true }');
  t.equal((await save('{ "second": true }', 'W/"2"')).status, 200, 'a proxy may have made the tag a weak one');

  const all = {
    PUT: [`/files/${FORTY}`],
    DELETE: [`/files/${FORTY}`, ''],
    PATCH: [''],
    POST: ['/submit', '/approve', '/reopen', '/publish'],
  };
  for (const [method, paths] of Object.entries(all))
    for (const path of paths)
      for (const match of [undefined, '*', '"2"']) {
        const payload =
          method === 'PUT' ? { payload: '{}' } : method === 'PATCH' ? { payload: { title: 'another' } } : {};
        const answer = await ask({
          method: method as 'PUT',
          url: `${draft}${path}`,
          headers: {
            ...author,
            ...(match !== undefined && { 'if-match': match }),
            ...('payload' in payload && { 'content-type': 'application/json' }),
          },
          ...payload,
        });
        t.match(
          answer,
          match === '"2"'
            ? { status: 412, body: { code: 'CENR_DRAFT_CHANGED' } }
            : { status: 428, body: { code: 'CENR_IF_MATCH_REQUIRED' } },
          `${method} ${path} with ${match}`,
        );
        t.equal(answer.headers['etag'], '"3"');
      }
});

t.test('the last change of files is taken back, by the author, until there is none', async (t) => {
  const { ask, author, begin, key } = await desk(t);
  const draft = await begin();
  const shown = async () => (await ask({ url: draft, headers: author })).body;
  const textNow = async () => (await ask({ url: `${draft}/files/${FORTY}`, headers: author })).text;
  const { rulebook } = await shown();
  const text = await textNow();
  const send = async (method: 'PUT' | 'POST' | 'DELETE', below: string, payload?: string, by = author) =>
    ask({
      ...{ method, url: `${draft}${below}` },
      headers: {
        ...by,
        'if-match': `"${(await shown()).revision}"`,
        ...(payload !== undefined && { 'content-type': 'application/json' }),
      },
      ...(payload !== undefined && { payload }),
    });
  const takeBack = (by = author) => send('POST', '/take-back', undefined, by);
  t.match(await takeBack(), {
    status: 409,
    body: { code: 'CENR_DRAFT_UNCHANGED', detail: /no change of files to take back/ },
  });
  await send('PUT', `/files/${FORTY}`, text.replace('"Y"', '"J"'));
  await send('PUT', '/files/rules/facts/mine.json', '{}');
  await send('DELETE', `/files/${FORTY}`);
  t.same((await shown()).lastChange.files, [{ path: FORTY, did: 'removed' }]);
  t.match((await takeBack(key('policy', 'all', 'Somebody else'))).body, { code: 'CENR_DRAFT_NOT_YOURS' });
  t.equal((await takeBack()).status, 200);
  t.match(await textNow(), '"J"');
  t.same((await shown()).lastChange.files, [{ path: 'rules/facts/mine.json', did: 'added' }]);
  await takeBack();
  t.equal((await ask({ url: `${draft}/files/rules/facts/mine.json`, headers: author })).status, 404);
  t.equal((await takeBack()).status, 200);
  t.equal(await textNow(), text);
  const after = await shown();
  t.match(after, { rulebook, changes: [] });
  t.notOk('lastChange' in after || 'former' in after);
  const [listed] = (await ask({ url: '/v1/rulebook/drafts', headers: author })).body.drafts;
  t.notOk('former' in listed, 'former texts are in no list');
  t.equal((await takeBack()).status, 409);
});

t.test('a change between reading and keeping is a lost update too', async (t) => {
  const { ask, author, begin, store } = await desk(t);
  const draft = await begin();
  const { replaceDraft } = store;
  store.replaceDraft = async (next, expected) => {
    store.replaceDraft = replaceDraft;
    await replaceDraft({ ...next, title: 'of another process' }, expected);
    return replaceDraft(next, expected);
  };
  const answer = await ask({
    method: 'PATCH',
    url: draft,
    headers: { ...author, 'if-match': '"1"' },
    payload: { title: 'mine' },
  });
  t.match(answer, { status: 412, headers: { etag: '"2"' } });
  t.equal((await ask({ url: draft, headers: author })).body.title, 'of another process');
});

t.test('an ETag that is known brings nothing', async (t) => {
  const { ask, author, begin } = await desk(t);
  const draft = await begin();
  for (const path of ['', '/files', `/files/${FORTY}`]) {
    const { headers } = await ask({ url: `${draft}${path}`, headers: author });
    t.match(headers, { etag: '"1"', 'cenr-rulebook': shipped.hash }, path);
    t.match(await ask({ url: `${draft}${path}`, headers: { ...author, 'if-none-match': '"1"' } }), {
      status: 304,
      text: '',
    });
  }
});

t.test('who may do what', async (t) => {
  const { ask, author, auditor, approver, begin, step, key } = await desk(t);
  const draft = await begin();
  const vendor = key('vendor', 'all');
  t.equal((await ask({ url: draft, headers: vendor })).status, 403);
  t.equal((await ask({ url: '/v1/rulebook/drafts', headers: vendor })).status, 403);
  for (const path of ['', '/files', `/files/${FORTY}`, '/impact'])
    t.equal((await ask({ url: `${draft}${path}`, headers: auditor })).status, 200, path);
  t.match((await ask({ url: '/v1/rulebook/drafts', headers: auditor })).body, {
    drafts: [{ title: 'Another value for field 40' }],
  });
  t.match((await step(draft, 'PUT', `/files/${FORTY}`, auditor, '{}')).body, { code: 'CENR_ROLE_MISSING' });
  t.match((await ask({ method: 'POST', url: `${draft}/check`, headers: auditor })).body, { code: 'CENR_ROLE_MISSING' });
  for (const [method, path, body] of [
    ['PUT', `/files/${FORTY}`, '{}'],
    ['DELETE', `/files/${FORTY}`],
    ['PATCH', '', { reason: 'mine' }],
    ['POST', '/submit'],
    ['DELETE', ''],
  ] as const) {
    const answer = await step(draft, method, path, approver, body);
    t.match(answer, { status: 403, body: { code: 'CENR_DRAFT_NOT_YOURS', detail: /an author/ } }, `${method} ${path}`);
  }
  t.match(
    (await step(draft, 'DELETE', '', key('admin', 'all'))).body,
    { state: 'deleted' },
    'an admin deletes any draft',
  );
  t.equal((await ask({ url: draft, headers: author })).status, 200, 'it stays readable');
});

t.test('a draft begins with any version, and lists come page by page', async (t) => {
  const { ask, author, readyToPublish, step } = await desk(t);
  const draft = await readyToPublish('X');
  await step(draft, 'POST', '/publish', author);
  const of = (payload: object): Promise<Answer> =>
    ask({ method: 'POST', url: '/v1/rulebook/drafts', headers: author, payload });
  const older = await of({ title: 'from the former', from: shipped.hash });
  t.match(older, { status: 201, body: { from: shipped.hash, reason: '' } });
  t.match(await of({ title: 'from nothing', from: '0'.repeat(64) }), { status: 404, body: { code: 'CENR_NOT_FOUND' } });
  const page = (await ask({ url: '/v1/rulebook/drafts?limit=1', headers: author })).body;
  t.match(page.drafts, [{ id: older.body.id }]);
  t.match((await ask({ url: page.next, headers: author })).body.drafts, [{ state: 'published' }]);
  t.equal((await ask({ url: '/v1/rulebook/drafts/draft_none', headers: author })).status, 404);
});

interface Refusal {
  readonly says: string;
  /** Brings the desk to where the step is refused; gives the draft. */
  readonly before: (desk: Desk) => Promise<string>;
  readonly step: readonly [method: 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, body?: object | string];
  readonly who?: 'author' | 'approver';
  readonly refused: { readonly status: number; readonly body: object };
}

const X = { [FORTY]: textOf(FORTY).replace('"Y"', '"X"') };
const check = ({ ask, author }: Desk, draft: string): Promise<Answer> =>
  ask({ method: 'POST', url: `${draft}/check`, headers: author });
const refused = (status: number, code: string, detail?: RegExp) => ({
  status,
  body: { code, ...(detail && { detail }) },
});
const invalid = (place: object, message: RegExp) => ({
  status: 400,
  body: { code: 'CENR_REQUEST_INVALID', errors: [{ ...place, message }] },
});

const submitted =
  (files: Readonly<Record<string, string>>, checked = true) =>
  async (desk: Desk): Promise<string> => {
    const draft = await desk.begin();
    await desk.put(draft, files);
    if (checked) await check(desk, draft);
    await desk.step(draft, 'POST', '/submit', desk.author);
    return draft;
  };
const begun = ({ begin }: Desk): Promise<string> => begin();
const ready = ({ readyToPublish }: Desk): Promise<string> => readyToPublish('X');

const REFUSALS: readonly Refusal[] = [
  {
    says: 'a title is needed',
    before: begun,
    step: ['PATCH', '', { title: ' ' }],
    refused: invalid({ pointer: '/title' }, /0 characters/),
  },
  {
    says: 'a reason has an end',
    before: begun,
    step: ['PATCH', '', { reason: 'x'.repeat(4_001) }],
    refused: invalid({ pointer: '/reason' }, /4001 characters/),
  },
  {
    says: 'files have their places',
    before: begun,
    step: ['PUT', '/files/rules/my-notes.txt', 'x'],
    refused: invalid({ parameter: 'path' }, /A rulebook cannot have a file/),
  },
  {
    says: 'no way out of the rulebook',
    before: begun,
    step: ['PUT', '/files/rules/facts/..%2f..%2fetc.json', '{}'],
    refused: invalid({ parameter: 'path' }, /A rulebook cannot have a file/),
  },
  {
    says: 'a file has at most a million characters',
    before: begun,
    step: ['PUT', `/files/${FORTY}`, ' '.repeat(1_000_001)],
    refused: refused(413, 'CENR_BODY_TOO_LARGE', /1000001 characters/),
  },
  {
    says: 'what is not there is not removed',
    before: begun,
    step: ['DELETE', '/files/rules/fields/40-homles.json'],
    refused: refused(404, 'CENR_NOT_FOUND', /has no file/),
  },
  {
    says: 'a draft that changes nothing is not submitted',
    before: begun,
    step: ['POST', '/submit'],
    refused: refused(409, 'CENR_DRAFT_UNCHANGED'),
  },
  {
    says: 'a draft is submitted with a reason',
    before: async ({ begin, put }) => {
      const draft = await begin('Without a reason', '');
      await put(draft, X);
      return draft;
    },
    step: ['POST', '/submit'],
    refused: invalid({ pointer: '/reason' }, /no reason/),
  },
  {
    says: 'nobody approves their own draft',
    before: submitted(X),
    step: ['POST', '/approve'],
    refused: refused(403, 'CENR_DRAFT_YOURS', /Ask somebody else/),
  },
  {
    says: 'what was not submitted is not approved',
    before: begun,
    step: ['POST', '/approve'],
    who: 'approver',
    refused: refused(409, 'CENR_DRAFT_STATE', /Submit it first/),
  },
  {
    says: 'what was not checked is not approved',
    before: submitted(X, false),
    step: ['POST', '/approve'],
    who: 'approver',
    refused: refused(409, 'CENR_CHECK_MISSING'),
  },
  {
    says: 'what has errors is not approved',
    before: submitted({ [FORTY]: '{' }),
    step: ['POST', '/approve'],
    who: 'approver',
    refused: refused(409, 'CENR_CHECK_FAILED', /1 error/),
  },
  {
    says: 'a person approves once',
    before: ready,
    step: ['POST', '/approve'],
    who: 'approver',
    refused: refused(409, 'CENR_DRAFT_APPROVED_ALREADY'),
  },
  {
    says: 'what was not approved is not published',
    before: async (desk) => {
      const draft = await submitted(X)(desk);
      await desk.look(draft);
      return draft;
    },
    step: ['POST', '/publish'],
    refused: refused(409, 'CENR_APPROVALS_MISSING', /0 approvals and needs 1/),
  },
  {
    says: 'who has not looked at what it changes does not approve it, whoever else has',
    before: async (desk) => {
      const draft = await submitted(X)(desk);
      await desk.look(draft, desk.author);
      return draft;
    },
    step: ['POST', '/approve'],
    who: 'approver',
    refused: refused(409, 'CENR_IMPACT_NOT_SEEN', /You have not read/),
  },
  {
    says: 'nor does who has read a report about a year without rows',
    before: async (desk) => {
      const draft = await submitted(X)(desk);
      await desk.look(draft, desk.approver, { ...request, academicYear: '2019-2020' });
      return draft;
    },
    step: ['POST', '/approve'],
    who: 'approver',
    refused: refused(409, 'CENR_IMPACT_NOT_SEEN', /You have not read/),
  },
  {
    says: 'nor does who has read one about a single day of the newest year',
    before: async (desk) => {
      const draft = await submitted(X)(desk);
      await desk.look(draft, desk.approver, { reportingLEAs: request.reportingLEAs, asOf: '2023-10-04' });
      return draft;
    },
    step: ['POST', '/approve'],
    who: 'approver',
    refused: refused(409, 'CENR_IMPACT_NOT_SEEN', /does not cover 2023-2024, the newest academic year/),
  },
  {
    says: 'what was made from another version is not submitted',
    before: async (desk) => {
      const draft = await desk.begin();
      await desk.put(draft, X);
      const other = await desk.readyToPublish('Z');
      await desk.step(other, 'POST', '/publish', desk.author);
      return draft;
    },
    step: ['POST', '/submit'],
    refused: refused(409, 'CENR_DRAFT_NOT_REBASED', /Rebase the draft/),
  },
  {
    says: 'where both changed the same, somebody has to choose',
    before: async (desk) => {
      const draft = await desk.begin();
      await desk.put(draft, X);
      const other = await desk.readyToPublish('Z');
      await desk.step(other, 'POST', '/publish', desk.author);
      return draft;
    },
    step: ['POST', '/rebase'],
    refused: {
      status: 409,
      body: {
        code: 'CENR_MERGE_CONFLICT',
        errors: [
          {
            message:
              /^rules\/fields\/40-.*, at rules > eligible > event > params > value: it was "Y"; yours is "X", theirs "Z"\.$/,
          },
        ],
      },
    },
  },
  {
    says: 'what was compared with another version is not published',
    before: async (desk) => {
      const draft = await desk.readyToPublish('X');
      const other = await desk.readyToPublish('Z');
      await desk.step(other, 'POST', '/publish', desk.author);
      return draft;
    },
    step: ['POST', '/publish'],
    refused: refused(409, 'CENR_DRAFT_NOT_REBASED', /would undo what was changed since/),
  },
  {
    says: 'after a change it is checked, looked at and approved anew',
    before: async (desk) => {
      const draft = await desk.readyToPublish('X');
      await desk.put(draft, { [FORTY]: `${textOf(FORTY)}\n` });
      return draft;
    },
    step: ['POST', '/publish'],
    refused: refused(409, 'CENR_CHECK_MISSING'),
  },
  {
    says: 'nothing takes effect in the past',
    before: ready,
    step: ['POST', '/publish', { at: '2024-07-14T00:00:00Z' }],
    refused: invalid({ pointer: '/at' }, /is in the past/),
  },
  {
    says: 'a moment has an offset',
    before: ready,
    step: ['POST', '/publish', { at: '2026-02-30T00:00' }],
    refused: invalid({ pointer: '/at' }, /not a time/),
  },
  {
    says: 'unknown keys are refused',
    before: ready,
    step: ['POST', '/publish', { on: '2026-02-20' }],
    refused: { status: 400, body: { code: 'CENR_REQUEST_INVALID' } },
  },
  {
    says: 'what is published is not changed',
    before: async (desk) => {
      const draft = await desk.readyToPublish('X');
      await desk.step(draft, 'POST', '/publish', desk.author);
      return draft;
    },
    step: ['PUT', `/files/${FORTY}`, '{}'],
    refused: refused(409, 'CENR_DRAFT_STATE', /Make a new draft/),
  },
  {
    says: 'a deleted draft is asked about no more',
    before: async (desk) => {
      const draft = await desk.begin();
      await desk.step(draft, 'DELETE', '', desk.author);
      return draft;
    },
    step: ['POST', '/impact', { request }],
    refused: refused(409, 'CENR_DRAFT_STATE'),
  },
];

for (const { says, before, step, who = 'author', refused: expected } of REFUSALS)
  t.test(`refused: ${says}`, async (t) => {
    const it = await desk(t);
    const draft = await before(it);
    const activations = await it.store.activations();
    t.match(await it.step(draft, step[0], step[1], it[who], step[2]), expected);
    t.same(await it.store.activations(), activations, 'nothing was published');
  });

t.test('refused: examples that fail', async (t) => {
  const failing = {
    file: 'rules/examples/40.json',
    pointer: '/cases/0',
    of: '40',
    title: 'one',
    passed: false,
    asExpected: false,
    message: 'expected "Y", found "X"',
  };
  const it = await desk(
    t,
    {},
    {
      checkDraft: async (texts) => ({
        hash: hashOf(texts),
        canBeUsed: true,
        counts: { error: 0, warning: 0, advice: 0 },
        findings: [],
        moreFindings: 0,
        examples: { run: 2, failed: [failing], moreFailed: 0 },
      }),
    },
  );
  const draft = await submitted(X)(it);
  t.match((await check(it, draft)).body.examples, {
    run: 2,
    failed: [{ title: 'one', message: 'expected "Y", found "X"' }],
  });
  t.match(await it.step(draft, 'POST', '/approve', it.approver), refused(409, 'CENR_EXAMPLES_FAIL', /1 failed/));
});

t.test('a setting requires two people beside the author', async (t) => {
  t.same(configFrom({ CENR_APPROVALS: '2' }), { approvals: 2 });
  t.throws(() => configFrom({ CENR_APPROVALS: '3' }), { message: /expected 1 or 2/ });
  const it = await desk(t, { approvals: 2 });
  const draft = await it.readyToPublish('X');
  t.match((await it.ask({ url: draft, headers: it.author })).body, { state: 'submitted', approvalsNeeded: 2 });
  t.match(
    await it.step(draft, 'POST', '/publish', it.author),
    refused(409, 'CENR_APPROVALS_MISSING', /1 approval and needs 2/),
  );
  const again = it.key('policy', 'all', 'an approver');
  t.match(
    await it.step(draft, 'POST', '/approve', again),
    refused(409, 'CENR_DRAFT_APPROVED_ALREADY'),
    'another key is not another person',
  );
  const third = it.key('policy', 'all', 'a third');
  await it.look(draft, third);
  t.match((await it.step(draft, 'POST', '/approve', third)).body, { state: 'approved' });
  t.equal((await it.step(draft, 'POST', '/publish', it.author)).status, 201);
});

t.test('published for later: it takes effect when its moment comes, unless it is withdrawn', async (t) => {
  const { readyToPublish, step, author, ask, forty, clock } = await desk(t);
  const draft = await readyToPublish('X');
  const moment = '2024-07-17T00:00:00-07:00';
  const published = await step(draft, 'POST', '/publish', author, { at: moment });
  t.match(published.body, { from: '2024-07-17T07:00:00.000Z', how: 'published' });
  t.match(await forty(), { value: 'Y' });
  clock.now = new Date('2024-07-17T06:59:59.999Z');
  t.match(await forty(), { value: 'Y' });
  const withdrawal = {
    method: 'POST' as const,
    url: `/v1/rulebook/scheduled/${published.body.activation}/withdraw`,
    headers: author,
  };
  t.match((await ask(withdrawal)).body, {
    activation: published.body.activation,
    withdrawnAt: clock.now.toISOString(),
  });
  t.match(await ask(withdrawal), refused(409, 'CENR_ENTRY_NOT_TO_COME', /withdrawn/));
  clock.now = new Date('2024-07-17T07:00:00.000Z');
  t.match(await forty(), { value: 'Y' }, 'it was withdrawn');

  t.match((await step(draft, 'POST', '/reopen', author)).body, { state: 'draft', approvals: [] });
  t.equal((await step(draft, 'DELETE', '', author)).status, 200);
  const another = await readyToPublish('X');
  const again = await step(another, 'POST', '/publish', author, { at: '2024-07-18T07:00:00Z' });
  clock.now = new Date('2024-07-18T07:00:00.000Z');
  t.match(await forty(), { value: 'X', rulebook: again.body.rulebook });
  t.match(
    await ask({ ...withdrawal, url: `/v1/rulebook/scheduled/${again.body.activation}/withdraw` }),
    refused(409, 'CENR_ENTRY_NOT_TO_COME', /Restore/),
  );
  t.match(
    await ask({ ...withdrawal, url: '/v1/rulebook/scheduled/99/withdraw' }),
    refused(404, 'CENR_NOT_FOUND', /no activation 99/),
  );
});

t.test('only what was in effect is restored, with a reason', async (t) => {
  const { ask, author, store } = await desk(t);
  const restore = (hash: string, reason: string): Promise<Answer> =>
    ask({ method: 'POST', url: `/v1/rulebook/versions/${hash}/restore`, headers: author, payload: { reason } });
  t.match(await restore(shipped.hash, 'why not'), refused(409, 'CENR_IN_FORCE_ALREADY'));
  t.match(await restore(shipped.hash, ' '), invalid({ pointer: '/reason' }, /no reason/));
  t.match(await restore('0'.repeat(64), 'why not'), refused(404, 'CENR_NOT_FOUND'));
  const unused = { ...shipped, files: shipped.files.map(({ text: _, ...file }) => file), hash: 'f'.repeat(64) };
  await store.keepRulebook(unused, NOW.toISOString());
  t.match(await restore(unused.hash, 'why not'), refused(409, 'CENR_NEVER_IN_FORCE'));
});

t.test('where the rules are the files of a folder, nothing is published over them', async (t) => {
  const it = await desk(t, {}, { followsFolder: true });
  const draft = await it.readyToPublish('X');
  t.match(await it.step(draft, 'POST', '/publish', it.author), refused(409, 'CENR_RULES_FROM_FOLDER'));
  const { hash } = shipped;
  const answer = await it.ask({
    method: 'POST',
    url: `/v1/rulebook/versions/${hash}/restore`,
    headers: it.author,
    payload: { reason: 'why not' },
  });
  t.match(answer, refused(409, 'CENR_RULES_FROM_FOLDER'));
});

t.test('a rulebook that cannot be loaded leaves the old one in effect and says so', async (t) => {
  const { readyToPublish, store, step, author, forty } = await desk(t);
  const draft = await readyToPublish('X');
  const kept = await store.draft(draft.split('/').at(-1) as string);
  if (!kept) throw new Error('the draft is there');
  // As if another program, which accepts more, had checked it.
  const hash = hashOf(brokenTexts);
  const checked = { ...(kept.checked as NonNullable<typeof kept.checked>), hash };
  t.ok(
    await store.replaceDraft(
      { ...kept, texts: brokenTexts, hash, checked, revision: kept.revision + 1 },
      kept.revision,
    ),
  );
  const answer = await step(draft, 'POST', '/publish', author);
  t.match(answer, {
    status: 409,
    body: {
      code: 'CENR_RULEBOOK_UNUSABLE',
      errors: [{ message: /40-homeless-program-eligible\.json:\d+:\d+ \/rules\/0.*nowhereDeclared/ }],
    },
  });
  t.equal((await store.activations()).length, 1);
  t.same(await forty(), { value: 'Y', rulebook: shipped.hash });
});

t.test('every byte of a file is kept: line ends, spaces, a byte order mark', async (t) => {
  const { app, begin, step, ask, author } = await desk(t);
  const draft = await begin();
  const text = `\ufeff${textOf(FORTY).replaceAll('\n', '\r\n')}  `;
  t.equal((await step(draft, 'PUT', `/files/${FORTY}`, author, text)).status, 200);
  t.equal((await app.inject({ url: `${draft}/files/${FORTY}`, headers: author })).rawPayload.toString(), text);
  const notUTF8 = await ask({
    method: 'PUT',
    url: `${draft}/files/${FORTY}`,
    headers: { ...author, 'content-type': 'application/json', 'if-match': '"2"' },
    payload: Buffer.from([0x22, 0xff, 0x22]),
  });
  t.match(notUTF8, invalid({ pointer: '' }, /not UTF-8/));
  t.equal((await step(draft, 'PUT', `/files/${FORTY}`, author)).status, 400, 'a file is sent, or removed');
});

const FACTS = 'rules/facts/disabilities.json';

interface Bad {
  readonly says: string;
  readonly text: string;
  readonly path?: string;
  /** Files that it takes beside. */
  readonly also?: Readonly<Record<string, string>>;
  /** File, line and column are always expected; the message in these words. */
  readonly found: RegExp;
  /** Where, when it is not the first line. */
  readonly place?: object;
}

const BAD: readonly Bad[] = [
  { says: 'not JSON', text: '{\n  "field": 40,,\n}', found: /not JSON: .*found/, place: { line: 2, column: 15 } },
  {
    says: 'a key that appears twice',
    text: textOf(FORTY).replace('"field": "40",', '"field": "40",\n  "field": "41",'),
    found: /appears twice/,
    place: { line: 4, column: 3, pointer: '/field' },
  },
  {
    says: 'an unknown key',
    text: textOf(FORTY).replace('"rules":', '"ruls": [], "rules":'),
    found: /unknown key "ruls"\. Did you mean "rules"/,
    place: { pointer: '/ruls' },
  },
  {
    says: 'a key that reaches a prototype',
    text: textOf(FORTY).replace('"rules":', '"__proto__": { "polluted": true }, "rules":'),
    found: /"__proto__" is not allowed as a key/,
    place: { pointer: '/__proto__' },
  },
  {
    says: 'a condition nested 10,000 deep',
    text: `{"rules":[{"conditions":${'{"not":'.repeat(10_000)}{}${'}'.repeat(10_000)}}]}`,
    found: /nested more than 64 deep/,
    place: { line: 1 },
  },
  { says: 'brackets without end', text: '['.repeat(900_000), found: /nested more than 64 deep/ },
  { says: 'a key of 900,000 characters', text: `{"${'k'.repeat(900_000)}":1}`, found: /unknown key "kkk|is missing/ },
  { says: 'the same key 150,000 times', text: `{${'"a":1,'.repeat(150_000)}"a":1}`, found: /appears twice/ },
  {
    says: '70,000 unknown keys',
    text: `{${Array.from({ length: 70_000 }, (_, i) => `"k${i}":1`).join(',')}}`,
    found: /unknown key|is missing/,
  },
  {
    says: 'a fact that asks for itself',
    path: FACTS,
    text: textOf(FACTS).replace(
      '"facts": [',
      '"facts": [\n    { "name": "hen", "says": "the hen", "calculate": "dayBefore", "day": { "fact": "hen" } },',
    ),
    also: {
      [FORTY]: textOf(FORTY).replace(
        '"programAtSchool", "params": { "program": "homelessProgram" }, "operator": "equal"',
        '"hen", "operator": "present"',
      ),
    },
    found: /"hen" depends on itself/,
    place: { line: 4, pointer: '/facts/0/day' },
  },
  {
    says: 'a regular expression',
    text: textOf(FORTY).replace('"operator": "equal", "value": true', '"operator": "matches", "value": "^(a+)+$"'),
    found: /matches/,
    place: { pointer: '/rules/0/conditions/operator' },
  },
];

t.test(
  'bad input: the check says what is wrong and where, nothing is published, the service goes on and its memory is bounded',
  async (t) => {
    const it = await desk(t);
    const { begin, step, author, approver, ask, forty, store } = it;
    const before = process.memoryUsage().heapUsed;
    for (const { says, text, path = FORTY, also = {}, found, place = {} } of BAD) {
      const draft = await begin(says);
      await it.put(draft, also);
      t.equal((await step(draft, 'PUT', `/files/${path}`, author, text)).status, 200, `${says}: half-way is kept`);
      const { status, body, text: sent } = await check(it, draft);
      t.equal(status, 200);
      t.ok(sent.length < 1_000_000, 'the answer is of bounded length');
      t.match(body, { canBeUsed: false, draft: { checked: { errors: Number } } }, says);
      t.match(
        body.findings.find((f: { message: string }) => found.test(f.message)),
        { severity: 'error', file: path, line: Number, column: Number, message: found, ...place },
        says,
      );
      await step(draft, 'POST', '/submit', author);
      t.match(await step(draft, 'POST', '/approve', approver), refused(409, 'CENR_CHECK_FAILED'), says);
      t.match(await step(draft, 'POST', '/publish', author), refused(409, 'CENR_CHECK_FAILED'), says);
      t.equal((await ask({ url: '/health/live' })).status, 200);
    }
    t.equal(({} as { polluted?: boolean }).polluted, undefined);
    t.equal((await store.activations()).length, 1, 'nothing was published');
    t.same(await forty(), { value: 'Y', rulebook: shipped.hash });
    t.ok(
      process.memoryUsage().heapUsed - before < 300 * 2 ** 20,
      `${Math.round((process.memoryUsage().heapUsed - before) / 2 ** 20)} MB more`,
    );
  },
);

t.test('bad input: a string of 10 MB is not even read', async (t) => {
  const it = await desk(t);
  const draft = await it.begin();
  const answer = await it.step(draft, 'PUT', `/files/${FORTY}`, it.author, JSON.stringify('x'.repeat(10_000_000)));
  t.match(answer, refused(413, 'CENR_BODY_TOO_LARGE'));
  t.match((await it.ask({ url: draft, headers: it.author })).body, { revision: 1 });
  t.match(await it.forty(), { value: 'Y' });
});

t.test('a check of files that changed meanwhile is not recorded', async (t) => {
  const changed = Promise.withResolvers<void>();
  const it = await desk(
    t,
    {},
    {
      checkDraft: async (texts, today) => {
        await changed.promise;
        return checkTexts([...texts.slice(0, 1)], today);
      },
    },
  );
  const draft = await it.begin();
  const checking = it.ask({ method: 'POST', url: `${draft}/check`, headers: it.author });
  await it.put(draft, X);
  changed.resolve();
  t.match(await checking, refused(409, 'CENR_CHECK_MISSING', /changed during the check/));
  t.equal((await it.ask({ url: draft, headers: it.author })).body.checked, undefined);
});

t.test('a service without activations makes drafts from the rules it was given', async (t) => {
  const { ask, key } = await service(t);
  const answer = await ask({
    method: 'POST',
    url: '/v1/rulebook/drafts',
    headers: key('policy', 'all'),
    payload: { title: 'the first' },
  });
  t.match(answer, { status: 201, body: { from: shipped.hash } });
});
