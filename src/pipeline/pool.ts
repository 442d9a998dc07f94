/** A few worker threads that take tasks one at a time. */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Task, ThreadData } from './thread.ts';

interface Waiting {
  readonly task: Task;
  readonly transfer: ArrayBuffer[];
  readonly resolve: (result: never) => void;
  readonly reject: (error: unknown) => void;
}

interface Thread {
  readonly worker: Worker;
  current: Waiting | undefined;
}

/** One thread for each core. */
export const defaultThreads = (): number => availableParallelism();

export class Pool {
  readonly #threads: Thread[];
  readonly #queue: Waiting[] = [];
  #failure: unknown;

  /** @param dataOf what each thread is set up with, by its index */
  constructor(threads: number, dataOf: (index: number) => ThreadData) {
    this.#threads = Array.from({ length: threads }, (_, i) => this.#start(dataOf(i)));
  }

  get size(): number {
    return this.#threads.length;
  }

  /** Runs a task on the next free thread. Rejects with the task's error, or the thread's. */
  run<T>(task: Task, transfer: ArrayBuffer[] = []): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.#failure !== undefined) return reject(this.#failure);
      this.#queue.push({ task, transfer, resolve: resolve as (result: never) => void, reject });
      this.#assign();
    });
  }

  /** Runs a task once on every thread, each when it is free. */
  async onEach(task: Task): Promise<void> {
    await Promise.all(
      this.#threads.map(
        (thread) =>
          new Promise<void>((resolve, reject) => {
            if (thread.current) throw new Error('onEach is for an idle pool');
            this.#give(thread, { task, transfer: [], resolve: () => resolve(), reject });
          }),
      ),
    );
  }

  /** Ends the threads, whatever they are at. */
  async close(): Promise<void> {
    await Promise.all(this.#threads.map(({ worker }) => worker.terminate()));
  }

  #start(data: ThreadData): Thread {
    // A large young generation: nearly everything a step makes is garbage a moment later, and moving it twice costs
    // more than memory.
    const worker = new Worker(new URL('./thread.ts', import.meta.url), {
      workerData: data,
      resourceLimits: { maxYoungGenerationSizeMb: 64 },
    });
    const thread: Thread = { worker, current: undefined };
    worker.on('message', ({ result, error }: { result?: never; error?: unknown }) => {
      const done = thread.current;
      thread.current = undefined;
      if (error === undefined) done?.resolve(result as never);
      else done?.reject(error);
      this.#assign();
    });
    worker.on('error', (error) => this.#fail(error));
    return thread;
  }

  #assign(): void {
    for (const thread of this.#threads) {
      if (thread.current) continue;
      const next = this.#queue.shift();
      if (!next) return;
      this.#give(thread, next);
    }
  }

  #give(thread: Thread, waiting: Waiting): void {
    thread.current = waiting;
    thread.worker.postMessage(waiting.task, waiting.transfer);
  }

  /** A thread that died takes all its work with it: nothing is left waiting. */
  #fail(error: unknown): void {
    this.#failure = error;
    for (const waiting of this.#queue.splice(0)) waiting.reject(error);
    for (const thread of this.#threads) thread.current?.reject(error);
  }
}

/**
 * Runs tasks with at most `ahead` under way, and gives their results in the order of the tasks: work is done side by
 * side, memory stays bounded.
 */
export async function* inOrder<T, R>(
  tasks: AsyncIterable<T> | Iterable<T>,
  ahead: number,
  start: (task: T) => Promise<R>,
): AsyncGenerator<R> {
  const underWay: Promise<R>[] = [];
  for await (const task of tasks) {
    const result = start(task);
    // A later task may fail while an earlier one is awaited: its failure is told in its turn, and must not count as
    // unhandled until then.
    result.catch(() => {});
    underWay.push(result);
    if (underWay.length >= ahead) yield await (underWay.shift() as Promise<R>);
  }
  while (underWay.length > 0) yield await (underWay.shift() as Promise<R>);
}
