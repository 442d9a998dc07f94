/**
 * A store from before histories were kept in blocks: it keeps the contract, all of it is still there, and a process that
 * is killed on the way leaves it as it was or as it will be. `CENR_KILLS=200 node test/store/older-store.test.ts` kills
 * that many.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import t, { type Test } from 'tap';
import { openSqliteStore } from '#store/sqlite';
import type { Store } from '#store/store';
import { folder } from '../support/folders.ts';
import {
  expected,
  expectedProblems,
  fillOlderStore,
  olderStore,
  shippedSource,
  UPLOADS,
  WITHOUT_SSID_BODY,
} from '../support/older-store.ts';
import { bodiesOf, inRanges } from '../support/stored.ts';
import { storeContract } from './contract.ts';

// A busy machine is slow, and may be asked for many kills.
t.setTimeout(7_200_000);

const EVERY = { from: '0000000000', through: '9999999999' };
const STUDENTS = 900;
/** So many that what they take tells, beside a page for each table. */
const MANY = 3_600;

t.test('the contract of a store', (t) => {
  const empty = (): (() => Promise<Store>) => {
    const dir = folder(t);
    olderStore(dir).close();
    return async () => openSqliteStore(dir);
  };
  storeContract(t, empty(), empty);
  t.end();
});

async function filled(t: Test, rulebook: boolean, students = STUDENTS): Promise<string> {
  const dir = folder(t);
  if (rulebook) {
    const store = openSqliteStore(dir);
    await store.keepRulebook(shippedSource, '2026-01-01T00:00:00.000Z');
    await store.close();
    for (const suffix of ['', '-wal', '-shm']) rmSync(join(dir, `students.db${suffix}`), { force: true });
  }
  const db = olderStore(dir);
  fillOlderStore(db, students, rulebook ? shippedSource.hash : undefined);
  db.close();
  return dir;
}

/** That everything is there as it was. */
async function holdsAll(t: Test, dir: string, students = STUDENTS): Promise<void> {
  const store = openSqliteStore(dir);
  for (const snapshot of [1, 2, 3, undefined])
    for (const lea of [undefined, '9900001', '9900002']) {
      const seen = store.forLEAs(lea === undefined ? 'all' : [lea]);
      const own = expected(students, snapshot ?? UPLOADS, lea);
      t.strictSame(
        await bodiesOf(seen.histories(EVERY, { snapshot })),
        own,
        `${lea ?? 'all'}, after upload ${snapshot ?? 'last'}`,
      );
      t.equal(await seen.students(snapshot), own.length);
      t.strictSame(await bodiesOf(inRanges(seen, 4, snapshot)), own);
    }
  const all = store.forLEAs('all');
  t.strictSame((await Array.fromAsync(all.problems('up_1'))).flat(), [...expectedProblems().entries()]);
  t.strictSame(
    (await Array.fromAsync(all.problems('up_1', { severity: 'reject', code: 'FRMT0002', after: 40, limit: 5 })))
      .flat()
      .map(([n]) => n),
    [48, 60, 72, 84, 96],
  );
  t.same(
    (await all.rejections('0000000017', 9)).map(({ upload, problem }) => [upload, problem.line]),
    [['up_1', 0]],
  );
  t.same((await store.verify()).damaged, []);
  await store.close();
}

for (const rulebook of [true, false])
  t.test(`all of it is still there, ${rulebook ? 'with' : 'without'} the layouts of then`, async (t) => {
    const dir = await filled(t, rulebook, MANY);
    const before = statSync(join(dir, 'students.db')).size;
    const told: number[] = [];
    await openSqliteStore(dir, { onProgress: (fraction) => told.push(fraction) }).close();
    t.ok(told.length > 5 && told.every((fraction, i) => fraction >= (told[i - 1] ?? 0)), 'tells how far it is');
    t.equal(told.at(-1), 1);
    t.ok(statSync(join(dir, 'students.db')).size < before / 2, 'and is smaller');
    await holdsAll(t, dir, MANY);
    const db = new DatabaseSync(join(dir, 'students.db'), { readOnly: true });
    const tables = db
      .prepare('SELECT name FROM sqlite_schema')
      .all()
      .map((row) => row['name']);
    t.notOk(
      ['history', 'former', 'problem'].some((name) => tables.includes(name)),
      'nothing of the old form is left',
    );
    db.close();
    const store = openSqliteStore(dir);
    await store.load({ id: 'up_4', sender: 'all', files: [] }, async (writer) => {
      t.equal(writer.history('')?.body(), WITHOUT_SSID_BODY);
      return { receivedAt: '', files: [] } as never;
    });
    await store.close();
  });

/** How many migrations a file has had. */
const stepOf = (db: DatabaseSync): unknown => db.prepare('PRAGMA user_version').get()?.['user_version'];

t.test('killed on the way, it is as it was or as it will be', async (t) => {
  const kills = Number(process.env['CENR_KILLS'] ?? 4);
  const seed = Number(process.env['CENR_FUZZ_SEED'] ?? Math.floor(Math.random() * 1e6));
  t.comment(`CENR_FUZZ_SEED=${seed} CENR_KILLS=${kills}`);
  const original = await filled(t, true);
  const fresh = folder(t);
  await openSqliteStore(fresh).close();
  const made = new DatabaseSync(join(fresh, 'students.db'), { readOnly: true });
  const newest = stepOf(made);
  made.close();
  // How often it says something: any of these moments.
  const moments = 2 + Math.ceil((STUDENTS * 2 + 700) / 100);
  for (let round = 0; round < kills; round++) {
    const dir = join(folder(t), 'store');
    cpSync(original, dir, { recursive: true });
    const moment = (seed * 7_919 + round * 104_729) % moments;
    const child = spawn(process.execPath, [join(import.meta.dirname, 'bring-up-to-date.ts'), dir], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let heard = 0;
    for await (const _ of createInterface({ input: child.stdout })) if (heard++ === moment) child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    const db = new DatabaseSync(join(dir, 'students.db'));
    const step = stepOf(db);
    const tables = db
      .prepare("SELECT count(*) AS n FROM sqlite_schema WHERE name IN ('history', 'former', 'problem')")
      .get();
    t.same([step, tables?.['n']], step === 3 ? [3, 3] : [newest, 0], `killed at moment ${moment}: at step ${step}`);
    t.equal(db.prepare('PRAGMA integrity_check').get()?.['integrity_check'], 'ok');
    db.close();
    await holdsAll(t, dir);
  }
});
