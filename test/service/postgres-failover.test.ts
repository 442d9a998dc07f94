/** A server of the database that dies while another takes its place, and a time in which it can only be read. */
import t from 'tap';
import { createKey, KEY_RANDOM_BYTES } from '#service/keys';
import { startServer } from '#service/server';
import { openStore } from '#store/open';
import { folder } from '../support/folders.ts';
import { postgresServer, WITH_POSTGRES } from '../support/postgres-server.ts';
import { line } from '../support/service.ts';
import { askerOf, until } from '../support/trouble.ts';

// A busy machine is slow.
t.setTimeout(900_000);

/** Lines of students who are nobody else's. */
const linesOf = (upload: number, count: number): string =>
  Array.from({ length: count }, (_, i) =>
    line('SENR', { ssid: String(9_910_000_000 + upload * 10_000 + i), localStudentID: `L${i}` }),
  ).join('\r\n');

const WAITING = 3;
const LINES = 400;

t.test('a server that takes the place of another', WITH_POSTGRES, async (t) => {
  const server = await postgresServer(t);
  const missing = server.without('pg_basebackup');
  if (missing !== undefined) return void t.pass('a server with all its programs', { skip: missing });
  const alone = await server.database();
  const first = new URL(alone);
  const data = server.folder('standby');
  await server.run('pg_basebackup', [
    '-h',
    '127.0.0.1',
    '-p',
    first.port,
    '-U',
    'administrator',
    '-D',
    data,
    '-R',
    '-c',
    'fast',
  ]);
  const standby = await server.serve(data);
  const second = new URL(alone);
  second.port = String(standby.port);
  // What is acknowledged is on both.
  await server.administer(alone, "ALTER SYSTEM SET synchronous_standby_names = '*'");
  await server.administer(alone, 'SELECT pg_reload_conf()');
  await until(async () => {
    const [found] = await server.administer(alone, "SELECT 1 FROM pg_stat_replication WHERE sync_state = 'sync'");
    return found !== undefined;
  });
  const both = `postgres://${first.username}@${second.host},${first.host}${first.pathname}?target_session_attrs=primary`;
  const { key, record } = createKey({
    ...{ name: 'state', role: 'vendor', leas: 'all', now: new Date() },
    random: Buffer.alloc(KEY_RANDOM_BYTES, 1),
  });
  const running = await startServer({
    ...{ database: both, storeDir: folder(t), port: 0, logLevel: 'silent', shutdownGrace: 0 },
    prepare: async (store) => store.addKey(record),
  });
  t.teardown(() => running.close());
  const ask = askerOf(running.address, key);
  const upload = (number: number, count: number, headers: object = {}) =>
    ask('/v1/uploads?reportingLEA=all', {
      body: linesOf(number, count),
      headers: { 'idempotency-key': `upload-${number}`, ...headers },
    });
  const later = { prefer: 'respond-async' };
  const extract = (name: string) =>
    ask('/v1/extracts', {
      body: { reportingLEAs: 'all', academicYear: '2023-2024' },
      headers: { 'idempotency-key': name },
    });
  /** Waits until jobs have come to a good end. */
  const complete = async (locations: readonly (string | null)[]): Promise<void> =>
    until(async () => {
      const told = await Promise.all(locations.map((location) => ask(location as string)));
      return told.every(({ status, text }) => status === 200 && /"status":"Complete"/.test(text));
    });
  const stored = async (): Promise<readonly { readonly rows: number; readonly id: string }[]> => {
    const store = await openStore(both);
    try {
      t.same((await store.verify()).damaged, []);
      const all = await store.uploadsThrough(999);
      const reports = await Promise.all(all.map(({ id }) => store.forLEAs('all').upload(id)));
      return reports.map((report) => ({ id: report?.id ?? '', rows: report?.counts.added ?? -1 }));
    } finally {
      await store.close();
    }
  };

  t.match(await upload(0, 1), { status: 201 });
  await t.test('the one that waits can be read alone', async (t) => {
    const store = await openStore(second.href);
    t.teardown(() => store.close());
    await until(async () => (await store.snapshot()) === 1);
    await t.rejects(store.addKey({ ...record, id: 'other', hash: 'other' }), /can only be read at the moment/);
  });

  const jobs: (string | null)[] = [];
  for (let i = 1; i <= WAITING; i++) jobs.push((await upload(i, LINES, later)).location);
  for (const name of ['one', 'two']) jobs.push((await extract(name)).location);
  t.notOk(jobs.includes(null), 'all are accepted');
  const underWay = upload(WAITING + 1, LINES);
  await server.die();
  // Which of the two is told goes by how long ago the service last saw that it holds its chain of the access log.
  t.match(await ask('/v1/uploads'), { status: 503, wait: '5', text: /CENR_(STORE|ACCESS_LOG)_UNAVAILABLE/ });
  // What is not entered there is told of the store, once the key is no longer known from before.
  const evaluate = () => ask('/v1/evaluations', { body: {} });
  await until(async () => (await evaluate()).status === 503);
  t.match(await evaluate(), { status: 503, wait: '5', text: /CENR_STORE_UNAVAILABLE/ });
  t.match(await upload(WAITING + 2, 1), { status: 503, wait: '5' });
  t.match(await ask('/health/ready'), { status: 503 });
  t.match(await ask('/health/live'), { status: 200 });

  await server.administer(second.href, "ALTER SYSTEM SET synchronous_standby_names = ''").catch(() => {});
  await server.run('pg_ctl', ['promote', '-D', data, '-w']);
  await until(async () => (await ask('/health/ready')).status === 200);
  // Whoever waits for an upload that is behind others is told when these are done.
  const { status } = await underWay;
  t.ok([201, 503].includes(status), `what was under way was answered with ${status}`);
  await until(async () => (await upload(WAITING + 1, LINES)).status === 201);
  jobs.push((await extract('three')).location);
  await complete(jobs);
  for (let i = 0; i <= WAITING + 1; i++)
    t.match(await upload(i, i === 0 ? 1 : LINES, i === 0 || i > WAITING ? {} : later), { status: /20[12]/ });
  const rows = (await stored()).map((found) => found.rows);
  t.same(rows.sort(), [1, ...Array.from({ length: WAITING + 1 }, () => LINES)].sort(), 'each is there, once');

  await t.test('a time in which it can only be read', async (t) => {
    const name = first.pathname.slice(1);
    const waiting = (await upload(10, LINES, later)).location;
    await server.administer(second.href, `ALTER DATABASE ${name} SET default_transaction_read_only = on`);
    await server.administer(second.href, CUT);
    await until(async () => (await ask('/v1/uploads')).status === 200);
    t.match(await ask('/health/ready'), { status: 200 });
    t.match(await upload(11, 1), { status: 503, wait: '5', text: /CENR_STORE_UNAVAILABLE/ });
    t.match(await extract('four'), { status: 503, wait: '5' });
    t.match(await ask('/v1/uploads?limit=1'), { status: 200 }, 'and reading goes on');
    // Connections that began in this time are not cut: the service must not go on with them.
    const beside = Object.assign(new URL(second), { pathname: '/postgres' }).href;
    await server.administer(beside, `ALTER DATABASE ${name} RESET default_transaction_read_only`);
    await until(async () => (await upload(11, 1)).status === 201);
    await complete([waiting, (await extract('four')).location]);
    t.equal((await stored()).length, rows.length + 2);
  });
});

const CUT = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'cenr'";
