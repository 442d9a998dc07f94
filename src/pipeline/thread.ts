/** A worker thread: set up once with plain data, then one step after another. */
import { join } from 'node:path';
import { letGo } from '#base/byte-builder';
import { RunFile } from '#base/run-file';
import { serveTasks, type TaskContext } from '#base/serve-tasks';
import type { Block } from '#intake/lines';
import type { KeyRange, PartitionWriter, SortedLines } from '#intake/partition';
import type { LEAScope, SSIDRange } from '#records/scope';
import { openForChanges, openHistories } from '#store/open';
import type { ChangesMaker, Elsewhere } from '#store/store';
import type { ImpactRange } from './impact-steps.ts';
import type { Setup } from './setup.ts';
import {
  type AppliedResult,
  type IncomingResult,
  type LinesResult,
  type LoadedResult,
  type RangeResult,
  Steps,
} from './steps.ts';

export interface ThreadData {
  readonly setup: Setup;
  /** For reading files: where their lines go, and which writer of them this thread is. */
  readonly partition?: { readonly dir: string; readonly writer: number };
  /** For reading a store. */
  readonly store?: { readonly dir: string; readonly scope: LEAScope; readonly snapshot?: number | undefined };
}

export type StepThread = typeof setUp;

async function setUp({ setup, partition, store }: ThreadData) {
  // What compares rulebooks brings explanations with it: no other thread should have to load them.
  const impact = setup.impact && (await import('./impact-steps.ts'));
  const comparing = impact?.comparingOf(setup);
  const problems = partition && new RunFile(join(partition.dir, `problems-of-${partition.writer}`));
  const steps = new Steps(setup, problems);
  let writer = partition && steps.partition(partition.dir, partition.writer);
  let changes: ChangesMaker | undefined;
  const histories = store && (await openHistories(store.dir, store.scope, store.snapshot));
  return {
    lines(block: Block): LinesResult {
      const result = steps.lines(block, writer as PartitionWriter);
      letGo(block.bytes);
      return result;
    },
    /** After the last line. */
    sorted(): SortedLines {
      const sorted = (writer as PartitionWriter).close();
      writer = undefined;
      return sorted;
    },
    /** Before the first range, with what all threads sorted. */
    endLines(all: readonly SortedLines[]): void {
      steps.endLines(all);
    },
    incoming(range: KeyRange, { transfer }: TaskContext): IncomingResult {
      const result = steps.incoming(range);
      if (result.made) transfer(...buffersOf(result.made));
      return result;
    },
    /** Before the first range that is loaded. */
    async beginLoading({ dir, elsewhere }: { readonly dir: string; readonly elsewhere: Elsewhere }): Promise<void> {
      changes = await openForChanges(dir, elsewhere);
    },
    async load(ranges: readonly KeyRange[], { transfer }: TaskContext): Promise<LoadedResult> {
      let result: AppliedResult | undefined;
      const made = await (changes as ChangesMaker).in(wholeOf(ranges), async (writer) => {
        result = await steps.load(ranges, writer);
      });
      for (const value of made.flat()) if (value instanceof Uint8Array) transfer(value.buffer);
      return { ...(result as AppliedResult), changes: made };
    },
    async range(range: SSIDRange, { transfer, signal }: TaskContext): Promise<RangeResult> {
      const result = await steps.histories((histories as NonNullable<typeof histories>).histories(range, { signal }));
      transfer(...buffersOf(result));
      return result;
    },
    async impact(range: SSIDRange, { transfer, signal }: TaskContext): Promise<ImpactRange> {
      if (!impact || !comparing || !histories) throw new Error('this thread was not set up to compare rulebooks');
      const { comparison, again } = comparing;
      const students = impact.asStored(histories.histories(range, { signal }));
      const result = await impact.compareHistories(comparison, students, { again });
      transfer(result.changes.buffer);
      return result;
    },
  };
}

const buffersOf = ({ bytes, reasons }: RangeResult): ArrayBuffer[] =>
  [bytes, ...(reasons ? [reasons.trace, reasons.leaves] : [])].map(({ buffer }) => buffer);

/** @param ranges one behind the other */
const wholeOf = (ranges: readonly KeyRange[]): KeyRange => ({
  from: (ranges[0] as KeyRange).from,
  below: (ranges.at(-1) as KeyRange).below,
});

serveTasks(setUp);
