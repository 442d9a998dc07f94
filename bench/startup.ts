/**
 * What it costs to start the command line: whole processes, user and system time, each in turn with Node's own start
 * (`node -e 0`), so that both meet the same moments of the machine. The first round fills the cache and is not counted.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Measured, times } from './measure.ts';

const BIN = join(import.meta.dirname, '../bin/cenr.mjs');
const REPORT = join(import.meta.dirname, 'report-cpu.mjs');
const ROUNDS = 15;

const COMMANDS = [
  { words: ['--version'], most: 1.5 },
  { words: ['extract', '--help'], most: 3 },
  { words: ['rules', 'list'], most: 6 },
];

/** Of a process, in milliseconds. */
function cpuOf(args: readonly string[], dir: string): number {
  const file = join(dir, 'cpu');
  const env = { ...process.env, CENR_CACHE: join(dir, 'cache'), CENR_CPU: file };
  spawnSync(process.execPath, ['--import', REPORT, ...args], { env, stdio: 'ignore' });
  return Number(readFileSync(file, 'utf8')) / 1000;
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

export async function startup(): Promise<Measured[]> {
  const dir = mkdtempSync(join(tmpdir(), 'cenr-bench-'));
  try {
    return COMMANDS.map(({ words, most }) => {
      const ratios: number[] = [];
      const milliseconds: number[] = [];
      for (let round = 0; round <= ROUNDS; round++) {
        const command = cpuOf([BIN, ...words], dir);
        const node = cpuOf(['-e', '0'], dir);
        if (round === 0) continue;
        ratios.push(command / node);
        milliseconds.push(command);
      }
      const ratio = median(ratios);
      return {
        what: `start of cenr ${words.join(' ')} : start of Node`,
        result: `${times(ratio)} (${Math.round(median(milliseconds))} ms of CPU)`,
        wanted: `at most ${most} times`,
        met: ratio <= most,
      };
    });
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
