import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { copyFileSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { gzipSync } from 'node:zlib';
import t from 'tap';
import { keepLine } from '#records/record';
import { ssidText } from '#records/ssid';
import { hashOf } from '#rulebook/load/texts';
import { KEYS_KNOWN_MS, openHistories, openSqliteStore } from '#store/sqlite';
import type { LEAStore, Store } from '#store/store';
import { folder } from '../support/folders.ts';
import { begunReading, inRanges, recordsOf, textOf, textsOf } from '../support/stored.ts';
import { storeContract } from './contract.ts';

// A busy machine is slow.
t.setTimeout(900_000);

const EVERY = { from: '0000000000', through: '9999999999' };
const LEA = '9900001';

/** Loads an upload that gives each student this body. */
const put = (store: Store, id: string, bodies: Readonly<Record<string, string>>): Promise<unknown> =>
  store.load({ id, sender: 'all', files: [] }, async (writer) => {
    for (const [ssid, body] of Object.entries(bodies))
      writer.put(ssid, recordsOf(body), new Set(body === '' ? [] : [LEA]));
    return { receivedAt: '2026-11-21T08:00:00.000Z', files: [] } as never;
  });

const FORMERS = 'SELECT coalesce(sum(students), 0) FROM former_block';

/** A number that a query on the file itself gives. */
function asked(dir: string, sql: string): unknown {
  const db = new DatabaseSync(join(dir, 'students.db'), { readOnly: true });
  try {
    return Object.values(db.prepare(sql).get() ?? {})[0];
  } finally {
    db.close();
  }
}

t.test('the contract of a store', (t) => {
  const dir = folder(t);
  storeContract(
    t,
    async () => openSqliteStore(dir),
    () => {
      const other = folder(t);
      return async () => openSqliteStore(other);
    },
  );
  t.end();
});

t.test('a process killed in the middle of an upload leaves the store as it was', async (t) => {
  const dir = folder(t);
  const store = openSqliteStore(dir);
  await store.load({ id: 'up_1', sender: 'all', files: [] }, async (writer) => {
    writer.put('9900000001', recordsOf('before'), new Set(['9900001']));
    return {} as never;
  });
  const child = spawn(process.execPath, [join(import.meta.dirname, 'half-an-upload.ts'), dir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const line of createInterface({ input: child.stdout })) if (line === 'written') break;
  child.kill('SIGKILL');
  await once(child, 'exit');
  const seen = store.forLEAs('all');
  t.same(await textsOf(inRanges(seen, 1)), [['9900000001', 'before']]);
  t.same(await textsOf(seen.histories(EVERY, { snapshot: await store.snapshot() })), [['9900000001', 'before']]);
  t.same([await store.snapshot(), asked(dir, FORMERS)], [1, 0], 'and no former history');
  await store.load({ id: 'up_3', sender: 'all', files: [] }, async (writer) => {
    writer.put('9900000001', recordsOf('after'), new Set(['9900001']));
    return {} as never;
  });
  t.same(await textsOf(inRanges(seen, 1)), [['9900000001', 'after']], 'and the next upload goes in');
  t.same(await textsOf(seen.histories(EVERY, { snapshot: 1 })), [['9900000001', 'before']]);
  await store.close();
});

t.test('whoever reads a snapshot sees it through, whatever is loaded and forgotten meanwhile', async (t) => {
  const dir = folder(t);
  const store = openSqliteStore(dir);
  // More students than come at a time, so that those who change come later.
  const others = Object.fromEntries(Array.from({ length: 600 }, (_, i) => [String(9_800_000_000 + i), 'another']));
  const before = { ...others, '9900000001': 'one', '9900000002': 'two', '9900000003': 'three' };
  await put(store, 'up_1', before);
  for (const scope of ['all', [LEA]] as const) {
    const from = await store.snapshot();
    const readers = [openHistories(dir, scope, from), openHistories(dir, scope, from)] as const;
    const [begun, later] = readers;
    const reading = await begunReading(begun);
    const unpinned = openHistories(dir, scope);
    const asItIs = await begunReading(unpinned);
    await put(store, `up_change_${scope}`, {
      '9900000001': 'changed',
      '9900000002': '',
      '9900000003': 'changed',
      '9900000004': 'new',
    });
    t.same(await textsOf(later.histories(EVERY)), Object.entries(before), 'begun after the upload');
    t.same(await textsOf(inRanges(later, 3)), Object.entries(before), 'ranges found after the upload');
    t.equal(await later.students(), 603);
    t.same([textOf(await later.history('9900000002')), textOf(await later.history('9900000004'))], ['two', undefined]);
    t.same(await store.forget(from, '2026-11-22T00:00:00.000Z'), { histories: scope === 'all' ? 3 : 6 });
    t.same(await reading.all(), Object.entries(before), 'begun before the upload and finished after the forgetting');
    t.same(await asItIs.all(), Object.entries(before), 'without a snapshot one call sees one state too');
    await t.rejects(textsOf(later.histories(EVERY)), { name: 'SnapshotGoneError', snapshot: from });
    t.throws(() => openHistories(dir, scope, from), { name: 'SnapshotGoneError', snapshot: from });
    t.throws(() => openHistories(dir, scope, 99), /newest upload is \d+\. Check that this is the right store\./);
    await put(store, `up_back_${scope}`, { ...before, '9900000004': '' });
    for (const reader of [...readers, unpinned]) reader.close();
  }
  await store.close();
});

t.test('what is read in batches holds the log of the file only until the reader leaves', async (t) => {
  const dir = folder(t);
  const store = openSqliteStore(dir);
  const texts = (text: string) =>
    Object.fromEntries(Array.from({ length: 600 }, (_, i) => [String(9_900_000_000 + i), text]));
  await put(store, 'up_1', texts('one'));
  const seen = store.forLEAs('all');
  const logBytes = (): number => statSync(join(dir, 'students.db-wal')).size;
  let uploads = 1;
  /** Forgetting empties the log, unless somebody reads what is in it. */
  const logAfterForgetting = async (): Promise<number> => {
    await put(store, `up_${++uploads}`, texts(String(uploads)));
    await store.forget(uploads - 1, '2026-11-22T00:00:00.000Z');
    return logBytes();
  };
  const reading = await begunReading(seen);
  t.ok((await logAfterForgetting()) > 0, 'somebody reads');
  await reading.all();
  t.equal(await logAfterForgetting(), 0, 'all was read');
  for await (const _ of seen.histories(EVERY)) break;
  t.equal(await logAfterForgetting(), 0, 'the reader left');
  const stopping = new AbortController();
  await t.rejects(async () => {
    for await (const _ of seen.histories(EVERY, { signal: stopping.signal })) stopping.abort(new Error('enough'));
  }, /enough/);
  t.equal(await logAfterForgetting(), 0, 'the reader was stopped');
  await t.rejects(textsOf(seen.histories(EVERY, { snapshot: 99 })));
  t.equal(await logAfterForgetting(), 0, 'there was nothing to read');
  const many = await Promise.all(Array.from({ length: 5 }, () => begunReading(seen)));
  for (const one of many) t.equal((await one.all()).length, 600);
  t.equal(await logAfterForgetting(), 0, 'many read in turns');
  const open = await begunReading(seen);
  await store.close();
  await t.rejects(open.all(), 'the store was closed');
});

t.test('students who cannot be read are named after all who come before them; everybody else is read', async (t) => {
  const dir = folder(t);
  const store = openSqliteStore(dir);
  const ssids = Array.from({ length: 700 }, (_, i) => String(9_900_000_000 + i));
  await put(store, 'up_1', Object.fromEntries(ssids.map((ssid) => [ssid, 'text'])));
  await store.close();
  const db = new DatabaseSync(join(dir, 'students.db'));
  const firsts = db.prepare('SELECT first FROM block WHERE first >= 0 ORDER BY first').all();
  const [, damaged, next] = firsts.map((row) => ssidText(row['first'] as number)) as [string, string, string];
  const { hot } = db.prepare('SELECT hot FROM block WHERE first = ?').get(Number(damaged)) as { hot: Uint8Array };
  hot[60] = (hot[60] as number) ^ 1;
  db.prepare('UPDATE block SET hot = ? WHERE first = ?').run(hot, Number(damaged));
  db.close();
  const again = openSqliteStore(dir);
  const message = new RegExp(`the students ${damaged} and above in "${join(dir, 'students.db')}" cannot be read`);
  for (const scope of ['all', [LEA]] as const) {
    const seen = again.forLEAs(scope);
    const read: string[] = [];
    await t.rejects(
      async () => {
        for await (const batch of seen.histories(EVERY)) read.push(...batch.map(({ ssid }) => ssid));
      },
      { name: 'BlockDamagedError', message },
    );
    t.same(read, ssids.slice(0, ssids.indexOf(damaged)));
    await t.rejects(seen.history(damaged), { name: 'BlockDamagedError', message });
    const rest = await textsOf(seen.histories({ from: next, through: EVERY.through }));
    t.same(
      rest.map(([ssid]) => ssid),
      ssids.slice(ssids.indexOf(next)),
    );
    t.equal(await seen.students(), ssids.length);
  }
  t.match((await again.verify()).damaged, [message]);
  await again.close();
});

t.test('a snapshot reads the same while another process loads one upload after another', async (t) => {
  const dir = folder(t);
  const store = openSqliteStore(dir);
  const child = spawn(process.execPath, [join(import.meta.dirname, 'upload-after-upload.ts'), dir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const line of createInterface({ input: child.stdout })) if (line === 'loading') break;
  const first = await store.snapshot();
  const readers = (['all', [LEA]] as const).map((scope) => store.forLEAs(scope));
  const faults = async (seen: LEAStore, snapshot: number): Promise<string[]> => {
    const bodies = await textsOf(seen.histories(EVERY, { snapshot }));
    return [
      ...(bodies.length !== 20 || bodies.some(([, body]) => body !== String(snapshot))
        ? [`bodies: ${bodies.length}`]
        : []),
      ...((await seen.students(snapshot)) !== 20 ? ['students'] : []),
      ...(textOf(await seen.history('9900000007', snapshot)) !== String(snapshot) ? ['one body'] : []),
      ...((await seen.ranges(4, snapshot)).length !== 4 ? ['ranges'] : []),
    ];
  };
  const wrong = new Set<string>();
  // Until enough uploads came in between two statements of a read to be seen if that mattered.
  for (let newest = first; newest < first + 60; newest = await store.snapshot())
    for (const seen of readers)
      for (const snapshot of [newest, newest - (newest % 7) || 1])
        for (const fault of await faults(seen, snapshot)) wrong.add(fault);
  child.kill('SIGKILL');
  await once(child, 'exit');
  t.same([...wrong], []);
  await store.close();
});

t.test('only what changed leaves a former history', async (t) => {
  const dir = folder(t);
  const store = openSqliteStore(dir);
  const formers = () => asked(dir, FORMERS);
  await put(store, 'up_1', { '9900000001': 'one', '9900000002': 'two', '': 'without an SSID' });
  t.equal(formers(), 0, 'new students leave none');
  await put(store, 'up_2', { '9900000001': 'one', '9900000003': 'three' });
  t.equal(formers(), 0, 'the same again leaves none');
  await put(store, 'up_3', { '9900000001': 'changed', '9900000002': '', '': 'without an SSID, changed' });
  t.equal(formers(), 2);
  t.equal(asked(dir, 'SELECT count(*) FROM formerly_enrolled'), 2);
  await store.forget(2, '2026-11-22T00:00:00.000Z');
  t.equal(formers(), 0);
  t.equal(asked(dir, 'SELECT count(*) FROM formerly_enrolled'), 0);
  await store.close();
});

t.test('what is forgotten is not in the files any more', async (t) => {
  const dir = folder(t);
  const store = openSqliteStore(dir);
  const inFiles = (bytes: Uint8Array): boolean =>
    readdirSync(dir).some((name) => readFileSync(join(dir, name)).includes(Buffer.from(bytes.subarray(40, 240))));
  const students = Array.from({ length: 40 }, (_, i) => String(9_900_000_001 + i));
  const texts = (changed: readonly string[]) =>
    Object.fromEntries(
      changed.map((ssid) => [ssid, randomBytes(ssid.endsWith('1') ? 40_000 : 300).toString('base64')]),
    );
  const blobs = (sql: string): Uint8Array[] => {
    const db = new DatabaseSync(join(dir, 'students.db'), { readOnly: true });
    const rows = db.prepare(sql).all() as { bytes: Uint8Array }[];
    db.close();
    return rows.map(({ bytes }) => bytes);
  };
  await put(store, 'up_1', texts(students));
  const first = blobs('SELECT hot AS bytes FROM block');
  // Few of them: what they were stays in the block, beside what was put aside.
  await put(store, 'up_2', texts(students.slice(3, 5)));
  await put(store, 'up_3', texts(students.slice(4, 6)));
  const former = blobs('SELECT bytes FROM former_block');
  t.same([first.length, former.length, first.every(inFiles), former.every(inFiles)], [1, 2, true, true]);
  await store.forget(2, '2026-11-22T00:00:00.000Z');
  t.notOk([...first, ...former].some(inFiles));
  t.ok(blobs('SELECT hot AS bytes FROM block').every(inFiles));
  t.equal((await textsOf(store.forLEAs('all').histories(EVERY))).length, 40);
  await store.close();
});

const oldLine = (text: string): string =>
  keepLine({ source: 1, line: 1, uploaded: '', lastUpdated: '' }, `SENR^${text}`);

t.test('a store made before former histories were kept is brought up to date, by readers too', async (t) => {
  for (const [who, first] of [
    ['a reader', (dir: string) => openHistories(dir, 'all').close()],
    ['a writer', () => {}],
  ] as const) {
    const dir = folder(t);
    const old = new DatabaseSync(join(dir, 'students.db'));
    old.exec('PRAGMA page_size = 16384; PRAGMA journal_mode = WAL');
    old.exec(readFileSync(join(import.meta.dirname, '../../src/store/migrations/students-001.sql'), 'utf8'));
    old.exec(`PRAGMA user_version = 1;
      INSERT INTO upload (id, sender, report) VALUES ('up_1', 'all', '{"receivedAt":"2026-01-01T00:00:00.000Z"}'), ('up_2', 'all', '{"receivedAt":"2026-02-01T00:00:00.000Z"}');
      INSERT INTO history (ssid, body) VALUES (9900000001, '${oldLine('old')}'), (9900000002, '${oldLine('old too')}');
      INSERT INTO enrolled (lea, ssid) VALUES ('9900001', 9900000001), ('9900001', 9900000002)`);
    old.close();
    first(dir);
    const store = openSqliteStore(dir);
    const both = [
      ['9900000001', 'old'],
      ['9900000002', 'old too'],
    ];
    for (const scope of ['all', [LEA]] as const) {
      t.same(await textsOf(store.forLEAs(scope).histories(EVERY)), both, who);
      t.same(
        await textsOf(store.forLEAs(scope).histories(EVERY, { snapshot: 2 })),
        both,
        'the newest upload can be read',
      );
      for (const snapshot of [0, 1])
        await t.rejects(textsOf(store.forLEAs(scope).histories(EVERY, { snapshot })), {
          name: 'SnapshotGoneError',
          snapshot,
          goneAt: '2026-02-01T00:00:00.000Z',
        });
    }
    await put(store, 'up_3', { '9900000001': 'changed', '9900000003': 'new' });
    for (const scope of ['all', [LEA]] as const) {
      t.same(await textsOf(store.forLEAs(scope).histories(EVERY, { snapshot: 2 })), both, 'and later');
      t.same(
        (await textsOf(store.forLEAs(scope).histories(EVERY))).map(([, body]) => body),
        ['changed', 'old too', 'new'],
      );
    }
    await t.rejects(store.forLEAs('all').history('9900000001', 1), { name: 'SnapshotGoneError' });
    await store.close();
  }
});

/** Runs SQL on the file of the service itself. */
function inService(dir: string, sql: string, ...values: Uint8Array[]): void {
  const db = new DatabaseSync(join(dir, 'service.db'));
  try {
    db.prepare(sql).run(...values);
  } finally {
    db.close();
  }
}

t.test('rulebooks kept before texts were are still read, listed, and can take effect', async (t) => {
  const dir = folder(t);
  const old = new DatabaseSync(join(dir, 'service.db'));
  for (const n of ['001', '002'])
    old.exec(readFileSync(join(import.meta.dirname, `../../src/store/migrations/service-${n}.sql`), 'utf8'));
  old.exec('PRAGMA user_version = 2');
  const files = [{ path: 'rules/rulebook.json', json: { name: 'Extract', version: 'old' } }];
  old
    .prepare('INSERT INTO rulebook (hash, kept_at, files) VALUES (?, ?, ?)')
    .run('abc', '2026-01-01T00:00:00.000Z', gzipSync(JSON.stringify(files)));
  old.close();
  const other = folder(t);
  await openSqliteStore(other).close();
  copyFileSync(join(other, 'students.db'), join(dir, 'students.db'));
  const store = openSqliteStore(dir);
  t.strictSame(await store.rulebook('abc'), { hash: 'abc', files });
  t.equal(await store.rulebookTexts('abc'), undefined);
  for (const time of ['the first', 'the second'])
    t.strictSame(
      await store.versions(),
      [{ hash: 'abc', about: files[0]?.json, keptAt: '2026-01-01T00:00:00.000Z', activations: [] }],
      `${time} time`,
    );
  const from = '2026-11-21T08:00:00.000Z';
  t.equal((await store.activate({ hash: 'abc', from, how: 'files', createdAt: from }))?.seq, 1);
  await store.close();
});

t.test('what was kept before keys were renamed is read with the keys of today', async (t) => {
  const dir = folder(t);
  const store = openSqliteStore(dir);
  const counts = { stored: 3, updated: 2, deleted: 1, rejected: 4 };
  await store.load(
    { id: 'up_1', sender: 'all', files: [] },
    async () => ({ id: 'up_1', linesRead: 10, blankLines: 5, counts }) as never,
  );
  const read = {
    id: 'up_1',
    linesRead: 15,
    blankLines: 5,
    counts: { added: 3, replaced: 2, deleted: 1, notUsed: 0, rejected: 4 },
  };
  t.same(await store.forLEAs('all').upload('up_1'), read);
  t.same(await store.forLEAs('all').uploads({ limit: 9 }), [read]);

  const about = '{ "name": "Extract" }';
  const texts = [
    { path: 'rules/checks/TRAN0001.json', text: '{ "code": "TRAN0001", "advice": "Look again." }' },
    { path: 'rules/checks/TRAN0002.json', text: '{ "code": "TRAN0002", "fix": "Look again." }' },
    { path: 'rules/rulebook.json', text: about },
  ];
  const hash = hashOf(texts);
  const files = texts.map(({ path, text }) => ({ path, text, json: JSON.parse(text) }));
  await store.keepRulebook({ hash, files }, '2026-11-21T08:00:00.000Z');
  t.match((await store.rulebook(hash))?.files, [
    { json: { code: 'TRAN0001', fix: 'Look again.' } },
    { json: { code: 'TRAN0002', fix: 'Look again.' } },
    { json: JSON.parse(about) },
  ]);
  t.same(await store.rulebookTexts(hash), texts, 'the texts stay as they were kept');

  const from = '2026-11-21T08:00:00.000Z';
  inService(
    dir,
    `INSERT INTO force (hash, begins, entry) VALUES ('${hash}', '${from}', '{"how":"files","enteredAt":"${from}"}')`,
  );
  t.same(await store.activations(), [{ seq: 1, hash, from, how: 'files', createdAt: from }]);
  await store.close();
});

t.test('damaged rulebooks and drafts are not read, and say so', async (t) => {
  const dir = folder(t);
  const store = openSqliteStore(dir);
  const texts = [{ path: 'rules/rulebook.json', text: '{ "name": "Extract" }' }];
  const hash = hashOf(texts);
  const at = '2026-11-21T08:00:00.000Z';
  await store.keepRulebook(
    { hash, files: texts.map(({ path, text }) => ({ path, text, json: JSON.parse(text) })) },
    at,
  );
  const author = { keyId: 'key_1', name: 'Ana' };
  await store.addDraft({
    id: 'd',
    title: '',
    reason: '',
    from: hash,
    hash,
    revision: 1,
    state: 'draft',
    author,
    createdAt: at,
    changedAt: at,
    approvals: [],
    impactRead: [],
    texts,
  });
  inService(dir, 'DROP TRIGGER rulebook_same');
  const other = gzipSync(JSON.stringify([{ path: 'rules/rulebook.json', text: '{ "name": "Another" }' }]));
  for (const [files, found] of [
    [other, /their hash is [0-9a-f]{64}\. They cannot be used/],
    [other.subarray(0, 20), /they cannot be decompressed/],
  ] as const) {
    for (const table of ['rulebook', 'draft']) inService(dir, `UPDATE ${table} SET files = ?`, files);
    const reads = [() => store.rulebook(hash), () => store.rulebookTexts(hash), () => store.draft('d')];
    for (const read of reads as (() => Promise<unknown>)[])
      await t.rejects(read(), { name: 'RulebookDamagedError', hash, message: found });
  }
  await store.close();
});

t.test('the file itself refuses to change or delete a version, or that it took effect', async (t) => {
  const dir = folder(t);
  const store = openSqliteStore(dir);
  const texts = [{ path: 'rules/rulebook.json', text: '{ "name": "Extract" }' }];
  const hash = hashOf(texts);
  await store.keepRulebook(
    { hash, files: texts.map(({ path, text }) => ({ path, text, json: JSON.parse(text) })) },
    '2026-11-21T08:00:00.000Z',
  );
  await store.activate({ hash, from: '2026-11-21T08:00:00.000Z', how: 'files', createdAt: '2026-11-21T08:00:00.000Z' });
  await store.activate({ hash, from: '2026-12-01T08:00:00.000Z', how: 'files', createdAt: '2026-11-21T08:00:00.000Z' });
  await store.cancelActivation(2, '2026-11-22T08:00:00.000Z');
  for (const [sql, message] of [
    ['DELETE FROM rulebook', /never deleted/],
    ["UPDATE rulebook SET files = x'00'", /never changed/],
    ["UPDATE rulebook SET kept_at = '2020'", /never changed/],
    ["UPDATE rulebook SET about = '{}'", /never changed/],
    ['DELETE FROM force', /never deleted/],
    ["UPDATE force SET begins = '2026-11-20T08:00:00.000Z'", /never changed/],
    ["UPDATE force SET withdrawn_at = '2026-11-20T08:00:00.000Z' WHERE seq = 2", /never changed/],
    ['UPDATE force SET withdrawn_at = NULL WHERE seq = 2', /never changed/],
    ["UPDATE force SET withdrawn_at = '2026-11-22T08:00:00.000Z' WHERE seq = 1", /never changed/],
  ] as const)
    t.throws(() => inService(dir, sql), { message }, sql);
  t.equal((await store.activations()).length, 2);
  await store.close();
});

t.test('a store of a later version is refused with a sentence', async (t) => {
  const dir = folder(t);
  await openSqliteStore(dir).close();
  const db = new DatabaseSync(join(dir, 'students.db'));
  db.exec('PRAGMA user_version = 99');
  db.close();
  t.throws(() => openSqliteStore(dir), /made by a later version of cenr/);
  t.throws(() => openHistories(dir, 'all'), /made by a later version of cenr/);
});

t.test('a file that is no database is refused', (t) => {
  const dir = folder(t);
  writeFileSync(join(dir, 'students.db'), 'SENR^A^^9900001\n'.repeat(2000));
  t.throws(() => openSqliteStore(dir));
  t.end();
});

t.test('with a clock, what another process does to a key is noticed a moment later', async (t) => {
  const dir = folder(t);
  let now = 0;
  const [store, other] = [openSqliteStore(dir, { now: () => now }), openSqliteStore(dir)];
  t.teardown(async () => {
    await store.close();
    await other.close();
  });
  const at = '2026-11-21T08:00:00.000Z';
  const key = (id: string) =>
    ({ id, name: id, hash: `hash of ${id}`, role: 'vendor', leas: 'all', createdAt: at }) as const;
  const revokedAt = async (id: string): Promise<string | undefined> =>
    (await store.keyByHash(`hash of ${id}`))?.revokedAt;
  for (const id of ['key_1', 'key_2']) await other.addKey(key(id));
  t.equal(await revokedAt('key_1'), undefined);
  await other.revokeKey('key_1', at);
  now = KEYS_KNOWN_MS - 1;
  t.equal(await revokedAt('key_1'), undefined);
  await other.addKey(key('key_3'));
  t.same(await store.keyByHash('hash of key_3'), key('key_3'), 'a new key is found at once');
  now = KEYS_KNOWN_MS;
  t.equal(await revokedAt('key_1'), at);
  t.equal(await revokedAt('key_2'), undefined);
  await store.revokeKey('key_2', at);
  t.equal(await revokedAt('key_2'), at, 'its own doing is noticed at once');
});
