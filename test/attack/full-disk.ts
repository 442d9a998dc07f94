/**
 * A disk that is full from its n-th write on, for every n: of an upload, an upload as a job, an extract, a draft, a
 * version that takes effect. Each is refused with a sentence or done, nothing acknowledged is lost, nothing half is left,
 * and when there is room again the same works.
 */
import fs from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { DatabaseSync, StatementSync } from 'node:sqlite';
import { verifyAccessLog } from '#audit/access-log/read';
import { folder } from '../support/folders.ts';
import { nameOfFiles } from '../support/job-files.ts';
import { type Answer, LEA, line, type Owner, service, type TestService } from '../support/service.ts';

export interface DiskFigures {
  /** How often the disk was full. */
  readonly writes: number;
  /** Answers by status and code while it was. */
  readonly answers: Readonly<Record<string, number>>;
  readonly faults: readonly string[];
}

type How = 'from then on' | 'once';

interface Disk {
  /** From now on the n-th write fails, and all after it unless there is room again at once; 0 for none. */
  fillAt(n: number, how?: How): void;
  /** Whether a write failed since. */
  readonly hasFailed: boolean;
}

// biome-ignore lint/suspicious/noExplicitAny: whatever writes
type Writes = Record<string, any>;

/** Puts a disk that can be full under everything that writes in this process. */
async function disk(t: Owner): Promise<Disk> {
  let [left, failed] = [0, false];
  let how: How = 'from then on';
  const isFull = (): boolean => {
    if (left === 0) return false;
    if (left > 1) {
      left--;
      return false;
    }
    if (how === 'once') left = 0;
    failed = true;
    return true;
  };
  const full = (): Error => Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
  const fullDatabase = (): Error =>
    Object.assign(new Error('database or disk is full'), { code: 'ERR_SQLITE_ERROR', errcode: 13 });
  const undo: (() => void)[] = [];
  const replace = (on: Writes, name: string, instead: (real: Writes[string]) => Writes[string]): void => {
    const real = on[name];
    on[name] = instead(real);
    undo.push(() => {
      on[name] = real;
    });
  };
  const file = await open(join(folder(t), 'x'), 'w');
  const handles = Object.getPrototypeOf(file) as FileHandle & Writes;
  await file.close();
  for (const name of ['write', 'writev', 'writeFile', 'appendFile', 'sync', 'datasync'])
    replace(
      handles,
      name,
      (real) =>
        function (this: unknown, ...given: unknown[]) {
          return isFull() ? Promise.reject(full()) : real.apply(this, given);
        },
    );
  for (const name of ['writeSync', 'writeFileSync'])
    replace(fs, name, (real) => (...given: unknown[]) => {
      if (isFull()) throw full();
      return real(...given);
    });
  for (const name of ['write', 'writev'])
    replace(fs, name, (real) => (...given: unknown[]) => {
      const done = given.at(-1) as (error: Error) => void;
      return isFull() ? queueMicrotask(() => done(full())) : real(...given);
    });
  replace(
    StatementSync.prototype as unknown as Writes,
    'run',
    (real) =>
      function (this: unknown, ...given: unknown[]) {
        if (isFull()) throw fullDatabase();
        return real.apply(this, given);
      },
  );
  replace(
    DatabaseSync.prototype as unknown as Writes,
    'exec',
    (real) =>
      function (this: unknown, sql: string) {
        if (/^(COMMIT|INSERT|UPDATE|DELETE)/.test(sql) && isFull()) throw fullDatabase();
        return real.call(this, sql);
      },
  );
  syncBuiltinESMExports();
  t.teardown(() => {
    for (const one of undo) one();
    syncBuiltinESMExports();
  });
  return {
    fillAt(n, asked = 'from then on') {
      left = n;
      how = asked;
      failed = false;
    },
    get hasFailed() {
      return failed;
    },
  };
}

interface Attacked extends TestService {
  readonly vendor: object;
  readonly policy: object;
}

/** What is done; each gives the answers that it got, and waits until all work has ended. */
type Action = (one: Attacked, n: number) => Promise<readonly Answer[]>;

const request = { reportingLEAs: [LEA], academicYear: '2023-2024' };

const upload =
  (headers: object): Action =>
  async ({ ask, vendor, app }, n) => {
    const answer = await ask({
      method: 'POST',
      url: '/v1/uploads',
      headers: { ...vendor, 'content-type': 'text/plain', ...headers },
      payload: [
        line('SENR', { ssid: String(9_900_000_000 + n) }),
        line('SINF', { ssid: String(9_900_000_000 + n) }),
      ].join('\n'),
    });
    await app.jobs.upload.idle();
    return [answer];
  };

const ACTIONS: Readonly<Record<string, Action>> = {
  upload: upload({}),
  'upload as a job': upload({ prefer: 'respond-async' }),
  extract: async ({ ask, vendor, app }) => {
    const answer = await ask({ method: 'POST', url: '/v1/extracts', headers: { ...vendor }, payload: request });
    await app.jobs.extract.idle();
    return [answer];
  },
  draft: async ({ ask, policy }) => [
    await ask({ method: 'POST', url: '/v1/rulebook/drafts', headers: { ...policy }, payload: { title: 'A change' } }),
  ],
};

const QUEUES = ['upload', 'extract', 'impact'] as const;

/** What may be answered while the disk is full. */
const REFUSALS = ['CENR_DISK_FULL', 'CENR_ACCESS_LOG_UNAVAILABLE'];

/** Fills the disk at every write of everything that is done. */
export async function fullDisk(t: Owner): Promise<DiskFigures> {
  const one = await service(t, { requestsPerMinute: 0 });
  const attacked: Attacked = { ...one, vendor: one.key('vendor', [LEA]), policy: one.key('policy', 'all') };
  const full = await disk(t);
  const answers: Record<string, number> = {};
  const faults: string[] = [];
  let writes = 0;
  let done = 0;
  const once = async (name: string, act: Action, n: number, how: How): Promise<boolean> => {
    full.fillAt(n, how);
    const given = await act(attacked, ++done);
    const { hasFailed } = full;
    full.fillAt(0);
    const what = `${name}, full at write ${n} ${how}`;
    const expect = (holds: boolean, more: string): void => void (holds || faults.push(`${what}: ${more}`));
    for (const { status, body } of given) {
      const told = `${status} ${body?.code ?? ''}`.trim();
      answers[told] = (answers[told] ?? 0) + 1;
      expect(status < 300 || REFUSALS.includes(body?.code), told);
    }
    await roomAgain(attacked);
    for (const answer of given) await verifyAcknowledged(attacked, answer, expect);
    await verifyFolder(attacked, expect);
    for (const { status, text } of await act(attacked, ++done)) expect(status < 300, `with room again: ${text}`);
    return hasFailed;
  };
  for (const how of ['from then on', 'once'] as const)
    for (const [name, act] of Object.entries(ACTIONS)) for (let n = 1; await once(name, act, n, how); n++) writes++;
  return { writes, answers, faults };
}

type Expect = (holds: boolean, what: string) => void;

/** Waits until everything that was put off is done. */
async function roomAgain({ app }: Attacked): Promise<void> {
  for (const kind of QUEUES) {
    app.jobs[kind].wake();
    await app.jobs[kind].idle();
  }
}

async function verifyAcknowledged({ store }: Attacked, { status, body }: Answer, expect: Expect): Promise<void> {
  if (status >= 300) return;
  const all = store.forLEAs('all');
  const id = body.id as string;
  if (id.startsWith('upload')) {
    expect((await all.upload(id)) !== undefined, `the upload ${id} was acknowledged and is lost`);
    expect(
      (await all.jobs('upload').get(id))?.status === 'Complete',
      `the upload ${id} is ${(await all.jobs('upload').get(id))?.status}`,
    );
  }
  if (id.startsWith('extract')) {
    const job = await all.jobs('extract').get(id);
    expect(
      job?.status === 'Complete' || (job?.status === 'Failed' && /no room/.test(job.failure ?? '')),
      `the extract ${id} is ${job?.status}: ${job?.failure}`,
    );
  }
  if (id.startsWith('draft'))
    expect((await store.draft(id)) !== undefined, `the draft ${id} was acknowledged and is lost`);
}

async function verifyFolder({ config, store }: Attacked, expect: Expect): Promise<void> {
  const { fault } = await verifyAccessLog(config.storeDir);
  expect(fault === undefined, `access log: ${fault?.reason}`);
  const names = (dir: string): string[] => fs.readdirSync(join(config.storeDir, dir)).sort();
  expect(names('incoming').length === 0, `left in incoming: ${names('incoming').join(' ')}`);
  const complete = await store.forLEAs('all').jobs('extract').list({ status: 'Complete' });
  const expected = complete.flatMap((job) =>
    ['.leaves', '.manifest.json', '.trace.ndjson', '.txt'].map((end) => nameOfFiles(job) + end),
  );
  const found = fs.existsSync(join(config.storeDir, 'extracts')) ? names('extracts') : [];
  expect(
    found.join() === expected.sort().join(),
    `left in extracts: ${found.filter((name) => !expected.includes(name)).join(' ')}`,
  );
}
