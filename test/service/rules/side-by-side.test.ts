/** Changes of the rules beside each other: two drafts from one version, versions scheduled one on the other, a repair. */
import t from 'tap';
import { desk, saying, textOf } from '../../support/desk.ts';
import { shipped } from '../../support/histories.ts';
import { NOW } from '../../support/service.ts';

t.setTimeout(900_000);

const PROGRAMS = 'rules/parameters/program-codes.json';
const days = (n: number): string => new Date(NOW.getTime() + n * 86_400_000).toISOString();

t.test('of two drafts from one version, the second is put on top of the first', async (t) => {
  const { ask, author, approver, begin, put, step, look, readyToPublish, forty } = await desk(t);
  const second = await begin('A program retires');
  const retired = textOf(PROGRAMS).replace('"value": "127", ', '"value": "127", "through": "2023-06-30", ');
  await put(second, { [PROGRAMS]: retired });
  const first = await readyToPublish('X');
  const { body: published } = await step(first, 'POST', '/publish', author);
  t.match(await step(second, 'POST', '/submit', author), { status: 409, body: { code: 'CENR_DRAFT_NOT_REBASED' } });

  const rebased = await step(second, 'POST', '/rebase', author);
  t.match(rebased, { status: 200, body: { from: published.rulebook, changes: [{ path: PROGRAMS, did: 'changed' }] } });
  t.equal(rebased.body.changes.length, 1, 'nothing of the first is undone');
  t.match(await step(second, 'POST', '/rebase', author), { status: 409, body: { code: 'CENR_DRAFT_UNCHANGED' } });
  await ask({ method: 'POST', url: `${second}/check`, headers: author });
  const report = (await look(second, approver)).body;
  t.match(report, { against: published.rulebook, report: { values: 0 } }, 'compared with what it replaces');
  await step(second, 'POST', '/submit', author);
  t.match(await step(second, 'POST', '/approve', approver), { status: 200 });
  const done = await step(second, 'POST', '/publish', author);
  t.match(done, {
    status: 201,
    body: {
      base: published.rulebook,
      heldBack: [],
      approvers: [{ name: 'an approver', read: { impact: report.id, numbers: { hasRows: true, values: 0 } } }],
    },
  });
  t.match(await forty(), { value: 'X' }, 'the first still holds');
});

t.test('where both changed the same, the author chooses', async (t) => {
  const { author, begin, put, step, readyToPublish } = await desk(t);
  const second = await begin();
  await put(second, saying('Z'));
  const first = await readyToPublish('X');
  await step(first, 'POST', '/publish', author);
  const conflict = await step(second, 'POST', '/rebase', author);
  t.match(conflict, { status: 409, body: { code: 'CENR_MERGE_CONFLICT' } });
  const paths = Object.keys(saying('Z'));
  t.ok(
    paths.every((path) => conflict.body.errors.some(({ message }: { message: string }) => message.startsWith(path))),
    'each file is named',
  );
  const choices = Object.fromEntries(paths.map((path) => [path, 'mine']));
  const rebased = await step(second, 'POST', '/rebase', author, { choices });
  t.match(rebased, { status: 200, body: { state: 'draft', impactRead: [] } });
  t.same(rebased.body.changes.map(({ path }: { path: string }) => path).sort(), paths.sort());
});

t.test('versions are scheduled one on the other; a repair of today holds them back, and says so', async (t) => {
  const { ask, author, approver, begin, put, step, look, readyToPublish, forty, clock } = await desk(t);
  const way = async (draft: string, at?: string) => {
    await ask({ method: 'POST', url: `${draft}/check`, headers: author });
    await look(draft, approver);
    await step(draft, 'POST', '/submit', author);
    await step(draft, 'POST', '/approve', approver);
    return step(draft, 'POST', '/publish', author, at === undefined ? undefined : { at });
  };
  const july = await readyToPublish('X');
  const scheduled = (await step(july, 'POST', '/publish', author, { at: days(10) })).body;
  const next = (
    await ask({
      method: 'POST',
      url: '/v1/rulebook/drafts',
      headers: author,
      payload: { title: 'The next', reason: 'It was decided.', from: scheduled.rulebook },
    })
  ).headers['location'] as string;
  await put(next, saying('Z'));
  t.match(await way(next, days(20)), { status: 201, body: { base: scheduled.rulebook, heldBack: [] } });

  const repair = await begin('A repair');
  await put(repair, {
    [PROGRAMS]: textOf(PROGRAMS).replace('"value": "127", ', '"value": "127", "through": "2023-06-30", '),
  });
  const repaired = await way(repair);
  t.match(repaired, {
    status: 201,
    body: { heldBack: [{ activation: 2, over: repaired.body.rulebook }, { activation: 3 }] },
  });
  t.match(
    repaired.body.heldBack[0].says,
    /Activation 2, scheduled for .*, is held back: .* rebase it, have it approved/,
  );
  t.match((await ask({ url: '/v1/rulebook/versions', headers: author })).body, {
    heldBack: [{ activation: 2 }, { activation: 3 }],
  });
  clock.now = new Date(days(11));
  t.match(await forty(), { value: 'Y', rulebook: repaired.body.rulebook }, 'nothing is undone when the day comes');

  t.match(await step(july, 'POST', '/reopen', author), { status: 200 });
  t.match(await step(july, 'POST', '/rebase', author), { status: 200, body: { from: repaired.body.rulebook } });
  t.match(await way(july), { status: 201 });
  t.match(await forty(), { value: 'X' }, 'with the repair and the change');
});

t.test('what is restored says what it undoes, and a second person confirms it', async (t) => {
  const { ask, author, approver, auditor, readyToPublish, step, forty } = await desk(t);
  await step(await readyToPublish('X'), 'POST', '/publish', author);
  const url = `/v1/rulebook/versions/${shipped.hash}/restore`;
  const undoes = {
    files: Object.keys(saying('X'))
      .sort()
      .map((path) => ({ path, did: 'changed' })),
    says: [/^The rule "eligible" of field 40 "Homeless Program Eligible" changed/],
  };
  t.match(await ask({ url, headers: auditor }), { status: 200, body: { undoes, heldBack: [] } });
  t.match(await forty(), { value: 'X' }, 'a look does nothing');
  t.match(await ask({ method: 'POST', url, headers: author, payload: {} }), { status: 400 }, 'a reason is needed');
  const payload = { reason: 'It was another program.' };
  const { status, body } = await ask({ method: 'POST', url, headers: author, payload });
  t.match({ status, body }, { status: 201, body: { undoes, confirmUntil: days(1) } });
  t.match(await forty(), { value: 'Y' }, 'it takes effect at once');

  const confirm = `/v1/rulebook/restored/${body.activation}/confirm`;
  const post = (headers: typeof author, at = confirm) => ask({ method: 'POST', url: at, headers });
  t.match(await post(author), { status: 403, body: { code: 'CENR_RESTORE_YOURS' } });
  t.match(await post(approver, '/v1/rulebook/restored/1/confirm'), { status: 404 });
  const confirmed = await post(approver);
  t.match(confirmed, { status: 200, body: { confirmed: { name: 'an approver' } } });
  t.notOk('confirmUntil' in confirmed.body);
  t.match(await post(approver), { status: 409, body: { code: 'CENR_CONFIRMED_ALREADY' } });
  const { versions } = (await ask({ url: '/v1/rulebook/versions', headers: author })).body;
  const again = versions.find(({ sha256 }: { sha256: string }) => sha256 === shipped.hash);
  t.match(again.activations.at(-1), { how: 'restored', confirmed: { name: 'an approver' } }, 'it stays in the history');
});
