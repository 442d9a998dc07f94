/** Synthetic students for the benchmarks, made once and kept in the system's folder for temporary files. */
import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadUpload } from '#pipeline/load-upload';
import type { Rulebook } from '#rulebook/load/assemble';
import { writeSample } from '#sample/write';

const ROOT = join(tmpdir(), 'cenr-bench');
export const RUN_DATE = '20240715';
export const REQUEST = { reportingLEAs: 'all', academicYear: '2023-2024' } as const;

/** A folder with the files of so many students. */
export async function sampleFiles(students: number): Promise<string> {
  const dir = join(ROOT, `files-${students}`);
  if (existsSync(dir)) return dir;
  const partial = `${dir}.partial`;
  rmSync(partial, { recursive: true, force: true });
  await writeSample({ students, seed: 1, leas: 20, style: 'plain' }, partial);
  renameSync(partial, dir);
  return dir;
}

/** A store of persons who are hard to tell apart, and the folder with their requests and the truth. */
export async function identityStore(
  students: number,
  rulebook: Rulebook,
): Promise<{ readonly dir: string; readonly storeDir: string }> {
  const dir = join(ROOT, `identities-${students}`);
  const storeDir = join(dir, 'store');
  if (existsSync(dir)) return { dir, storeDir };
  const partial = `${dir}.partial`;
  rmSync(partial, { recursive: true, force: true });
  await writeSample({ students, seed: 1, leas: 20, style: 'plain', identities: true }, partial);
  const types = ['SENR', 'SINF'];
  await loadUpload({
    ...{ storeDir: join(partial, 'store'), id: 'up_bench', sender: 'all', loadDay: RUN_DATE, rulebook },
    files: types.map((type) => ({ name: `${type}.txt`, path: join(partial, `${type}.txt`) })),
    receivedAt: '2024-07-15T00:00:00.000Z',
  });
  renameSync(partial, dir);
  return { dir, storeDir };
}

/** A store with the same students. */
export async function sampleStore(students: number, rulebook: Rulebook): Promise<string> {
  const dir = join(ROOT, `store-${students}`);
  if (existsSync(dir)) return dir;
  const files = await sampleFiles(students);
  const partial = `${dir}.partial`;
  rmSync(partial, { recursive: true, force: true });
  await loadUpload({
    storeDir: partial,
    id: 'up_bench',
    sender: 'all',
    files: readdirSync(files).map((name) => ({ name, path: join(files, name) })),
    receivedAt: '2024-07-15T00:00:00.000Z',
    loadDay: RUN_DATE,
    rulebook,
  });
  renameSync(partial, dir);
  return dir;
}
