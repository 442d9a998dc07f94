/**
 * The state's file against a store: the CPU time of reconciling beside that of the extract itself, and for each row that
 * differs. Their file is made of the same students, some of whose records were never sent or say something else.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { grouped } from '#base/text';
import { extractFromStore } from '#pipeline/from-store';
import { loadUpload } from '#pipeline/load-upload';
import type { Rulebook } from '#rulebook/load/assemble';
import { BIN, ranWith } from './cpu.ts';
import { REQUEST, RUN_DATE, sampleFiles, sampleStore } from './data.ts';
import { type Measured, megabytes, times } from './measure.ts';

/** Of so many lines of a file of theirs, one is missing. */
const ONE_MISSING_OF: Readonly<Record<string, number>> = { SPRG: 12, SELA: 24, SWDS: 18, SINF: 60 };
/** Of so many program records, theirs has one more with this code. */
const ONE_MORE_OF = 16;
const ONE_MORE = '181';
/** Of so many lines one has another day in it: two days later. */
const ONE_MOVED_OF = 50;
const MOST_TIMES = 2;
const MOST_MS_OF_ROW = 5;
const MOST_MORE_MEMORY = 1.25;
/**
 * What is asked is whether it needs more memory for more students. Without a limit a process takes memory rather than
 * clean up: half as many students took 529 MB, twice as many 780 MB, and under this limit 476 MB and 512 MB.
 */
export const HEAP_MB = 250;
export const LIMITED = `--max-old-space-size=${HEAP_MB}`;

/** The file that the state would have made. */
async function theirFile(students: number, rulebook: Rulebook): Promise<string> {
  const dir = join(tmpdir(), 'cenr-bench', `theirs-${students}`);
  const path = join(dir, 'theirs.txt');
  if (existsSync(path)) return path;
  const files = await sampleFiles(students);
  const partial = `${dir}.partial`;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial, { recursive: true });
  const changed = readdirSync(files).map((name) => {
    const to = join(partial, name);
    writeFileSync(to, theirLines(readFileSync(join(files, name), 'utf8')));
    return { name, path: to };
  });
  const storeDir = join(partial, 'store');
  await loadUpload({
    ...{ storeDir, id: 'up_bench', sender: 'all', files: changed, receivedAt: '2024-07-15T00:00:00.000Z' },
    ...{ loadDay: RUN_DATE, rulebook },
  });
  await extractFromStore({
    ...{ storeDir, rulebook, request: REQUEST, runDate: RUN_DATE, out: join(partial, 'theirs.txt') },
  });
  for (const { path } of changed) rmSync(path);
  rmSync(storeDir, { recursive: true });
  renameSync(partial, dir);
  return path;
}

function theirLines(text: string): string {
  const type = text.slice(0, text.indexOf('^'));
  const missing = ONE_MISSING_OF[type] ?? Number.POSITIVE_INFINITY;
  return text
    .split('\n')
    .flatMap((line, i) => {
      if (i % missing === missing - 1) return [];
      if (type === 'SPRG' && i % ONE_MORE_OF === 0)
        return [line, line.replace(/\^\d{3}\^(?=\d?\^20)/, `^${ONE_MORE}^`)];
      return i % ONE_MOVED_OF === 0 ? line.replace(/\^(20\d{4})(1\d)\^/, movedDay) : line;
    })
    .join('\n');
}

const movedDay = (_: string, month: string, day: string): string => `^${month}${Number(day) + 2}^`;

/** The state's file and the store, and the CPU time of the extract itself. */
interface Theirs {
  readonly path: string;
  /** The arguments of every command about them. */
  readonly asked: readonly string[];
  /** Removed afterwards. */
  readonly dir: string;
  readonly extract: ReturnType<typeof ranWith>;
}

/** Makes the extract, and hands it on with the state's file. */
export async function besideExtract<T>(students: number, rulebook: Rulebook, use: (theirs: Theirs) => T): Promise<T> {
  const storeDir = await sampleStore(students, rulebook);
  const path = await theirFile(students, rulebook);
  const dir = join(tmpdir(), `cenr-bench-${process.pid}`);
  mkdirSync(dir, { recursive: true });
  try {
    const asked = ['--store', storeDir, '--academic-year', REQUEST.academicYear, '--run-date', RUN_DATE];
    const extract = ranWith([BIN, 'extract', ...asked, '--lea', 'all', '--out', join(dir, 'out.txt')], dir);
    return use({ path, asked, dir, extract });
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** What one run came to. */
const run = (students: number, rulebook: Rulebook) =>
  besideExtract(students, rulebook, ({ path, asked, dir, extract }) => {
    const list = join(dir, 'list.ndjson');
    const reconcile = ranWith([LIMITED, BIN, 'reconcile', path, ...asked, '--out', list], dir);
    const found = readFileSync(list, 'utf8').split('\n').filter(Boolean);
    const differing = found.filter((line) => line.startsWith('{"kind":"row"'));
    const explained = differing.filter((line) => line.includes('"verified":true'));
    return { extract, reconcile, differing: differing.length, explained: explained.length };
  });

export async function reconcile(rulebook: Rulebook, students: number): Promise<Measured[]> {
  const [half, whole] = [await run(students / 2, rulebook), await run(students, rulebook)];
  const { extract, reconcile: own, differing, explained } = whole;
  const ofRow = ((own.cpu - MOST_TIMES * extract.cpu) * 1000) / differing;
  const memory = own.memory / half.reconcile.memory;
  return [
    { what: `extract of ${grouped(students)} students, CPU`, result: `${extract.cpu.toFixed(2)} s` },
    { what: `reconcile, ${grouped(differing)} rows that differ, CPU`, result: `${own.cpu.toFixed(2)} s` },
    {
      what: '  beyond twice the extract, for each row that differs',
      result: `${ofRow.toFixed(2)} ms`,
      wanted: `at most ${MOST_MS_OF_ROW} ms`,
      met: ofRow <= MOST_MS_OF_ROW,
    },
    { what: '  rows with a verified cause', result: `${((explained / differing) * 100).toFixed(1)} %` },
    { what: '  CPU : that of half as many students', result: times(own.cpu / half.reconcile.cpu) },
    {
      what: `  greatest memory with a heap of ${HEAP_MB} MB, ${megabytes(own.memory)} : that of half as many students`,
      result: times(memory),
      wanted: `at most ${MOST_MORE_MEMORY} times`,
      met: memory <= MOST_MORE_MEMORY,
    },
  ];
}
