/**
 * `POST /v1/evaluations` over loopback: the service in a process of its own, on one core; the load comes from this one.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import autocannon from 'autocannon';
import { grouped } from '#base/text';
import { openSqliteStore } from '#store/sqlite';
import { REQUEST, RUN_DATE, sampleFiles } from './data.ts';
import { type Measured, perSecond, times } from './measure.ts';

const CLI = join(import.meta.dirname, '../bin/cenr.mjs');
const PORT = 18_080;
const NDJSON_STUDENTS = 60_000;

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

export async function started(storeDir: string): Promise<{ child: ChildProcess; address: string; key: string }> {
  openSqliteStore(storeDir).close();
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
      storeDir,
    ]);
    add.stdout.on('data', (data) => resolve(String(data).trim()));
    add.on('exit', (code) => code !== 0 && reject(new Error(`cenr key add ended with ${code}`)));
  });
  const env = {
    ...process.env,
    CENR_LOG_LEVEL: 'warn',
    CENR_EVALUATIONS_PER_MINUTE: '0',
    CENR_REQUESTS_PER_MINUTE: '0',
  };
  const child = spawn(process.execPath, [CLI, 'serve', '--store', storeDir, '--port', String(PORT)], {
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  await new Promise<void>((resolve) =>
    child.stderr?.on('data', (data) => String(data).includes('listens on') && resolve()),
  );
  return { child, address: `http://127.0.0.1:${PORT}`, key };
}

export async function service(): Promise<Measured[]> {
  const storeDir = mkdtempSync(join(tmpdir(), 'cenr-bench-service-'));
  const { child, address, key } = await started(storeDir);
  try {
    const students = await histories(2_000);
    const head = { request: REQUEST, runDate: RUN_DATE };
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
    const url = `${address}/v1/evaluations`;
    const requests = students
      .slice(0, 500)
      .map((records) => ({ method: 'POST' as const, headers, body: JSON.stringify({ ...head, records }) }));
    const run = (options: object) =>
      autocannon({ url, requests, ...options } as never) as unknown as Promise<autocannon.Result>;
    await run({ connections: 8, duration: 4 });
    const full = await run({ connections: 8, duration: 10 });
    const half = await run({ connections: 8, duration: 10, overallRate: 2_000 });
    const most = full.requests.average;

    const lines = Array.from({ length: NDJSON_STUDENTS }, (_, i) =>
      JSON.stringify({ records: students[i % students.length] }),
    );
    async function* body(): AsyncGenerator<Buffer> {
      yield Buffer.from(`${JSON.stringify(head)}\n`);
      for (let i = 0; i < lines.length; i += 200) yield Buffer.from(`${lines.slice(i, i + 200).join('\n')}\n`);
    }
    const stream = async (): Promise<number> => {
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
      if (!last.includes(`"count":${NDJSON_STUDENTS}`)) throw new Error(`the stream did not end well: ${last}`);
      return (performance.now() - begun) / 1000;
    };
    await stream();
    const ndjson = Math.min(await stream(), await stream());
    return [
      {
        what: 'POST /v1/evaluations, one student, one core',
        result: `${grouped(Math.round(most))} a second`,
        wanted: 'at least 4,000 a second',
        met: most >= 4_000 && full.non2xx < full['2xx'],
      },
      {
        what: '  of which answered 200',
        result: `${((100 * full['2xx']) / (full['2xx'] + full.non2xx)).toFixed(1)} %`,
      },
      {
        what: '  p99 at 2,000 a second',
        result: `${half.latency.p99} ms`,
        wanted: 'under 10 ms',
        met: half.latency.p99 < 10,
      },
      {
        what: 'POST /v1/evaluations, NDJSON',
        result: `${perSecond(NDJSON_STUDENTS, ndjson)}`,
        wanted: 'at least 15,000 a second',
        met: NDJSON_STUDENTS / ndjson >= 15_000,
      },
      { what: '  NDJSON : one by one', result: times(NDJSON_STUDENTS / ndjson / most) },
    ];
  } finally {
    child.kill('SIGTERM');
    rmSync(storeDir, { recursive: true, force: true });
  }
}
