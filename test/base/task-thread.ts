/** The thread of threads.test.ts. */
import { threadId } from 'node:worker_threads';
import { serveTasks, type TaskContext } from '#base/serve-tasks';
import { KnownError } from './known-error.ts';

export interface ThreadData {
  readonly index: number;
  readonly isBroken?: boolean;
}

export type TaskThread = typeof setUp;

async function setUp({ index, isBroken }: ThreadData) {
  if (isBroken) throw new KnownError('set-up', 'nothing works');
  let handedOver: Uint8Array | undefined;
  return {
    who: () => ({ index, threadId }),
    doubled(bytes: Uint8Array, { transfer }: TaskContext): Uint8Array {
      handedOver = bytes.map((byte) => byte * 2);
      transfer(handedOver.buffer as ArrayBuffer);
      return handedOver;
    },
    leftOfHandedOver: () => handedOver?.byteLength,
    async steps(count: number, { onProgress }: TaskContext): Promise<number> {
      for (let i = 1; i <= count; i++) onProgress(i / count);
      return count;
    },
    fail(how: 'known' | 'system' | 'type' | 'text' | 'symbol' | 'result'): unknown {
      if (how === 'known') throw new KnownError('grades', 'found 13');
      if (how === 'system') throw Object.assign(new Error('the disk is full'), { code: 'ENOSPC', syscall: 'write' });
      if (how === 'type') throw new TypeError('not a function');
      if (how === 'text') throw 'a text';
      if (how === 'symbol') throw Object.assign(new Error('holds a symbol'), { what: Symbol('what') });
      return () => 'a function';
    },
    /** Tells that it has begun, and ends when the gate is not 0. */
    wait(gate: Int32Array, { onProgress }: TaskContext): number {
      onProgress(0);
      Atomics.wait(gate, 0, 0);
      return index;
    },
    untilStopped: (_: undefined, { signal, onProgress }: TaskContext) =>
      new Promise<never>((_, reject) => {
        signal.addEventListener('abort', () => reject(new KnownError('stopped', 'cleaned up')));
        onProgress(0);
      }),
    forever(_: undefined, { onProgress }: TaskContext): never {
      onProgress(0);
      for (;;);
    },
    /** With arrays that are large from the start: many small ones can pass the limit by so much that the process ends. */
    fill(): never {
      for (const kept: unknown[] = []; ; ) kept.push(new Array(100_000).fill(0.5));
    },
    exit: (code: number): never => process.exit(code),
    die: () =>
      new Promise<never>(() => {
        setImmediate(() => {
          throw new KnownError('thread', 'it died');
        });
      }),
    note: (counts: Int32Array) => void Atomics.add(counts, index, 1),
  };
}

serveTasks(setUp);
