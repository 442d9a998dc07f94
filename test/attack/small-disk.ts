/**
 * A real file system of a few megabytes (tmpfs) with the service on it, filled up to its last kilobytes again and again:
 * what is refused is refused with 507 or 503, and nothing that was acknowledged is lost. Only root can mount one.
 */
import { execFileSync } from 'node:child_process';
import { rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { verifyAccessLog } from '#audit/access-log/read';
import { createKey, KEY_RANDOM_BYTES } from '#service/keys';
import { openSqliteStore } from '#store/sqlite';
import { folder } from '../support/folders.ts';
import { LEA, line, type Owner } from '../support/service.ts';
import { startService } from './running.ts';

export interface SmallDiskFigures {
  /** 0 when no file system could be mounted. */
  readonly fills: number;
  readonly answers: Readonly<Record<string, number>>;
  readonly faults: readonly string[];
}

const MEGABYTES = 96;
/** Kilobytes that are left free, one after the other. */
const FREE = [128, 192, 0, 4, 8, 16, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1_024, 1_536];
const STUDENTS = 400;

function mounted(t: Owner): string | undefined {
  const dir = folder(t);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${MEGABYTES}m`, 'tmpfs', dir], { stdio: 'ignore' });
  } catch {
    return undefined;
  }
  t.teardown(() => void execFileSync('umount', [dir]));
  return dir;
}

/** Leaves so much room. */
function fill(dir: string, kilobytes: number): void {
  const { bavail, bsize } = statfsSync(dir);
  const bytes = bavail * bsize - kilobytes * 1_024;
  if (bytes > 0) writeFileSync(join(dir, 'ballast'), Buffer.alloc(bytes));
}

export async function smallDisk(t: Owner): Promise<SmallDiskFigures> {
  const dir = mounted(t);
  if (dir === undefined) return { fills: 0, answers: {}, faults: [] };
  const store = openSqliteStore(dir);
  const random = Buffer.alloc(KEY_RANDOM_BYTES, 'disk');
  const { key, record } = createKey({ name: 'disk', role: 'vendor', leas: [LEA], now: new Date(), random });
  await store.addKey(record);
  await store.close();
  const answers: Record<string, number> = {};
  const faults: string[] = [];
  const acknowledged: string[] = [];
  const headers = { authorization: `Bearer ${key}` };
  const service = await startService(dir);
  const lines = (from: number): string =>
    Array.from({ length: STUDENTS }, (_, i) => line('SENR', { ssid: String(9_900_000_000 + from + i) })).join('\n');
  const act = async (round: number, prefer: object): Promise<readonly string[]> => {
    const sent = await service.ask('POST', '/v1/uploads', {
      headers: { ...headers, 'content-type': 'text/plain', ...prefer },
      body: lines((round % 5) * STUDENTS),
    });
    if (sent !== undefined && sent.status < 300) acknowledged.push(sent.body.id);
    const made = await service.ask('POST', '/v1/extracts', {
      headers: { ...headers, 'content-type': 'application/json', prefer: 'wait=20' },
      body: JSON.stringify({ reportingLEAs: [LEA], academicYear: '2023-2024' }),
    });
    if (made?.status === 202) await service.ask('DELETE', `/v1/extracts/${made.body.id}`, { headers });
    return [sent, made].map((answer) => `${answer?.status ?? 'none'} ${answer?.body?.code ?? ''}`.trim());
  };
  let fills = 0;
  try {
    for (const [round, kilobytes] of FREE.entries()) {
      fill(dir, kilobytes);
      fills++;
      for (const told of await act(round, round % 2 === 0 ? {} : { prefer: 'respond-async' })) {
        answers[told] = (answers[told] ?? 0) + 1;
        if (!/^(20[12]|507 CENR_DISK_FULL|503 CENR_ACCESS_LOG_UNAVAILABLE)$/.test(told))
          faults.push(`${kilobytes} kB free: ${told}`);
      }
      rmSync(join(dir, 'ballast'), { force: true });
      for (const told of await act(round, {}))
        if (!/^20[12]$/.test(told)) faults.push(`${kilobytes} kB had been free, with room again: ${told}`);
    }
    await service.stop();
  } finally {
    await service.kill();
  }
  const kept = openSqliteStore(dir, { readOnly: true });
  for (const id of acknowledged)
    if (!(await kept.forLEAs('all').upload(id))) faults.push(`the upload ${id} was acknowledged and is lost`);
  await kept.close();
  const { fault } = await verifyAccessLog(dir);
  if (fault) faults.push(`access log: ${fault.reason}`);
  return { fills, answers, faults };
}
