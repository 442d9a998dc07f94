/** Connections to the database that are cut while the service works: it goes on, and nothing is lost or done twice. */
import t from 'tap';
import { Random } from '#sample/random';
import { createKey, KEY_RANDOM_BYTES } from '#service/keys';
import { startServer } from '#service/server';
import { openStore } from '#store/open';
import { connectionsTo, inScope } from '#store/postgres/connection';
import { cutWay } from '../support/cut-connections.ts';
import { folder } from '../support/folders.ts';
import { postgresServer, WITH_POSTGRES } from '../support/postgres-server.ts';
import { line } from '../support/service.ts';
import { askerOf, type Question, until } from '../support/trouble.ts';

// A busy machine is slow.
t.setTimeout(900_000);

const SEED = Number(process.env['CENR_TEST_SEED'] ?? 20261129);
const CUTS = 10;

/** Says of each piece that goes by, to the server when `isAsked`, whether the connections are cut at it. */
type Moment = () => (piece: Buffer, isAsked: boolean, isCommit: boolean) => boolean;

/** Says which pieces ask for a COMMIT: a connection that knows the statement has it by its name. */
function commitsIn(): (piece: Buffer) => boolean {
  const names = new Set<string>();
  return (piece) => {
    const text = piece.toString('latin1');
    for (const [, name] of text.matchAll(/P.{4}(\w+)\0commit\0/gs)) names.add(name as string);
    return [...names].some((name) => text.includes(`\0${name}\0`));
  };
}

/**
 * Sends an upload again until it is taken, as whoever sent it does: the one before may still be given up.
 * @returns where it is
 */
async function sentUntilTaken(ask: ReturnType<typeof askerOf>, upload: Question, what: string): Promise<string> {
  for (;;) {
    const { status, text, wait, location } = await ask('/v1/uploads?reportingLEA=all', upload);
    if (status === 201 || status === 202) return location as string;
    if (wait === null || !/CENR_(STORE|ACCESS_LOG)_UNAVAILABLE|CENR_NOT_READY|CENR_IDEMPOTENCY_BUSY/.test(text))
      throw new Error(`${what}: ${status} ${text}`);
  }
}

/** When connections are cut: the first to the `most`-th time, by chance. */
const momentsOf = (random: Random): Readonly<Record<string, Moment>> => {
  const timeOf =
    (most: number, fits: ReturnType<Moment>): Moment =>
    () => {
      let left = 1 + random.below(most);
      return (...gone) => fits(...gone) && --left === 0;
    };
  return {
    'before an answer': timeOf(40, (_, isAsked) => !isAsked),
    'before a question': timeOf(40, (_, isAsked) => isAsked),
    'in the middle of a COPY': () => (piece, isAsked) => isAsked && piece.includes('PGCOPY'),
    'before a COMMIT arrives': timeOf(2, (_, __, isCommit) => isCommit),
    'after a COMMIT': timeOf(4, (piece, isAsked) => !isAsked && piece.includes('COMMIT\0')),
  };
};

t.test('connections that are cut', WITH_POSTGRES, async (t) => {
  const server = await postgresServer(t);

  for (const isBroken of [true, false]) {
    const how = isBroken ? 'broken' : 'closed by the other side';
    t.test(`of a transaction whose connection is ${how} nothing more is sent, wherever it was`, async (t) => {
      const address = await server.database();
      const way = await cutWay(t, address);
      const { short, close } = connectionsTo(way.over(address), 2);
      t.teardown(close);
      await short`CREATE TABLE written (what text)`;
      const lost = { code: /^(CONNECTION_CLOSED|ECONNRESET|EPIPE)$/ };
      await t.rejects(
        short.begin(async (sql) => {
          const asked = sql`SELECT pg_sleep(60)`.execute();
          await until(async () => (await server.administer(address, SLEEPING)).length > 0);
          way.cut(isBroken);
          await asked;
        }),
        lost,
        'while it asks',
      );
      const told = Promise.withResolvers<void>();
      const begun = short.begin(async (sql) => {
        await sql`INSERT INTO written VALUES ('in it')`;
        way.cut(isBroken);
        await told.promise;
        // There are new connections by now, and the work does not know.
        await t.rejects(sql`INSERT INTO written VALUES ('after it')`, lost);
        await t.rejects(Promise.all([sql`SELECT 1`, sql.unsafe('SELECT 2')]), lost);
      });
      await t.rejects(begun, lost, 'between two questions');
      await Promise.all([short`SELECT 1`, short`SELECT 2`]);
      told.resolve();
      await t.rejects(
        inScope(short, ['9900001'], async (sql) => {
          way.cut(isBroken);
          await until(async () => (await server.administer(address, OPEN)).length === 0);
          // Work that ends well, where there is nothing left that could be ended.
          return sql === undefined;
        }),
        lost,
        'before its end',
      );
      for (let i = 0; i < 5; i++) t.equal((await short`SELECT what FROM written`).length, 0);
    });
  }

  t.test('who listens goes on listening on other connections', async (t) => {
    const address = await server.database();
    const way = await cutWay(t, address);
    const { short, close } = connectionsTo(way.over(address), 2);
    t.teardown(close);
    const heard: string[] = [];
    const { unlisten } = await short.listen('channel', (text) => heard.push(text));
    for (const text of ['before', 'after']) {
      await until(
        async () => heard.includes(text),
        () => short`SELECT pg_notify('channel', ${text})`,
      );
      way.cut();
      const isBack = (): Promise<boolean> =>
        short`SELECT 1`.then(
          () => true,
          () => false,
        );
      await until(isBack);
    }
    await unlisten();
    t.match(heard.join(), /^before(,before)*,after/);
  });

  t.test('a COPY that goes wrong is told', async (t) => {
    const { short, close } = connectionsTo(await server.database(), 1);
    t.teardown(close);
    await short`CREATE TABLE copied (number int)`;
    await t.rejects(
      short.begin(async (sql) => {
        const into = await sql`COPY copied FROM STDIN`.writable();
        const ended = new Promise((resolve, reject) => into.on('finish', resolve).on('error', reject));
        into.end('no number\n');
        await ended;
      }),
      { code: '22P02' },
    );
    t.same([...(await short`SELECT 1 AS one`)], [{ one: 1 }]);
  });

  t.test(`${CUTS} at random moments of uploads; seed ${SEED}`, async (t) => {
    const random = new Random(SEED);
    const address = await server.database();
    const way = await cutWay(t, address);
    const { key, record } = createKey({
      ...{ name: 'state', role: 'vendor', leas: 'all', now: new Date() },
      random: Buffer.alloc(KEY_RANDOM_BYTES, 1),
    });
    const running = await startServer({
      ...{ database: way.over(address), storeDir: folder(t), port: 0, logLevel: 'silent', shutdownGrace: 0 },
      prepare: async (store) => store.addKey(record),
    });
    t.teardown(() => running.close());
    const ask = askerOf(running.address, key);
    const moments = momentsOf(random);
    const names = Object.keys(moments);
    let isNow: ReturnType<Moment> | undefined;
    let whenCut = () => {};
    const isCommit = commitsIn();
    way.watch = (piece, isAsked) => {
      // All that goes by is looked at, so that a statement is known by its name.
      const asksForCommit = isAsked && isCommit(piece);
      if (!isNow?.(piece, isAsked, asksForCommit)) return false;
      isNow = undefined;
      whenCut();
      return true;
    };
    const cuts = new Map<string, number>();
    const [sent, locations]: [string[], string[]] = [[], []];
    for (let i = 0; i < CUTS; i++) {
      const moment = names[i % names.length] as string;
      isNow = (moments[moment] as Moment)();
      whenCut = () => {
        cuts.set(moment, (cuts.get(moment) ?? 0) + 1);
      };
      const ssids = [0, 1, 2].map((j) => String(9_900_000_000 + 10 * i + j));
      sent.push(...ssids);
      // What is loaded after the answer is cut only by chance.
      const isLater = random.chance(0.5) && !/COPY|COMMIT arrives/.test(moment);
      const again = {
        body: ssids.map((ssid) => line('SENR', { ssid, localStudentID: ssid.slice(-3) })).join('\r\n'),
        headers: { 'idempotency-key': `upload-${i}`, ...(isLater && { prefer: 'respond-async' }) },
      };
      locations.push(await sentUntilTaken(ask, again, `${moment} (${i})`));
      isNow = undefined;
      t.match(await ask('/v1/uploads?limit=1'), { status: 200 }, `it answers after a cut ${moment}`);
    }
    t.comment(`cut: ${JSON.stringify(Object.fromEntries(cuts))}`);
    for (const name of names) t.ok((cuts.get(name) ?? 0) > 0, `some were cut ${name}`);
    // One more, so that nobody waits until the store is looked at again.
    await until(
      async () => {
        const all = await Promise.all(locations.map((location) => ask(location)));
        return all.every(({ text }) => !/"(Pending|Processing)"/.test(text));
      },
      () =>
        ask('/v1/uploads?reportingLEA=all', {
          body: line('SENR', { ssid: '9900009999' }),
          headers: { prefer: 'respond-async' },
        }),
    );
    const store = await openStore(address);
    t.teardown(() => store.close());
    const loaded = (await store.uploadsThrough(999)).map(({ id }) => id);
    const whole = [];
    for (const id of loaded) {
      const upload = await store.forLEAs('all').upload(id);
      if (upload?.counts.added === 3) whole.push(id);
      else t.equal(upload?.linesRead, 1, 'no half of an upload');
    }
    t.equal(whole.length, CUTS, 'each is there, once');
    t.same((await store.verify()).damaged, []);
    const kept = await server.administer(address, 'SELECT ssid FROM history WHERE ssid <> 9900009999 ORDER BY ssid');
    t.same(
      kept.map((row) => String(row['ssid'])),
      sent,
    );
  });
});

const SLEEPING =
  "SELECT 1 FROM pg_stat_activity WHERE query LIKE '%pg_sleep%' AND state = 'active' AND datname = current_database() AND pid <> pg_backend_pid()";
const OPEN = "SELECT 1 FROM pg_stat_activity WHERE state = 'idle in transaction' AND datname = current_database()";
