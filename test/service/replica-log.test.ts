/**
 * The access log of services that share a database and a folder: each writes a chain of its own, takes up that of one that
 * died, and stops entering where it might not be the only one. What is removed of any chain is found.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { type AccessLog, openAccessLog } from '#audit/access-log/access-log';
import { type ChainEnd, headText } from '#audit/access-log/chain';
import { CHAINS, chainFolder, verifyChains } from '#audit/access-log/chains';
import { ACCESS_LOG, ACCESS_LOG_HEAD } from '#audit/access-log/log-file';
import { openReplicaLog, type ReplicaLogOptions } from '#service/access-log/replica-log';
import { createKey, KEY_RANDOM_BYTES } from '#service/keys';
import { startServer } from '#service/server';
import { type AccessChains, type HeldChain, SURE_MS } from '#store/access-chains';
import { openStore } from '#store/open';
import type { Store } from '#store/store';
import { cenr } from '../cli/cenr.ts';
import { folder } from '../support/folders.ts';
import { type PostgresServer, postgresServer, WITH_POSTGRES } from '../support/postgres-server.ts';

// A busy machine is slow.
t.setTimeout(900_000);

const clock = () => new Date('2024-07-15T19:00:00Z');
const access = (requestId: string) => ({
  ...{ time: clock().toISOString(), requestId, method: 'GET', route: '/v1/extracts', status: 200 },
});

interface Shared {
  readonly address: string;
  readonly dir: string;
  /** Opens the log as one more service does. */
  open(more?: Partial<ReplicaLogOptions>): Promise<AccessLog & { readonly chain: string }>;
  anchors(): Promise<ReadonlyMap<string, ChainEnd>>;
  /** What is wrong with which chain. */
  faults(): Promise<readonly (readonly [string, number, string])[]>;
  chains(): readonly string[];
}

async function shared(t: Test, server: PostgresServer): Promise<Shared> {
  const [address, dir] = [await server.database(), folder(t)];
  const opened: Store[] = [];
  const store = async (): Promise<Store> => {
    const one = await openStore(address);
    opened.push(one);
    return one;
  };
  t.teardown(() => Promise.all(opened.map((one) => one.close())));
  const looking = await store();
  const chainsIn = (one: Store) => one.accessChains as NonNullable<Store['accessChains']>;
  return {
    ...{ address, dir },
    async open(more = {}) {
      const log = await openReplicaLog({
        ...{ dir, chains: chainsIn(await store()), clock, now: () => performance.now(), sureMs: 0, ...more },
      });
      t.teardown(() => log.close().catch(() => {}));
      return log;
    },
    anchors: () => chainsIn(looking).anchors(),
    async faults() {
      const verdicts = await verifyChains(dir, undefined, { anchors: await chainsIn(looking).anchors() });
      return verdicts.flatMap(({ chain, fault }) => (fault ? [[chain, fault.entry, fault.reason] as const] : []));
    },
    chains: () => readdirSync(join(dir, CHAINS)).sort(),
  };
}

/** Ends the connection that holds a chain, as a network that fails does. */
const cut = (server: PostgresServer, { address }: Shared, chain: string) =>
  server.administer(
    address,
    `SELECT pg_terminate_backend(pid, 10000) FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 2 AND objid = ${chain}
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
  );

const eventsOf = ({ dir }: Shared, chain: string): string[] =>
  readFileSync(join(chainFolder(dir, chain), ACCESS_LOG), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
    .map(({ requestId, event, unentered }) => requestId ?? `${event} ${unentered ?? ''}`.trim());

/** Enters a request. Whether a first try still meets a connection that ended is a matter of moments. */
async function entered(log: AccessLog, who: string): Promise<void> {
  const isIn = () =>
    log.enter(access(who)).then(
      () => true,
      () => false,
    );
  while (!(await isIn())) {}
}

t.test('chains of the access log', WITH_POSTGRES, async (t) => {
  const server = await postgresServer(t);

  t.test('each service writes its own, and the next takes up that of one that stopped', async (t) => {
    const all = await shared(t, server);
    const [one, two] = [await all.open(), await all.open()];
    t.same([one.chain, two.chain], ['1', '2']);
    await Promise.all([one.enter(access('a')), two.enter(access('b')), one.ready(), two.ready()]);
    await one.close();
    await one.close();
    await t.rejects(one.enter(access('c')), /closed/);
    const three = await all.open();
    t.equal(three.chain, '1');
    await three.enter(access('d'));
    t.same(eventsOf(all, '1'), ['a', 'd']);
    t.same(all.chains(), ['1', '2']);
    t.same(await all.faults(), []);
  });

  t.test('a chain is held by who took it last', async (t) => {
    const all = await shared(t, server);
    const stores = [await openStore(all.address), await openStore(all.address)];
    t.teardown(() => Promise.all(stores.map((store) => store.close())));
    const [one, two] = stores.map(({ accessChains }) => accessChains as AccessChains);
    const held = (await one?.take('1')) as HeldChain;
    t.same([await one?.take('1'), await two?.take('1')], [undefined, undefined]);
    const [first, second] = [1, 2].map((number) => ({ number, hash: String(number).repeat(64) }));
    await held.note(second as ChainEnd);
    await t.rejects(held.note(first as ChainEnd), /never changed/, 'a chain only grows');
    t.same(await all.anchors(), new Map([['1', second]]));
    await server.administer(all.address, 'UPDATE access_chain SET holder = gen_random_uuid()');
    t.equal(await held.isHeld(), false, 'somebody else had the lock in between');
    await held.note({ number: 3, hash: '3'.repeat(64) });
    t.same(await all.anchors(), new Map([['1', second]]), 'and it notes nothing');
    t.equal(await held.again(), true);
    t.equal(await held.isHeld(), true);
    await held.release({ number: 3, hash: '3'.repeat(64) });
    t.equal((await two?.take('1'))?.anchor.number, 3);
  });

  t.test('they begin at the same moment', async (t) => {
    const all = await shared(t, server);
    const logs = await Promise.all(Array.from({ length: 5 }, () => all.open()));
    t.same(logs.map(({ chain }) => chain).sort(), ['1', '2', '3', '4', '5']);
    await Promise.all(logs.map((log, i) => log.enter(access(`${i}`))));
    t.same(await all.faults(), []);
  });

  t.test('the chain of one that was killed is taken up', async (t) => {
    const all = await shared(t, server);
    for (let i = 0; i < 2; i++) {
      const holder = spawn(process.execPath, [
        join(import.meta.dirname, 'replica-log-holder.ts'),
        ...[all.address, all.dir],
      ]);
      holder.stderr.pipe(process.stderr);
      const [chain] = await once(holder.stdout, 'data');
      t.equal(String(chain), '1\n');
      const beside = await all.open();
      t.equal(beside.chain, '2', 'not as long as it lives');
      await beside.close();
      holder.kill('SIGKILL');
      await once(holder, 'exit');
    }
    const begun = performance.now();
    const next = await all.open();
    // A lower bound, which no busy machine breaks: whoever lost only its connection may write for half of it.
    t.ok(performance.now() - begun >= 2 * SURE_MS, 'it waits until the former holder is sure to have stopped');
    await next.enter(access('after'));
    t.same(eventsOf(all, '1'), ['of the one that is killed', 'of the one that is killed', 'after']);
    t.same(all.chains(), ['1', '2'], 'no more than ran side by side');
    t.same(await all.faults(), []);
  });

  t.test('how far a chain is stands in the database a moment later, and when it is closed', async (t) => {
    const all = await shared(t, server);
    const log = await all.open({ noteMs: 1 });
    await log.enter(access('a'));
    while ((await all.anchors()).get('1')?.number !== 1);
    await log.close();
    const later = await all.open({ noteMs: 1_000_000 });
    await later.enter(access('b'));
    t.equal((await all.anchors()).get('1')?.number, 1);
    await later.close();
    const { hash } = JSON.parse(readFileSync(join(chainFolder(all.dir, '1'), ACCESS_LOG), 'utf8').split('\n')[1] ?? '');
    t.same((await all.anchors()).get('1'), { number: 2, hash });
  });

  t.test('a lost connection: it goes on when nobody else has written', async (t) => {
    const all = await shared(t, server);
    const log = await all.open();
    await log.enter(access('a'));
    await cut(server, all, '1');
    await entered(log, 'b');
    t.equal(log.chain, '1');
    t.match(eventsOf(all, '1').join(), /^a,recovered \d+,b$/);
    t.same(await all.faults(), []);
  });

  t.test('a lost connection: it gives way to who took the chain', async (t) => {
    const all = await shared(t, server);
    const log = await all.open();
    await log.enter(access('a'));
    await cut(server, all, '1');
    // On another machine, whose lock in the folder is not seen here.
    const lock = join(chainFolder(all.dir, '1'), 'access.log.lock');
    renameSync(lock, `${lock}.aside`);
    const other = await all.open();
    t.equal(other.chain, '1');
    await other.enter(access('b'));
    for (;;) {
      const [entered] = await Promise.allSettled([log.enter(access('c'))]);
      if (entered?.status === 'fulfilled') break;
    }
    t.equal(log.chain, '2');
    await log.ready();
    await other.enter(access('d'));
    t.same([eventsOf(all, '1'), eventsOf(all, '2')], [['a', 'b', 'd'], ['c']]);
    t.same(await all.faults(), []);
  });

  t.test('nothing is entered without the database; a moment is bridged', async (t) => {
    const all = await shared(t, server);
    let now = 0;
    const log = await all.open({ sureMs: 500, now: () => now });
    await log.enter(access('a'));
    await server.stop();
    await log.enter(access('b'));
    now = 500;
    await t.rejects(log.enter(access('c')));
    await t.rejects(log.ready());
    await server.start();
    while (
      !(await log.ready().then(
        () => true,
        () => false,
      ))
    );
    await log.enter(access('d'));
    t.same(eventsOf(all, '1'), ['a', 'b', 'recovered 1', 'd']);
    t.equal(log.chain, '1');
    t.same(await all.faults(), []);
  });

  t.test('while the database can only be read, entering goes on, after a lost connection too', async (t) => {
    const all = await shared(t, server);
    const log = await all.open();
    await log.enter(access('a'));
    const name = new URL(all.address).pathname.slice(1);
    await server.administer(all.address, `ALTER DATABASE ${name} SET default_transaction_read_only = on`);
    await cut(server, all, '1');
    await entered(log, 'b');
    t.equal(log.chain, '1');
    const elsewhere = new URL('/postgres', all.address).href;
    await server.administer(elsewhere, `ALTER DATABASE ${name} RESET default_transaction_read_only`);
    await cut(server, all, '1');
  });

  t.test('a chain that does not end as the database names it is passed over', async (t) => {
    const all = await shared(t, server);
    const log = await all.open();
    for (const id of ['a', 'b', 'c']) await log.enter(access(id));
    await log.close();
    const path = join(chainFolder(all.dir, '1'), ACCESS_LOG);
    const lines = readFileSync(path, 'utf8').split('\n');
    writeFileSync(path, `${lines[0]}\n`);
    writeFileSync(join(chainFolder(all.dir, '1'), ACCESS_LOG_HEAD), headText(JSON.parse(lines[0] as string)));
    const over: string[] = [];
    const next = await all.open({ onPassedOver: (name, { message }) => over.push(`${name}: ${message}`) });
    t.equal(next.chain, '2');
    t.match(over, [/^1: .*ends with log entry 1, and the database names log entry 3: log entries were removed/]);
    t.match(await all.faults(), [['1', 2, /ends before it, and the database names log entry 3/]]);
    rmSync(chainFolder(all.dir, '1'), { recursive: true });
    t.match(await all.faults(), [['1', 1, /access-logs\/1 holds no log/]]);
  });

  t.test('services, pages of the search and the command line', async (t) => {
    const all = await shared(t, server);
    const { key, record } = createKey({
      ...{ name: 'auditor', role: 'auditor', leas: 'all', now: clock(), random: Buffer.alloc(KEY_RANDOM_BYTES, 1) },
    });
    // From when one service had the store to itself.
    const former = await openAccessLog(all.dir, { clock });
    await former.enter(access('before'));
    await former.close();
    const start = async (prepare?: (store: Store) => Promise<void>) => {
      const running = await startServer({
        ...{ database: all.address, storeDir: all.dir, port: 0, logLevel: 'silent', shutdownGrace: 0 },
        ...(prepare && { prepare }),
      });
      t.teardown(() => running.close());
      return running;
    };
    const services = [await start((store) => store.addKey(record)), await start()];
    const ask = async (n: number, path: string, body?: object) => {
      const answer = await fetch(`${services[n]?.address}${path}`, {
        method: body ? 'POST' : 'GET',
        headers: { authorization: `Bearer ${key}`, ...(body && { 'content-type': 'application/json' }) },
        ...(body && { body: JSON.stringify(body) }),
      });
      // biome-ignore lint/suspicious/noExplicitAny: a body is whatever the test expects of it
      return (await answer.json()) as any;
    };
    for (const n of [0, 1, 0, 1, 1]) await ask(n, `/v1/extracts?status=Complete`);
    const found: string[] = [];
    for (let after: string | undefined; ; ) {
      const { entries, searched, next } = await ask(0, '/v1/access-log/search', { limit: 2, after });
      found.push(
        ...entries.map(({ chain = '', number, time }: Record<string, string>) => `${time} ${chain}/${number}`),
      );
      t.match(searched, { missing: 0, unreadable: 0, before: 0 });
      after = next;
      if (!after) break;
      t.ok(searched.chains.length > 0);
    }
    t.same(
      found.map((each) => each.split(' ')[1]),
      ['2/3', '2/2', '1/2', '2/1', '1/1', '/1'],
    );
    t.same(found, found.toSorted().reverse(), 'in the order of time');
    await ask(1, '/v1/access-log/verification', {});
    let verified = await ask(1, '/v1/access-log/verification');
    while (verified.status !== 'Complete') verified = await ask(1, '/v1/access-log/verification');
    t.match(verified, { outcome: 'intact', chains: [{ begins: 1, entries: 1 }, { chain: '1' }, { chain: '2' }] });
    await Promise.all(services.map((each) => each.close()));

    const audit = (command: string, ...more: string[]) =>
      cenr('audit', command, '--store', all.address, '--files', all.dir, ...more);
    const intact = await audit('verify');
    t.match(intact, {
      code: 0,
      out: /^1 log entry is intact; .*\nchain 1: \d+ log .*\nchain 2: \d+ log entries are intact;/,
    });
    t.notMatch(intact.out, /not compared/);
    t.match((await cenr('audit', 'verify', '--store', all.dir)).out, /chain 2: .*\nnot compared with the database/);
    const elsewhere = all.address.replace(/:\d+\//, ':1/');
    t.match(await cenr('audit', 'verify', '--store', elsewhere, '--files', all.dir), {
      code: 0,
      out: /chain 2: .*\nnot compared with the database, .*does not answer/,
    });
    const listed = await audit('list', '--key', record.id);
    t.match(listed, { code: 0, err: '' });
    t.match(
      listed.out
        .split('\n')
        .slice(0, 5)
        .map((each) => each.split('  ')[0]),
      ['1/1', '2/1', '1/2', '2/2', '2/3'],
    );
    t.match(listed.out, /\(auditor\)/);
    const [first] = (await audit('list', '--json')).out.split('\n');
    t.equal(JSON.parse(first ?? '').requestId, 'before');
    t.match((await audit('list', '--json', '--key', record.id)).out, /^\{"chain":"1","number":1,/);
    t.match(await audit('rotate'), { code: 0, out: /^the new access.log .* 2\nchain 1: the new .*\nchain 2: the new/ });
    t.ok(existsSync(join(chainFolder(all.dir, '2'), ACCESS_LOG)));
    t.match(await cenr('audit', 'rotate', '--store', all.dir), { code: 2, err: /address of their database/ });
    const log = await all.open();
    t.match(await audit('rotate'), { code: 2, err: /a service writes chain 1/ });
    await log.close();
    t.match(await audit('verify'), { code: 0 });
    t.match(await cenr('audit', 'verify', '--store', all.dir, '--files', all.dir), { code: 2, err: /--files is for/ });
    rmSync(chainFolder(all.dir, '2'), { recursive: true });
    t.match(await audit('verify'), {
      code: 1,
      out: /chain 2: log entry 1 is not valid: the folder access-logs\/2 holds no log/,
    });
    t.match(await audit('list'), { code: 1, err: /chain 2: log entry 1 is not valid/ });
    t.match(await cenr('audit', 'verify', '--store', all.dir), { code: 0, out: /not compared/ });
  });
});
