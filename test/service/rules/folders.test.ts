/** A whole folder in one call, a check without a draft, one parameter in one call, and what a check says of edits. */
import t from 'tap';
import type { RulebookTexts } from '#rulebook/load/texts';
import type { CheckDraft } from '#service/plugins/drafts';
import { checkTexts } from '#service/rules/rules-work';
import { patched, shippedTexts } from '../../rulebook/texts.ts';
import { desk, textOf } from '../../support/desk.ts';

// A check of all rules takes seconds, and a busy machine is slow.
t.setTimeout(900_000);

const PROGRAMS = 'rules/parameters/program-codes.json';
const VERSION = {
  file: 'rules/rulebook.json',
  replace: ['"version": "2026-11-27"', '"version": "2026-11-27.1"'],
} as const;
/** Program 191 no longer counts for field 38. */
const FEWER = patched([VERSION, { file: PROGRAMS, replace: ['{ "value": "191", "source": "cenr-38" },', ''] }]);
const checkDraft: CheckDraft = async (...asked) => checkTexts(...asked);
const folderOf = (texts: RulebookTexts) => ({ files: texts.map(({ path, text }) => ({ path, text })) });

t.test('a draft becomes what a folder is, in one call', async (t) => {
  const { ask, author, begin, auditor } = await desk(t);
  const draft = await begin();
  const texts = FEWER.filter(({ path }) => path !== 'rules/checks/SENR0003.json');
  const put = (payload: object, revision: string, headers = author) =>
    ask({ method: 'PUT', url: `${draft}/files`, headers: { ...headers, 'if-match': revision }, payload });
  t.match(await put(folderOf(texts), '"7"'), { status: 412 });
  const { status, body, headers } = await put(folderOf(texts), '"1"');
  t.equal(status, 200);
  t.equal(headers['etag'], '"2"');
  t.same(
    body.changes.map(({ path, did }: { path: string; did: string }) => [path, did]),
    [
      [PROGRAMS, 'changed'],
      ['rules/rulebook.json', 'changed'],
      ['rules/checks/SENR0003.json', 'removed'],
    ],
  );
  t.equal((await put(folderOf(texts), '"2"')).headers['etag'], '"2"', 'the same again changes nothing');
  const many = Array.from({ length: 3 }, (_, i) => ({ path: `rules/facts/long-${i}.json`, text: ' '.repeat(900_000) }));
  t.equal((await put(folderOf([...texts, ...many]), '"2"')).headers['etag'], '"3"', 'all that a draft may hold');
  t.equal((await put(folderOf(texts), '"3"')).headers['etag'], '"4"');
  t.match(await put({ files: [], more: 'x'.repeat(16 << 20) }, '"4"'), {
    status: 413,
    body: { detail: 'A JSON body may have at most 16777216 bytes.' },
  });
  const bad = [...texts, { path: 'rules/notes.txt', text: '' }];
  t.match(await put(folderOf(bad), '"4"'), { status: 400, body: { code: 'CENR_REQUEST_INVALID' } });
  const twice = [...texts, { path: PROGRAMS, text: '{}' }];
  t.match(await put(folderOf(twice), '"4"'), { status: 400, body: { code: 'CENR_REQUEST_INVALID' } });
  t.match(await put({ files: [{ path: PROGRAMS }] }, '"4"'), { status: 400 });
  t.match(await put(folderOf(texts), '"4"', auditor), { status: 403 });
  t.equal((await ask({ url: draft, headers: author })).body.revision, 4, 'what is refused changes nothing');
});

t.test('one parameter is changed, and no other character of its file', async (t) => {
  const { ask, author, begin } = await desk(t);
  const draft = await begin();
  const put = (name: string, values: readonly object[], revision: string) =>
    ask({
      method: 'PUT',
      url: `${draft}/parameters/${name}`,
      headers: { ...author, 'if-match': revision },
      payload: { values },
    });
  const values = [{ value: '127', through: '2025-06-30', source: 'cenr-43' }];
  t.equal((await put('giftedAndTalentedProgram', values, '"1"')).status, 200);
  const { text } = await ask({ url: `${draft}/files/${PROGRAMS}`, headers: author });
  const before = '[ { "value": "127", "source": "cenr-43" } ]';
  const now = '[\n        { "value": "127", "through": "2025-06-30", "source": "cenr-43" } ]';
  t.equal(text, textOf(PROGRAMS).replace(before, now));
  t.match(await put('giftedAndTalentedPrograms', values, '"2"'), {
    status: 404,
    body: { detail: /no parameter "giftedAndTalentedPrograms".* Did you mean "giftedAndTalentedProgram"\?/ },
  });
  t.match(await put('giftedAndTalentedProgram', [{ values: 1 }], '"2"'), { status: 400 });
});

t.test('files are checked without a draft; an edit leads the examples that it makes fail', async (t) => {
  const { ask, author, auditor } = await desk(t, {}, { checkDraft });
  const check = (texts: RulebookTexts, headers = author) =>
    ask({ method: 'POST', url: '/v1/rulebook/checks', headers, payload: folderOf(texts) });
  const { status, body } = await check(FEWER);
  t.equal(status, 200);
  const [edit] = body.examples.edits;
  const line = textOf(PROGRAMS).slice(0, textOf(PROGRAMS).indexOf('"disadvantagedPrograms"')).split('\n').length;
  t.match(edit, { file: PROGRAMS, line, sentence: /disadvantagedPrograms/, failed: body.examples.failed.length });
  t.ok(edit.failed > 1);
  t.equal(body.mutants, undefined, 'first the examples');
  const failing = body.findings.filter(({ kind }: { kind: string }) => kind === 'examples-fail');
  t.equal(failing.length, 1, 'one finding for the edit, not one for each example');
  t.match(failing[0], { file: PROGRAMS, line, message: /^this edit makes \d+ worked examples fail: / });
  t.match(await check(FEWER, auditor), { status: 403 });
  t.match(await check([{ path: 'rules/x', text: '' }]), { status: 400 });
  t.match((await check([{ path: 'rules/rulebook.json', text: '{' }])).body, { canBeUsed: false });
  t.same((await ask({ url: '/v1/rulebook/drafts', headers: author })).body.drafts, [], 'nothing is kept');
});

t.test('mutants of what was changed are part of the check, once all examples pass', async (t) => {
  const { ask, author } = await desk(t, {}, { checkDraft });
  const texts = patched([
    VERSION,
    {
      file: PROGRAMS,
      replace: [
        '{ "value": "127", "source": "cenr-43" }',
        '{ "value": "127", "through": "2040-06-30", "source": "cenr-43" }',
      ],
    },
  ]);
  const { body } = await ask({ method: 'POST', url: '/v1/rulebook/checks', headers: author, payload: folderOf(texts) });
  t.same(body.examples.failed, []);
  t.ok(body.mutants.noticed > 0);
  t.ok(body.mutants.survived.length > 0, 'no example is about the last day');
  for (const { of, file } of body.mutants.survived) t.same([of, file], ['43', PROGRAMS]);
  t.equal(body.mutants.notTried, 0);
  const unchanged = await ask({
    method: 'POST',
    url: '/v1/rulebook/checks',
    headers: author,
    payload: folderOf(shippedTexts),
  });
  t.equal(unchanged.body.mutants, undefined);
});
