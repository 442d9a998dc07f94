/**
 * Kills at random moments: the service or a command is ended with SIGKILL while it takes an upload, makes an extract,
 * publishes rules, makes a key or loads. After each, what was not answered is sent again, with its Idempotency-Key; what
 * was acknowledged is there, once; nothing half is left; the access log verifies. In the end every extract has the bytes of one made in a store that nobody disturbed.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { verifyAccessLog } from '#audit/access-log/read';
import type { ExtractRequest } from '#extract/request';
import type { Upload } from '#intake/upload';
import { extractFromStore } from '#pipeline/from-store';
import { loadFiles } from '#pipeline/load-files';
import type { Rulebook } from '#rulebook/load/assemble';
import { verify } from '#rulebook/load/load';
import { Random } from '#sample/random';
import { writeSample } from '#sample/write';
import { createKey, KEY_RANDOM_BYTES } from '#service/keys';
import type { ExtractJob } from '#store/extract-job';
import { openSqliteStore } from '#store/sqlite';
import type { Store } from '#store/store';
import { saying } from '../support/desk.ts';
import { folder } from '../support/folders.ts';
import { shipped } from '../support/histories.ts';
import type { Owner } from '../support/service.ts';
import { shippedTexts } from '../support/versions.ts';
import { type Running, startCommand, startService } from './running.ts';

export interface KillFigures {
  readonly kills: number;
  /** Kills by what was under way; of these, how many were acknowledged. */
  readonly by: Readonly<Record<string, { kills: number; acknowledged: number }>>;
  readonly uploads: number;
  readonly extracts: number;
  readonly entries: number;
  readonly faults: readonly string[];
}

const STUDENTS = 150;
export const LEA = '9900001';
export const REQUEST: ExtractRequest = { reportingLEAs: [LEA], academicYear: '2023-2024' };
export const RUN_DATE = '20240715';
const WAIT = { prefer: 'wait=50' };

const sha256 = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex');

interface Sent {
  readonly path: string;
  acknowledged: boolean;
  id?: string;
  /** Of the request that sent it; none for a command. */
  headers?: object;
}

/** Writes a sample of its own into one file. */
export async function sampleFile(files: string, seed: number): Promise<{ path: string; hash: string }> {
  const dir = join(files, String(seed));
  await writeSample({ students: STUDENTS, seed, leas: 1, style: 'plain' }, dir);
  const bytes = Buffer.concat(
    readdirSync(dir)
      .sort()
      .map((name) => readFileSync(join(dir, name))),
  );
  const path = join(files, `${seed}.txt`);
  writeFileSync(path, bytes);
  return { path, hash: sha256(bytes) };
}

/** What was acknowledged so far. */
interface Known {
  /** Files of uploads by their SHA-256: whether the upload was acknowledged. */
  readonly sent: Map<string, Sent>;
  readonly extracts: string[];
  readonly keys: string[];
  /** Hashes of versions in the order in which they took effect, as far as that was acknowledged. */
  version: string | undefined;
}

class Attack {
  readonly #dir: string;
  readonly #files: string;
  readonly #random: Random;
  readonly known: Known = { sent: new Map(), extracts: [], keys: [], version: undefined };
  readonly faults: string[] = [];
  readonly #versions: readonly string[];
  readonly #headers: { readonly vendor: object; readonly policy: object };
  #uploads = 0;

  constructor(dir: string, files: string, random: Random, versions: readonly string[], headers: Attack['headers']) {
    this.#dir = dir;
    this.#files = files;
    this.#random = random;
    this.#versions = versions;
    this.#headers = headers;
  }

  get headers(): { readonly vendor: object; readonly policy: object } {
    return this.#headers;
  }

  /** A file that nobody sent before: a sample of its own, in one file. */
  async #newFile(): Promise<{ path: string; hash: string }> {
    const { path, hash } = await sampleFile(this.#files, ++this.#uploads);
    this.known.sent.set(hash, { path, acknowledged: false });
    return { path, hash };
  }

  #acknowledge(hash: string, id?: string): void {
    const sent = this.known.sent.get(hash);
    if (sent) Object.assign(sent, { acknowledged: true, ...(id !== undefined && { id }) });
  }

  /** What can be under way; each gives whether it was acknowledged. */
  readonly actions: Readonly<Record<string, (service: Running) => Promise<boolean>>> = {
    upload: async ({ ask }) => this.#sent(ask, {}),
    'upload as a job': async ({ ask }) => {
      const isAccepted = await this.#sent(ask, { prefer: 'respond-async' });
      await ask('GET', `/v1/uploads/${[...this.known.sent.values()].at(-1)?.id}/status`, {
        headers: { ...this.#headers.vendor, ...WAIT },
      });
      return isAccepted;
    },
    extract: async ({ ask }) => {
      const answer = await ask('POST', '/v1/extracts', {
        headers: { ...this.#headers.vendor, 'content-type': 'application/json' },
        body: JSON.stringify({ ...REQUEST, runDate: RUN_DATE }),
      });
      if (answer?.status !== 202) return false;
      this.known.extracts.push(answer.body.id);
      await ask('GET', answer.body.links.self, { headers: { ...this.#headers.vendor, ...WAIT } });
      return true;
    },
    publish: async ({ ask }) => {
      const now = (await ask('GET', '/v1/rulebook', { headers: this.#headers.policy }))?.headers.get('cenr-rulebook');
      const next = this.#versions.find((hash) => hash !== now) as string;
      // Whether it took effect is not known until it is answered.
      this.known.version = undefined;
      const answer = await ask('POST', `/v1/rulebook/versions/${next}/restore`, {
        headers: { ...this.#headers.policy, 'content-type': 'application/json' },
        body: JSON.stringify({ reason: 'an attack' }),
      });
      if (answer?.status !== 201) {
        if (answer !== undefined) this.faults.push(`publish: ${answer.text}`);
        return false;
      }
      this.known.version = next;
      return true;
    },
    draft: async ({ ask }) => {
      const answer = await ask('POST', '/v1/rulebook/drafts', {
        headers: { ...this.#headers.policy, 'content-type': 'application/json' },
        body: JSON.stringify({ title: 'A change', reason: 'an attack' }),
      });
      return answer?.status === 201;
    },
  };

  /** Commands; they run beside the service or without it. */
  readonly commands: Readonly<Record<string, () => Promise<{ args: string[]; ended(out: string): void }>>> = {
    key: async () => ({
      args: ['key', 'add', '--name', 'attack', '--role', 'vendor', '--lea', LEA, '--store', this.#dir],
      ended: (out) => void this.known.keys.push(out.trim()),
    }),
    load: async () => {
      const { path, hash } = await this.#newFile();
      return {
        args: ['load', path, '--lea', LEA, '--load-date', RUN_DATE, '--store', this.#dir],
        ended: () => this.#acknowledge(hash),
      };
    },
  };

  async #sent(ask: Running['ask'], headers: object): Promise<boolean> {
    const { hash } = await this.#newFile();
    const own = { ...this.#headers.vendor, 'content-type': 'text/plain', 'idempotency-key': hash, ...headers };
    Object.assign(this.known.sent.get(hash) as Sent, { headers: own });
    return this.#send(ask, hash);
  }

  async #send(ask: Running['ask'], hash: string): Promise<boolean> {
    const { path, headers } = this.known.sent.get(hash) as Sent;
    const body = readFileSync(path);
    const answer = await ask('POST', `/v1/uploads?reportingLEA=${LEA}`, { headers: headers as object, body });
    if (answer?.status !== 201 && answer?.status !== 202) return false;
    this.#acknowledge(hash, answer.body.id);
    return true;
  }

  /** Sends again what was not answered, as whoever sent it would. */
  async sendAgain({ ask }: Running, what: string): Promise<void> {
    for (const [hash, { headers, acknowledged }] of this.known.sent)
      if (headers && !acknowledged) this.expect(await this.#send(ask, hash), `${what}: sent again it is refused`);
  }

  pick(): string {
    const all = [...Object.keys(this.actions), ...Object.keys(this.commands)];
    return all[this.#random.below(all.length)] as string;
  }

  /** A share of a duration and somewhat more: most kills come in the middle, some when all is done. */
  moment(duration: number): number {
    return (this.#random.below(1_000) / 1_000) * duration * 1.3;
  }

  expect(holds: boolean, what: string): void {
    if (!holds) this.faults.push(what);
  }
}

/** What must hold after a kill and a start. */
async function verifyAfter(attack: Attack, dir: string, service: Running, what: string): Promise<void> {
  const { known } = attack;
  const store = openSqliteStore(dir, { readOnly: true });
  try {
    const all = store.forLEAs('all');
    await idle(store, service);
    for (const { id, acknowledged } of known.sent.values())
      if (acknowledged && id !== undefined) {
        const job = await all.jobs('upload').get(id);
        attack.expect(job?.status === 'Complete', `${what}: upload ${id} is ${job?.status} ${job?.failure}`);
      }
    for (const id of known.extracts) {
      const job = await all.jobs('extract').get(id);
      attack.expect(job?.status === 'Complete', `${what}: extract ${id} is ${job?.status} ${job?.failure}`);
    }
    const hashes = (await store.uploadsThrough(await store.snapshot())).map(({ files }) => files[0]?.sha256 ?? '');
    for (const [hash, { acknowledged }] of known.sent) {
      const times = hashes.filter((found) => found === hash).length;
      attack.expect(times === 1 || (times === 0 && !acknowledged), `${what}: an upload was stored ${times} times`);
    }
    if (known.version !== undefined) {
      const now = (await store.activations()).at(-1)?.hash;
      attack.expect(now === known.version, `${what}: ${now} is in effect, not ${known.version}`);
    }
    const kept = (await store.keys()).map(({ hash }) => hash);
    for (const key of known.keys) attack.expect(kept.includes(sha256(key)), `${what}: a key was lost`);
  } finally {
    await store.close();
  }
  const half = (name: string): boolean => /partial|cenr-/.test(name);
  for (const name of ['extracts', 'impacts', 'incoming']) {
    const files = readdirIfThere(join(dir, name));
    attack.expect(!files.some(half), `${what}: half files are left: ${files.filter(half).join(' ')}`);
  }
  attack.expect(readdirIfThere(join(dir, 'incoming')).length === 0, `${what}: uploads are left`);
  const { fault } = await verifyAccessLog(dir);
  attack.expect(fault === undefined, `${what}: access log: ${fault?.reason}`);
}

/** Waits until every job that is there has ended, those that nobody was told of included. */
async function idle(store: Store, { child }: Running): Promise<void> {
  const all = store.forLEAs('all');
  const isUnderWay = async (): Promise<boolean> => {
    for (const kind of ['upload', 'extract'] as const)
      for (const status of ['Pending', 'Processing'] as const)
        if ((await all.jobs(kind).list({ status, limit: 1 })).length > 0) return true;
    return false;
  };
  while (child.exitCode === null && (await isUnderWay())) await wait(20);
}

export function readdirIfThere(dir: string): string[] {
  try {
    return readdirSync(dir);
  } catch {
    return [];
  }
}

/** Two versions of the rules that were in effect, between which one can go back and forth. */
async function prepare(dir: string): Promise<{ versions: readonly string[]; headers: Attack['headers'] }> {
  const changes = saying('X');
  const other = verify(shippedTexts.map(({ path, text }) => ({ path, text: changes[path] ?? text })));
  const store = openSqliteStore(dir);
  try {
    const from = '2024-01-01T00:00:00.000Z';
    for (const rulebook of [other, shipped] as Rulebook[]) {
      await store.keepRulebook(rulebook, from);
      await store.activate({ hash: rulebook.hash, from, how: 'files', createdAt: from });
    }
    const bearer = async (role: 'vendor' | 'policy'): Promise<object> => {
      const random = Buffer.alloc(KEY_RANDOM_BYTES, role);
      const leas = role === 'vendor' ? [LEA] : 'all';
      const { key, record } = createKey({ name: role, role, leas, now: new Date(from), random });
      await store.addKey(record);
      return { authorization: `Bearer ${key}` };
    };
    return {
      versions: [shipped.hash, other.hash],
      headers: { vendor: await bearer('vendor'), policy: await bearer('policy') },
    };
  } finally {
    await store.close();
  }
}

/** The same uploads in the same order, undisturbed; then every extract that is Complete is made again and compared. */
export async function compare(
  t: Owner,
  attacked: Store,
  {
    sent,
    fileOf,
    expect,
  }: {
    /** The files that were sent, by their SHA-256. */
    readonly sent: ReadonlyMap<string, { readonly path: string }>;
    readonly fileOf: (job: ExtractJob) => string;
    readonly expect: (holds: boolean, what: string) => void;
  },
): Promise<{ uploads: number; extracts: number }> {
  const clean = folder(t);
  for (const { id } of await attacked.uploadsThrough(await attacked.snapshot())) {
    const { receivedAt, loadDay, files, sender, rulebookHash } = (await attacked.forLEAs('all').upload(id)) as Upload;
    const rulebook = await attacked.rulebook(rulebookHash);
    const of = sent.get(files[0]?.sha256 ?? '');
    expect(of !== undefined && rulebook !== undefined, `upload ${id} has a file that nobody sent, or unknown rules`);
    if (!of || !rulebook) continue;
    const from = [{ name: files[0]?.name as string, path: of.path }];
    await loadFiles({ storeDir: clean, id, sender, files: from, receivedAt, loadDay, rulebook });
  }
  const jobs = await attacked.forLEAs('all').jobs('extract').list({});
  const made = new Map<string, string>();
  for (const job of jobs) {
    const { id, status, snapshot, rulebookHash, sha256: promised } = job;
    if (status !== 'Complete') continue;
    const name = `${snapshot} ${rulebookHash}`;
    if (!made.has(name)) made.set(name, await extractAgain(clean, attacked, rulebookHash, snapshot as number, t));
    const bytes = sha256(readFileSync(fileOf(job)));
    expect(bytes === promised && bytes === made.get(name), `extract ${id} has other bytes than undisturbed`);
  }
  return { uploads: await attacked.snapshot(), extracts: jobs.length };
}

async function extractAgain(storeDir: string, kept: Store, hash: string, snapshot: number, t: Owner): Promise<string> {
  const rulebook = verify((await kept.rulebookTexts(hash)) ?? []);
  const out = join(folder(t), 'cenr.txt');
  await extractFromStore({ storeDir, rulebook, request: REQUEST, runDate: RUN_DATE, snapshot, out, workers: 0 });
  return sha256(readFileSync(out));
}

/**
 * Kills so many times.
 * @param seed of what is under way and of the moment, as a share of how long it takes undisturbed
 * @param tell told of each kill
 */
export async function kills(
  t: Owner,
  count: number,
  seed: number,
  tell = (_: string): void => {},
): Promise<KillFigures> {
  const dir = folder(t);
  const files = join(folder(t), 'files');
  mkdirSync(files);
  const { versions, headers } = await prepare(dir);
  const attack = new Attack(dir, files, new Random(seed), versions, headers);
  const by: Record<string, { kills: number; acknowledged: number }> = {};
  const durations = new Map<string, number>();
  let service = await startService(dir);
  try {
    // How long each takes when nothing happens to it.
    for (const [name, act] of Object.entries(attack.actions)) {
      const begun = performance.now();
      attack.expect(await act(service), `${name} failed undisturbed`);
      durations.set(name, performance.now() - begun);
    }
    for (const [name, command] of Object.entries(attack.commands)) {
      const { args, ended } = await command();
      const begun = performance.now();
      const { code, out, err } = await startCommand(...args).ended;
      attack.expect(code === 0, `${name} failed undisturbed: ${err}`);
      ended(out);
      durations.set(name, performance.now() - begun);
    }
    for (let i = 0; i < count && attack.faults.length < 10; i++) {
      const name = attack.pick();
      const killed = by[name] ?? { kills: 0, acknowledged: 0 };
      by[name] = killed;
      killed.kills++;
      const moment = attack.moment(durations.get(name) as number);
      const action = attack.actions[name];
      if (action) {
        const acting = action(service);
        await wait(moment);
        await service.kill();
        if (await acting) killed.acknowledged++;
        service = await startService(dir);
      } else {
        const { args, ended } = await (attack.commands[name] as (typeof attack.commands)[string])();
        const command = startCommand(...args);
        await wait(moment);
        command.child.kill('SIGKILL');
        const { code, out } = await command.ended;
        if (code === 0) {
          killed.acknowledged++;
          ended(out);
        }
      }
      const what = `kill ${i} (${name})`;
      const before = attack.faults.length;
      await attack.sendAgain(service, what);
      await verifyAfter(attack, dir, service, what);
      tell([what, ...attack.faults.slice(before)].join('\n  '));
    }
    await service.stop();
  } finally {
    await service.kill();
  }
  const attacked = openSqliteStore(dir, { readOnly: true });
  t.teardown(() => attacked.close());
  for (const { id, status, failure } of await attacked.forLEAs('all').jobs('extract').list({}))
    attack.expect(status === 'Complete', `extract ${id} is ${status}: ${failure}`);
  const compared = await compare(t, attacked, {
    sent: attack.known.sent,
    fileOf: ({ id }) => join(dir, 'extracts', `${id}.txt`),
    expect: (holds, what) => attack.expect(holds, what),
  });
  const { end } = await verifyAccessLog(dir);
  const total = Object.values(by).reduce((sum, { kills }) => sum + kills, 0);
  return { kills: total, by, ...compared, entries: end.number, faults: attack.faults };
}
