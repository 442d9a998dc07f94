/**
 * Impact reports over REST: jobs of their own, seen only by keys with all of their LEAs, and what reading one counts
 * for.
 */
import { existsSync, rmSync } from 'node:fs';
import t from 'tap';
import { GaveUpError } from '#base/threads';
import { RequestError } from '#extract/request';
import { hashOf } from '#rulebook/load/texts';
import { impactJobs } from '#service/jobs/impact-jobs';
import { JobQueue } from '#service/jobs/job-queue';
import { activateFiles } from '#service/rules/activate-files';
import type { RulesInEffect } from '#service/rules/rules-in-effect';
import { checkInThread, impactInThread } from '#service/rules/rules-threads';
import { checkTexts } from '#service/rules/rules-work';
import { type Desk, desk, FORTY, request, textOf } from '../../support/desk.ts';
import { folder } from '../../support/folders.ts';
import { shipped } from '../../support/histories.ts';
import { type Answer, impactHere, LEA, NOW, OTHER_LEA } from '../../support/service.ts';
import { brokenTexts, saying as rulebookSaying } from '../../support/versions.ts';

t.setTimeout(900_000);

const X = { [FORTY]: textOf(FORTY).replace('"Y"', '"X"') };

/** A draft with another value for field 40. */
async function changed(it: Desk): Promise<string> {
  const draft = await it.begin();
  await it.put(draft, X);
  return draft;
}

const asked = ({ ask, author }: Desk, draft: string, payload: object = { request }): Promise<Answer> =>
  ask({ method: 'POST', url: `${draft}/impact`, headers: author, payload });

t.test(
  'a report is asked for, made, and read as JSON and Markdown; its changes as NDJSON, CSV and a workbook',
  async (t) => {
    const it = await desk(t);
    const { ask, author, app } = it;
    const draft = await changed(it);
    const { hash } = (await it.store.drafts({ limit: 1 }))[0] as { hash: string };
    const accepted = await asked(it, draft, { request, runDate: '2024-07-01' });
    t.match(accepted, {
      status: 202,
      headers: { location: accepted.body.links.self, 'cenr-rulebook': hash },
      body: {
        status: 'Pending',
        progress: 0,
        rulebook: hash,
        against: shipped.hash,
        request,
        runDate: '20240701',
        by: { name: 'an author' },
      },
    });
    await app.jobs.impact.idle();
    const url = accepted.body.links.self;
    const { body } = await ask({ url, headers: author });
    t.match(body, {
      status: 'Complete',
      progress: 100,
      changed: 1,
      snapshot: 1,
      report: { format: 1, from: { sha256: shipped.hash }, to: { sha256: hash }, values: 1 },
    });
    t.match((await ask({ url: `${draft}/impact`, headers: author })).body.impacts, [
      { id: body.id, status: 'Complete' },
    ]);

    const markdown = await ask({ url, headers: { ...author, accept: 'text/markdown' } });
    t.match(markdown, { status: 200, headers: { 'content-type': /text\/markdown/ }, text: /^# / });
    t.match(await ask({ url, headers: { ...author, accept: 'text/html' } }), {
      status: 406,
      body: { code: 'CENR_NOT_ACCEPTABLE' },
    });

    const list = body.links.changes;
    const ndjson = await ask({ url: list, headers: { ...author, accept: 'application/x-ndjson' } });
    t.match(JSON.parse(ndjson.text), { change: 'value', field: '40', old: 'Y', new: 'X', row: { ssid: /^\d{10}$/ } });
    const csv = await ask({ url: `${list}?format=csv`, headers: author });
    t.match(csv.headers, { 'content-type': /text\/csv/, 'content-disposition': /\.csv"$/ });
    const [head, line, end] = csv.text.split('\r\n');
    t.match(head, /^change,ssid,.*field,name,old,new/);
    t.match(line, /^value,\d{10},.*,Y,X,/);
    t.equal(end, '');
    const workbook = await app.inject({ url: `${list}?format=xlsx`, headers: author });
    t.equal(workbook.statusCode, 200);
    t.same([...workbook.rawPayload.subarray(0, 2)], [0x50, 0x4b], 'a workbook is a ZIP file');
    t.equal((await ask({ url: `${list}?format=pdf`, headers: author })).status, 400);
    t.match(await ask({ url: list, headers: { ...author, accept: 'application/pdf' } }), { status: 406 });
  },
);

t.test('a change that changes nothing has a list with a head and no line', async (t) => {
  const it = await desk(t);
  const draft = await it.begin();
  await it.put(draft, { [FORTY]: `${textOf(FORTY)}\n` });
  const { body } = await it.look(draft);
  t.match(body, { changed: 0 });
  const csv = await it.ask({ url: `${body.links.changes}?format=csv`, headers: it.author });
  t.match(csv.text, /^change,ssid,.*sentence\r\n$/);
});

t.test('only keys with all of its LEAs see a report, and ask for one', async (t) => {
  const it = await desk(t);
  const { ask, key, author } = it;
  const draft = await changed(it);
  const { body } = await it.look(draft);
  const theirs = key('policy', [OTHER_LEA], 'another LEA');
  for (const path of ['', '/changes']) {
    const answer = await ask({ url: `${body.links.self}${path}`, headers: theirs });
    const never = await ask({ url: `${draft}/impact/impact_never${path}`, headers: theirs });
    t.match(answer, { status: 404, body: { code: 'CENR_NOT_FOUND' } }, path);
    t.same({ ...answer.body, requestId: '' }, { ...never.body, requestId: '' }, 'as if there were none');
  }
  t.equal((await ask({ method: 'DELETE', url: body.links.self, headers: theirs })).status, 404);
  t.same((await ask({ url: `${draft}/impact`, headers: theirs })).body.impacts, []);
  t.match(await ask({ method: 'POST', url: `${draft}/impact`, headers: theirs, payload: { request } }), {
    status: 404,
  });
  const all = { request: { ...request, reportingLEAs: 'all' } };
  t.match(await ask({ method: 'POST', url: `${draft}/impact`, headers: theirs, payload: all }), {
    status: 403,
    body: { code: 'CENR_ALL_LEAS_MISSING' },
  });
  t.equal((await ask({ url: body.links.self, headers: key('policy', [LEA], 'the LEA') })).status, 200);
  const other = await it.begin();
  t.equal(
    (await ask({ url: `${other}/impact/${body.id}`, headers: author })).status,
    404,
    'a report is below its draft',
  );
});

t.test(
  'reading a finished report counts as having looked; not for an auditor, and not once the files are others',
  async (t) => {
    const it = await desk(t);
    const { ask, author, approver, auditor, app } = it;
    const draft = await changed(it);
    const seen = async (): Promise<readonly { by: { name: string } }[]> =>
      (await ask({ url: draft, headers: author })).body.impactRead;
    const { body } = await asked(it, draft);
    const url = body.links.self;
    await app.jobs.impact.idle();
    t.equal((await ask({ url, headers: auditor })).status, 200);
    await ask({ method: 'HEAD', url, headers: author });
    t.same(await seen(), []);
    await ask({ url, headers: approver });
    t.match(await seen(), [
      {
        by: { name: 'an approver' },
        impact: body.id,
        against: shipped.hash,
        numbers: { students: 1, hasRows: true, values: 1, changed: 1, newestYear: '2023-2024', coversNewestYear: true },
      },
    ]);
    const theirs = it.key('policy', [OTHER_LEA], 'another LEA');
    const drafts = (await ask({ url: '/v1/rulebook/drafts', headers: theirs })).body.drafts;
    for (const shown of [(await ask({ url: draft, headers: theirs })).body, ...drafts])
      t.same(shown.impactRead, [], 'a report of other LEAs is not told of');
    await it.put(draft, { [FORTY]: `${X[FORTY]}\n` });
    t.same(await seen(), []);
    t.equal((await ask({ url, headers: author })).status, 200, 'it can still be read');
    t.same(await seen(), [], 'and does not count');
  },
);

t.test('it is compared with the version that the draft was made from, whatever took effect since', async (t) => {
  const it = await desk(t, {}, {});
  const { app, store } = it;
  const draft = await changed(it);
  const other = rulebookSaying('Z');
  // It is waiting when another version takes effect.
  const table = store.jobs('impact');
  const { take } = table;
  table.take = async () => undefined;
  const { body } = await asked(it, draft);
  t.equal(body.against, shipped.hash);
  await app.jobs.impact.idle();
  table.take = take;
  await app.rules.take(other, { from: NOW.toISOString(), how: 'files', createdAt: NOW.toISOString() });
  app.jobs.impact.wake();
  await app.jobs.impact.idle();
  t.match((await it.ask({ url: body.links.self, headers: it.author })).body, {
    against: shipped.hash,
    report: { from: { sha256: shipped.hash }, fields: [{ values: [{ old: 'Y', new: 'X' }] }] },
  });
});

t.test('a report that cannot be made says why', async (t) => {
  const it = await desk(t);
  const { ask, author, app, store } = it;
  t.match(await asked(it, await changed(it), { request: { reportingLEAs: [LEA] } }), {
    status: 400,
    body: { code: 'CENR_REQUEST_INVALID' },
  });
  t.match(await asked(it, await changed(it), { request, runDate: '2024-02-30' }), {
    status: 400,
    body: { errors: [{ pointer: '/runDate' }] },
  });

  const broken = await it.begin();
  await it.put(broken, { [FORTY]: '{' });
  const failed = (await asked(it, broken)).body.links.self;
  await app.jobs.impact.idle();
  t.match((await ask({ url: failed, headers: author })).body, {
    status: 'Failed',
    failure: /40-homeless-program-eligible\.json:1:2: not JSON/,
  });
  t.match(await ask({ url: failed, headers: { ...author, accept: 'text/markdown' } }), {
    status: 409,
    body: { code: 'CENR_IMPACT_NOT_COMPLETE' },
  });
  t.match(await ask({ url: `${failed}/changes`, headers: author }), {
    status: 409,
    body: { code: 'CENR_IMPACT_NOT_COMPLETE' },
  });

  const draft = await changed(it);
  const table = store.jobs('impact');
  const { take } = table;
  table.take = async () => undefined;
  const outdated = (await asked(it, draft)).body.links.self;
  await app.jobs.impact.idle();
  await it.put(draft, { [FORTY]: `${X[FORTY]}\n` });
  table.take = take;
  app.jobs.impact.wake();
  await app.jobs.impact.idle();
  t.match((await ask({ url: outdated, headers: author })).body, {
    status: 'Failed',
    failure: /changed before the report was started/,
  });
});

t.test('a fault is the log’s to know', async (t) => {
  const it = await desk(t, {}, { writeImpact: () => Promise.reject(new Error('9912345678 Quillfeather')) });
  const { body } = await asked(it, await changed(it));
  await it.app.jobs.impact.idle();
  const answer = await it.ask({ url: body.links.self, headers: it.author });
  t.match(answer.body, { status: 'Failed', failure: /log of the service has the cause/ });
  t.notMatch(answer.text + it.log.join(''), /Quillfeather/);
});

t.test('cancelling removes the files; files that are gone are gone', async (t) => {
  const it = await desk(t);
  const { ask, author, app } = it;
  const draft = await changed(it);
  const { body } = await it.look(draft);
  const { report, changes } = app.jobs.impact.filesOf({ id: body.id });
  t.ok(existsSync(report) && existsSync(changes));
  rmSync(changes);
  t.match(await ask({ url: body.links.changes, headers: author }), { status: 410, body: { code: 'CENR_IMPACT_GONE' } });
  rmSync(report);
  t.match(await ask({ url: body.links.self, headers: author }), { status: 410, body: { code: 'CENR_IMPACT_GONE' } });
  const again = (await it.look(draft)).body;
  t.equal((await ask({ method: 'DELETE', url: again.links.self, headers: author })).status, 204);
  t.notOk(existsSync(app.jobs.impact.filesOf({ id: again.id }).report));
  t.match((await ask({ url: again.links.self, headers: author })).body, { status: 'Cancelled' });
});

t.test('reports survive a restart: what waited or was under way is made', async (t) => {
  const begun = Promise.withResolvers<void>();
  const it = await desk(
    t,
    {},
    {
      writeImpact: (_work, { signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason as Error));
          begun.resolve();
        }),
    },
  );
  const draft = await changed(it);
  const first = (await asked(it, draft)).body.id;
  await begun.promise;
  const second = (await asked(it, draft)).body.id;
  await it.app.close();
  const all = it.store.forLEAs('all');
  t.same(
    [(await all.jobs('impact').get(first))?.status, (await all.jobs('impact').get(second))?.status],
    ['Pending', 'Pending'],
  );

  await it.store.jobs('impact').update(first, { status: 'Processing' });
  await activateFiles(it.store, shipped, false, NOW.toISOString());
  const dir = folder(t);
  const rules = { rulebook: shipped } as RulesInEffect;
  const jobs = new JobQueue(
    impactJobs(it.store, { current: async () => rules, by: async () => rules }, impactHere(it.config.storeDir)),
    {
      store: it.store,
      dir,
      clock: () => NOW,
      mostWaiting: 9,
    },
  );
  await jobs.start();
  await jobs.idle();
  t.match(
    [await all.jobs('impact').get(first), await all.jobs('impact').get(second)],
    [
      { status: 'Complete', changed: 1 },
      { status: 'Complete', changed: 1 },
    ],
  );
});

t.test('in threads it comes to the same, and what cannot be used is refused', async (t) => {
  const it = await desk(t);
  const today = '20240715';
  t.same(await checkInThread(brokenTexts, today), checkTexts(brokenTexts, today));
  const draft = await it.store.draft((await changed(it)).split('/').at(-1) as string);
  const dir = folder(t);
  const files = { report: `${dir}/report.json`, changes: `${dir}/changes.ndjson` };
  const { hash, files: rules } = shipped;
  const from = { hash, files: rules };
  const work = {
    storeDir: it.config.storeDir,
    from,
    request: { reportingLEAs: [LEA], academicYear: '2023-2024' },
    runDate: today,
    snapshot: 1,
    files,
  };
  const how = { signal: new AbortController().signal, onProgress: () => {} };
  t.same(await impactInThread({ ...work, to: draft?.texts ?? [] }, how), {
    changed: 1,
    numbers: {
      ...{ students: await it.store.forLEAs([LEA]).students(), hasRows: true },
      ...{ values: 1, changed: 1, appeared: 0, disappeared: 0, newestYear: '2023-2024', coversNewestYear: true },
    },
  });
  await t.rejects(impactInThread({ ...work, to: brokenTexts }, how), RequestError);
  await t.rejects(impactInThread({ ...work, to: draft?.texts ?? [] }, { ...how, signal: AbortSignal.abort() }));
});

t.test('a check that takes too much is given up, and the next one is made', async (t) => {
  let first = true;
  const it = await desk(
    t,
    {},
    {
      checkDraft: async (texts, today) => {
        if (first) {
          first = false;
          throw new GaveUpError('it took more than 512 MB of memory');
        }
        return checkTexts(texts.slice(0, 1), today);
      },
    },
  );
  const draft = await it.begin();
  const check = (): Promise<Answer> => it.ask({ method: 'POST', url: `${draft}/check`, headers: it.author });
  t.match(await check(), { status: 422, body: { code: 'CENR_CHECK_GAVE_UP', detail: /512 MB/ } });
  t.match(await check(), { status: 409 });
});

t.test('so many checks may wait', async (t) => {
  const go = Promise.withResolvers<void>();
  const it = await desk(
    t,
    {},
    {
      checkDraft: async (texts) => {
        await go.promise;
        return { ...checkTexts([], '20240715'), hash: hashOf(texts) };
      },
    },
  );
  const draft = await it.begin();
  const checks = Array.from({ length: 12 }, () =>
    it.ask({ method: 'POST', url: `${draft}/check`, headers: it.author }),
  );
  setImmediate(() => go.resolve());
  const answers = await Promise.all(checks);
  t.equal(answers.filter(({ status }) => status === 429).length, 3, 'one is under way, eight wait');
  t.match(
    answers.find(({ status }) => status === 429),
    { body: { code: 'CENR_TOO_MANY_WAITING' }, headers: { 'retry-after': /\d/ } },
  );
  t.ok(answers.some(({ status }) => status === 200));
});
