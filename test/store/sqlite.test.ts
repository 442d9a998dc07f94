import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import t from 'tap';
import { openSqliteStore } from '../../src/store/sqlite.ts';
import { folder } from '../support/folders.ts';
import { storeContract } from './contract.ts';

t.test('the contract of a store', (t) => {
  const dir = folder(t);
  storeContract(t, () => openSqliteStore(dir));
  t.end();
});

t.test('a process killed in the middle of an upload leaves the store as it was', async (t) => {
  const dir = folder(t);
  const store = openSqliteStore(dir);
  await store.load({ id: 'up_1', sender: 'all', files: [] }, async (writer) => {
    writer.put('9900000001', 'before', new Set(['9900001']));
    return {} as never;
  });
  const child = spawn(process.execPath, [join(import.meta.dirname, 'half-an-upload.ts'), dir], { stdio: ['ignore', 'pipe', 'inherit'] });
  for await (const line of createInterface({ input: child.stdout })) if (line === 'written') break;
  child.kill('SIGKILL');
  await once(child, 'exit');
  const seen = store.forLEAs('all');
  t.same(
    seen.ranges(1).flatMap((range) => [...seen.bodies(range)]),
    [['9900000001', 'before']],
  );
  await store.load({ id: 'up_3', sender: 'all', files: [] }, async (writer) => {
    writer.put('9900000001', 'after', new Set(['9900001']));
    return {} as never;
  });
  t.same(
    seen.ranges(1).flatMap((range) => [...seen.bodies(range)]),
    [['9900000001', 'after']],
    'and the next upload goes in',
  );
  store.close();
});

t.test('a store of a later version is refused with a sentence', (t) => {
  const dir = folder(t);
  openSqliteStore(dir).close();
  const db = new DatabaseSync(join(dir, 'students.db'));
  db.exec('PRAGMA user_version = 99');
  db.close();
  t.throws(() => openSqliteStore(dir), /made by a later version of cenr/);
  t.end();
});

t.test('a file that is no database is refused', (t) => {
  const dir = folder(t);
  writeFileSync(join(dir, 'students.db'), 'SENR^A^^9900001\n'.repeat(2000));
  t.throws(() => openSqliteStore(dir));
  t.end();
});
