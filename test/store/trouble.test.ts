/** Stores that cannot be used: the sentence names the file and says what to do, and nothing in the folder is changed. */
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import t, { type Test } from 'tap';
import { openHistories, openSqliteStore } from '#store/sqlite';
import type { Store } from '#store/store';
import { isDiskFull, StoreTroubleError, told } from '#store/trouble';
import { folder } from '../support/folders.ts';
import { LEA, line, service } from '../support/service.ts';
import { recordsOf } from '../support/stored.ts';

const load = (store: Store, bytes: number): Promise<unknown> =>
  store.load({ id: `upload_${bytes}`, sender: 'all', files: [] }, async (writer) => {
    writer.put('9900000001', recordsOf(randomBytes(bytes / 2).toString('hex')), new Set(['9900001']));
    return { files: [] } as never;
  });

async function filled(t: Test): Promise<string> {
  const dir = folder(t);
  const store = openSqliteStore(dir);
  await load(store, 500_000);
  await store.close();
  return dir;
}

const bytesOf = (dir: string): Record<string, string> =>
  Object.fromEntries(
    readdirSync(dir, { withFileTypes: true })
      .filter((one) => one.isFile() && !one.name.endsWith('-shm'))
      .map(({ name }) => [name, readFileSync(join(dir, name)).toString('base64')]),
  );

const other = (path: string, version: number): void => {
  rmSync(path);
  const db = new DatabaseSync(path);
  db.exec(`CREATE TABLE recipe (name TEXT); PRAGMA user_version = ${version}`);
  db.close();
};

t.test('a damaged, half or foreign file is named', async (t) => {
  const cases: Readonly<Record<string, (path: string) => void>> = {
    'half of it': (path) => truncateSync(path, 100_000),
    'a text': (path) => writeFileSync(path, 'Dear all, '.repeat(10_000)),
    zeros: (path) => writeFileSync(path, Buffer.alloc(100_000)),
    'of another program': (path) => other(path, 0),
    'of another program, with steps': (path) => other(path, 1),
  };
  for (const [name, spoil] of Object.entries(cases))
    for (const file of ['students.db', 'service.db']) {
      const dir = await filled(t);
      const path = join(dir, file);
      spoil(path);
      const before = bytesOf(dir);
      const expected = { name: 'StoreTroubleError', message: `"${path}" is damaged, or is no file of cenr;` };
      const said = (open: () => unknown): void => {
        try {
          open();
          t.fail(`${file} ${name} is opened`);
        } catch (error) {
          t.ok(error instanceof StoreTroubleError, `${file} ${name}`);
          t.ok((error as Error).message.startsWith(expected.message), (error as Error).message);
        }
      };
      said(() => openSqliteStore(dir));
      said(() => openSqliteStore(dir, { readOnly: true }));
      if (file === 'students.db') said(() => openHistories(dir, 'all'));
      t.same(bytesOf(dir)[file], before[file], 'it is as it was');
    }
});

t.test('without its students a store is not begun anew', async (t) => {
  const dir = await filled(t);
  rmSync(join(dir, 'students.db'));
  const said = /students\.db" is missing or empty, though "service\.db" is there; restore/;
  t.throws(() => openSqliteStore(dir), said);
  t.notOk(existsSync(join(dir, 'students.db')));
  writeFileSync(join(dir, 'students.db'), '');
  t.throws(() => openSqliteStore(dir), said);
});

t.test('what cannot be opened is said', async (t) => {
  const dir = folder(t);
  mkdirSync(join(dir, 'students.db'));
  writeFileSync(join(dir, 'service.db'), '');
  t.throws(() => openSqliteStore(dir, { readOnly: true }), /students\.db" cannot be (opened|read) or written/);
  t.match(told({ errcode: 8 }), { message: /the store cannot be opened or written/ });
  t.match(told({ errcode: 0x10a, message: 'disk I/O error' }), { message: /disk I\/O error; check the disk/ });
  const mine = new Error('x');
  t.equal(told(mine), mine);
  t.equal(told(undefined), undefined);
});

t.test('whoever only reads changes nothing', async (t) => {
  const dir = await filled(t);
  chmodSync(join(dir, 'students.db'), 0o644);
  const before = bytesOf(dir);
  const store = openSqliteStore(dir, { readOnly: true });
  t.equal(await store.snapshot(), 1);
  await t.rejects(() => store.forgetAnswers('2026'), /readonly/);
  await store.close();
  const { 'students.db': students, 'service.db': service } = bytesOf(dir);
  t.same([students, service], [before['students.db'], before['service.db']]);
});

/** Files that a connection opens from now on have room for so many pages. */
function withPages(t: Test, most: number): void {
  const { exec } = DatabaseSync.prototype;
  DatabaseSync.prototype.exec = function (sql) {
    exec.call(this, sql);
    if (sql.includes('page_size')) exec.call(this, `PRAGMA max_page_count = ${most}`);
  };
  t.teardown(() => {
    DatabaseSync.prototype.exec = exec;
  });
}

t.test('a full disk is told as what it is, and the store is as it was', async (t) => {
  withPages(t, 60);
  const store = openSqliteStore(folder(t));
  await load(store, 1_000);
  const error = await load(store, 5_000_000).catch((error: unknown) => error);
  t.ok(isDiskFull(error));
  t.match(told(error), { message: /^the disk is full, and nothing of this was stored; make room/ });
  t.ok(isDiskFull(Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' })));
  t.equal(await store.snapshot(), 1);
  await load(store, 2_000);
  t.equal(await store.snapshot(), 2, 'what fits is taken again');
  await store.close();
});

t.test('over REST it is a 507 that says when to try again', async (t) => {
  const { ask, key, store, log } = await service(t);
  withPages(t, 60);
  const headers = { ...key('vendor', [LEA]), 'content-type': 'text/plain' };
  const upload = (students: number) =>
    ask({
      method: 'POST',
      url: '/v1/uploads',
      headers,
      payload: Array.from(
        { length: students },
        (_, i) =>
          `${line('SENR', { ssid: String(9900000001 + i), localRecordID: randomBytes(120).toString('hex') })}\r\n`,
      ).join(''),
    });
  const refused = await upload(5_000);
  t.match(refused, { status: 507, body: { code: 'CENR_DISK_FULL' } });
  t.ok(Number(refused.headers['retry-after']) > 0);
  t.equal(await store.snapshot(), 0);
  t.ok(
    log.some((one) => JSON.parse(one).level === 50),
    'the operator is told',
  );
  t.equal((await upload(1)).status, 201);
});
