/**
 * Mixed traffic for minutes, at a service in a process of its own: evaluations, uploads, extracts and their downloads,
 * explanations, lists, refusals. Memory and open descriptors stay flat, and nothing is a fault of the service.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Random } from '#sample/random';
import { writeSample } from '#sample/write';
import { createKey, KEY_RANDOM_BYTES } from '#service/keys';
import { openSqliteStore } from '#store/sqlite';
import { folder } from '../support/folders.ts';
import { line, type Owner, record } from '../support/service.ts';
import { type Running, startService } from './running.ts';

export interface SoakFigures {
  readonly seconds: number;
  readonly requests: number;
  readonly statuses: Readonly<Record<string, number>>;
  /** Megabytes that the process had, at four moments after it was warm. */
  readonly memory: readonly number[];
  /** Descriptors that it had open at the same moments. */
  readonly descriptors: readonly number[];
  readonly faults: readonly string[];
}

const LEA = '9900001';
const STUDENTS = 300;
const AT_A_TIME = 4;
/** Of the time, before what is measured. */
const WARM = 0.2;
const MEASURED = 40;

/**
 * How far the last quarter of what was measured may lie above the second. In its first minutes a process takes more
 * memory as it goes, which is no leak.
 */
const MOST_GROWTH = { memory: 1.2, descriptors: 1.25 };
const MOST_GROWTH_AT_FIRST = { memory: 2, descriptors: 1.25 };
const LONG_SECONDS = 300;

const request = { reportingLEAs: [LEA], academicYear: '2023-2024' };
const json = (value: object) => ({ body: JSON.stringify(value), headers: { 'content-type': 'application/json' } });

type Ask = (method: string, path: string, more?: { headers?: object; body?: string }) => ReturnType<Running['ask']>;

/** What is sent, by what it is. */
function traffic(ask: Ask, files: readonly string[], random: Random): Readonly<Record<string, () => Promise<void>>> {
  let extract: string | undefined;
  const text = () => files[random.below(files.length)] as string;
  return {
    async evaluation() {
      const body = { request, records: [record('SENR', { reportingLEA: LEA }), line('SINF', { reportingLEA: LEA })] };
      await ask('POST', `/v1/evaluations${random.chance(0.2) ? '?explain=true' : ''}`, json(body));
    },
    async upload() {
      const headers = { 'content-type': 'text/plain', ...(random.chance(0.5) && { prefer: 'respond-async' }) };
      await ask('POST', `/v1/uploads?reportingLEA=${LEA}`, { body: text(), headers });
    },
    async extract() {
      const made = await ask('POST', '/v1/extracts', {
        ...json(request),
        headers: { 'content-type': 'application/json', prefer: 'wait=30' },
      });
      if (made?.body?.status === 'Complete') extract = made.body.links.self;
    },
    async download() {
      if (extract !== undefined) await ask('GET', `${extract}/${random.chance(0.5) ? 'file' : 'trace'}`);
    },
    async rows() {
      if (extract === undefined) return;
      const rows = await ask('GET', `${extract}/rows?limit=5`);
      const row = rows?.body?.rows?.[0];
      if (row) await ask('GET', `${extract}/missing/${row.ssid ?? '9900000001'}`);
    },
    async lists() {
      await ask('GET', ['/v1/uploads?limit=20', '/v1/extracts?limit=20', '/v1/rulebook'][random.below(3)] as string);
    },
    async refusals() {
      const wrong = [
        () => ask('POST', '/v1/evaluations', json({ request, records: [], more: 1 })),
        () =>
          ask('POST', `/v1/uploads?reportingLEA=${LEA}`, { body: 'a,b', headers: { 'content-type': 'text/plain' } }),
        () => ask('GET', '/v1/extracts/extract_x/file'),
        () => ask('PATCH', '/v1/uploads'),
        () => ask('GET', '/nowhere'),
      ];
      await wrong[random.below(wrong.length)]?.();
    },
  };
}

const WEIGHTS: Readonly<Record<string, number>> = {
  evaluation: 40,
  upload: 4,
  extract: 3,
  download: 8,
  rows: 8,
  lists: 15,
  refusals: 15,
};

/** Megabytes and descriptors of a process. */
function usage(pid: number): { memory: number; descriptors: number } {
  const kilobytes = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
  return { memory: kilobytes / 1024, descriptors: readdirSync(`/proc/${pid}/fd`).length };
}

async function prepared(t: Owner): Promise<{ dir: string; files: string[]; authorization: string }> {
  const dir = folder(t);
  const store = openSqliteStore(dir);
  const random = Buffer.alloc(KEY_RANDOM_BYTES, 'soak');
  const { key, record: kept } = createKey({ name: 'soak', role: 'admin', leas: [LEA], now: new Date(), random });
  await store.addKey(kept);
  await store.close();
  const files: string[] = [];
  for (const seed of [1, 2, 3]) {
    const sample = folder(t);
    await writeSample({ students: STUDENTS, seed, leas: 1, style: 'plain' }, sample);
    files.push(
      readdirSync(sample)
        .map((name) => readFileSync(join(sample, name), 'utf8'))
        .join(''),
    );
  }
  return { dir, files, authorization: `Bearer ${key}` };
}

/**
 * Sends traffic for so long.
 * @param until how many seconds, or how many requests
 * @param tell told now and then
 */
export async function soak(
  t: Owner,
  until: { readonly seconds?: number; readonly requests?: number },
  seed: number,
  tell = (_: string): void => {},
): Promise<SoakFigures> {
  const { dir, files, authorization } = await prepared(t);
  const service = await startService(dir);
  const statuses: Record<string, number> = {};
  const faults: string[] = [];
  const used: { memory: number; descriptors: number }[] = [];
  const begun = performance.now();
  let requests = 0;
  let measured = 0;
  const share = (): number =>
    until.requests === undefined
      ? (performance.now() - begun) / 1_000 / (until.seconds ?? 1)
      : requests / until.requests;
  const ask: Ask = async (method, path, { headers, body } = {}) => {
    requests++;
    const answer = await service.ask(method, path, {
      headers: { authorization, ...headers },
      ...(body !== undefined && { body }),
    });
    const status = answer === undefined ? 'no answer' : String(answer.status);
    statuses[status] = (statuses[status] ?? 0) + 1;
    // So many uploads of one key may wait; this one sends more.
    if (answer === undefined || answer.status >= 500) faults.push(`${method} ${path}: ${status} ${answer?.text ?? ''}`);
    if (share() > WARM + ((1 - WARM) * measured) / MEASURED) {
      measured++;
      used.push(usage(service.child.pid as number));
      tell(`${requests} requests, ${Math.round(used.at(-1)?.memory ?? 0)} MB`);
    }
    return answer;
  };
  const names = Object.entries(WEIGHTS).flatMap(([name, weight]) => Array.from({ length: weight }, () => name));
  const work = async (stream: number): Promise<void> => {
    const random = new Random(seed, stream);
    const acts = traffic(ask, files, random);
    while (share() < 1 && faults.length < 5) await acts[names[random.below(names.length)] as string]?.();
  };
  try {
    await Promise.all(Array.from({ length: AT_A_TIME }, (_, stream) => work(stream)));
    await service.stop();
    if (service.child.exitCode !== 0) faults.push(`the service ended with ${service.child.exitCode}`);
  } finally {
    await service.kill();
  }
  const seconds = (performance.now() - begun) / 1_000;
  const four = (of: 'memory' | 'descriptors'): number[] => quarters(used.map((one) => one[of]));
  const most = seconds < LONG_SECONDS ? MOST_GROWTH_AT_FIRST : MOST_GROWTH;
  for (const measure of ['memory', 'descriptors'] as const) {
    const [, second = 0, , last = 0] = four(measure);
    if (last > second * most[measure]) faults.push(`${measure} grew: ${four(measure).join(', ')}`);
  }
  return { seconds, requests, statuses, memory: four('memory'), descriptors: four('descriptors'), faults };
}

/** The middle value of each quarter. */
function quarters(values: readonly number[]): number[] {
  return [0, 1, 2, 3].map((quarter) => {
    const part = values.slice((quarter * values.length) / 4, ((quarter + 1) * values.length) / 4).sort((a, b) => a - b);
    return Math.round(part[Math.floor(part.length / 2)] ?? 0);
  });
}
