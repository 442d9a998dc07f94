/** A store copied from a folder into a database and back: nothing is lost, and what is not equal is told. */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import t from 'tap';
import { extractFromStore } from '#pipeline/from-store';
import { loadFiles } from '#pipeline/load-files';
import { retireSSIDs } from '#pipeline/retire-ssids';
import { EVERYBODY } from '#records/scope';
import { writeSample } from '#sample/write';
import { copyStore } from '#store/copy/copy';
import { openStore } from '#store/open';
import { cenr } from '../cli/cenr.ts';
import { folder } from '../support/folders.ts';
import { shipped } from '../support/histories.ts';
import { postgresServer, WITH_POSTGRES } from '../support/postgres-server.ts';
import { bodiesOf } from '../support/stored.ts';

// A busy machine is slow.
t.setTimeout(900_000);

const AT = '2024-07-15T19:00:00.000Z';

/** A store with some of everything: uploads, former histories, retired numbers, jobs, people, rules. */
async function fillStore(place: string, dir: string): Promise<void> {
  const files = join(dir, 'files');
  mkdirSync(files);
  await writeSample({ students: 300, seed: 7, leas: 3, style: 'plain' }, files);
  const load = (id: string, names: readonly string[]) =>
    loadFiles({
      ...{ storeDir: place, id, sender: 'all', receivedAt: AT, loadDay: '20240715', rulebook: shipped },
      files: names.map((name) => ({ name, path: join(files, name) })),
    });
  const names = readdirSync(files).filter((name) => name.endsWith('.txt'));
  await load(
    'up_1',
    names.filter((name) => name !== 'SINF.txt'),
  );
  await load('up_2', ['SINF.txt']);
  const store = await openStore(place);
  try {
    const [one, two] = (await bodiesOf(store.forLEAs('all').histories(EVERYBODY))).map(([ssid]) => ssid) as [
      string,
      string,
    ];
    const entry = { at: AT, by: 'key_1', day: '20240715', why: 'one student' };
    await retireSSIDs([{ retired: one, replacement: two, ...entry }], {
      store,
      rulebook: shipped,
      id: 'up_3',
      loadDay: '20240715',
    });
    await store.addKey({ id: 'key_1', name: 'x', hash: 'h', role: 'vendor', leas: 'all', createdAt: AT });
    await store.addSession({ hash: 's', whose: 'key_1', createdAt: AT });
    await store.secret(() => new Uint8Array([1, 2, 3]));
    const job = { request: {}, runDate: '20240715', requestedAt: AT, status: 'Pending', progress: 0 };
    for (const id of ['ex_1', 'ex_2'])
      await store.jobs('extract').add({ ...job, id, reportingLEAs: ['9900001'] } as never, 'key_1');
    await store.jobs('extract').take();
    const side = { ssid: one, lea: '9900001', school: '', localID: '', start: '', exit: '', exitReason: '', todo: '' };
    const found = { id: 'a', kind: 'CCE', code: 'C', title: 't', says: 's', fingerprint: 'f', sides: [side] };
    await store.anomalies.keep({ upload: 3, rulebookHash: 'h', day: '20240715', at: AT, by: 'x' }, [found]);
    await store.activate({ hash: shipped.hash, from: AT, how: 'files', createdAt: AT });
  } finally {
    await store.close();
  }
}

/** What is made of a store, now and as it was. */
async function extractsOf(place: string, dir: string): Promise<readonly string[]> {
  const made: string[] = [];
  for (const snapshot of [undefined, 1, 2, 3]) {
    const out = join(dir, `${Math.random()}.txt`);
    const request = { reportingLEAs: ['9900001', '9900002'], academicYear: '2023-2024' };
    await extractFromStore({ storeDir: place, rulebook: shipped, request, runDate: '20240715', out, snapshot });
    made.push(createHash('sha256').update(readFileSync(out)).digest('hex'));
  }
  return made;
}

t.test('between a folder and a database', WITH_POSTGRES, async (t) => {
  const server = await postgresServer(t);
  const dir = folder(t);
  const [first, back] = [join(dir, 'first'), join(dir, 'back')];
  await fillStore(first, dir);
  const database = await server.database();
  const there = await copyStore(first, database);
  t.ok(there.students > 290 && there.formerHistories > 250 && there.rows > 20, JSON.stringify(there));
  t.same(await copyStore(database, back), there, 'and back: the same in number and in kind');
  const again = await server.database();
  t.same(await copyStore(database, again), there, 'and from one database to another');
  const extracts = await extractsOf(first, dir);
  t.equal(new Set(extracts).size, 3);
  for (const place of [database, back, again]) t.same(await extractsOf(place, dir), extracts);
  const [from, to] = [await openStore(first), await openStore(database)];
  t.teardown(() => Promise.all([from.close(), to.close()]));
  t.same(await to.forLEAs('all').jobs('extract').list({}), await from.forLEAs('all').jobs('extract').list({}));
  t.same(await to.anomalies.list(['9900001'], {}), await from.anomalies.list(['9900001'], {}));
  t.same(await to.ssids.retirements(), await from.ssids.retirements());
  t.same(await to.versions(), await from.versions());
  t.same(await to.knownSecret(), await from.knownSecret());
  t.same((await to.jobs('extract').take())?.id, 'ex_2', 'and turns go on where they were');

  t.test('whatever differs is told', async (t) => {
    const db = new DatabaseSync(join(back, 'service.db'));
    db.exec("UPDATE session SET used_at = 'later'");
    db.close();
    const { sha256 } = await copyStore(back, join(dir, 'other'));
    t.not(sha256, there.sha256);
  });

  t.test('nothing is written where a store is, and no password is shown', async (t) => {
    const secret = database.replace('@', ':hush-hush@');
    await t.rejects(copyStore(first, secret), /^(?!.*hush).*already/);
    await t.rejects(copyStore(join(dir, 'nothing'), back), /there is no store in/);
    const { code, err } = await cenr('store', 'copy', secret, join(dir, 'by-command'));
    t.equal(code, 0);
    t.match(err, /equal {6}SHA-256 of what each holds: [0-9a-f]{64}/);
    t.notMatch(err, /hush/);
  });

  t.test('a database is verified as a folder is, and has no blocks', async (t) => {
    t.match(await cenr('verify-store', '--store', first), {
      code: 0,
      err: /read {7}\d+ students in \d+ blocks, \d+ former/,
    });
    t.match(await cenr('verify-store', '--store', database), {
      code: 0,
      err: /read {7}\d+ students, \d+ former[\s\S]*no damage found/,
    });
  });
});
