/** CPU time of whole processes, user and system: what other work on the machine does not lengthen as it does wall time. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const BIN = join(import.meta.dirname, '../bin/cenr.mjs');
const REPORT = join(import.meta.dirname, 'report-cpu.mjs');
const REPORT_MEMORY = join(import.meta.dirname, 'report-memory.ts');

/** Runs a process. Gives its CPU time in milliseconds. @throws Error when it fails */
export function cpuOf(args: readonly string[], dir: string, more: Readonly<Record<string, string>> = {}): number {
  const file = join(dir, 'cpu');
  const env = { ...process.env, CENR_CACHE: join(dir, 'cache'), CENR_CPU: file, ...more };
  const { status, stderr } = spawnSync(process.execPath, ['--import', REPORT, ...args], { env, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${args.join(' ')}: ${stderr}`);
  return Number(readFileSync(file, 'utf8')) / 1000;
}

/**
 * Runs a process once, as it is run at work.
 * @param dir a folder for its cache, which is made
 * @returns seconds of CPU and by the clock, and its greatest memory in bytes
 */
export function ranWith(args: readonly string[], dir: string): { cpu: number; wall: number; memory: number } {
  mkdirSync(dir, { recursive: true });
  const file = join(dir, 'memory');
  const begun = performance.now();
  const cpu = cpuOf(['--import', REPORT_MEMORY, ...args], dir, { CENR_MEMORY: file });
  return { cpu: cpu / 1000, wall: (performance.now() - begun) / 1000, memory: Number(readFileSync(file, 'utf8')) };
}

export const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

/** Processes tell their CPU time in hundredths of a second. */
const TICK_MS = 10;

/**
 * CPU time in milliseconds of a process, of those that it started and of those of them that are gone; 0 where there is
 * no `/proc`.
 * @throws Error when there is no such process
 */
export function cpuWithChildren(pid: number): number {
  if (!existsSync('/proc/self/stat')) return 0;
  if (!statOf(String(pid))) throw new Error(`there is no process ${pid} whose CPU time could be measured`);
  let ticks = 0;
  for (const name of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    const found = statOf(name);
    if (found && (Number(name) === pid || found.parent === pid)) ticks += found.ticks;
  }
  return ticks * TICK_MS;
}

function statOf(pid: string): { parent: number; ticks: number } | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    // It ended meanwhile.
    return undefined;
  }
  // Behind the name of its program, which may hold anything: state and parent; user and system time, children's too.
  const fields = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  return { parent: fields[1] as number, ticks: fields.slice(11, 15).reduce((sum, each) => sum + each, 0) };
}

/** What is measured in turn with the same other thing, and how often. */
export interface Pairs {
  readonly of: (dir: string) => readonly string[];
  readonly against: (dir: string) => readonly string[];
  readonly rounds: number;
}

/**
 * The CPU time of a process, each time in turn with another's, so that both meet the same moments of the machine. The
 * first round fills caches and is not counted.
 * @returns the median ratio, and the median time of each in milliseconds
 */
export function cpuRatio({ of, against, rounds }: Pairs): { ratio: number; own: number; other: number } {
  const dir = mkdtempSync(join(tmpdir(), 'cenr-bench-'));
  try {
    const pairs: { own: number; other: number }[] = [];
    for (let round = 0; round <= rounds; round++)
      pairs.push({ own: cpuOf(of(dir), dir), other: cpuOf(against(dir), dir) });
    pairs.shift();
    return {
      ratio: median(pairs.map(({ own, other }) => own / other)),
      own: median(pairs.map(({ own }) => own)),
      other: median(pairs.map(({ other }) => other)),
    };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
