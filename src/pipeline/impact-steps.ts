/** The comparison of a range of students as a step of work: plain data in, plain data out (src/work). */

import { Comparison } from '#authoring/impact/compare';
import { ByteGatherer } from '#base/byte-builder';
import type { KeptHistory } from '#records/record';
import { assemble } from '#rulebook/load/assemble';
import type { Setup } from './setup.ts';

export interface ImpactRange {
  /** Changes as lines of JSON (`Sample`), UTF-8. */
  readonly changes: Uint8Array<ArrayBuffer>;
  readonly students: number;
  /** Rows on both sides; 0 when they are not counted. */
  readonly before: number;
  readonly after: number;
}

/** @throws Error for a setup without `impact` */
export function comparisonOf({ rulebook, impact }: Setup): Comparison {
  if (!impact) throw new Error('this thread was not set up to compare rulebooks');
  const { to, request, runDate, samples } = impact;
  return new Comparison({ from: assemble(rulebook), to: assemble(to), request, runDate, samples });
}

/**
 * Compares students one after the other. Which of them become samples depends on these students alone, whoever works on
 * the others.
 * @param key what the lines of a student begin with, where they are to be merged with others
 */
export function compareHistories(
  comparison: Comparison,
  histories: Iterable<KeptHistory>,
  key: (ssid: string) => string = () => '',
): ImpactRange {
  const gatherer = new ByteGatherer(1 << 16);
  let [students, before, after] = [0, 0, 0];
  comparison.beginPart();
  for (const kept of histories) {
    students++;
    const rows = comparison.student(kept, (sample) => gatherer.add(`${key(kept.ssid)}${JSON.stringify(sample)}\n`));
    before += rows.before;
    after += rows.after;
  }
  return { changes: gatherer.take(), students, before, after };
}
