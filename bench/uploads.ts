/**
 * `cenr load` into a store that holds the students already: some lines of 1 % of them, and one line of each. Against
 * loading the same lines into an empty store: CPU time of whole processes, in pairs.
 */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { grouped } from '#base/text';
import { columnIndex, layoutOf } from '#records/layout';
import type { Rulebook } from '#rulebook/load/assemble';
import { BIN, cpuRatio } from './cpu.ts';
import { sampleFiles, sampleStore } from './data.ts';
import { type Measured, seconds, times } from './measure.ts';

const ROUNDS = 3;

/** Which lines of a student are sent again. */
type IsSent = (ssid: string, recordType: string, isFirst: boolean) => boolean;

const UPLOADS: readonly { readonly name: string; readonly words: string; readonly isSent: IsSent }[] = [
  { name: 'some', words: 'all lines of 1 % of the students', isSent: (ssid) => Number(ssid) % 100 === 0 },
  { name: 'each', words: 'a line of every student', isSent: (_, type, isFirst) => type === 'SENR' && isFirst },
];

export async function uploads(rulebook: Rulebook, students: number): Promise<Measured[]> {
  const storeDir = await sampleStore(students, rulebook);
  const measured: Measured[] = [];
  for (const { name, words, isSent } of UPLOADS) {
    const files = `${await sampleFiles(students)}-${name}`;
    const lines = sentAgain(await sampleFiles(students), files, rulebook, isSent);
    const load = (dir: string) => [BIN, 'load', files, '--store', dir, '--lea', 'all'];
    const { ratio, own, other } = cpuRatio({
      of: (dir) => {
        const copy = join(dir, 'loaded');
        rmSync(copy, { recursive: true, force: true });
        cpSync(storeDir, copy, { recursive: true });
        return load(copy);
      },
      against: (dir) => {
        rmSync(join(dir, 'empty'), { recursive: true, force: true });
        return load(join(dir, 'empty'));
      },
      rounds: ROUNDS,
    });
    const what = `upload of ${words} to a store of ${grouped(students)}`;
    measured.push(
      {
        what: `${what}, ${grouped(lines)} lines`,
        result: `${seconds(own / 1000)} of CPU, into an empty store ${seconds(other / 1000)}`,
      },
      { what: `${what} : into an empty store`, result: times(ratio), wanted: 'at most 2 times', met: ratio <= 2 },
    );
  }
  return measured;
}

/** Writes the lines that are sent again; gives how many there are. */
function sentAgain(from: string, to: string, { schemas }: Rulebook, isSent: IsSent): number {
  if (!existsSync(to)) {
    const partial = `${to}.partial`;
    rmSync(partial, { recursive: true, force: true });
    mkdirSync(partial);
    for (const name of readdirSync(from)) {
      const recordType = basename(name, '.txt');
      const layout = layoutOf(schemas, recordType);
      if (!layout) continue;
      const place = columnIndex(layout, 'ssid');
      const seen = new Set<string>();
      const lines = readFileSync(join(from, name), 'utf8')
        .split('\n')
        .filter((line) => {
          const ssid = line.split('^', place + 1)[place] ?? '';
          const isFirst = !seen.has(ssid);
          seen.add(ssid);
          return /^\d{10}$/.test(ssid) && isSent(ssid, recordType, isFirst);
        });
      if (lines.length > 0) writeFileSync(join(partial, name), `${lines.join('\n')}\n`);
    }
    renameSync(partial, to);
  }
  return readdirSync(to).reduce((sum, name) => sum + readFileSync(join(to, name), 'utf8').split('\n').length - 1, 0);
}
