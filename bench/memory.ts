/** The greatest resident memory of `cenr extract` with a million students, as the command line runs it. */
import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Rulebook } from '../src/rulebook/assemble.ts';
import { RUN_DATE, sampleFiles, sampleStore } from './data.ts';
import { type Measured, megabytes } from './measure.ts';

const CLI = join(import.meta.dirname, '../src/cli/cenr.ts');

function greatestMemory(args: readonly string[]): number {
  const file = join(tmpdir(), `cenr-memory-${process.pid}`);
  const out = join(tmpdir(), `cenr-bench-${process.pid}.txt`);
  execFileSync(process.execPath, ['--import', join(import.meta.dirname, 'report-memory.ts'), CLI, ...args, '--run-date', RUN_DATE, '--out', out], {
    env: { ...process.env, CENR_MEMORY: file },
    stdio: 'ignore',
  });
  const bytes = Number(readFileSync(file, 'utf8'));
  rmSync(file);
  rmSync(out);
  rmSync(`${out}.manifest.json`);
  return bytes;
}

export async function memory(rulebook: Rulebook, students: number): Promise<Measured[]> {
  const year = ['--lea', 'all', '--academic-year', '2023-2024'];
  const fromStore = greatestMemory(['extract', '--store', await sampleStore(students, rulebook), ...year]);
  const fromFiles = greatestMemory(['extract', await sampleFiles(students), ...year]);
  const all = students.toLocaleString('en-US');
  return [
    { what: `greatest memory, extract of ${all} students from a store`, result: megabytes(fromStore), wanted: 'under 600 MB', met: fromStore < 600e6 },
    { what: `greatest memory, extract of ${all} students from files`, result: megabytes(fromFiles), wanted: 'under 1 GB', met: fromFiles < 1e9 },
  ];
}
