/** A worker thread: set up once with plain data, then one step after another. */
import { parentPort, workerData } from 'node:worker_threads';
import type { Block } from '#intake/lines';
import { PartitionWriter, takeBucket } from '#intake/partition';
import type { LEAScope, SSIDRange } from '#records/scope';
import { openBodies } from '#store/sqlite';
import type { Setup } from './setup.ts';
import { Steps } from './steps.ts';

export interface ThreadData {
  readonly setup: Setup;
  /** For reading files: where bucket files are, and which writer of them this thread is, of how many. */
  readonly partition?: { readonly dir: string; readonly writer: number; readonly writers: number };
  /** For reading a store. */
  readonly store?: { readonly dir: string; readonly scope: LEAScope; readonly snapshot?: number | undefined };
}

export type Task =
  | { readonly step: 'lines'; readonly block: Block }
  | { readonly step: 'close' }
  | { readonly step: 'bucket'; readonly bucket: number }
  | { readonly step: 'range'; readonly range: SSIDRange }
  | { readonly step: 'impact'; readonly range: SSIDRange };

const { setup, partition, store } = workerData as ThreadData;
// What compares rulebooks brings explanations with it: no other thread should have to load them.
const impact = setup.impact && (await import('./impact-steps.ts'));
const comparison = impact?.comparisonOf(setup);
const steps = new Steps(setup);
const writer = partition && new PartitionWriter(partition.dir, partition.writer);
const bodies = store && openBodies(store.dir, store.scope, store.snapshot);

function run(task: Task): { result: unknown; transfer: ArrayBuffer[] } {
  switch (task.step) {
    case 'lines':
      return { result: steps.lines(task.block, writer as PartitionWriter), transfer: [] };
    case 'close':
      writer?.close();
      return { result: undefined, transfer: [] };
    case 'bucket': {
      const { dir, writers } = partition as NonNullable<ThreadData['partition']>;
      const result = steps.bucket(takeBucket(dir, task.bucket, writers));
      return { result, transfer: [result.rows.buffer] };
    }
    case 'range': {
      const result = steps.bodies((bodies as NonNullable<typeof bodies>).bodies(task.range));
      const { bytes, reasons } = result;
      return {
        result,
        transfer: reasons ? [bytes.buffer, reasons.trace.buffer, reasons.leaves.buffer] : [bytes.buffer],
      };
    }
    case 'impact': {
      if (!impact || !comparison || !bodies) throw new Error('this thread was not set up to compare rulebooks');
      const result = impact.compareBodies(comparison, bodies.bodies(task.range));
      return { result, transfer: [result.changes.buffer] };
    }
  }
}

parentPort?.on('message', (task: Task) => {
  try {
    const { result, transfer } = run(task);
    parentPort?.postMessage({ result }, transfer);
  } catch (error) {
    parentPort?.postMessage({ error });
  }
});
