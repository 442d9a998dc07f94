/** The comparison of a range of students as a step of work: plain data in, plain data out (src/work). */

import { Comparison, type PassedOverBySides } from '#authoring/impact/compare';
import type { BrokenBy } from '#authoring/impact/laws';
import { noneTaken, SentAgain, type Taken, takesAlike } from '#authoring/impact/reading';
import type { Sample } from '#authoring/impact/report';
import type { Sides } from '#authoring/impact/view';
import { ByteGatherer } from '#base/byte-builder';
import type { KeptHistory } from '#records/record';
import { assemble, type Rulebook } from '#rulebook/load/assemble';
import type { Setup } from './setup.ts';

export interface ImpactRange {
  /** Changes as lines of JSON (`Sample`), UTF-8. */
  readonly changes: Uint8Array<ArrayBuffer>;
  readonly students: number;
  /** Rows on both sides; 0 when they are not counted. */
  readonly before: number;
  readonly after: number;
  readonly passedOver: PassedOverBySides;
  readonly broken: BrokenBy;
  /** Whether a student has a row under either rulebook. */
  readonly hasRows: boolean;
  /** What the checks of each would make of the records, were they sent again; where that is asked for. */
  readonly taken?: TakenBySides;
}

/** Records under the checks of both rulebooks. */
export interface TakenBySides {
  records: number;
  readonly before: Taken;
  readonly now: Taken;
}

export const nothingTaken = (): TakenBySides => ({ records: 0, before: noneTaken(), now: noneTaken() });

/** What sends stored records again, under the rules of both sides. */
export interface SentAgainBySides {
  readonly before: SentAgain;
  readonly now: SentAgain;
}

/** `undefined` where both check records alike. */
export const sentAgainOf = (from: Rulebook, to: Rulebook, loadDay: string): SentAgainBySides | undefined =>
  takesAlike(from, to) ? undefined : { before: new SentAgain(from, loadDay), now: new SentAgain(to, loadDay) };

/** What a thread compares with. */
export interface Comparing {
  readonly comparison: Comparison;
  readonly again: SentAgainBySides | undefined;
}

/** @throws Error for a setup without `impact` */
export function comparingOf({ rulebook, impact }: Setup): Comparing {
  if (!impact) throw new Error('this thread was not set up to compare rulebooks');
  const { request, runDate, samples } = impact;
  const [from, to] = [assemble(rulebook), assemble(impact.to)];
  return {
    comparison: new Comparison({ from, to, request, runDate, samples }),
    again: sentAgainOf(from, to, runDate),
  };
}

/**
 * Compares students, batch after batch. Only one such work at a time may use a comparison. Which of them become samples depends on these students alone, whoever works on
 * the others.
 * @param again counts what the checks of both sides make of the records
 */
export async function compareHistories(
  comparison: Comparison,
  batches: AsyncIterable<Iterable<Sides>> | Iterable<Iterable<Sides>>,
  { again }: { again?: SentAgainBySides | undefined } = {},
): Promise<ImpactRange> {
  const gatherer = new ByteGatherer(1 << 16);
  let [count, before, after] = [0, 0, 0];
  let hasRows = false;
  const taken = again && nothingTaken();
  const add = (sample: Sample): void => gatherer.add(`${JSON.stringify(sample)}\n`);
  comparison.beginPart();
  for await (const students of batches)
    for (const sides of students) {
      count++;
      hasRows ||= comparison.hasRow(sides);
      const rows = comparison.student(sides.before, add, sides.now);
      before += rows.before;
      after += rows.after;
      if (!taken) continue;
      taken.records += again.before.count(sides.before, taken.before);
      again.now.count(sides.now, taken.now);
    }
  const passedOver = comparison.takePassedOver();
  const broken = comparison.takeBrokenLaws();
  const rows = { students: count, before, after, passedOver, hasRows, broken };
  return { changes: gatherer.take(), ...rows, ...(taken && { taken }) };
}

/** Students of a store: both sides read the same records. */
export async function* asStored(batches: AsyncIterable<readonly KeptHistory[]>): AsyncGenerator<Iterable<Sides>> {
  for await (const batch of batches) yield alike(batch);
}

/** Students of whom both sides have the same records. */
export function* alike(histories: Iterable<KeptHistory>): Generator<Sides> {
  for (const kept of histories) yield { before: kept, now: kept };
}
