/**
 * Pages in a browser's place: the service in a process of its own, pages asked for one after the other over loopback by
 * somebody who signed in. What is worked out when it is first asked for is shown apart; the goal is for all visits.
 */
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { grouped } from '#base/text';
import type { Rulebook } from '#rulebook/load/assemble';
import { REQUEST, sampleStore } from './data.ts';
import type { Measured } from './measure.ts';
import { ended, started } from './service.ts';

const VISITS = 60;
const GOAL = { ms: 100, bytes: 100_000, requests: 6 };
const WAIT = { prefer: 'wait=300' };
const STATE_DONE = 'Complete';

interface Client {
  readonly address: string;
  readonly headers: Readonly<Record<string, string>>;
}

export async function pages(rulebook: Rulebook, students: number): Promise<Measured[]> {
  const storeDir = mkdtempSync(join(tmpdir(), 'cenr-bench-pages-'));
  cpSync(await sampleStore(students, rulebook), storeDir, { recursive: true });
  const { child, address, key } = await started(storeDir);
  try {
    const rest: Client = { address, headers: { authorization: `Bearer ${key}` } };
    await extract(rest, { ...REQUEST, runDate: '2024-06-01' });
    const id = await extract(rest, { ...REQUEST, runDate: '2024-07-15' });
    const { rows } = await json(rest, `/v1/extracts/${id}/rows?limit=1`);
    const { ssid, school, grade } = rows[0];
    const paths = [
      '/',
      '/uploads',
      '/uploads/new',
      '/uploads/up_bench',
      '/uploads/up_bench?severity=reject',
      '/extracts',
      '/extracts/new',
      `/extracts/${id}`,
      `/extracts/${id}?field=40&value=Y`,
      `/extracts/${id}/differences`,
      `/extracts/${id}/differences?kind=new&students=true`,
      `/extracts/${id}/students/${ssid}`,
      `/extracts/${id}/rows/${ssid}/${school}/${grade}`,
    ];
    const visitor = { address, headers: { cookie: await signedIn(address, key) } };
    const measured: Measured[] = [];
    for (const path of paths) {
      const shown = path
        .replace(id, 'ID')
        .replaceAll(/\d{10}/g, 'SSID')
        .replace(/SSID\/.*/, 'SSID/SCHOOL/GRADE');
      measured.push(...(await page(visitor, path, `page ${shown}, ${grouped(students)} students`)));
    }
    return measured;
  } finally {
    await ended(child);
    rmSync(storeDir, { recursive: true, force: true });
  }
}

async function json(client: Client, path: string, init: RequestInit = {}) {
  const answer = await fetch(client.address + path, { ...init, headers: { ...client.headers, ...init.headers } });
  if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`);
  // biome-ignore lint/suspicious/noExplicitAny: what a route answers with is what the bench expects
  return (await answer.json()) as any;
}

/** Asks for an extract, and waits for it. */
async function extract(rest: Client, request: object): Promise<string> {
  const { id } = await json(rest, '/v1/extracts', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(request),
  });
  for (;;) {
    const { status } = await json(rest, `/v1/extracts/${id}`, { headers: WAIT });
    if (status === STATE_DONE) return id;
    if (status !== 'Pending' && status !== 'Processing') throw new Error(`the extract came to ${status}`);
  }
}

async function signedIn(address: string, key: string): Promise<string> {
  const answer = await fetch(`${address}/sign-in`, {
    method: 'POST',
    body: new URLSearchParams({ key, to: '/' }),
    redirect: 'manual',
  });
  const [cookie] = answer.headers.getSetCookie();
  if (cookie === undefined) throw new Error(`nobody could sign in: ${answer.status}`);
  return cookie.split(';')[0] as string;
}

async function page({ address, headers }: Client, path: string, what: string): Promise<Measured[]> {
  const times: number[] = [];
  let text = '';
  for (let i = 0; i < VISITS; i++) {
    const begun = performance.now();
    const answer = await fetch(address + path, { headers });
    text = await answer.text();
    times.push(performance.now() - begun);
    if (answer.status !== 200) throw new Error(`${path} answered ${answer.status}`);
  }
  const [first] = times as [number];
  const sorted = [...times].sort((a, b) => a - b);
  const p95 = sorted[Math.ceil(0.95 * sorted.length) - 1] as number;
  const parts = [
    ...new Set([...text.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, asset]) => asset as string)),
  ];
  let bytes = Buffer.byteLength(text);
  for (const asset of parts) bytes += (await (await fetch(address + asset)).arrayBuffer()).byteLength;
  const requests = parts.length + 1;
  return [
    {
      what: `${what}: 95 of 100 visits`,
      result: `${p95.toFixed(0)} ms, the first ${first.toFixed(0)} ms`,
      wanted: `at most ${GOAL.ms} ms`,
      met: p95 <= GOAL.ms,
    },
    {
      what: `${what}: bytes and requests`,
      result: `${(bytes / 1000).toFixed(0)} kB, ${requests} requests`,
      wanted: `at most ${GOAL.bytes / 1000} kB, ${GOAL.requests} requests`,
      met: bytes <= GOAL.bytes && requests <= GOAL.requests,
    },
  ];
}
