/**
 * A whole state, once, by hand (`npm run bench -- state --students 6000000`): CPU time, wall time and greatest memory of
 * loading it into an empty store, and of its extract with and without a manifest. It takes about 40 GB of disk and some
 * hours on a busy machine; what it made is deleted afterwards.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { grouped } from '#base/text';
import { BIN, ranWith } from './cpu.ts';
import { RUN_DATE, sampleFiles } from './data.ts';
import { type Measured, megabytes, seconds } from './measure.ts';

export const STATE = 6_000_000;
/** For so many students, in seconds of CPU and of the clock; in bytes. */
const GOALS = { load: { wall: 900 }, manifest: { cpu: 120 }, plain: { cpu: 60 }, memory: 1e9 } as const;

export async function state(students: number): Promise<Measured[]> {
  const files = await sampleFiles(students);
  const dir = `${files}-state`;
  const store = join(dir, 'store');
  const year = ['--lea', 'all', '--academic-year', '2023-2024', '--run-date', RUN_DATE];
  const extract = [BIN, 'extract', '--store', store, ...year, '--out', join(dir, 'extract.txt')];
  const share = students / STATE;
  try {
    const rows = (what: string, args: readonly string[], most: { cpu?: number; wall?: number }): Measured[] => {
      const { cpu, wall, memory } = ranWith(args, dir);
      const goal = (most.cpu ?? most.wall ?? 0) * share;
      return [
        {
          what: `${what}, ${grouped(students)} students`,
          result: `${seconds(cpu)} of CPU, ${seconds(wall)} by the clock`,
          wanted: `at most ${grouped(Math.round(goal))} s ${most.cpu ? 'of CPU' : 'by the clock'}`,
          met: (most.cpu ? cpu : wall) <= goal,
        },
        {
          what: `${what}, greatest memory`,
          result: megabytes(memory),
          wanted: 'under 1 GB',
          met: memory < GOALS.memory,
        },
      ];
    };
    return [
      ...rows('load into an empty store', [BIN, 'load', files, '--store', store, '--lea', 'all'], GOALS.load),
      ...rows('extract from the store with a manifest', extract, GOALS.manifest),
      ...rows('extract from the store without a manifest', [...extract, '--no-manifest'], GOALS.plain),
    ];
  } finally {
    for (const made of [dir, files]) rmSync(made, { recursive: true, force: true });
  }
}
