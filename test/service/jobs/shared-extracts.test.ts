/**
 * An extract that several processes on one database make: byte for byte the one that one process makes, whoever of them
 * dies, stops or spoils its part. The services here share a process of the test, a database and a folder.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import t, { type Test } from 'tap';
import type { RangeMaker } from '#pipeline/from-store';
import { loadUpload } from '#pipeline/load-upload';
import { writeSample } from '#sample/write';
import { buildApp, type ServiceDeps } from '#service/app';
import { DEFAULT_CONFIG } from '#service/config';
import { type ExtractFiles, extractParts, writeExtract } from '#service/jobs/write-extract';
import { createLogger } from '#service/logger';
import { ssidWorkIn } from '#service/ssid/ssid-work';
import { openStore } from '#store/open';
import type { Part, PartState, Parts } from '#store/replicas';
import type { Store } from '#store/store';
import { extractJob } from '../../store/extract-job.ts';
import { folder } from '../../support/folders.ts';
import { shipped } from '../../support/histories.ts';
import { postgresServer, WITH_POSTGRES } from '../../support/postgres-server.ts';
import { NOW, TODAY } from '../../support/service.ts';

// A busy machine is slow.
t.setTimeout(900_000);

const LONG = 3_600_000;
/** Short, so that what is looked for at each beat is found soon. */
const LEASE = 1_500;
const VERSION = '1.2.3';
const STUDENTS_A_RANGE = 20;
/** The files of an extract that others read. */
const FILES = ['.txt', '.trace.ndjson', '.leaves', '.manifest.json'];

interface Place {
  readonly address: string;
  readonly files: string;
}

/** What a service is made with, beside a database and a folder. */
interface Made {
  /** Changes what it does with parts. */
  readonly parts?: (parts: Parts) => Partial<Parts>;
  /** What happens before it makes a range of its own extract. */
  readonly beforeRange?: () => Promise<void>;
  readonly deps?: (store: Store) => Partial<ServiceDeps>;
}

/** A service that makes jobs on a database, with one thread. */
async function replica(t: Test, { address, files }: Place, name: string, made: Made = {}) {
  const opened = await openStore(address, { replica: name });
  const replicas = opened.replicas as NonNullable<Store['replicas']>;
  const parts = { ...replicas.parts, ...made.parts?.(replicas.parts) };
  const store: Store = { ...opened, replicas: { ...replicas, parts } };
  const log: string[] = [];
  const sink = new Writable({
    write(chunk, _encoding, done) {
      log.push(String(chunk));
      done();
    },
  });
  const elsewhere = () => Promise.reject(new Error('this is no business of the test'));
  const app = await buildApp(
    { ...DEFAULT_CONFIG, database: address, storeDir: files, shutdownGrace: 0, replicaLease: LEASE },
    {
      ...{ store, rulebook: shipped, clock: () => NOW, version: VERSION, logger: createLogger('trace', sink) },
      ...{ loadUpload: elsewhere, writeImpact: elsewhere, reconcile: elsewhere, checkDraft: elsewhere },
      ssidWork: ssidWorkIn(address, 0),
      partSizes: { from: 0, studentsARange: STUDENTS_A_RANGE },
      writeExtract({ shared, ...work }, control) {
        const waiting = shared && {
          ...shared,
          inOrder: (...[ranges, ahead, start]: Parameters<typeof shared.inOrder>) =>
            shared.inOrder(ranges, ahead, async (range) => {
              await made.beforeRange?.();
              return start(range);
            }),
        };
        return writeExtract(
          { ...work, store, storeDir: address, version: VERSION, shared: waiting },
          { ...control, workers: 1 },
        );
      },
      extractParts: (work, ranges) => extractParts({ ...work, store, storeDir: address }, ranges),
      ...made.deps?.(store),
    },
  );
  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closed ??= app.close().then(() => opened.close());
    return closed;
  };
  t.teardown(close);
  await app.ready();
  return { app, store, log, close };
}

/** A process that is there, and does only what the test says. */
async function bare(t: Test, { address }: Place, name: string): Promise<{ store: Store; parts: Parts }> {
  const store = await openStore(address, { replica: name });
  t.teardown(() => store.close());
  await store.replicas?.beat(LONG);
  return { store, parts: store.replicas?.parts as Parts };
}

/** What became of a job, once it is over, whoever makes it. */
async function over({ app, store }: Awaited<ReturnType<typeof replica>>, id: string): Promise<string> {
  const { extract } = app.jobs;
  let status = '';
  const isOver = async (): Promise<boolean> => {
    status = (await store.forLEAs('all').jobs('extract').get(id))?.status ?? '';
    return status !== 'Pending' && status !== 'Processing';
  };
  while (!(await isOver())) await extract.ended(id, LONG, isOver);
  return status;
}

t.test('an extract that several processes make', WITH_POSTGRES, async (t) => {
  const server = await postgresServer(t);
  const dir = folder(t);
  await writeSample({ students: 300, seed: 7, leas: 3, style: 'plain' }, join(dir, 'sample'));
  const names = readdirSync(join(dir, 'sample')).filter((name) => name.endsWith('.txt'));

  const address = await server.database();
  await loadUpload({
    ...{ storeDir: address, id: 'up_1', sender: 'all', receivedAt: NOW.toISOString(), loadDay: TODAY },
    files: names.map((file) => ({ name: file, path: join(dir, 'sample', file) })),
    rulebook: shipped,
  });
  const at: Place = { address, files: join(dir, 'shared') };
  const extracts = join(at.files, 'extracts');

  /** An extract to be asked for. */
  const asked = (id: string) => ({
    ...extractJob(id),
    request: { reportingLEAs: 'all', academicYear: '2023-2024' } as const,
  });

  /** The files of the extract that one process makes. */
  async function alone(): Promise<readonly Buffer[]> {
    const paths = FILES.map((ending) => join(dir, `alone${ending}`));
    const [rows, trace, leaves, manifest] = paths;
    const store = await openStore(address);
    const { runDate, request, columns } = asked('alone');
    await writeExtract(
      {
        ...{ store, storeDir: address, version: VERSION, request, rulebook: shipped, runDate, columns, snapshot: 1 },
        files: { rows, trace, leaves, manifest } as ExtractFiles,
      },
      { signal: new AbortController().signal, onProgress: () => {}, workers: 1 },
    );
    await store.close();
    return paths.map((path) => readFileSync(path));
  }
  const expected = await alone();

  /** Whether the extract is the one that a single process makes, and nothing else of it is there. */
  async function isWhole(t: Test, base: string) {
    const [id = ''] = base.split('.');
    const there = readdirSync(extracts).filter((name) => name.startsWith(id));
    t.same(there.toSorted(), FILES.map((ending) => base + ending).toSorted());
    for (const [i, ending] of FILES.entries())
      t.ok(readFileSync(join(extracts, base + ending)).equals(expected[i] as Buffer), `the same ${ending}`);
    t.same([...(await server.administer(address, 'SELECT n FROM part'))], [], 'no part is left');
  }

  /** As long as it takes until somebody is gone. */
  const gone = (id: string) =>
    server.administer(address, `UPDATE replica SET until = now() - interval '1 second' WHERE id = '${id}'`);

  t.test('has the same bytes, and more than one made parts', async (t) => {
    const made = { b: Promise.withResolvers<void>(), c: Promise.withResolvers<void>() };
    const all: { n: number; by: string }[] = [];
    const modes = new Set<string>();
    const both = Promise.all([made.b.promise, made.c.promise]).then(() => {});
    const helping = (name: keyof typeof made): Made => ({
      parts: (parts) => ({
        // None takes all that there are before the other comes.
        async help(...asked) {
          if (all.some(({ by }) => by === name)) await both;
          return await parts.help(...asked);
        },
        async made(part, sha256) {
          const folderOf = join(extracts, 'ex_together.parts');
          for (const path of [folderOf, join(folderOf, String(part.n))])
            modes.add((statSync(path).mode & 0o777).toString(8));
          all.push({ n: part.n, by: name });
          const isMine = await parts.made(part, sha256);
          made[name].resolve();
          return isMine;
        },
      }),
    });
    const a = await replica(t, at, 'a', {
      beforeRange: () => both,
    });
    await a.app.jobs.extract.add(asked('ex_together'), 'key');
    const others = [await replica(t, at, 'b', helping('b')), await replica(t, at, 'c', helping('c'))];
    t.equal(await over(a, 'ex_together'), 'Complete');
    t.ok(all.length >= 2, `${all.length} parts were made for it`);
    t.equal(new Set(all.map(({ n }) => n)).size, all.length, 'each once');
    t.same([...modes].toSorted(), ['600', '700']);
    await isWhole(t, 'ex_together');
    for (const { close } of others) await close();
    t.match(others.map(({ log }) => log.join('')).join(''), /parts of an extract made for another process/);
    t.notMatch([a, ...others].map(({ log }) => log.join('')).join(''), /"level":(40|50)|\D\d{10}\D/, 'all went well');
  });

  t.test('a part whose process dies is made again', async (t) => {
    const taken = Promise.withResolvers<void>();
    let held = 0;
    const a = await replica(t, at, 'a', {
      beforeRange: () => taken.promise,
      parts: (parts) => ({
        async look(part) {
          const state = await parts.look(part);
          // It is waited for; that it is gone is told by nobody.
          if (state === 'held' && held++ === 0) await gone('dead');
          return state;
        },
      }),
    });
    const dead = await bare(t, at, 'dead');
    await a.app.jobs.extract.add(asked('ex_helper'), 'key');
    let part: Part | undefined;
    while (!part) part = await dead.parts.help(VERSION, {});
    taken.resolve();
    t.equal(await over(a, 'ex_helper'), 'Complete');
    t.ok(held > 0);
    t.equal(await dead.parts.made(part, 'ab'), false);
    await isWhole(t, 'ex_helper');
  });

  t.test('when the one that has it dies, another makes all of it anew', async (t) => {
    const dead = await bare(t, at, 'dead');
    await dead.store.jobs('extract').add(asked('ex_owner'));
    const job = await dead.store.jobs('extract').take({ snapshot: 1 });
    const of = { job: 'ex_owner', attempt: job?.attempt as number };
    await dead.parts.add(of, [{ from: '0000000000', through: '9999999999' }], VERSION);
    const left = join(extracts, 'ex_owner.parts');
    mkdirSync(left, { recursive: true });
    for (const file of ['0', '1.partial-1-ab']) writeFileSync(join(left, file), 'x');
    writeFileSync(join(extracts, 'ex_owner.txt.partial-1-ab'), 'x');
    await gone('dead');
    const b = await replica(t, at, 'b');
    t.equal(await over(b, 'ex_owner'), 'Complete');
    await isWhole(t, 'ex_owner.2');
  });

  t.test('a part that cannot be read, or not as it was written, is made again', async (t) => {
    const made = Promise.withResolvers<void>();
    const damages = [
      (path: string) => {
        const bytes = readFileSync(path);
        bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] as number) ^ 1;
        writeFileSync(path, bytes);
      },
      (path: string) => rmSync(path),
    ];
    const spoiled: number[] = [];
    let found = 0;
    const a = await replica(t, at, 'a', {
      beforeRange: () => made.promise,
      parts: (parts) => ({
        async look(part): Promise<PartState> {
          const state = await parts.look(part);
          if (typeof state === 'object') damages[found++]?.(join(extracts, 'ex_damaged.parts', String(part.n)));
          return state;
        },
        async spoiled(part) {
          spoiled.push(part.n);
          await parts.spoiled(part);
        },
      }),
    });
    await a.app.jobs.extract.add(asked('ex_damaged'), 'key');
    let count = 0;
    const b = await replica(t, at, 'b', {
      parts: (parts) => ({
        async made(part, sha256) {
          const isMine = await parts.made(part, sha256);
          if (++count === 2) made.resolve();
          return isMine;
        },
      }),
    });
    t.equal(await over(b, 'ex_damaged'), 'Complete');
    t.equal(spoiled.length, 2);
    t.match(a.log.join(''), /is made again/);
    await isWhole(t, 'ex_damaged');
  });

  t.test('one that cannot make a part gives it back, and tries no other', async (t) => {
    const gaveUp = Promise.withResolvers<void>();
    let tried = 0;
    const failing: RangeMaker = {
      count: 1,
      make() {
        tried++;
        return Promise.reject(new Error('it has no room for this'));
      },
      close: async () => {},
    };
    const a = await replica(t, at, 'a', { beforeRange: () => gaveUp.promise });
    await a.app.jobs.extract.add(asked('ex_fails'), 'key');
    const b = await replica(t, at, 'b', {
      deps: () => ({ extractParts: async () => failing }),
      parts: (parts) => ({
        async giveBack(part, hasFailed) {
          const isMine = await parts.giveBack(part, hasFailed);
          t.same([isMine, hasFailed], [true, true]);
          gaveUp.resolve();
          return isMine;
        },
      }),
    });
    t.equal(await over(b, 'ex_fails'), 'Complete');
    t.equal(tried, 1);
    t.match(b.log.join(''), /cannot be made here now/);
    await isWhole(t, 'ex_fails');
  });

  t.test('one that stops gives its part back at once; canceled, the extract leaves nothing', async (t) => {
    const begun = Promise.withResolvers<void>();
    const endless: RangeMaker = {
      count: 1,
      make(_range, signal) {
        begun.resolve();
        return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
      },
      close: async () => {},
    };
    const canceled = Promise.withResolvers<void>();
    const a = await replica(t, at, 'a', { beforeRange: () => canceled.promise });
    await a.app.jobs.extract.add(asked('ex_stops'), 'key');
    const helper = { deps: () => ({ extractParts: async () => endless }) };
    const b = await replica(t, at, 'b', helper);
    await begun.promise;
    const held = `SELECT count(*)::int AS parts, sum(failures)::int AS failures FROM part WHERE holder = 'b'`;
    t.match(await server.administer(address, held), [{ parts: 1 }]);
    await b.app.close();
    t.match(await server.administer(address, held), [{ parts: 0, failures: null }]);
    t.match(await server.administer(address, 'SELECT sum(failures)::int AS failures FROM part'), [{ failures: 0 }]);
    const waited = await bare(t, at, 'c');
    t.ok(await waited.parts.help(VERSION, {}));
    const job = await a.store.forLEAs('all').jobs('extract').get('ex_stops');
    const canceling = a.app.jobs.extract.cancel(job as NonNullable<typeof job>);
    canceled.resolve();
    await canceling;
    t.equal(await over(a, 'ex_stops'), 'Cancelled');
    t.same(
      readdirSync(extracts).filter((name) => name.startsWith('ex_stops')),
      [],
    );
    t.same([...(await server.administer(address, 'SELECT n FROM part'))], []);
  });
});
