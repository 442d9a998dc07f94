/**
 * Kills among services that share a database and a folder: while clients send uploads, ask for extracts and cancel some,
 * one service after the other is ended with SIGKILL and started again, or stopped for longer than its lease and let go
 * on: then it comes back when others have its jobs. What is not acknowledged is sent again, to whichever service, with its
 * Idempotency-Key. In the end all that was acknowledged is there, once.
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { readManifest } from '#audit/manifest';
import { signatureDifference } from '#audit/signature';
import type { Job } from '#publishing/job';
import { Random } from '#sample/random';
import { verifyWhole } from '#service/access-log/verification';
import { createKey, KEY_RANDOM_BYTES } from '#service/keys';
import type { ExtractJob } from '#store/extract-job';
import { openStore } from '#store/open';
import type { Store } from '#store/store';
import { folder } from '../support/folders.ts';
import { nameOfFiles } from '../support/job-files.ts';
import { postgresServer } from '../support/postgres-server.ts';
import type { Owner } from '../support/service.ts';
import { compare, LEA, REQUEST, RUN_DATE, readdirIfThere, sampleFile } from './kills.ts';
import { type Answered, type Running, startCommand, startService } from './running.ts';

export interface ReplicaKillFigures {
  /** By SIGKILL, and stopped for longer than the lease. */
  readonly kills: number;
  readonly stops: number;
  readonly uploads: number;
  readonly extracts: number;
  readonly canceled: number;
  /** Jobs that were begun more than once. */
  readonly takenOver: number;
  /** Requests that were sent again. */
  readonly again: number;
  /** Answers by status and code. */
  readonly answers: Readonly<Record<string, number>>;
  readonly entries: number;
  readonly faults: readonly string[];
}

/** What is attacked: a lease that is short, and still longer than a busy machine lets a service wait for its turn. */
const ATTACKED = { services: 3, clients: 3, leaseMs: 1_000 };
/** Whatever takes longer than this on a busy machine does not come to an end. */
const LONGEST_MS = 300_000;
/** So many manifests are held to an extract that is made again, which takes long. */
const VERIFIED = 3;

interface Sent {
  readonly path: string;
  readonly hash: string;
  readonly isAsync: boolean;
  id?: string;
}

/** The services, of which one or another is dead or stopped at times. */
class Services {
  readonly #address: string;
  readonly #files: string;
  readonly #random: Random;
  readonly #leaseMs: number;
  #running: readonly Running[] = [];

  constructor(address: string, files: string, random: Random, leaseMs: number) {
    this.#address = address;
    this.#files = files;
    this.#random = random;
    this.#leaseMs = leaseMs;
  }

  start = (): Promise<Running> =>
    startService(this.#address, {
      CENR_FILES: this.#files,
      CENR_REPLICA_LEASE: String(this.#leaseMs),
      CENR_SHUTDOWN_GRACE: '5000',
      CENR_LOG_LEVEL: process.env['CENR_LOG_LEVEL'] ?? 'fatal',
    });

  async startAll(count: number): Promise<void> {
    this.#running = await Promise.all(Array.from({ length: count }, () => this.start()));
  }

  /** One of them, which may be dead. */
  any(): Running {
    return this.#running[this.#random.below(this.#running.length)] as Running;
  }

  /** Kills one, and starts another in its place. */
  async kill(): Promise<void> {
    const victim = this.any();
    await victim.kill();
    const next = await this.start();
    this.#running = this.#running.map((one) => (one === victim ? next : one));
  }

  /** Stops one until others take it for gone, and lets it go on. */
  async stopForAWhile(): Promise<void> {
    const { child } = this.any();
    child.kill('SIGSTOP');
    await wait(this.#leaseMs * (1.2 + this.#random.below(1_000) / 500));
    child.kill('SIGCONT');
  }

  async stop(): Promise<void> {
    await Promise.all(this.#running.map((one) => one.stop()));
  }

  async killAll(): Promise<void> {
    for (const { child } of this.#running) child.kill('SIGCONT');
    await Promise.all(this.#running.map((one) => one.kill()));
  }
}

/** What clients ask for, and what was acknowledged. */
class Clients {
  readonly #services: Services;
  readonly #files: string;
  readonly #vendor: object;
  readonly #random: Random;
  #number = 0;
  readonly sent = new Map<string, Sent>();
  readonly extracts: string[] = [];
  readonly canceled: string[] = [];
  readonly answers: Record<string, number> = {};
  readonly faults: string[] = [];
  again = 0;
  isOver = false;

  constructor(services: Services, files: string, vendor: object, random: Random) {
    this.#services = services;
    this.#files = files;
    this.#vendor = vendor;
    this.#random = random;
  }

  expect(holds: boolean, what: string): void {
    if (!holds) this.faults.push(what);
  }

  /** Sends a request until it is acknowledged, to one service or another. */
  async #until(
    statuses: readonly number[],
    method: string,
    path: string,
    more: Parameters<Running['ask']>[2] = {},
  ): Promise<Answered> {
    for (const begun = performance.now(); ; this.again++) {
      const { ask } = this.#services.any();
      const answer = await ask(method, path, { ...more, headers: { ...this.#vendor, ...more.headers } });
      const name = answer ? [answer.status, answer.body?.code].filter(Boolean).join(' ') : 'no answer';
      this.answers[name] = (this.answers[name] ?? 0) + 1;
      if (answer && statuses.includes(answer.status)) return answer;
      const isPassing = !answer || answer.status === 503 || answer.body?.code === 'CENR_IDEMPOTENCY_BUSY';
      this.expect(isPassing, `${method} ${path} is answered ${answer?.status} ${answer?.text}`);
      if (performance.now() - begun > LONGEST_MS)
        throw new Error(`${method} ${path} is never acknowledged: ${answer?.text}`);
      // Retry-After is longer than a test has time for.
      await wait(50 + this.#random.below(200));
    }
  }

  async #upload(): Promise<void> {
    const { path, hash } = await sampleFile(this.#files, ++this.#number);
    const isAsync = this.#random.chance(0.5);
    const sent: Sent = { path, hash, isAsync };
    this.sent.set(hash, sent);
    const headers = {
      ...{ 'content-type': 'text/plain', 'idempotency-key': hash },
      ...(isAsync && { prefer: 'respond-async' }),
    };
    const body = readFileSync(path);
    const answer = await this.#until([201, 202], 'POST', `/v1/uploads?reportingLEA=${LEA}`, { headers, body });
    sent.id = answer.body.id;
    if (isAsync) await this.#ended(`/v1/uploads/${sent.id}/status`);
  }

  async #extract(): Promise<void> {
    const { body } = await this.#until([202], 'POST', '/v1/extracts', {
      headers: { 'content-type': 'application/json', 'idempotency-key': `extract-${++this.#number}` },
      body: JSON.stringify({ ...REQUEST, runDate: RUN_DATE }),
    });
    this.extracts.push(body.id);
    if (this.#random.chance(0.2)) {
      await wait(this.#random.below(300));
      this.canceled.push(body.id);
      await this.#until([204], 'DELETE', `/v1/extracts/${body.id}`);
    } else await this.#ended(`/v1/extracts/${body.id}`);
  }

  /** Waits until a job has ended, as its client does. */
  async #ended(path: string): Promise<void> {
    for (;;) {
      const { body } = await this.#until([200], 'GET', path, { headers: { prefer: 'wait=5' } });
      if (!isOpen(body)) return;
    }
  }

  /** Does one thing after the other. */
  async work(): Promise<void> {
    while (!this.isOver) await (this.#random.chance(0.5) ? this.#upload() : this.#extract());
  }
}

const isOpen = ({ status }: Pick<Job, 'status'>): boolean => status === 'Pending' || status === 'Processing';

/** Waits until something holds; a fault when it never does. */
async function until(holds: () => Promise<boolean>): Promise<boolean> {
  for (const begun = performance.now(); performance.now() - begun < LONGEST_MS; await wait(50))
    if (await holds()) return true;
  return false;
}

/** What must hold when all services are quiet again. */
async function verifyEnd(store: Store, files: string, clients: Clients): Promise<{ takenOver: number }> {
  const all = store.forLEAs('all');
  const jobsOf = async (): Promise<readonly Job[]> => [
    ...(await all.jobs('upload').list({})),
    ...(await all.jobs('extract').list({})),
  ];
  const areOver = await until(async () => !(await jobsOf()).some(isOpen));
  clients.expect(areOver, 'some job never ends');
  const stored = (await store.uploadsThrough(await store.snapshot())).map(({ id, files: of }) => ({
    id,
    hash: of[0]?.sha256,
  }));
  for (const { hash, id } of clients.sent.values()) {
    const of = stored.filter((upload) => upload.hash === hash);
    clients.expect(of.length === 1 && of[0]?.id === id, `upload ${id} is stored as ${of.map((one) => one.id)}`);
    const job = id === undefined ? undefined : await all.jobs('upload').get(id);
    clients.expect(job?.status === 'Complete', `upload ${id} is ${job?.status}: ${job?.failure}`);
  }
  for (const id of clients.extracts) {
    const job = await all.jobs('extract').get(id);
    const expected = clients.canceled.includes(id) ? 'Cancelled' : 'Complete';
    clients.expect(job?.status === expected, `extract ${id} is ${job?.status}, not ${expected}: ${job?.failure}`);
  }
  const jobs = await jobsOf();
  for (const { id, status, attempt } of jobs)
    if (status === 'Complete') clients.expect((attempt ?? 0) > 0, `${id} is Complete after ${attempt} attempts`);
  const extracts = (await all.jobs('extract').list({ status: 'Complete' })).map(nameOfFiles);
  const foreign = (): string[] => [
    ...readdirIfThere(join(files, 'extracts')).filter(
      (name) =>
        /partial/.test(name) ||
        !extracts.some((own) => /^\.[a-z]/.test(name.slice(own.length)) && name.startsWith(own)),
    ),
    ...readdirIfThere(join(files, 'incoming')),
  ];
  await until(async () => foreign().length === 0);
  clients.expect(foreign().length === 0, `files are left that belong to no job: ${foreign().join(' ')}`);
  return { takenOver: jobs.filter(({ attempt = 1 }) => attempt > 1).length };
}

/** Whether manifests speak of the extracts that lie beside them, and their signatures are valid. */
async function verifyManifests(store: Store, address: string, files: string, clients: Clients): Promise<void> {
  const keys = await store.signingKeys();
  const jobs = await store.forLEAs('all').jobs('extract').list({ status: 'Complete' });
  for (const [i, job] of jobs.entries()) {
    const path = join(files, 'extracts', `${nameOfFiles(job)}.manifest.json`);
    const manifest = readManifest(readFileSync(path));
    const difference = signatureDifference(manifest, keys);
    clients.expect(difference === undefined, `the manifest of ${job.id}: ${difference}`);
    clients.expect(manifest.file.sha256 === job.sha256, `the manifest of ${job.id} is of another file`);
    // The last are those of jobs that saw most.
    if (i >= VERIFIED) continue;
    const { code, out, err } = await startCommand('verify', path, '--store', address).ended;
    clients.expect(code === 0, `cenr verify of ${job.id}: ${out}${err}`);
  }
}

/**
 * Kills, or stops for a while, so many times.
 * @param seed of what is done to which service, and when
 * @param tell told of each
 */
export async function replicaKills(
  t: Owner,
  count: number,
  seed: number,
  tell = (_: string): void => {},
  attacked: Partial<typeof ATTACKED> = {},
): Promise<ReplicaKillFigures> {
  const { services: most, clients: callers, leaseMs } = { ...ATTACKED, ...attacked };
  const server = await postgresServer(t);
  const address = await server.database();
  const [files, sent] = [folder(t), join(folder(t), 'sent')];
  mkdirSync(sent);
  const store = await openStore(address);
  t.teardown(() => store.close());
  const { key, record } = createKey({
    ...{ name: 'a vendor', role: 'vendor', leas: [LEA], now: new Date('2024-07-15T19:00:00Z') },
    random: Buffer.alloc(KEY_RANDOM_BYTES, 'vendor'),
  });
  await store.addKey(record);
  const random = new Random(seed, 0);
  const services = new Services(address, files, random, leaseMs);
  const clients = new Clients(services, sent, { authorization: `Bearer ${key}` }, new Random(seed, 1));
  t.teardown(() => services.killAll());
  await services.startAll(most);
  const working = Array.from({ length: callers }, () => clients.work());
  const failed = Promise.all(working).then(
    () => {},
    (error: Error) => void clients.faults.push(String(error)),
  );
  const done = { kills: 0, stops: 0 };
  for (let i = 0; i < count && clients.faults.length < 10; i++) {
    await wait(random.below(1_500));
    const isStop = random.chance(1 / 3);
    done[isStop ? 'stops' : 'kills']++;
    await (isStop ? services.stopForAWhile() : services.kill());
    tell(
      `${i}: ${isStop ? 'stopped for a while' : 'killed'}; ${clients.sent.size} uploads, ${clients.extracts.length} extracts`,
    );
  }
  clients.isOver = true;
  await failed;
  const { takenOver } = await verifyEnd(store, files, clients);
  await services.stop();
  const compared = await compare(t, store, {
    sent: clients.sent,
    fileOf: (job: ExtractJob) => join(files, 'extracts', `${nameOfFiles(job)}.txt`),
    expect: (holds, what) => clients.expect(holds, what),
  });
  await verifyManifests(store, address, files, clients);
  const verdicts = await verifyWhole(store, files);
  for (const { chain, fault } of verdicts)
    clients.expect(fault === undefined, `chain ${chain} of the access log: ${fault?.reason}`);
  const entries = verdicts.reduce((sum, { end }) => sum + end.number, 0);
  const { answers, faults, again, canceled } = clients;
  return { ...done, ...compared, canceled: canceled.length, takenOver, again, answers, entries, faults };
}
