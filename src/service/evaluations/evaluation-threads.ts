/**
 * Threads that answer lines of evaluations (evaluate-lines.ts) side by side, each with a compiled rulebook of its own;
 * started when they are first needed.
 */

import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { RulebookSource } from '#rulebook/load/assemble';
import type { EvaluationHead } from './evaluate.ts';
import type { AnsweredLines, ClosableThreads } from './line-threads.ts';

export interface LinesTask {
  readonly id: number;
  readonly head: EvaluationHead;
  readonly lines: Uint8Array;
}

export type LinesReply = { readonly id: number } & (
  | { readonly answered: AnsweredLines }
  | { readonly failure: string }
);

interface Thread {
  readonly worker: Worker;
  readonly waiting: Map<
    number,
    { readonly resolve: (answered: AnsweredLines) => void; readonly reject: (error: Error) => void }
  >;
}

/**
 * @param rulebook plain data, of which each thread assembles its own
 * @param count how many threads; one for each core when not given
 */
export function evaluationThreads(rulebook: RulebookSource, count = availableParallelism()): ClosableThreads {
  const data: RulebookSource = { hash: rulebook.hash, files: rulebook.files };
  const threads: Thread[] = [];
  let ids = 0;

  function start(): Thread {
    const worker = new Worker(new URL('./evaluation-thread.ts', import.meta.url), {
      workerData: data,
      resourceLimits: { maxYoungGenerationSizeMb: 64 },
    });
    const thread: Thread = { worker, waiting: new Map() };
    worker.on('message', (reply: LinesReply) => {
      const waiting = thread.waiting.get(reply.id);
      thread.waiting.delete(reply.id);
      if ('failure' in reply) waiting?.reject(new Error(reply.failure));
      else waiting?.resolve(reply.answered);
    });
    // A thread that dies takes its work with it; the next piece of work starts another.
    const end = (error: Error): void => {
      if (threads.includes(thread)) threads.splice(threads.indexOf(thread), 1);
      for (const { reject } of thread.waiting.values()) reject(error);
      thread.waiting.clear();
    };
    worker.on('error', end);
    worker.on('exit', (code) => end(new Error(`an evaluation thread ended with exit code ${code}`)));
    threads.push(thread);
    return thread;
  }

  function leastBusy(): Thread {
    const idle = threads.find((thread) => thread.waiting.size === 0);
    if (idle) return idle;
    if (threads.length < count) return start();
    return threads.reduce((a, b) => (b.waiting.size < a.waiting.size ? b : a));
  }

  return {
    count,
    answer(head, lines) {
      const { worker, waiting } = leastBusy();
      const id = ids++;
      return new Promise((resolve, reject) => {
        waiting.set(id, { resolve, reject });
        worker.postMessage({ id, head, lines } satisfies LinesTask, [lines.buffer as ArrayBuffer]);
      });
    },
    close: async () => void (await Promise.all(threads.map(({ worker }) => worker.terminate()))),
  };
}
