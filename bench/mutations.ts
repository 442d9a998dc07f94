/** `cenr check` of lines that are spoiled in every way: all of them are accounted for, and memory does not grow with them. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { grouped } from '#base/text';
import { type Measured, megabytes } from './measure.ts';
import { writeMutatedLines } from './mutated-lines.ts';

const CLI = join(import.meta.dirname, '../bin/cenr.mjs');
const SEED = 20260615;
const MOST_MEMORY = 300e6;

export interface CheckedMutations {
  readonly lines: number;
  /** 0 or 1; anything else is a crash. */
  readonly code: number | null;
  /** Blank, accepted, not used and rejected lines. */
  readonly accountedFor: number;
  /** The greatest resident memory, bytes. */
  readonly memory: number;
}

/** Checks so many spoiled lines with `cenr check`, in a process of its own. */
export async function checkMutations(lines: number): Promise<CheckedMutations> {
  const dir = mkdtempSync(join(tmpdir(), 'cenr-mutations-'));
  try {
    const path = join(dir, 'lines.txt');
    const memory = join(dir, 'memory');
    await writeMutatedLines(path, lines, SEED);
    const problems = join(dir, 'problems.ndjson');
    const { status, stderr } = spawnSync(
      process.execPath,
      [
        '--import',
        join(import.meta.dirname, 'report-memory.ts'),
        CLI,
        'check',
        path,
        '--lea',
        'all',
        '--problems',
        problems,
      ],
      { env: { ...process.env, CENR_MEMORY: memory }, encoding: 'utf8' },
    );
    const counts = [...stderr.matchAll(/(?:of which|accepted|not used|rejected) ([\d,]+)/g)];
    return {
      lines,
      code: status,
      accountedFor: counts.reduce((sum, [, count = '']) => sum + Number(count.replaceAll(',', '')), 0),
      memory: Number(readFileSync(memory, 'utf8')),
    };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

export async function mutations(lines: number): Promise<Measured[]> {
  const checked: CheckedMutations[] = [];
  for (const times of [1, 2, 4]) checked.push(await checkMutations(times * lines));
  return checked.map(({ lines: count, code, accountedFor, memory }) => ({
    what: `greatest memory, check of ${grouped(count)} spoiled lines, every one accounted for`,
    result: accountedFor === count ? megabytes(memory) : `${grouped(accountedFor)} lines accounted for`,
    wanted: 'under 300 MB',
    met: code === 1 && accountedFor === count && memory < MOST_MEMORY,
  }));
}
