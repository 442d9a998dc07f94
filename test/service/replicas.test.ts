/**
 * Two services beside each other on one database and one folder of files, in one process. Unless a test says otherwise
 * they say for an hour that they are there, so what one hears of the other it was told; one is gone when the database is
 * told so.
 */
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { Role } from '#publishing/role';
import type { buildApp, ServiceDeps } from '#service/app';
import type { ServiceConfig } from '#service/config';
import { createKey, KEY_RANDOM_BYTES } from '#service/keys';
import { openStore } from '#store/open';
import type { JobKind, JobKinds, Store } from '#store/store';
import { extractJob } from '../store/extract-job.ts';
import { folder } from '../support/folders.ts';
import { shipped } from '../support/histories.ts';
import { type PostgresServer, postgresServer, WITH_POSTGRES } from '../support/postgres-server.ts';
import { loadShared, replicaOn, type SharedPlace } from '../support/replicas.ts';
import { extractHere, LEA, line, NOW } from '../support/service.ts';
import { saying } from '../support/versions.ts';

// A busy machine is slow.
t.setTimeout(900_000);

const HOUR = 3_600_000;
const OTHER = 'an-other';

interface Replica {
  readonly name: string;
  readonly store: Store;
  readonly app: Awaited<ReturnType<typeof buildApp>>;
  ask(
    method: 'GET' | 'POST' | 'DELETE',
    url: string,
    more?: { headers?: object; payload?: string | object },
    // biome-ignore lint/suspicious/noExplicitAny: a body is whatever the test expects of it
  ): Promise<{ status: number; headers: Record<string, unknown>; body: any }>;
}

interface Place extends SharedPlace {
  readonly bearer: Readonly<Record<'vendor' | 'policy', object>>;
}

type Deps = (store: Store, place: Place) => Partial<ServiceDeps>;

async function place(t: Test, server: PostgresServer): Promise<Place> {
  const address = await server.database();
  const storeDir = folder(t);
  const store = await openStore(address);
  const bearer = async (role: Role, leas: 'all' | string[]): Promise<object> => {
    const { key, record } = createKey({
      name: role,
      role,
      leas,
      now: NOW,
      random: Buffer.alloc(KEY_RANDOM_BYTES, role),
    });
    await store.addKey(record);
    return { authorization: `Bearer ${key}` };
  };
  const keys = { vendor: await bearer('vendor', [LEA]), policy: await bearer('policy', 'all') };
  await store.close();
  return { address, storeDir, bearer: keys };
}

async function replica(
  t: Test,
  at: Place,
  name: string,
  changes: Partial<ServiceConfig> = {},
  deps: Deps = () => ({}),
): Promise<Replica> {
  const { app, store } = await replicaOn(t, {
    ...{ address: at.address, storeDir: at.storeDir, name },
    changes: { replicaLease: HOUR, ...changes },
    deps: (store) => deps(store, at),
  });
  return {
    name,
    store,
    app,
    async ask(method, url, { headers = at.bearer.vendor, payload } = {}) {
      const isText = typeof payload === 'string';
      const answer = await app.inject({
        ...{ method, url },
        headers: {
          ...headers,
          ...(payload !== undefined && { 'content-type': isText ? 'text/plain' : 'application/json' }),
        },
        ...(payload !== undefined && { payload }),
      });
      const body = answer.body.startsWith('{') ? JSON.parse(answer.body) : undefined;
      return { status: answer.statusCode, headers: answer.headers, body };
    },
  };
}

/** Something that a test lets go on: `entered` settles when somebody has come to it. */
function gate() {
  const [entered, opened] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  return {
    entered: entered.promise,
    open: () => opened.resolve(),
    /** Waits until it is open, or the signal is aborted. */
    pass: async (signal?: AbortSignal): Promise<void> => {
      entered.resolve();
      const aborted = Promise.withResolvers<void>();
      if (signal?.aborted) aborted.resolve();
      signal?.addEventListener('abort', () => aborted.resolve());
      await Promise.race([opened.promise, aborted.promise]);
      signal?.throwIfAborted();
    },
    /** The same for whoever hears nothing. */
    passDeaf: async (): Promise<void> => {
      entered.resolve();
      await opened.promise;
    },
  };
}

const REQUEST = { reportingLEAs: [LEA], academicYear: '2023-2024' };
const SENT = [line('SENR', { ssid: '9912345678' }), line('SINF', { ssid: '9912345678' })].join('\r\n');
const UPLOADS = `/v1/uploads?reportingLEA=${LEA}`;
const ASYNC = { prefer: 'respond-async' };

t.test('services that share a database', WITH_POSTGRES, async (t) => {
  const server = await postgresServer(t);
  const gone = (at: Place, name: string) =>
    server.administer(at.address, `UPDATE replica SET until = now() - interval '1 second' WHERE id = '${name}'`);
  const jobOf = async <K extends JobKind>({ store }: Replica, kind: K, id: string): Promise<JobKinds[K]> =>
    (await store.forLEAs('all').jobs(kind).get(id)) as JobKinds[K];
  /** The job when it has come to this: whoever is looked at is told of it. */
  const jobWhen = async <K extends JobKind>(
    one: Replica,
    kind: K,
    id: string,
    holds: (job: JobKinds[K]) => boolean,
  ): Promise<JobKinds[K]> => {
    for (;;) {
      const job = await jobOf(one, kind, id);
      if (holds(job)) return job;
      await one.app.jobs[kind].ended(id, 200, async () => holds(await jobOf(one, kind, id)));
    }
  };
  const isOver = ({ status }: { status: string }): boolean => status !== 'Pending' && status !== 'Processing';
  const filesOf = ({ storeDir }: Place, dir: string): string[] =>
    existsSync(join(storeDir, dir))
      ? readdirSync(join(storeDir, dir), { recursive: true, withFileTypes: true })
          .filter((entry) => entry.isFile() && entry.name !== '.receiver')
          .map((entry) => entry.name)
      : [];

  t.test('what is asked for at one is made by another, and seen where it was asked for', async (t) => {
    const at = await place(t, server);
    const api = await replica(t, at, 'a', { role: 'api' });
    await replica(t, at, 'w', { role: 'work' });
    const sent = await api.ask('POST', UPLOADS, { payload: SENT });
    t.match(sent, { status: 201, body: { linesRead: 2 } }, 'whoever waits is answered when it is loaded elsewhere');
    const prefer = { ...at.bearer.vendor, prefer: 'wait=50' };
    const made = await api.ask('POST', '/v1/extracts', { headers: prefer, payload: REQUEST });
    t.match(made, { status: 202, body: { status: 'Complete', rows: 1 } });
    t.equal((await api.ask('GET', `/v1/extracts/${made.body.id}/file`)).status, 200);
    t.equal((await jobOf(api, 'extract', made.body.id)).attempt, 1);

    const refused = await api.ask('POST', UPLOADS, { payload: 'no caret file' });
    const alone = await replica(t, await place(t, server), 'alone');
    const refusedAlone = await alone.ask('POST', UPLOADS, { payload: 'no caret file' });
    const { instance: _a, requestId: _b, ...problem } = refused.body;
    t.match(refused, { status: 422, body: { code: 'CENR_NOT_A_CARET_FILE' } });
    t.match(refusedAlone.body, problem, 'it is refused as where one process does all');
    t.same(filesOf(at, 'incoming'), []);
  });

  t.test('what is under way elsewhere is canceled', async (t) => {
    const at = await place(t, server);
    const gates = [gate(), gate()] as const;
    const api = await replica(t, at, 'a', { role: 'api' });
    await replica(t, at, 'w', { role: 'work' }, (store) => ({
      writeExtract: async (work, control) => {
        await gates[0].pass(control.signal);
        return extractHere(store, at.address)(work, control);
      },
      loadUpload: async (work, control) => {
        await gates[1].pass(control.signal);
        return loadShared(at)(work, control);
      },
    }));
    const { id } = (await api.ask('POST', '/v1/extracts', { payload: REQUEST })).body;
    await gates[0].entered;
    t.equal((await api.ask('DELETE', `/v1/extracts/${id}`)).status, 204);
    t.match(await jobOf(api, 'extract', id), { status: 'Cancelled', attempt: 1 });
    t.same(filesOf(at, 'extracts'), []);

    const upload = (await api.ask('POST', UPLOADS, { headers: { ...at.bearer.vendor, ...ASYNC }, payload: SENT })).body;
    await gates[1].entered;
    await api.app.jobs.upload.cancel(await jobOf(api, 'upload', upload.id));
    t.match(await jobOf(api, 'upload', upload.id), { status: 'Cancelled' });
    t.equal(await api.store.snapshot(), 0);
    while (filesOf(at, 'incoming').length > 0) await api.store.ping();
    t.pass('its files are removed');
  });

  t.test('what was made before a cancel was heard is canceled all the same', async (t) => {
    const at = await place(t, server);
    const api = await replica(t, at, 'a', { role: 'api' });
    const work = await openStore(at.address, { replica: 'w' });
    t.teardown(() => work.close());
    await work.replicas?.beat(HOUR);
    const { id } = (await api.ask('POST', '/v1/extracts', { payload: REQUEST })).body;
    const jobs = work.jobs('extract');
    t.match(await jobs.take(), { id, attempt: 1 });
    const canceling = api.ask('DELETE', `/v1/extracts/${id}`);
    await jobWhen(api, 'extract', id, ({ cancelAsked }) => cancelAsked === true);
    const found = { status: 'Processing', attempt: 1 } as const;
    t.ok(await jobs.update(id, { status: 'Complete', finishedAt: NOW.toISOString() }, [], found));
    t.equal((await canceling).status, 204);
    t.match(await jobOf(api, 'extract', id), { status: 'Cancelled' });
  });

  t.test('an upload whose sender waited at one that is gone is given up', async (t) => {
    const at = await place(t, server);
    const first = gate();
    const api = await replica(t, at, 'a', { role: 'api' });
    const work = await replica(t, at, 'w', { role: 'work' }, () => ({
      loadUpload: async (upload, control) => {
        await first.pass(control.signal);
        return loadShared(at)(upload, control);
      },
    }));
    const before = await api.ask('POST', UPLOADS, { headers: { ...at.bearer.vendor, ...ASYNC }, payload: SENT });
    await first.entered;
    const headers = { ...at.bearer.vendor, 'idempotency-key': 'sent-1' };
    const waiting = api.ask('POST', UPLOADS, { headers, payload: SENT });
    const jobs = work.store.forLEAs('all').jobs('upload');
    let waits: string | undefined;
    while (waits === undefined) waits = (await jobs.list({ status: 'Pending' }))[0]?.id;
    // Whoever sends it again meanwhile does not have it loaded twice.
    const other = await replica(t, at, OTHER, { role: 'api' });
    t.match(await other.ask('POST', UPLOADS, { headers, payload: SENT }), {
      status: 409,
      body: { code: 'CENR_IDEMPOTENCY_BUSY' },
    });
    await gone(at, 'a');
    first.open();
    t.match(await jobWhen(work, 'upload', waits, isOver), { status: 'Failed', failure: /send it again/ });
    t.match(await waiting, { status: 503, body: { code: 'CENR_NOT_READY' } }, 'it was not gone after all');
    t.match(await jobOf(work, 'upload', before.body.id), { status: 'Complete' });
    t.same(filesOf(at, 'incoming'), []);
    t.equal(await work.store.snapshot(), 1);
    t.match(await other.ask('POST', UPLOADS, { headers, payload: SENT }), { status: 201 });
    t.equal(await work.store.snapshot(), 2);
  });

  t.test('one that was thought gone stores nothing of an upload that another has now', async (t) => {
    const at = await place(t, server);
    const [late, second] = [gate(), gate()];
    const a = await replica(t, at, 'a', {}, () => ({
      loadUpload: async (upload, { onProgress }) => {
        await late.passDeaf();
        return loadShared(at)(upload, { onProgress, signal: new AbortController().signal });
      },
    }));
    const { id } = (await a.ask('POST', UPLOADS, { headers: { ...at.bearer.vendor, ...ASYNC }, payload: SENT })).body;
    await late.entered;
    await gone(at, 'a');
    const b = await replica(t, at, 'b', {}, () => ({
      loadUpload: async (upload, control) => {
        await second.pass(control.signal);
        return loadShared(at)(upload, control);
      },
    }));
    await second.entered;
    t.match(await jobOf(b, 'upload', id), { status: 'Processing', attempt: 2 });
    late.open();
    await a.app.jobs.upload.idle();
    t.equal(await b.store.snapshot(), 0, 'the late one stored nothing');
    t.not(filesOf(at, 'incoming').length, 0, 'nor did it remove what the other reads');
    second.open();
    t.match(await jobWhen(b, 'upload', id, isOver), { status: 'Complete', attempt: 2 });
    t.equal(await b.store.snapshot(), 1);
    t.same(filesOf(at, 'incoming'), []);
  });

  t.test('uploads of one LEA are loaded in the order in which they came, whoever takes them', async (t) => {
    const at = await place(t, server);
    const by: string[] = [];
    const both = await Promise.all(
      ['a', 'b'].map((name) =>
        replica(t, at, name, {}, () => ({
          loadUpload: (upload, control) => {
            by.push(name);
            return loadShared(at)(upload, control);
          },
        })),
      ),
    );
    const ids: string[] = [];
    for (let i = 0; i < 8; i++) {
      const one = both[i % 2] as Replica;
      ids.push((await one.ask('POST', UPLOADS, { headers: { ...at.bearer.vendor, ...ASYNC }, payload: SENT })).body.id);
    }
    for (const id of ids) t.match(await jobWhen(both[0] as Replica, 'upload', id, isOver), { status: 'Complete' });
    const { store } = both[0] as Replica;
    t.same(
      (await store.uploadsThrough(await store.snapshot())).map(({ id }) => id),
      ids,
    );
    t.equal(by.length, ids.length);
  });

  t.test('whoever asks for one is not behind two thousand of another', async (t) => {
    const { address } = await place(t, server);
    const stores = await Promise.all(['a', 'b'].map((name) => openStore(address, { replica: name })));
    t.teardown(() => Promise.all(stores.map((store) => store.close())));
    for (const { replicas } of stores) await replicas?.beat(HOUR);
    const [a, b] = stores.map((store) => store.jobs('extract')) as [
      ReturnType<Store['jobs']>,
      ReturnType<Store['jobs']>,
    ];
    for (let i = 0; i < 2_000; i += 50)
      await Promise.all(
        Array.from({ length: 50 }, (_, n) => a.add(extractJob(`many_${i + n}`, ['1111111']) as never, 'one key')),
      );
    const taken: string[] = [];
    const take = async (of: typeof a): Promise<void> => void taken.push((await of.take())?.id ?? '');
    await take(a);
    await take(b);
    await a.add(extractJob('few', ['2222222']) as never, 'other key');
    await a.add(extractJob('of the same key', ['3333333']) as never, 'one key');
    await take(a);
    t.equal(taken[2], 'few', 'it is next, when one of those that are under way ends');
    await take(b);
    t.equal(taken[3], 'of the same key', 'and so are LEAs of one key');
    await take(a);
    t.match(taken[4], /^many/);
  });

  t.test('rules that one puts in effect are in effect at the other, told or not', async (t) => {
    const at = await place(t, server);
    const [a, b] = [await replica(t, at, 'a'), await replica(t, at, 'b')];
    const inEffect = async ({ app }: Replica): Promise<string> => (await app.rules.current()).hash;
    // Its clock stands still, so nobody who asks looks again.
    const until = async (hash: string): Promise<void> => {
      while ((await inEffect(b)) !== hash) await b.store.ping();
      t.pass(`${hash} is in effect`);
    };
    t.equal(await inEffect(b), shipped.hash);
    const activate = async (value: string): Promise<string> => {
      const rulebook = saying(value);
      const from = NOW.toISOString();
      await a.store.keepRulebook(rulebook, from);
      await a.store.activate({ hash: rulebook.hash, from, how: 'files', createdAt: from });
      return rulebook.hash;
    };
    await until(await activate('A'));
    const listening = `SELECT count(pg_terminate_backend(pid)) AS cut FROM pg_stat_activity
      WHERE datname = current_database() AND query ILIKE 'listen%'`;
    const [cut] = await server.administer(at.address, listening);
    t.equal(Number(cut?.['cut']), 2, 'nobody is told any more');
    await until(await activate('B'));
    await server.stop();
    await server.start();
    await until(await activate('C'));
  });

  t.test('what one puts back when it stops is finished by another, and one that has time finishes it', async (t) => {
    const at = await place(t, server);
    const [never, soon] = [gate(), gate()];
    const held =
      (which: ReturnType<typeof gate>): Deps =>
      (store) => ({
        writeExtract: async (work, control) => {
          await which.pass(control.signal);
          return extractHere(store, at.address)(work, control);
        },
      });
    const a = await replica(t, at, 'a', {}, held(never));
    const { id } = (await a.ask('POST', '/v1/extracts', { payload: REQUEST })).body;
    await never.entered;
    // Its lease is over long before it has finished; that it stops is no reason to say so no more.
    const b = await replica(t, at, 'b', { replicaLease: 300, shutdownGrace: HOUR }, held(soon));
    await a.app.close();
    await soon.entered;
    t.match(await jobOf(b, 'extract', id), { status: 'Processing', attempt: 2 });
    const c = await replica(t, at, 'c', { replicaLease: 300 });
    const closed = b.app.close();
    let beats = 0;
    c.app.jobs.extract.look();
    while (beats++ < 5) await c.app.jobs.extract.ended(id, 200, async () => isOver(await jobOf(c, 'extract', id)));
    t.match(await jobOf(c, 'extract', id), { status: 'Processing', attempt: 2 }, 'it is still there');
    soon.open();
    await closed;
    t.match(await jobOf(c, 'extract', id), { status: 'Complete', attempt: 2 });
    t.ok(filesOf(at, 'extracts').every((name) => name.startsWith(`${id}.2.`)));
  });

  t.test('what killed processes left is removed, now and then too; what others receive is not', async (t) => {
    const at = await place(t, server);
    const first = await replica(t, at, 'a', { replicaLease: 100, role: 'api' });
    const incoming = join(at.storeDir, 'incoming');
    const leave = (name: string, receiver: string): string => {
      const dir = join(incoming, name);
      mkdirSync(dir, { recursive: true });
      writeFileSync(join(dir, '.receiver'), receiver);
      return dir;
    };
    const other = await openStore(at.address, { replica: OTHER });
    t.teardown(() => other.close());
    await other.replicas?.beat(HOUR);
    const dirs = [leave('up_dead', 'nobody'), leave('up_alive', OTHER)] as const;
    while (existsSync(dirs[0])) await first.store.ping();
    t.ok(existsSync(dirs[1]));
    await gone(at, OTHER);
    while (existsSync(dirs[1])) await first.store.ping();
    t.pass('until it is gone too');
  });

  t.test('what a late process wrote of an extract that another made is removed when it died', async (t) => {
    const at = await place(t, server);
    const store = await openStore(at.address, { replica: OTHER });
    t.teardown(() => store.close());
    await store.replicas?.beat(HOUR);
    const jobs = store.jobs('extract');
    for (const id of ['ex_1', 'ex_2', 'ex_3']) {
      await jobs.add(extractJob(id));
      await jobs.take();
    }
    await jobs.update('ex_1', { status: 'Complete', attempt: 2 });
    await jobs.update('ex_2', { status: 'Cancelled' });
    const dir = join(at.storeDir, 'extracts');
    mkdirSync(dir);
    const kept = ['ex_1.2.counts.json.partial-1', 'ex_1.2.txt', 'ex_3.txt.partial-1'];
    for (const name of [...kept, 'ex_1.txt', 'ex_1.txt.partial-1', 'ex_2.txt.partial-1'])
      writeFileSync(join(dir, name), 'a row');
    await replica(t, at, 'a');
    t.same(readdirSync(dir).sort(), kept);
  });
});
