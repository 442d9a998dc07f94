/** Which readings the state's file was made with: the CPU time of calibrating beside that of the extract itself. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { grouped } from '#base/text';
import type { Rulebook } from '#rulebook/load/assemble';
import { BIN, ranWith } from './cpu.ts';
import { type Measured, megabytes, times } from './measure.ts';
import { besideExtract, HEAP_MB, LIMITED } from './reconcile.ts';

const MOST_MORE_CPU = 2.5;
const MOST_MORE_MEMORY = 1.25;

const run = (students: number, rulebook: Rulebook) =>
  besideExtract(students, rulebook, ({ path, asked, dir, extract }) => {
    const found = join(dir, 'found.json');
    const own = ranWith([LIMITED, BIN, 'calibrate', path, ...asked, '--out', found], dir);
    const { readings } = JSON.parse(readFileSync(found, 'utf8')) as {
      readonly readings: readonly { readonly isOther: boolean; readonly others: readonly unknown[] }[];
    };
    const alternatives = readings.reduce((sum, { others }) => sum + others.length, 0);
    return { extract, own, alternatives, wrong: readings.filter(({ isOther }) => isOther).length };
  });

export async function calibrate(rulebook: Rulebook, students: number): Promise<Measured[]> {
  const [half, whole] = [await run(students / 2, rulebook), await run(students, rulebook)];
  const { extract, own, alternatives, wrong } = whole;
  const [cpu, memory] = [own.cpu / half.own.cpu, own.memory / half.own.memory];
  return [
    {
      what: `calibrate, ${grouped(students)} students, ${alternatives} alternatives, CPU`,
      result: `${own.cpu.toFixed(2)} s`,
    },
    { what: '  CPU : that of the extract, for each alternative', result: times(own.cpu / extract.cpu / alternatives) },
    {
      what: '  CPU : that of half as many students',
      result: times(cpu),
      wanted: `at most ${MOST_MORE_CPU} times`,
      met: cpu <= MOST_MORE_CPU,
    },
    {
      what: `  greatest memory with a heap of ${HEAP_MB} MB, ${megabytes(own.memory)} : that of half as many students`,
      result: times(memory),
      wanted: `at most ${MOST_MORE_MEMORY} times`,
      met: memory <= MOST_MORE_MEMORY,
    },
    {
      what: '  readings found that the file was not made with',
      result: String(wrong),
      wanted: 'none',
      met: wrong === 0,
    },
  ];
}
