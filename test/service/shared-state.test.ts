/** Two services on one database: what one does, the other does not do again, nor refuse. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isDeepStrictEqual } from 'node:util';
import t, { type Test } from 'tap';
import { logVerified } from '#service/access-log/verification';
import { verificationsIdle } from '#service/extracts/verification';
import { createWebhook, WEBHOOK_RANDOM_BYTES } from '#service/outbox/webhooks';
import { openStore } from '#store/open';
import { extractJob } from '../store/extract-job.ts';
import { postgresServer, WITH_POSTGRES } from '../support/postgres-server.ts';
import { type Replica, replicasOn } from '../support/replicas.ts';
import { LEA, line, NOW } from '../support/service.ts';
import { saying } from '../support/versions.ts';

// A busy machine is slow.
t.setTimeout(900_000);

const request = { reportingLEAs: [LEA], academicYear: '2023-2024' };
const TEXT = { 'content-type': 'text/plain' };

/** A program that hears, and answers 204. */
async function hearing(t: Test) {
  const heard: string[] = [];
  const { promise: first, resolve } = Promise.withResolvers<void>();
  const server = createServer((request, response) => {
    heard.push(String(request.headers['webhook-id']));
    response.writeHead(204).end(resolve);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  t.teardown(() => void server.close());
  return { heard, first, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/cenr` };
}

/** Asks until the answer is this one. */
async function untilSame(ask: () => Promise<{ readonly body: unknown }>, body: unknown): Promise<void> {
  while (!isDeepStrictEqual((await ask()).body, body));
}

t.test('services that share a database', WITH_POSTGRES, async (t) => {
  const server = await postgresServer(t);

  t.test('of two requests with one Idempotency-Key at the same moment one is done', async (t) => {
    const { replicas, key } = await replicasOn(t, await server.database());
    const own = await key('vendor', [LEA]);
    for (let i = 1; i <= 5; i++) {
      const headers = { ...own, 'idempotency-key': `k${i}` };
      const ask = ({ ask }: Replica) => ask({ method: 'POST', url: '/v1/extracts', headers, payload: request });
      const answers = await Promise.all([...replicas, ...replicas].map(ask));
      for (const { status, body } of answers)
        t.ok(status === 202 || (status === 409 && body.code === 'CENR_IDEMPOTENCY_BUSY'), `${status}`);
      t.equal(new Set(answers.filter(({ status }) => status === 202).map(({ body }) => body.id)).size, 1);
      const [again] = await Promise.all(replicas.map(ask));
      t.match(again, { status: 202, headers: { 'idempotent-replayed': 'true' } });
      const { body } = await replicas[1].ask({ url: '/v1/extracts', headers: own });
      t.equal(body.extracts.length, i);
    }
  });

  t.test('while one answers, the other says so; then it gives the same answer', async (t) => {
    const [gate, begun] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const { replicas, key } = await replicasOn(t, await server.database(), {}, (store) => {
      const jobs = store.jobs('upload');
      const { add } = jobs;
      jobs.add = async (...job: Parameters<typeof add>) => {
        begun.resolve();
        await gate.promise;
        return await add(...job);
      };
      return {};
    });
    const headers = { ...(await key('vendor', [LEA])), ...TEXT, 'idempotency-key': 'k', prefer: 'respond-async' };
    const ask = ({ ask }: Replica) => ask({ method: 'POST', url: '/v1/uploads', headers, payload: line('SENR') });
    const first = ask(replicas[0]);
    await begun.promise;
    t.match(await ask(replicas[1]), { status: 409, body: { code: 'CENR_IDEMPOTENCY_BUSY' } });
    gate.resolve();
    const { status, body } = await first;
    t.equal(status, 202);
    t.match(await ask(replicas[1]), { status: 202, headers: { 'idempotent-replayed': 'true' }, body: { id: body.id } });
  });

  t.test('what a third process adds is delivered once', async (t) => {
    const address = await server.database();
    const { replicas } = await replicasOn(t, address, { webhookPrivate: true });
    const { heard, first, url } = await hearing(t);
    const store = await openStore(address);
    t.teardown(() => store.close());
    const random = Buffer.alloc(WEBHOOK_RANDOM_BYTES, 1);
    const webhook = createWebhook({ url, leas: 'all', allowsPrivate: true, now: NOW, random });
    await store.addWebhook(webhook);
    // Nobody here makes it.
    await store.jobs('extract').add({ ...extractJob('ex_1'), status: 'Processing' });
    await store.jobs('extract').update('ex_1', { status: 'Complete' }, [
      {
        ...{ id: 'msg_1', way: 'webhook', to: '127.0.0.1', state: 'waiting', tries: 0, nextTry: NOW.toISOString() },
        ...{ job: 'ex_1', target: webhook.id, event: '{}' },
      },
    ]);
    await first;
    for (const { app } of replicas) {
      app.outbox.wake();
      await app.outbox.idle();
    }
    t.same(heard, ['msg_1']);
    t.match(await store.forLEAs('all').jobs('extract').deliveries('ex_1'), [{ state: 'delivered', tries: 1 }]);
  });

  t.test('a limit holds for both together', async (t) => {
    const most = 60;
    const { replicas, key } = await replicasOn(t, await server.database(), { requestsPerMinute: most });
    const headers = await key('vendor', [LEA]);
    /** How many are answered before one is refused. */
    const untilRefused = async ({ ask }: Replica): Promise<number> => {
      for (let asked = 0; ; asked++) if ((await ask({ url: '/v1/extracts', headers })).status === 429) return asked;
    };
    t.equal(await untilRefused(replicas[0]), most);
    t.ok((await untilRefused(replicas[1])) < most, 'the other knows of it soon');
  });

  t.test('of two who restore a version at the same moment one is told that it is in effect', async (t) => {
    const [former, latter] = [saying('X'), saying('Z')];
    const { replicas, key } = await replicasOn(
      ...([t, await server.database(), {}, undefined] as const),
      async (store) => {
        const before = new Date(NOW.getTime() - 1_000).toISOString();
        for (const { hash, files } of [former, latter]) {
          await store.keepRulebook({ hash, files }, before);
          await store.activate({ hash, from: before, createdAt: before, how: 'files' });
        }
      },
    );
    const headers = await key('policy', 'all');
    const payload = { reason: 'it went wrong' };
    const restore = ({ ask }: Replica) =>
      ask({ method: 'POST', url: `/v1/rulebook/versions/${former.hash}/restore`, headers, payload });
    const answers = await Promise.all(replicas.map(restore));
    t.same(answers.map(({ status }) => status).sort(), [201, 409]);
    t.equal(answers.find(({ status }) => status === 409)?.body.code, 'CENR_IN_FORCE_ALREADY');
    t.equal((await replicas[0].store.activations()).length, 3);
  });

  t.test('numbers that both assign at the same moment are kept with the match', async (t) => {
    const { replicas, key } = await replicasOn(t, await server.database());
    const [a, b] = replicas;
    const headers = await key('vendor', [LEA]);
    const lines = Array.from({ length: 6 }, (_, i) =>
      line('SENR', { ssid: '', localStudentID: `L${i}`, studentLegalFirstName: `${'ABCDEF'[i]}na` }),
    );
    const sent = await a.ask({
      ...{ method: 'POST', url: '/v1/ssid/matches', headers: { ...headers, ...TEXT } },
      payload: lines.join('\r\n'),
    });
    t.equal(sent.status, 202, sent.text);
    const url = sent.headers['location'] as string;
    for (const { app } of replicas) await app.jobs.matching.idle();
    const assign = ({ ask }: Replica, n: number) =>
      ask({
        ...{ method: 'POST', url: `${url}/assignments?load=false`, headers },
        payload: { choices: [{ line: String(n), ssid: 'NEW' }] },
      });
    for (const n of [1, 3, 5]) {
      const answers = await Promise.all([assign(a, n), assign(b, n + 1)]);
      t.same(
        answers.map(({ status }) => status),
        [200, 200],
      );
    }
    for (const { ask } of replicas) {
      t.match((await ask({ url, headers })).body, { assigned: 6 });
      const { requests } = (await ask({ url: `${url}/candidates`, headers })).body;
      const numbers = requests.map(({ assigned }: { assigned?: { ssid: string } }) => assigned?.ssid);
      t.equal(new Set(numbers).size, 6);
      t.notOk(numbers.includes(undefined));
    }
  });

  t.test('a survey that is asked for at both is made at both, and is the same', async (t) => {
    const { replicas, key } = await replicasOn(t, await server.database());
    const [a, b] = replicas;
    const headers = await key('vendor', [LEA]);
    const students = Array.from({ length: 20 }, (_, i) =>
      line('SENR', { ssid: String(9_900_000_001 + i), ...(i % 4 === 3 && { enrollmentExitDate: '20230815' }) }),
    );
    await a.ask({
      ...{ method: 'POST', url: '/v1/uploads', headers: { ...headers, ...TEXT } },
      payload: students.join('\r\n'),
    });
    const wait = { ...headers, prefer: 'wait=50' };
    const { body } = await b.ask({ method: 'POST', url: '/v1/extracts', headers: wait, payload: request });
    for (const path of ['missing', 'exceptions', 'grounds/40?value=N']) {
      const url = `/v1/extracts/${body.id}/${path}`;
      const answers = await Promise.all(replicas.map(({ ask }) => ask({ url, headers: wait })));
      t.same(
        answers.map(({ status }) => status),
        [200, 200],
        path,
      );
      t.equal(answers[1]?.text, answers[0]?.text);
      t.equal((await b.ask({ url, headers: wait })).text, answers[0]?.text);
    }

    // What is verified at one is known at the other.
    const auditor = await key('auditor', 'all');
    for (const [url, isIdle] of [
      [`/v1/extracts/${body.id}/verification`, verificationsIdle],
      ['/v1/access-log/verification', logVerified],
    ] as const) {
      const { ask, app } = a;
      t.match(await b.ask({ url, headers: auditor }), { status: 200, body: { status: 'None' } });
      t.match(await ask({ method: 'POST', url, headers: auditor }), { status: 202, body: { status: 'Processing' } });
      await isIdle(app);
      const known = (await ask({ url, headers: auditor })).body;
      t.match(known, { status: 'Complete', progress: 100 });
      await untilSame(() => b.ask({ url, headers: auditor }), known);
      t.pass('the other knows it too');
    }
  });
});
