/**
 * `POST /v1/evaluations` over loopback: the service in a process of its own, on one core; the load comes from this one.
 * Streams use a thread for each core, which the load uses too. The start of the service, too: from the start of its
 * process until it is ready, with a store that is there.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import autocannon from 'autocannon';
import { grouped } from '#base/text';
import { openStore } from '#store/open';
import { median } from './cpu.ts';
import { REQUEST, RUN_DATE, sampleFiles } from './data.ts';
import { type Measured, perSecond, seconds, times } from './measure.ts';

const CLI = join(import.meta.dirname, '../bin/cenr.mjs');
const PORT = 18_080;
const NDJSON_STUDENTS = 60_000;
/** For the first stream after the start, and the second. */
const FIRST_STUDENTS = 5_000;
const GOAL = { one: 8_000, p99: 5, stream: 40_000, first: 300, ready: 1 };
/** The service is ready before its threads are warm. */
const WARM_MS = 5_000;
/** Half of what it is to do in a second. */
const HALF = GOAL.one / 2;
const STARTS = 3;

/** The caret lines of some students, each student's together. */
async function histories(students: number): Promise<string[][]> {
  const dir = await sampleFiles(students);
  const bySSID = new Map<string, string[]>();
  for (const name of readdirSync(dir))
    for (const line of readFileSync(join(dir, name), 'utf8').split('\r\n')) {
      const ssid = /\^(99\d{8})\^/.exec(line)?.[1];
      if (ssid) bySSID.set(ssid, [...(bySSID.get(ssid) ?? []), line]);
    }
  // Of students with a mistake in a record the service makes no rows; they are not what is measured.
  return [...bySSID.values()].filter((lines) => lines.length >= 12 && lines.length <= 16);
}

export interface Started {
  readonly child: ChildProcess;
  readonly address: string;
  readonly key: string;
  /** Seconds from the start of its process until it was ready. */
  readonly seconds: number;
}

/**
 * @param store its folder, or its address
 * @param node more arguments of Node; more: of its environment
 */
export async function started(
  store: string,
  node: readonly string[] = [],
  more: Readonly<Record<string, string>> = {},
  port = PORT,
): Promise<Started> {
  await (await openStore(store)).close();
  const key = await new Promise<string>((resolve, reject) => {
    const add = spawn(process.execPath, [
      CLI,
      'key',
      'add',
      '--name',
      'bench',
      '--role',
      'vendor',
      '--lea',
      'all',
      '--store',
      store,
    ]);
    add.stdout.on('data', (data) => resolve(String(data).trim()));
    add.on('exit', (code) => code !== 0 && reject(new Error(`cenr key add ended with ${code}`)));
  });
  const env = {
    ...process.env,
    CENR_LOG_LEVEL: 'warn',
    CENR_EVALUATIONS_PER_MINUTE: '0',
    CENR_REQUESTS_PER_MINUTE: '0',
    ...more,
  };
  const begun = performance.now();
  const child = spawn(process.execPath, [...node, CLI, 'serve', '--store', store, '--port', String(port)], {
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  await new Promise<void>((resolve) =>
    child.stderr?.on('data', (data) => String(data).includes('listens on') && resolve()),
  );
  const address = `http://127.0.0.1:${port}`;
  const { status } = await fetch(`${address}/health/ready`);
  if (status !== 200) throw new Error(`/health/ready answered ${status}`);
  return { child, address, key, seconds: (performance.now() - begun) / 1000 };
}

export async function ended(child: ChildProcess): Promise<void> {
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  await exit;
}

export async function service(): Promise<Measured[]> {
  const storeDir = mkdtempSync(join(tmpdir(), 'cenr-bench-service-'));
  const starts: number[] = [];
  for (let i = 0; i < STARTS; i++) {
    const { child, seconds } = await started(storeDir);
    await ended(child);
    starts.push(seconds);
  }
  const { child, address, key } = await started(storeDir);
  try {
    const students = await histories(2_000);
    const head = { request: REQUEST, runDate: RUN_DATE };
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
    const url = `${address}/v1/evaluations`;
    const stream = async (count: number): Promise<number> => {
      const lines = Array.from({ length: count }, (_, i) => JSON.stringify({ records: students[i % students.length] }));
      async function* body(): AsyncGenerator<Buffer> {
        yield Buffer.from(`${JSON.stringify(head)}\n`);
        for (let i = 0; i < lines.length; i += 200) yield Buffer.from(`${lines.slice(i, i + 200).join('\n')}\n`);
      }
      const begun = performance.now();
      const answer = await fetch(url, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/x-ndjson' },
        body: Readable.toWeb(Readable.from(body())) as never,
        duplex: 'half',
      } as RequestInit);
      let last = '';
      for await (const chunk of answer.body as unknown as AsyncIterable<Uint8Array>)
        last = Buffer.from(chunk).toString().slice(-200);
      if (!last.includes(`"count":${count}`)) throw new Error(`the stream did not end well: ${last}`);
      return (performance.now() - begun) / 1000;
    };
    await new Promise((resolve) => setTimeout(resolve, WARM_MS));
    const first = [await stream(FIRST_STUDENTS), await stream(FIRST_STUDENTS)] as const;
    const requests = students
      .slice(0, 500)
      .map((records) => ({ method: 'POST' as const, headers, body: JSON.stringify({ ...head, records }) }));
    const run = (options: object) =>
      autocannon({ url, requests, ...options } as never) as unknown as Promise<autocannon.Result>;
    await run({ connections: 8, duration: 4 });
    const full = await run({ connections: 8, duration: 10 });
    const half = await run({ connections: 8, duration: 10, overallRate: HALF });
    const most = full.requests.average;
    await stream(NDJSON_STUDENTS);
    const ndjson = Math.min(await stream(NDJSON_STUDENTS), await stream(NDJSON_STUDENTS));
    const late = (first[0] - first[1]) * 1000;
    // The first one fills the cache of compiled modules.
    const ready = median(starts.slice(1));
    return [
      {
        what: 'start of the service, until it is ready',
        result: seconds(ready),
        wanted: `at most ${GOAL.ready} s`,
        met: ready <= GOAL.ready,
      },
      {
        what: 'POST /v1/evaluations, one student, one core',
        result: `${grouped(Math.round(most))} a second`,
        wanted: `at least ${grouped(GOAL.one)} a second`,
        met: most >= GOAL.one && full.non2xx < full['2xx'],
      },
      {
        what: '  of which answered 200',
        result: `${((100 * full['2xx']) / (full['2xx'] + full.non2xx)).toFixed(1)} %`,
      },
      {
        what: `  p99 at ${grouped(HALF)} a second`,
        result: `${half.latency.p99} ms`,
        wanted: `at most ${GOAL.p99} ms`,
        met: half.latency.p99 <= GOAL.p99,
      },
      {
        what: 'POST /v1/evaluations, NDJSON',
        result: `${perSecond(NDJSON_STUDENTS, ndjson)}`,
        wanted: `at least ${grouped(GOAL.stream)} a second`,
        met: NDJSON_STUDENTS / ndjson >= GOAL.stream,
      },
      {
        what: `  the first stream of ${grouped(FIRST_STUDENTS)} students, ${WARM_MS / 1_000} s after the start, longer than the second`,
        result: `${Math.round(late)} ms`,
        wanted: `at most ${GOAL.first} ms`,
        met: late <= GOAL.first,
      },
      { what: '  NDJSON : one by one', result: times(NDJSON_STUDENTS / ndjson / most) },
    ];
  } finally {
    await ended(child);
    rmSync(storeDir, { recursive: true, force: true });
  }
}
