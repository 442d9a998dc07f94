/**
 * `cenr extract --lea all` from a loaded store, against reading the same histories from a table of SSID and lines on one
 * core: CPU time of whole processes, in pairs. Also what the manifest costs, and the size of the store.
 */

import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { grouped } from '#base/text';
import { EVERYBODY } from '#records/scope';
import type { Rulebook } from '#rulebook/load/assemble';
import { openHistories } from '#store/sqlite';
import { BIN, cpuRatio } from './cpu.ts';
import { RUN_DATE, sampleFiles, sampleStore } from './data.ts';
import { type Measured, megabytes, perSecond, seconds, times } from './measure.ts';

const ROUNDS = 3;
const READ_LINES = join(import.meta.dirname, 'read-lines.ts');

export async function store(rulebook: Rulebook, students: number): Promise<Measured[]> {
  const storeDir = await sampleStore(students, rulebook);
  const table = `${storeDir}.lines.db`;
  await asLines(storeDir, table);
  const year = ['--lea', 'all', '--academic-year', '2023-2024', '--run-date', RUN_DATE];
  const extract = (dir: string) => [BIN, 'extract', '--store', storeDir, ...year, '--out', join(dir, 'extract.txt')];
  const plain = cpuRatio({
    of: (dir) => [...extract(dir), '--no-manifest'],
    against: () => [READ_LINES, table],
    rounds: ROUNDS,
  });
  const proven = cpuRatio({ of: extract, against: (dir) => [...extract(dir), '--no-manifest'], rounds: ROUNDS });
  const sizes = [storeDir, await sampleFiles(students)].map(sizeOf) as [number, number];
  rmSync(table);
  const all = grouped(students);
  const row = (what: string, ms: number): Measured => ({
    what,
    result: `${seconds(ms / 1000)} of CPU, ${perSecond(students, ms / 1000)}`,
  });
  const ratio = (what: string, of: number, most: number): Measured => ({
    what,
    result: times(of),
    wanted: `at most ${most} times`,
    met: of <= most,
  });
  return [
    row(`reading the lines of ${all} students from a table, one core`, plain.other),
    row('extract of them from the store, all 50 columns', plain.own),
    ratio('extract from the store : reading lines from a table', plain.ratio, 1.8),
    ratio('extract with trace, leaves and manifest : without', proven.ratio, 1.4),
    { what: 'size of the store', result: megabytes(sizes[0]) },
    ratio('size of the store : size of the files', sizes[0] / sizes[1], 0.5),
  ];
}

/** Writes the histories of a store into a table of SSID and lines. */
async function asLines(storeDir: string, table: string): Promise<void> {
  rmSync(table, { force: true });
  const db = new DatabaseSync(table);
  db.exec('CREATE TABLE history (ssid TEXT PRIMARY KEY, lines BLOB) WITHOUT ROWID; BEGIN');
  const insert = db.prepare('INSERT INTO history VALUES (?, ?)');
  const histories = openHistories(storeDir, 'all');
  for await (const batch of histories.histories(EVERYBODY))
    for (const kept of batch) insert.run(kept.ssid, Buffer.from(kept.body()));
  histories.close();
  db.exec('COMMIT');
  db.close();
}

const sizeOf = (dir: string): number => readdirSync(dir).reduce((sum, name) => sum + statSync(join(dir, name)).size, 0);
