/** Long work about SSIDs in a thread: the same as in the calling one, and what fails there says why here. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { UserError } from '#base/user-error';
import { loadFiles } from '#pipeline/load-files';
import { RequestsRefusedError } from '#pipeline/match-requests';
import { ssidWorkInThread } from '#service/ssid/ssid-threads';
import { ssidWorkIn } from '#service/ssid/ssid-work';
import { openSqliteStore } from '#store/sqlite';
import { folder } from '../../support/folders.ts';
import { shipped } from '../../support/histories.ts';
import { LEA, line } from '../../support/service.ts';

t.setTimeout(900_000);

const AT = '2024-07-15T19:00:00.000Z';

t.test('matches, lists and searches are the same in a thread', async (t) => {
  const dir = folder(t);
  const storeDir = join(dir, 'store');
  const path = join(dir, 'known.txt');
  const twin = {
    studentLegalFirstName: 'Jonathan',
    studentLegalMiddleName: 'Rafael',
    studentLegalLastName: 'Santiago',
  };
  writeFileSync(path, ['9900000001', '9900000002'].map((ssid) => line('SENR', { ssid, ...twin })).join('\n'));
  await loadFiles({
    ...{ storeDir, id: 'up_1', sender: 'all', files: [{ name: 'known.txt', path }], rulebook: shipped },
    ...{ receivedAt: AT, loadDay: '20240715' },
  });
  const rulebook = { hash: shipped.hash, files: shipped.files };
  const control = { signal: new AbortController().signal, onProgress: () => {} };
  const job = {
    status: 'Pending',
    progress: 0,
    rulebookHash: shipped.hash,
    requestedAt: AT,
    reportingLEAs: [LEA],
  } as const;
  const made = async (name: string, work: ReturnType<typeof ssidWorkIn>, requests: string) => {
    const own = join(dir, name);
    mkdirSync(own);
    writeFileSync(join(own, 'new.txt'), requests);
    const files = { rows: join(own, 'rows.txt'), about: join(own, 'about.json') };
    const common = { rulebook, today: '20240715' };
    const matched = await work.match(
      {
        ...common,
        folder: own,
        job: { ...job, id: 'match_1', file: 'new.txt', at: 'new.txt', sender: LEA, encoding: 'utf-8' },
      },
      control,
    );
    const list = {
      ...job,
      id: 'ssids_1',
      list: 'ssids',
      asOf: '20230901',
      reportingLEA: LEA,
      runDate: '20240715',
    } as const;
    const listed = await work.list({ ...common, job: list, files, temporaryDir: own }, control);
    const search = { ...job, id: 'search_1', runDate: '20240715', by: 'somebody' } as const;
    const searched = await work.search({ ...common, job: search, at: AT }, control);
    return { matched, listed, searched, rows: await readFile(files.rows, 'utf8') };
  };
  const request = line('SENR', { ssid: '', ...twin });
  const here = await made('here', ssidWorkIn(storeDir, 0), request);
  const there = await made('there', ssidWorkInThread(storeDir), request);
  t.match(here, { matched: { requests: 1, candidates: 2 }, listed: { rows: 2 }, searched: { sinceLast: false } });
  t.same({ ...there, searched: here.searched }, here);
  t.same(there.searched, { sinceLast: true });
  const store = openSqliteStore(storeDir);
  t.teardown(() => store.close());
  t.equal((await store.anomalies.list('all', {})).length, 1);

  const failed = made('wrong', ssidWorkInThread(storeDir), line('SENR', { ssid: '9900000001' }));
  const error = await failed.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  t.ok(error instanceof RequestsRefusedError || error instanceof UserError, 'what it says may be said');
});
