/** A worker thread: set up once with plain data, then one step after another. */
import { join } from 'node:path';
import { letGo } from '#base/byte-builder';
import { RunFile } from '#base/run-file';
import { serveTasks, type TaskContext } from '#base/serve-tasks';
import type { Block } from '#intake/lines';
import { PartitionWriter, takeBucket } from '#intake/partition';
import type { LEAScope, SSIDRange } from '#records/scope';
import { openHistories } from '#store/sqlite';
import type { ImpactRange } from './impact-steps.ts';
import type { Setup } from './setup.ts';
import { type BucketResult, type LinesResult, type RangeResult, Steps } from './steps.ts';

export interface ThreadData {
  readonly setup: Setup;
  /** For reading files: where bucket files are, and which writer of them this thread is, of how many. */
  readonly partition?: { readonly dir: string; readonly writer: number; readonly writers: number };
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
  const writer = partition && new PartitionWriter(partition.dir, partition.writer);
  const histories = store && openHistories(store.dir, store.scope, store.snapshot);
  return {
    lines(block: Block): LinesResult {
      const result = steps.lines(block, writer as PartitionWriter);
      letGo(block.bytes);
      return result;
    },
    /** After the last line, before the first bucket. */
    endLines(): void {
      writer?.close();
      steps.endLines();
    },
    bucket(bucket: number, { transfer }: TaskContext): BucketResult {
      const { dir, writers } = partition as NonNullable<typeof partition>;
      const result = steps.bucket(takeBucket(dir, bucket, writers));
      transfer(result.rows.buffer);
      return result;
    },
    range(range: SSIDRange, { transfer }: TaskContext): RangeResult {
      const result = steps.histories((histories as NonNullable<typeof histories>).histories(range));
      const { bytes, reasons } = result;
      transfer(bytes.buffer);
      if (reasons) transfer(reasons.trace.buffer, reasons.leaves.buffer);
      return result;
    },
    impact(range: SSIDRange, { transfer }: TaskContext): ImpactRange {
      if (!impact || !comparing || !histories) throw new Error('this thread was not set up to compare rulebooks');
      const { comparison, again } = comparing;
      const result = impact.compareHistories(comparison, impact.asStored(histories.histories(range)), { again });
      transfer(result.changes.buffer);
      return result;
    },
  };
}

serveTasks(setUp);
