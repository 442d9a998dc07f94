/** The greatest resident memory of `cenr extract` with a million students, as the command line runs it. */

import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { grouped } from '#base/text';
import type { Rulebook } from '#rulebook/load/assemble';
import { RUN_DATE, sampleFiles, sampleStore } from './data.ts';
import { type Measured, megabytes } from './measure.ts';

const CLI = join(import.meta.dirname, '../bin/cenr.mjs');

interface Ran {
  /** Bytes. */
  readonly memory: number;
  readonly rows: number;
}

function greatestMemory(args: readonly string[]): Ran {
  const file = join(tmpdir(), `cenr-memory-${process.pid}`);
  const out = join(tmpdir(), `cenr-bench-${process.pid}.txt`);
  execFileSync(
    process.execPath,
    ['--import', join(import.meta.dirname, 'report-memory.ts'), CLI, ...args, '--run-date', RUN_DATE, '--out', out],
    {
      env: { ...process.env, CENR_MEMORY: file },
      stdio: 'ignore',
    },
  );
  const bytes = Number(readFileSync(file, 'utf8'));
  rmSync(file);
  rmSync(out);
  const { rows } = JSON.parse(readFileSync(`${out}.manifest.json`, 'utf8')) as { rows: number };
  rmSync(`${out}.manifest.json`);
  return { memory: bytes, rows };
}

export async function memory(rulebook: Rulebook, students: number): Promise<Measured[]> {
  const year = ['--lea', 'all', '--academic-year', '2023-2024'];
  const storeDir = await sampleStore(students, rulebook);
  const fromStore = greatestMemory(['extract', '--store', storeDir, ...year]).memory;
  // Two years, so that there are more than a million rows.
  const trace = join(tmpdir(), `cenr-bench-${process.pid}.ndjson.gz`);
  const traced = greatestMemory([
    'extract',
    '--store',
    storeDir,
    '--lea',
    'all',
    '--from',
    '2022-07-01',
    '--through',
    '2024-06-30',
    '--trace',
    trace,
  ]);
  rmSync(trace);
  const fromFiles = greatestMemory(['extract', await sampleFiles(students), ...year]).memory;
  const all = grouped(students);
  return [
    {
      what: `greatest memory, extract of ${all} students from a store`,
      result: megabytes(fromStore),
      wanted: 'under 600 MB',
      met: fromStore < 600e6,
    },
    {
      what: `greatest memory, ${grouped(traced.rows)} rows with their trace`,
      result: megabytes(traced.memory),
      wanted: 'under 700 MB',
      met: traced.rows >= students && traced.memory < 700e6,
    },
    {
      what: `greatest memory, extract of ${all} students from files`,
      result: megabytes(fromFiles),
      wanted: 'under 1 GB',
      met: fromFiles < 1e9,
    },
  ];
}
