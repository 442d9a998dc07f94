/** What only a store in a database must do: who sees what, whatever is asked; who comes first; what is told of trouble. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import t, { type Test } from 'tap';
import { EVERYBODY } from '#records/scope';
import { openHistories, openStore, shownPlace } from '#store/open';
import { connectionsTo, inScope, type Transaction } from '#store/postgres/connection';
import type { Store } from '#store/store';
import { StoreTroubleError } from '#store/trouble';
import { type PostgresServer, postgresServer, SERVERS, WITH_POSTGRES } from '../support/postgres-server.ts';
import { recordsOf, textOf, textsOf } from '../support/stored.ts';

// A busy machine is slow.
t.setTimeout(900_000);

const [A, B] = ['9900001', '9900002'] as const;
const [OF_A, OF_B, OF_BOTH] = ['9900000001', '9900000002', '9900000003'] as const;
const AT = '2026-11-21T08:00:00.000Z';

const put = (store: Store, id: string, sender: string, students: readonly (readonly [string, string, ...string[]])[]) =>
  store.load({ id, sender, files: [{ name: 'SENR.txt' }] }, async (writer) => {
    for (const [ssid, text, ...leas] of students) {
      writer.put(ssid, recordsOf(text), new Set(leas));
      writer.ssids.keepGiven({ source: writer.source(0), line: 1, localID: 'x', ssid, isNew: true });
      const rejected = { file: 'SENR.txt', line: 1, recordType: 'SENR', field: '1', fieldName: 'x', value: text };
      writer.problem({
        problem: { ...rejected, code: 'X', severity: 'reject', message: 'x' },
        ssid,
        sent: { text, marked: { from: 0, to: 1 } },
      });
    }
    return { id, sender, receivedAt: AT, loadDay: '20261121', files: [] } as never;
  });

const extract = (id: string, reportingLEAs: readonly string[] | 'all') =>
  ({ id, reportingLEAs, request: {}, runDate: '20260701', requestedAt: AT, status: 'Pending', progress: 0 }) as never;

const anomaly = (id: string, ...leas: readonly string[]) => ({
  ...{ id, kind: 'CCE', code: 'CCE0001', title: 'Concurrent', says: 'They overlap.', fingerprint: 'f1' },
  sides: leas.map((lea) => ({
    ...{ ssid: OF_BOTH, lea, school: '', localID: '', start: '', exit: '', exitReason: '', todo: '' },
  })),
});

/** A store where every table that an LEA may read something of holds rows of two LEAs. */
async function filled(address: string): Promise<Store> {
  const store = await openStore(address);
  await put(store, 'up_a', A, [
    [OF_A, 'before', A],
    [OF_BOTH, 'before', A, B],
  ]);
  await put(store, 'up_b', B, [
    [OF_B, 'before', B],
    [OF_BOTH, 'after', A, B],
  ]);
  await put(store, 'up_all', 'all', [
    [OF_A, 'after', A],
    [OF_B, 'after', B],
  ]);
  await store.jobs('extract').add(extract('ex_a', [A]));
  await store.jobs('extract').add(extract('ex_b', [B]));
  await store.jobs('extract').add(extract('ex_both', [A, B]));
  await store.jobs('extract').add(extract('ex_all', 'all'));
  for (const job of ['ex_a', 'ex_b', 'ex_all'])
    await store
      .jobs('extract')
      .update(job, {}, [
        { id: `of ${job}`, way: 'webhook', to: 'x', state: 'waiting', tries: 0, job, target: 'x', event: '{}' },
      ]);
  const search = { upload: 3, rulebookHash: 'h', day: '20260302', at: AT, by: 'search' };
  await store.anomalies.keep(search, [anomaly('of a', A), anomaly('of b', B), anomaly('of both', A, B)]);
  await store.addKey({ id: 'key_1', name: 'x', hash: 'secret', role: 'vendor', leas: [A], createdAt: AT });
  return store;
}

/** What somebody sees who may see B, of every table, when a query names no LEA. */
const SEEN: Readonly<Record<string, readonly string[]>> = {
  history: [OF_B, OF_BOTH],
  enrolled: [`${B} ${OF_B}`, `${B} ${OF_BOTH}`],
  former: [OF_B, OF_BOTH],
  formerly_enrolled: [`${B} ${OF_B}`, `${B} ${OF_BOTH}`],
  upload: ['up_b'],
  problems: ['2'],
  source: ['2'],
  ssid_given: ['2 1'],
  rejected: [OF_B, OF_BOTH],
  anomaly: ['of b', 'of both'],
  job: ['ex_b'],
  outbox: ['of ex_b'],
};
const SAYS: Readonly<Record<string, string>> = {
  history: 'ssid::text',
  enrolled: "lea || ' ' || ssid",
  former: 'ssid::text',
  formerly_enrolled: "lea || ' ' || ssid",
  upload: 'id',
  problems: 'upload::text',
  source: 'number::text',
  ssid_given: "source || ' ' || line",
  rejected: 'ssid',
  anomaly: 'id',
  job: 'id',
  outbox: 'id',
};
interface Row {
  readonly says: string;
}

/** Tables that say nothing of students. */
const OF_NOBODY = ['form', 'forgotten'];

for (const which of SERVERS)
  t.test(`a store in PostgreSQL, ${which}`, WITH_POSTGRES, async (t) => walls(t, await postgresServer(t, { which })));

async function walls(t: Test, server: PostgresServer): Promise<void> {
  t.test('a query that names no LEA shows nothing of other LEAs', async (t) => {
    const address = await server.database();
    const store = await filled(address);
    const connections = connectionsTo(address, 1);
    t.teardown(() => connections.close());
    const rows = await connections.short<{ name: string; may: boolean; walled: boolean }[]>`
      SELECT relname AS name, has_table_privilege('cenr_scoped', oid, 'SELECT') AS may, relrowsecurity AS walled
      FROM pg_class WHERE relkind = 'r' AND relnamespace = current_schema::regnamespace ORDER BY 1`;
    t.ok(rows.length > 30);
    for (const { name, may, walled } of rows) {
      const all = await connections.short.unsafe(`SELECT count(*)::int AS n FROM ${name}`);
      const seen = inScope(connections.short, [B], (sql) =>
        sql.unsafe(`SELECT ${SAYS[name] ?? '1'} AS says FROM ${name} ORDER BY 1`),
      );
      if (!may) await t.rejects(seen, { code: '42501' }, `${name} may not be read at all`);
      else if (!walled) t.ok(OF_NOBODY.includes(name), `${name} says nothing of students`);
      else {
        const found = (await seen).map((row) => row['says']);
        t.same(found, SEEN[name], name);
        t.ok(found.length > 0 && found.length < all[0]?.['n'], `${name} has others`);
      }
    }
    await t.rejects(
      inScope(connections.short, [B], (sql) => sql`INSERT INTO enrolled VALUES (${B}, 1)`),
      { code: /42501|25006/ },
      'and nothing is written',
    );
    await store.close();
  });

  t.test(
    'the scope reaches the server before whatever is asked, however it is asked, on a new connection too',
    async (t) => {
      const address = await server.database();
      await (await filled(address)).close();
      const question = 'SELECT ssid::text AS says FROM history ORDER BY 1';
      const ways: Readonly<Record<string, (sql: Transaction) => Promise<readonly Row[]>>> = {
        'at once': (sql) => sql.unsafe<Row[]>(question).execute(),
        'as one text': (sql) => sql.unsafe<Row[]>(question).simple(),
        'with a parameter': (sql) => sql<Row[]>`SELECT ssid::text AS says FROM history WHERE ssid > ${0} ORDER BY 1`,
        async 'some at a time'(sql) {
          const found: Row[] = [];
          for await (const rows of sql.unsafe<Row[]>(question).cursor(1)) found.push(...rows);
          return found;
        },
      };
      for (const [way, ask] of Object.entries(ways)) {
        const connections = connectionsTo(address, 1);
        // New to the connection, then known to it.
        for (const _ of [1, 2])
          t.same(
            (await inScope(connections.short, [B], ask)).map(({ says }) => says),
            [OF_B, OF_BOTH],
            way,
          );
        await connections.close();
      }
    },
  );

  t.test('long texts are packed with what is quickest', async (t) => {
    const address = await server.database();
    const store = await openStore(address);
    for (const text of ['before ', 'after ']) await put(store, `up_${text.trim()}`, A, [[OF_A, text.repeat(1_000), A]]);
    await store.close();
    const [able] = await server.administer(
      address,
      "SELECT 'lz4' = ANY (enumvals) AS lz4 FROM pg_settings WHERE name = 'default_toast_compression'",
    );
    for (const table of ['history', 'former']) {
      const rows = await server.administer(address, `SELECT pg_column_compression(body) AS how FROM ${table}`);
      t.same(
        rows.map(({ how }) => how),
        [able?.['lz4'] ? 'lz4' : 'pglz'],
        table,
      );
    }
  });

  t.test('nothing of a scope is left on a connection', async (t) => {
    const address = await server.database();
    const store = await filled(address);
    const connections = connectionsTo(address, 1);
    t.teardown(() => connections.close());
    await inScope(connections.short, [B], (sql) => sql`SELECT 1`);
    await t.rejects(inScope(connections.short, [B], (sql) => sql`SELECT nothing`));
    const [left] =
      await connections.short`SELECT current_user = session_user AS own, current_setting('cenr.leas', true) AS leas`;
    t.same(left, { own: true, leas: '' });
    t.equal((await connections.short`SELECT FROM history`).length, 3);
    const seen = async (scope: readonly string[]) =>
      (await textsOf(store.forLEAs(scope).histories(EVERYBODY))).map(([ssid]) => ssid);
    // Many at once, on connections that serve one after the other.
    const scopes = Array.from({ length: 60 }, (_, i) => (i % 3 === 0 ? [A] : i % 3 === 1 ? [B] : ['9900009']));
    const found = await Promise.all(scopes.map(seen));
    const expected = { [A]: [OF_A, OF_BOTH], [B]: [OF_B, OF_BOTH], '9900009': [] };
    for (const [i, scope] of scopes.entries()) t.same(found[i], expected[scope[0] as typeof A]);
    await store.close();
  });

  t.test('many who open a new database at once make one store', async (t) => {
    const address = await server.database();
    const stores = await Promise.all(Array.from({ length: 6 }, () => openStore(address)));
    t.same(await Promise.all(stores.map((store) => store.snapshot())), [0, 0, 0, 0, 0, 0]);
    await Promise.all(stores.map((store) => store.close()));
  });

  t.test('the database of another program, or of a later version, is left alone', async (t) => {
    const foreign = await server.database();
    await server.administer(foreign, 'CREATE TABLE theirs (x int); GRANT SELECT ON theirs TO public');
    await t.rejects(openStore(foreign), { name: 'StoreTroubleError', message: /tables that are not of cenr/ });
    const later = await server.database();
    await (await openStore(later)).close();
    await server.administer(later, "INSERT INTO cenr_migration (number, file) VALUES (999, '999-later.sql')");
    await t.rejects(
      openStore(later),
      /made by a later version of cenr \(its database is at step \d+, this program knows/,
    );
  });

  t.test('a second upload, from another process, waits for the first', async (t) => {
    const address = await server.database();
    const [one, two] = [await openStore(address), await openStore(address)];
    const order: string[] = [];
    let second: Promise<unknown> | undefined;
    await one.load({ id: 'up_1', sender: 'all', files: [] }, async (writer) => {
      second = put(two, 'up_2', 'all', [[OF_A, 'second', A]]).then(() => order.push('second'));
      writer.put(OF_A, recordsOf('first'), new Set([A]));
      await one.snapshot();
      order.push('first');
      return { id: 'up_1', sender: 'all', receivedAt: AT, files: [] } as never;
    });
    await second;
    t.same(order, ['first', 'second']);
    t.same(
      (await two.uploadsThrough(9)).map(({ seq, id }) => [seq, id]),
      [
        [1, 'up_1'],
        [2, 'up_2'],
      ],
    );
    t.equal(textOf(await one.forLEAs([A]).history(OF_A, 1)), 'first');
    await Promise.all([one.close(), two.close()]);
  });

  t.test(
    'a process killed in the middle of an upload leaves the store as it was, and nobody waits for it',
    async (t) => {
      const address = await server.database();
      const store = await openStore(address);
      await put(store, 'up_1', 'all', [[OF_A, 'before', A]]);
      const child = spawn(process.execPath, [join(import.meta.dirname, 'half-an-upload.ts'), address], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      for await (const line of createInterface({ input: child.stdout })) if (line === 'written') break;
      child.kill('SIGKILL');
      await once(child, 'exit');
      t.same(await textsOf(store.forLEAs('all').histories(EVERYBODY)), [[OF_A, 'before']]);
      await put(store, 'up_2', 'all', [[OF_A, 'after', A]]);
      t.same(
        (await store.uploadsThrough(9)).map(({ seq, id }) => [seq, id]),
        [
          [1, 'up_1'],
          [2, 'up_2'],
        ],
      );
      t.equal(textOf(await store.forLEAs([A]).history(OF_A, 1)), 'before');
      await store.close();
    },
  );

  t.test('what goes wrong while an upload is made is told as it is, and holds no rows', async (t) => {
    const store = await openStore(await server.database());
    const missing = Object.assign(new Error('no such file'), { code: 'ENOENT', syscall: 'open' });
    const failing = store.load({ id: 'up_1', sender: 'all', files: [] }, () => Promise.reject(missing));
    await t.rejects(failing, missing);
    const key = { id: 'key_1', name: 'x', hash: 'hush-hush', role: 'vendor', leas: [A], createdAt: AT } as const;
    await store.addKey(key);
    const error = await store.addKey({ ...key, id: 'key_2' }).catch((thrown: Error) => thrown);
    t.match(error, { code: '23505' });
    t.notMatch(JSON.stringify({ ...(error as Error) }), /hush/);
    await store.close();
  });

  t.test(
    'a server that is gone is told as trouble, without the password; when it is back, so is the store',
    async (t) => {
      const plain = await server.database();
      const address = plain.replace('@', ':hush-hush@');
      const store = await openStore(address);
      await put(store, 'up_1', 'all', [[OF_A, 'kept', A]]);
      await server.stop();
      const asked: readonly (readonly [string, () => Promise<unknown>])[] = [
        ['keys', () => store.keys()],
        ['jobs', () => store.jobs('extract').take()],
        ['a job', () => store.forLEAs([A]).jobs('extract').get('x')],
        ['histories', () => textsOf(store.forLEAs([A]).histories(EVERYBODY))],
        ['problems', () => Array.fromAsync(store.forLEAs([A]).problems('up_1'))],
        ['a history', () => store.forLEAs('all').history(OF_A)],
        ['an upload', () => put(store, 'up_2', 'all', [[OF_A, 'lost', A]])],
        ['anomalies', () => store.anomalies.list('all', {})],
        ['ping', () => store.ping()],
        ['opening', () => openStore(address)],
        ['opening to read', () => openHistories(address, [A])],
      ];
      for (const [what, ask] of asked) {
        const error = await ask().then(
          () => undefined,
          (thrown: Error) => thrown,
        );
        t.ok(error instanceof StoreTroubleError, `${what}: ${error}`);
        t.notMatch(`${error}${error?.stack}`, /hush/);
      }
      await server.start();
      t.equal(textOf(await store.forLEAs([A]).history(OF_A)), 'kept');
      await put(store, 'up_2', 'all', [[OF_A, 'again', A]]);
      t.equal(textOf(await store.forLEAs([A]).history(OF_A)), 'again');
      t.equal(shownPlace(address), plain.replace(/\/\/.*@/, '//'));
      await store.close();
    },
  );

  t.test('a server that can only be read says so, and reading goes on', async (t) => {
    const address = await server.database();
    const store = await openStore(address);
    await put(store, 'up_1', 'all', [[OF_A, 'kept', A]]);
    const name = new URL(address).pathname.slice(1);
    await server.administer(address, `ALTER DATABASE ${name} SET default_transaction_read_only = on`);
    const again = await openStore(address);
    await t.rejects(put(again, 'up_2', 'all', [[OF_A, 'lost', A]]), {
      name: 'StoreTroubleError',
      message: /can only be read at the moment/,
    });
    t.equal(textOf(await again.forLEAs([A]).history(OF_A)), 'kept');
    await Promise.all([store.close(), again.close()]);
  });
}
