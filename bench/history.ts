/**
 * One student's history out of a store, as an explanation needs it: every line as it was sent. Of students here and
 * there, so that each is in another block; CPU time, when the first ones have warmed up what reads them.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Rulebook } from '#rulebook/load/assemble';
import { openHistories } from '#store/sqlite';
import { sampleFiles, sampleStore } from './data.ts';
import type { Measured } from './measure.ts';

const STUDENTS = 1_000;
const WARM = 300;
const MOST_MS = 1;

/** SSIDs of so many students, in no order. */
async function someStudents(students: number, count: number): Promise<string[]> {
  const dir = await sampleFiles(students);
  const [first] = readdirSync(dir).filter((name) => name.startsWith('SINF'));
  const found = [...new Set(readFileSync(join(dir, first as string), 'utf8').match(/(?<=\^)99\d{8}(?=\^)/g))];
  const step = Math.floor(found.length / count);
  return found.filter((_, i) => i % step === 0).slice(0, count);
}

export async function history(rulebook: Rulebook, students: number): Promise<Measured[]> {
  const ssids = await someStudents(students, WARM + STUDENTS);
  const store = openHistories(await sampleStore(students, rulebook), 'all');
  let lines = 0;
  const read = async (some: readonly string[]): Promise<void> => {
    for (const ssid of some) lines += (await store.history(ssid))?.body().split('\n').length ?? 0;
  };
  await read(ssids.slice(0, WARM));
  const before = process.cpuUsage();
  await read(ssids.slice(WARM));
  const { user, system } = process.cpuUsage(before);
  store.close();
  if (lines < ssids.length) throw new Error(`found ${lines} lines of ${ssids.length} students`);
  const ms = (user + system) / 1_000 / STUDENTS;
  return [
    {
      what: "one student's history from the store, every line",
      result: `${ms.toFixed(2)} ms of CPU`,
      wanted: `at most ${MOST_MS} ms`,
      met: ms <= MOST_MS,
    },
  ];
}
