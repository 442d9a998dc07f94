/**
 * `cenr load` killed while its threads are at work: the store opens, and holds the upload as a whole or nothing of it.
 * Once into a store that holds other records of the same students, once into an empty one.
 * `CENR_KILLS=200 node test/store/killed-load.test.ts` kills that many.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { cpSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as wait } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { EVERYBODY } from '#records/scope';
import { Random } from '#sample/random';
import { writeSample } from '#sample/write';
import { openSqliteStore } from '#store/sqlite';
import { folder } from '../support/folders.ts';
import { numberFrom } from '../support/histories.ts';

// A busy machine is slow, and may be asked for many kills.
t.setTimeout(7_200_000);

const CENR = join(import.meta.dirname, '../../bin/cenr.mjs');
/** Their files are larger than what is worked on without threads (`pipeline/part-files.ts`). */
const STUDENTS = 4_000;
const LEAST_BYTES = 6_000_000;

interface Files {
  readonly before: string;
  readonly after: string;
}

/** Files of the same students, with other records. */
async function sampleFiles(t: Test): Promise<Files> {
  const dir = folder(t);
  const [before, after] = [join(dir, 'before'), join(dir, 'after')];
  for (const [out, seed] of [
    [before, 1],
    [after, 2],
  ] as const) {
    await writeSample({ students: STUDENTS, seed, leas: 2, style: 'plain' }, out);
    const bytes = readdirSync(out).reduce((sum, name) => sum + statSync(join(out, name)).size, 0);
    t.ok(bytes > LEAST_BYTES, `${bytes} bytes are loaded in threads`);
  }
  return { before, after };
}

const load = (files: string, store: string) =>
  spawn(process.execPath, [CENR, 'load', files, '--lea', 'all', '--load-date', '20240715', '--store', store], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, TMPDIR: join(store, '..') },
  });

async function loaded(files: string, store: string): Promise<number> {
  const begun = performance.now();
  const child = load(files, store);
  const said: Buffer[] = [];
  child.stderr.on('data', (chunk: Buffer) => said.push(chunk));
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`cenr load ended with ${code}: ${Buffer.concat(said)}`);
  return performance.now() - begun;
}

/** Everything that a store holds, in one hash; the time and the id of an upload left out. */
async function whatItHolds(dir: string): Promise<{ uploads: number; sha256: string; damaged: readonly string[] }> {
  const store = openSqliteStore(dir);
  try {
    const hash = createHash('sha256');
    const all = store.forLEAs('all');
    const uploads = await store.snapshot();
    for (let snapshot = 0; snapshot <= uploads; snapshot++) {
      hash.update(`${snapshot} ${await all.students(snapshot)}\n`);
      for await (const batch of all.histories(EVERYBODY, { snapshot }))
        for (const history of batch) hash.update(`${history.ssid}\n${history.body()}\n`);
    }
    for (const { id } of await store.uploadsThrough(uploads)) {
      const { id: _, receivedAt: __, ...upload } = (await all.upload(id)) ?? {};
      hash.update(JSON.stringify(upload));
      for await (const problems of all.problems(id)) hash.update(JSON.stringify(problems));
    }
    return { uploads, sha256: hash.digest('hex'), damaged: (await store.verify()).damaged };
  } finally {
    await store.close();
  }
}

t.test('killed while it loads in threads', async (t) => {
  const kills = numberFrom('CENR_KILLS') ?? 4;
  const seed = numberFrom('CENR_FUZZ_SEED') ?? Math.floor(Math.random() * 1e6);
  t.comment(`CENR_FUZZ_SEED=${seed} CENR_KILLS=${kills}`);
  const random = new Random(seed);
  const { before, after } = await sampleFiles(t);
  const dir = folder(t);
  const empty = join(dir, 'empty');
  await openSqliteStore(empty).close();
  const filled = join(dir, 'filled');
  await loaded(before, filled);
  const cases: { from: string; old: unknown; new: unknown; took: number }[] = [];
  for (const from of [empty, filled]) {
    const store = join(dir, 'whole');
    cpSync(from, store, { recursive: true });
    const old = await whatItHolds(store);
    const took = await loaded(after, store);
    cases.push({ from, old, new: await whatItHolds(store), took });
    rmSync(store, { recursive: true });
  }
  const found = { old: 0, new: 0 };
  for (let round = 0; round < kills; round++) {
    const one = cases[round % cases.length] as (typeof cases)[number];
    const store = join(dir, `round-${round}`);
    cpSync(one.from, store, { recursive: true });
    const child = load(after, store);
    child.stderr.resume();
    const exit = once(child, 'exit');
    // Not while the process only starts.
    const moment = random.between([Math.ceil(one.took / 5), Math.ceil(one.took * 1.1)]);
    await Promise.race([wait(moment), exit]);
    child.kill('SIGKILL');
    await exit;
    const db = new DatabaseSync(join(store, 'students.db'));
    t.equal(db.prepare('PRAGMA integrity_check').get()?.['integrity_check'], 'ok');
    db.close();
    const holds = await whatItHolds(store);
    const state = JSON.stringify(holds) === JSON.stringify(one.old) ? 'old' : 'new';
    found[state]++;
    t.same(holds, one[state], `killed after ${moment} ms of ${Math.round(one.took)}: ${state}`);
    // Whoever sends it again has what would have been there.
    if (state === 'old' && round % 10 < cases.length) {
      await loaded(after, store);
      t.same(await whatItHolds(store), one.new, 'and takes the upload again');
    }
    rmSync(store, { recursive: true });
  }
  t.comment(`${kills} kills: ${found.old} left the store as it was, ${found.new} with the upload`);
  t.equal(found.old + found.new, kills);
});
