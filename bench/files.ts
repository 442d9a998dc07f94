/**
 * `cenr extract --lea all` straight from files, and `cenr load` into an empty store, against reading the files and
 * splitting every line into its fields on one core: CPU time of whole processes, in pairs.
 */

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { grouped } from '#base/text';
import { BIN, cpuRatio } from './cpu.ts';
import { RUN_DATE, sampleFiles } from './data.ts';
import { type Measured, perSecond, seconds, times } from './measure.ts';

const ROUNDS = 3;
const SPLIT = join(import.meta.dirname, 'split-files.ts');

export async function files(students: number): Promise<Measured[]> {
  const files = await sampleFiles(students);
  const year = ['--lea', 'all', '--academic-year', '2023-2024', '--run-date', RUN_DATE, '--no-manifest'];
  const against = () => [SPLIT, files];
  const extract = cpuRatio({
    of: (dir) => [BIN, 'extract', files, ...year, '--out', join(dir, 'extract.txt')],
    against,
    rounds: ROUNDS,
  });
  const load = cpuRatio({
    of: (dir) => {
      rmSync(join(dir, 'store'), { recursive: true, force: true });
      return [BIN, 'load', files, '--store', join(dir, 'store'), '--lea', 'all'];
    },
    against,
    rounds: ROUNDS,
  });
  const all = grouped(students);
  const row = (what: string, { own }: { own: number }): Measured => ({
    what,
    result: `${seconds(own / 1000)} of CPU, ${perSecond(students, own / 1000)}`,
  });
  const ratio = (what: string, of: number, most: number): Measured => ({
    what: `${what} : reading and splitting`,
    result: times(of),
    wanted: `at most ${most} times`,
    met: of <= most,
  });
  return [
    row(`reading and splitting the files of ${all} students, one core`, { own: extract.other }),
    row('extract of them straight from the files, all 50 columns', extract),
    ratio('extract from files', extract.ratio, 1.7),
    row('load of them into an empty store', load),
    ratio('load', load.ratio, 2.5),
  ];
}
