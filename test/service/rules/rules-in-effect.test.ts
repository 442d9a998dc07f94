/**
 * What is in effect may change while the service runs: whatever has begun finishes with the rules it began with, and
 * everything new goes by the new ones.
 */
import { PassThrough } from 'node:stream';
import { setImmediate as immediate } from 'node:timers/promises';
import t from 'tap';
import type { NewActivation } from '#publishing/activation';
import { verify } from '#rulebook/load/load';
import type { ServiceDeps } from '#service/app';
import type { LineThreads } from '#service/evaluations/line-threads';
import { activateFiles } from '#service/rules/activate-files';
import { preparedRules } from '#service/rules/prepared-rules';
import { openSqliteStore } from '#store/sqlite';
import type { Store } from '#store/store';
import { folder } from '../../support/folders.ts';
import { shipped } from '../../support/histories.ts';
import { extractHere, LEA, line, loadHere, NOW, record, service, type TestService } from '../../support/service.ts';
import { brokenTexts, changedTexts, saying, unverified } from '../../support/versions.ts';

// A busy machine is slow.
t.setTimeout(900_000);

const AT = NOW.toISOString();
const later = (seconds: number): string => new Date(NOW.getTime() + seconds * 1_000).toISOString();
const published = (from = AT): Omit<NewActivation, 'hash'> => ({
  from,
  how: 'published',
  createdAt: AT,
  by: { keyId: 'key_2', name: 'Second' },
  author: { keyId: 'key_1', name: 'First' },
  approvers: [{ keyId: 'key_2', name: 'Second' }],
  reason: 'X reads better',
});
const next = saying('X');

const request = { reportingLEAs: [LEA], academicYear: '2023-2024' };
const records = [
  record('SENR'),
  record('SPRG', { educationProgramCode: '191', educationProgramMembershipStartDate: '20230815' }),
];
const lines = [
  line('SENR'),
  line('SPRG', { educationProgramCode: '191', educationProgramMembershipStartDate: '20230815' }),
].join('\n');
const evaluation = { method: 'POST' as const, url: '/v1/evaluations', payload: { request, records } };
const fortyOf = (evaluated: { rows: { homelessProgramEligible: string }[] }): string | undefined =>
  evaluated.rows[0]?.homelessProgramEligible;

/** What field 40 says under a rulebook. */
const SAYS = new Map([
  [shipped.hash, 'Y'],
  [next.hash, 'X'],
]);

/** A service whose clock the test moves. */
async function withClock(
  t: Parameters<typeof service>[0],
  deps: (store: Store, dir: string) => Partial<ServiceDeps> = () => ({}),
) {
  const time = { now: NOW };
  const one = await service(t, {}, (store, dir) => ({ ...deps(store, dir), clock: () => time.now }));
  return { ...one, move: (seconds: number) => (time.now = new Date(time.now.getTime() + seconds * 1_000)) };
}

const hashNow = async ({ ask, key }: TestService): Promise<string> =>
  (await ask({ url: '/v1/rulebook', headers: key('policy', 'all') })).body.sha256;

t.test('a rulebook takes effect for the next request, without a restart', async (t) => {
  const one = await service(t);
  const { app, ask, key } = one;
  const headers = key('vendor', [LEA]);
  const before = await ask({ ...evaluation, headers });
  t.same([before.headers['cenr-rulebook'], fortyOf(before.body)], [shipped.hash, 'Y']);
  const activation = await app.rules.take(next, published());
  const after = await ask({ ...evaluation, headers });
  t.same([after.headers['cenr-rulebook'], fortyOf(after.body)], [next.hash, 'X']);
  const shown = await ask({ url: '/v1/rulebook', headers });
  t.match(shown.body, {
    sha256: next.hash,
    activation: {
      activation: activation.seq,
      from: AT,
      how: 'published',
      by: { name: 'Second' },
      reason: 'X reads better',
    },
  });
  t.match((await ask({ url: '/health/ready' })).body, { rulebook: next.hash });
  const { text } = await ask({ url: '/metrics' });
  t.ok(text.includes(`cenr_rulebook_info{sha256="${next.hash}"} 1`));
  t.notOk(text.includes(shipped.hash), 'one rulebook is in effect');
  t.equal(
    (await ask({ ...evaluation, url: '/v1/evaluations?explain=true', headers })).body.explanations[0].fields.find(
      (f: { field: string }) => f.field === '40',
    ).value,
    'X',
  );
});

t.test('requests during a change are each answered by one rulebook, which the header names', async (t) => {
  const { app, ask, key } = await service(t);
  const headers = key('vendor', [LEA]);
  const answers: Promise<unknown>[] = [];
  for (let i = 0; i < 40; i++) {
    answers.push(
      ask({ ...evaluation, headers }).then((answer) =>
        t.equal(fortyOf(answer.body), SAYS.get(answer.headers['cenr-rulebook'] as string), `request ${i}`),
      ),
    );
    if (i % 10 === 5) await app.rules.take(i % 20 === 5 ? next : shipped, published());
    if (i % 4 === 0) await immediate();
  }
  await Promise.all(answers);
});

t.test('a stream of evaluations finishes with the rules it began with', async (t) => {
  const { app, ask, key } = await service(t);
  const headers = { ...key('vendor', [LEA]), 'content-type': 'application/x-ndjson' };
  const body = new PassThrough();
  const student = `${JSON.stringify({ records })}\n`;
  const answer = ask({ method: 'POST', url: '/v1/evaluations', headers, payload: body });
  body.write(`${JSON.stringify({ request })}\n${student}`);
  const evaluated = app.metrics.registry.getSingleMetric('cenr_evaluated_students_total');
  while ((await evaluated?.get())?.values[0]?.value !== 1) await immediate();
  await app.rules.take(next, published());
  body.end(student);
  const { text, headers: answered } = await answer;
  t.equal(answered['cenr-rulebook'], shipped.hash);
  t.same(
    text
      .split('\n')
      .slice(0, 2)
      .map((one) => fortyOf(JSON.parse(one))),
    ['Y', 'Y'],
  );
});

t.test(
  'an extract is made to its end with the rules in effect when it began; one that waits, with the new ones',
  async (t) => {
    const begun = Promise.withResolvers<void>();
    const gate = Promise.withResolvers<void>();
    const { app, ask, key } = await service(t, {}, (store, dir) => ({
      writeExtract: async (work, control) => {
        begun.resolve();
        await gate.promise;
        return extractHere(store, dir)(work, control);
      },
    }));
    const headers = key('vendor', [LEA]);
    await ask({ method: 'POST', url: '/v1/uploads', headers, payload: lines });
    const asked = async (more = {}) =>
      (await ask({ method: 'POST', url: '/v1/extracts', headers, payload: { ...request, ...more } })).body.id;
    const running = await asked();
    const waiting = await asked();
    const named = await asked({ rulebook: shipped.hash });
    await begun.promise;
    await app.rules.take(next, published());
    gate.resolve();
    await app.jobs.extract.idle();
    for (const [id, { hash }] of [
      [running, shipped],
      [waiting, next],
      [named, shipped],
    ] as const) {
      const manifest = await ask({ url: `/v1/extracts/${id}/manifest`, headers });
      t.same([manifest.headers['cenr-rulebook'], manifest.body.rulebook.sha256], [hash, hash]);
      const file = await ask({ url: `/v1/extracts/${id}/file`, headers });
      t.equal(file.text.split('^')[39], SAYS.get(hash));
      t.equal((await ask({ url: `/v1/extracts/${id}`, headers })).body.rulebook, hash);
      const { rows } = (await ask({ url: `/v1/extracts/${id}/rows`, headers })).body;
      const explained = await ask({ url: `${rows[0].links.explanation.replace(/\?.*/, '')}?field=40`, headers });
      t.match(
        explained,
        { status: 200, body: { fields: [{ value: SAYS.get(hash) }] } },
        'explained by the rules it was made with',
      );
    }
  },
);

t.test('an extract whose columns the new rules do not have fails, and says so', async (t) => {
  const begun = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  const { app, ask, key, store } = await service(t, {}, () => ({
    writeExtract: async () => {
      begun.resolve();
      await gate.promise;
      return { rows: 0, bytes: 0, sha256: '', students: 0, warnings: [] };
    },
  }));
  const headers = key('vendor', [LEA]);
  const post = { method: 'POST' as const, url: '/v1/extracts', headers, payload: request };
  await ask(post);
  await begun.promise;
  const { id } = (await ask(post)).body;
  await store.jobs('extract').update(id, { columns: 'of former times' });
  gate.resolve();
  await app.jobs.extract.idle();
  t.match((await ask({ url: `/v1/extracts/${id}`, headers })).body, {
    status: 'Failed',
    failure: /the rulebook in effect has no columns "of former times"; expected one of /,
  });
});

t.test('an upload is loaded by one rulebook', async (t) => {
  const begun = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  const { app, ask, key } = await service(t, {}, (_store, storeDir) => ({
    loadUpload: async (options) => {
      begun.resolve();
      await gate.promise;
      return loadHere(storeDir)(options);
    },
  }));
  const headers = key('vendor', [LEA]);
  const first = ask({ method: 'POST', url: '/v1/uploads', headers, payload: lines });
  const second = begun.promise.then(() => ask({ method: 'POST', url: '/v1/uploads', headers, payload: lines }));
  await begun.promise;
  await app.rules.take(next, published());
  gate.resolve();
  for (const [answer, { hash }] of [
    [await first, shipped],
    [await second, next],
  ] as const)
    t.same([answer.headers['cenr-rulebook'], answer.body.rulebook], [hash, hash]);
});

t.test('a version takes effect at its moment, and not before', async (t) => {
  const one = await withClock(t);
  await one.app.rules.take(next, published(later(3_600)));
  t.equal(await hashNow(one), shipped.hash);
  one.move(3_599.999);
  t.equal(await hashNow(one), shipped.hash);
  one.move(0.001);
  t.equal(await hashNow(one), next.hash);
  one.move(-3_600);
  t.equal(await hashNow(one), shipped.hash, 'a clock that was set back is believed');
});

t.test('one that was withdrawn does not', async (t) => {
  const one = await withClock(t);
  const { seq } = await one.app.rules.take(next, published(later(60)));
  await one.store.cancelActivation(seq, AT);
  await one.app.rules.refresh();
  one.move(60);
  t.equal(await hashNow(one), shipped.hash);
});

t.test('a version that another process published is seen within a second', async (t) => {
  const one = await withClock(t);
  t.equal(await hashNow(one), shipped.hash);
  const other = openSqliteStore(one.config.storeDir);
  await other.keepRulebook(next, AT);
  await other.activate({ ...published(), hash: next.hash });
  await other.close();
  one.move(1);
  t.equal(await hashNow(one), next.hash);
});

t.test(
  'a version that cannot be loaded leaves the one before it in effect, and it is said where people look',
  async (t) => {
    const one = await withClock(t);
    const { app, ask, key, store, log, move } = one;
    await app.rules.take(next, published());
    const broken = unverified(brokenTexts);
    await store.keepRulebook(broken, AT);
    await store.activate({ ...published(later(60)), hash: broken.hash });
    await app.rules.refresh();
    t.notMatch((await ask({ url: '/health/ready' })).body, { refused: String }, 'it is not due');
    move(60);
    for (let i = 0; i < 3; i++) {
      move(1);
      t.equal(await hashNow(one), next.hash);
    }
    const headers = key('policy', [LEA]);
    t.equal(fortyOf((await ask({ ...evaluation, headers })).body), 'X');
    const { body } = await ask({ url: '/v1/rulebook/versions', headers });
    t.match(body.refused, [
      {
        rulebook: broken.hash,
        reason: new RegExp(`^The version ${broken.hash} should have taken effect at .*, but cannot be loaded: `),
        findings: [/^rules\/fields\/40-homeless-program-eligible\.json:\d+:\d+ .*nowhereDeclared/],
      },
    ]);
    t.match((await ask({ url: '/health/ready' })).body, {
      status: 'ready',
      rulebook: next.hash,
      refused: /GET \/v1\/rulebook\/versions/,
    });
    t.ok(
      (await ask({ url: '/metrics' })).text.includes('cenr_rulebook_refused_total{of="version"} 1'),
      'once, not with every request',
    );
    const told = log.filter((l) => l.includes('cannot be loaded'));
    t.equal(told.length, 1);
    t.match(JSON.parse(told[0] as string), { rulebook: broken.hash, ruleFindings: [/nowhereDeclared/] });
    t.match(await ask({ ...evaluation, headers, payload: { ...evaluation.payload, rulebook: broken.hash } }), {
      status: 400,
      body: { errors: [{ pointer: '/rulebook', message: /kept, but this program cannot load it: .*nowhereDeclared/ }] },
    });

    await app.rules.take(shipped, { from: later(120), how: 'restored', createdAt: later(120) });
    move(120);
    t.equal(await hashNow(one), shipped.hash, 'the next one takes effect');
    t.notMatch((await ask({ url: '/health/ready' })).body, { refused: String }, 'and there is nothing left to be done');
  },
);

t.test('a store that cannot be read leaves what is in effect', async (t) => {
  const one = await withClock(t);
  const { app, ask, key, store, move } = one;
  await app.rules.take(next, published());
  store.activations = async () => {
    throw new Error('disk');
  };
  move(5);
  t.equal((await ask({ ...evaluation, headers: key('vendor', [LEA]) })).headers['cenr-rulebook'], next.hash);
});

t.test('threads of former rules end when their last stream does, those of the rules in effect stay', async (t) => {
  const open: string[] = [];
  let started = 0;
  const closing = new Set<Promise<void>>();
  const rules = preparedRules(
    shipped,
    ({ hash }) => {
      open.push(hash);
      return {
        count: 1,
        answer: () => Promise.reject(new Error('none')),
        start: () => void started++,
        close: async () => void open.pop(),
      };
    },
    closing,
  );
  rules.keep();
  t.same(open, [], 'made when they are first asked for');
  const [first, second] = [rules.lend(), rules.lend()];
  t.equal(first.threads, second.threads as LineThreads);
  first.giveBack();
  second.giveBack();
  t.same(open, [shipped.hash]);
  const last = rules.lend();
  last.giveBack();
  const stream = rules.lend();
  rules.letGo();
  last.giveBack();
  t.same(open, [shipped.hash], 'a stream is under way; what was given back twice counts once');
  stream.giveBack();
  await Promise.all(closing);
  t.same(open, []);
  const asked = rules.lend();
  t.same(open, [shipped.hash], 'a former version may be asked for');
  asked.giveBack();
  t.same(open, []);

  rules.warm();
  t.same(open, [], 'what is not in effect is not started');
  rules.keep();
  rules.warm();
  t.same([open, started], [[shipped.hash], 1], 'no stream has to wait for its threads');
  rules.letGo();
  await Promise.all(closing);
  t.same(open, []);
});

t.test('however often the rules change, only the threads of those in effect are left', async (t) => {
  let open = 0;
  let most = 0;
  const { app, ask, key } = await service(t, {}, () => ({
    evaluationThreads: () => {
      most = Math.max(most, ++open);
      return {
        count: 1,
        answer: () => Promise.reject(new Error('too few for threads')),
        start: () => {},
        close: async () => void open--,
      };
    },
  }));
  const headers = { ...key('vendor', [LEA]), 'content-type': 'application/x-ndjson' };
  for (let i = 0; i < 6; i++) {
    t.equal(
      (
        await ask({
          method: 'POST',
          url: '/v1/evaluations',
          headers,
          payload: `${JSON.stringify({ request })}\n${JSON.stringify({ records })}\n`,
        })
      ).status,
      200,
    );
    await app.rules.take(i % 2 === 0 ? next : shipped, published());
  }
  // A stream gives them back when it closes, which is after its answer was read.
  for (let turns = 0; open > 0 && turns < 100; turns++) await immediate();
  t.equal(open, 0);
  t.ok(most <= 2);
});

t.test('files that the service is started with', async (t) => {
  const F = shipped;
  const P = next;
  const activations: Record<'files' | 'published' | 'restored', Omit<NewActivation, 'hash'>> = {
    files: { from: later(-60), how: 'files', createdAt: later(-60) },
    published: { ...published(later(-60)), createdAt: later(-60) },
    restored: { ...published(later(-60)), how: 'restored', createdAt: later(-60) },
  };
  const cases: [string, [typeof F, keyof typeof activations] | undefined, boolean, string, number][] = [
    ['a new store: they take effect', undefined, false, F.hash, 1],
    ['they are in effect: nothing is entered', [F, 'files'], true, F.hash, 1],
    ['other files were: these take effect', [P, 'files'], false, F.hash, 2],
    ['a version was published: it stays in effect', [P, 'published'], false, P.hash, 1],
    ['a version was restored: it stays in effect', [P, 'restored'], false, P.hash, 1],
    ['a version was published, but a folder is named: its files are the truth', [P, 'published'], true, F.hash, 2],
    ['what was published is what the folder holds', [F, 'published'], true, F.hash, 1],
  ];
  for (const [title, before, named, hash, count] of cases) {
    const store = openSqliteStore(folder(t));
    if (before) {
      await store.keepRulebook(before[0], later(-60));
      await store.activate({ ...activations[before[1]], hash: before[0].hash });
    }
    await activateFiles(store, F, named, AT);
    const last = (await store.activations()).at(-1);
    t.same([last?.hash, (await store.activations()).length], [hash, count], title);
    t.ok(await store.rulebook(F.hash), 'they are kept in any case');
    await store.close();
  }

  const store = openSqliteStore(folder(t));
  await store.keepRulebook(P, later(-60));
  await store.activate({ ...activations.published, hash: P.hash });
  await activateFiles(store, F, true, later(-30));
  await activateFiles(store, F, false, AT);
  t.match(
    (await store.activations()).at(-1),
    { hash: P.hash, how: 'restored', reason: /without a folder/ },
    'after a time with a folder, what was published is in effect again',
  );
  await store.close();
});

t.test('rules that changed under an unchanged label are not served without a word', async (t) => {
  const said = (log: readonly string[]) => log.join('').includes('has the same version label as another version');
  const called = verify(
    changedTexts({
      'rules/rulebook.json': (text) => text.replace(/"version": "[^"]+"/, '"version": "another"'),
    }),
  );
  const alone = await service(t, {}, async (store) => {
    await store.keepRulebook(called, AT);
    return {};
  });
  t.notOk(said(alone.log), 'another label');
  // As after a start with files that somebody changed and did not call anything else.
  const changed = await service(t, {}, async (store) => {
    await store.keepRulebook(next, AT);
    return {};
  });
  t.ok(said(changed.log));
});
