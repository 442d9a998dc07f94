/**
 * Worker threads: the one way to have work done beside the event loop. The file of a thread says what it is set up with
 * and which tasks it does (`serveTasks`); whoever has work makes `Threads` of that file and asks them to `run` a task.
 * Plain data goes in and comes out (docs/decisions/0016-own-threads.md).
 */
import { availableParallelism } from 'node:os';
import { extname } from 'node:path';
import { type MessagePort, parentPort, type ResourceLimits, Worker, workerData } from 'node:worker_threads';

/** What a task is given besides its input. */
export interface TaskContext {
  /** Aborted when the result is no longer wanted. */
  readonly signal: AbortSignal;
  /** Tells how much is done, 0 to 1. */
  onProgress(fraction: number): void;
  /** Names buffers of the result to be handed over instead of copied; the thread has them no more. */
  transfer(...buffers: readonly ArrayBuffer[]): void;
}

type Tasks = Readonly<Record<string, (input: never, context: TaskContext) => unknown>>;

/** Makes the tasks of a thread from what it is set up with. */
export type SetUp = (data: never) => Tasks | Promise<Tasks>;

type TasksOf<S extends SetUp> = Awaited<ReturnType<S>>;
type TaskName<S extends SetUp> = string & keyof TasksOf<S>;
type InputOf<S extends SetUp, K extends TaskName<S>> = Parameters<TasksOf<S>[K]>[0];
type ResultOf<S extends SetUp, K extends TaskName<S>> = Awaited<ReturnType<TasksOf<S>[K]>>;

type ErrorClass = abstract new (...args: never[]) => Error;

export interface ThreadsOptions<S extends SetUp> {
  /** From `threadFile`. */
  readonly file: URL;
  /** The most threads there are at a time. */
  readonly count: number;
  /** What each is set up with, by its index. One that replaces another has its index. */
  readonly dataOf: (index: number) => Parameters<S>[0];
  readonly limits: ResourceLimits;
  /** Classes that errors of tasks keep on their way, known by their names; of any other, class `Error` arrives. */
  readonly errors?: readonly ErrorClass[];
}

export interface RunOptions {
  /** Buffers of the input to be handed over instead of copied. */
  readonly transfer?: readonly ArrayBuffer[];
  readonly onProgress?: ((fraction: number) => void) | undefined;
  /** Takes waiting work out; work under way is told (`TaskContext.signal`) and ends as it sees fit. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds from when a thread has the task; it is ended then. */
  readonly timeLimit?: number;
}

/** The thread took more memory or time than it may. */
export class GaveUpError extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = 'GaveUpError';
  }
}

/** One thread for each core. */
export const defaultThreads = (): number => availableParallelism();

/**
 * A large young generation, for threads where nearly everything is garbage a moment later: moving it twice costs more
 * than memory.
 */
export const ROOM_FOR_GARBAGE: ResourceLimits = { maxYoungGenerationSizeMb: 64 };

/**
 * The file of a thread, written in the language of the file that asks.
 * @param from `import.meta.url`
 * @param name `./` and the name without its ending
 */
export const threadFile = (from: string, name: string): URL => new URL(name + extname(new URL(from).pathname), from);

/** What a thread is sent beside tasks: the one under way is no longer wanted. */
const STOP = 'stop';

interface Ask {
  readonly task: string;
  readonly input: unknown;
}

interface Failure {
  readonly error: unknown;
  /** What a copy of an error leaves out: its own name, code and so on. */
  readonly fields: { readonly name?: string };
}

type Reply = { readonly progress: number } | { readonly result: unknown } | Failure;

interface Work extends Pick<RunOptions, 'onProgress' | 'timeLimit'> {
  readonly ask: Ask;
  readonly transfer: readonly ArrayBuffer[];
  readonly resolve: (result: never) => void;
  readonly reject: (error: unknown) => void;
}

interface Thread {
  readonly worker: Worker;
  work?: Work | undefined;
  timer?: NodeJS.Timeout | undefined;
  /** Why it is ending. */
  fate?: unknown;
}

/** Threads of one file. Each does one task at a time; what they cannot begin waits in the order of asking. */
export class Threads<S extends SetUp> {
  readonly #options: ThreadsOptions<S>;
  /** By index. */
  readonly #threads: (Thread | undefined)[];
  readonly #waiting: Work[] = [];
  #lost: unknown;
  #closed: Error | undefined;

  constructor(options: ThreadsOptions<S>) {
    this.#options = options;
    this.#threads = Array.from({ length: options.count }, () => undefined);
  }

  /** Starts all threads; otherwise each is started when there is work for it. */
  start(): this {
    for (const [index, thread] of this.#threads.entries()) if (!thread) this.#start(index);
    return this;
  }

  /**
   * Has the next free thread do a task.
   * @throws what the task throws; GaveUpError; the reason of `signal`; why the thread died, which takes only the task it
   * was at with it
   */
  async run<K extends TaskName<S>>(task: K, input: InputOf<S, K>, how: RunOptions = {}): Promise<ResultOf<S, K>> {
    const { signal, transfer = [], ...others } = how;
    if (this.#closed) throw this.#closed;
    signal?.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<ResultOf<S, K>>();
    const work: Work = { ...others, ask: { task, input }, transfer, resolve, reject };
    const stop = (): void => {
      const place = this.#waiting.indexOf(work);
      if (place >= 0) this.#waiting.splice(place, 1)[0]?.reject(signal?.reason);
      else this.#threads.find((thread) => thread?.work === work)?.worker.postMessage(STOP);
    };
    signal?.addEventListener('abort', stop);
    this.#waiting.push(work);
    this.#assign();
    try {
      return await promise;
    } catch (error) {
      throw signal?.aborted ? signal.reason : error;
    } finally {
      signal?.removeEventListener('abort', stop);
    }
  }

  /**
   * Has every thread that was started do a task once, for what each of them alone knows.
   * @throws as `run`; Error when one is at work; why one died, if any did: what it knew is gone
   */
  async onEach<K extends TaskName<S>>(task: K, input: InputOf<S, K>): Promise<void> {
    const threads = this.#threads.filter((thread) => thread !== undefined);
    if (this.#lost) throw this.#lost;
    if (threads.some(({ work }) => work)) throw new Error('onEach is for threads that have nothing to do');
    const each = (thread: Thread): Promise<void> =>
      new Promise((resolve, reject) => this.#give(thread, { ask: { task, input }, transfer: [], resolve, reject }));
    await Promise.all(threads.map(each));
  }

  /** Ends the threads, whatever they are at; what was asked for is rejected. */
  async close(): Promise<void> {
    this.#closed ??= new Error('the threads were closed');
    for (const work of this.#waiting.splice(0)) work.reject(this.#closed);
    await Promise.all(this.#threads.map((thread) => thread && end(thread, this.#closed)));
  }

  #assign(): void {
    while (this.#waiting.length > 0) {
      const free = this.#threads.find((thread) => thread && !thread.work && !thread.fate) ?? this.#startAnother();
      if (!free) return;
      this.#give(free, this.#waiting.shift() as Work);
    }
  }

  #startAnother(): Thread | undefined {
    const index = this.#threads.indexOf(undefined);
    return index < 0 ? undefined : this.#start(index);
  }

  #start(index: number): Thread {
    const { file, dataOf, limits, errors = [] } = this.#options;
    const worker = new Worker(file, { workerData: dataOf(index), resourceLimits: limits });
    const thread: Thread = { worker };
    worker.on('message', (reply: Reply) => {
      if ('progress' in reply) return thread.work?.onProgress?.(reply.progress);
      const work = release(thread);
      if ('error' in reply) work?.reject(revived(reply, errors));
      else work?.resolve(reply.result as never);
      this.#assign();
    });
    worker.on('messageerror', (error) => end(thread, error));
    worker.on('error', (error) => {
      thread.fate ??= reasonOf(error, limits);
    });
    worker.on('exit', (code) => {
      this.#threads[index] = undefined;
      this.#lost ??= thread.fate ??= new Error(`a thread ended with exit code ${code}`);
      release(thread)?.reject(thread.fate);
      this.#assign();
    });
    this.#threads[index] = thread;
    return thread;
  }

  #give(thread: Thread, work: Work): void {
    const { ask, transfer, timeLimit } = work;
    thread.work = work;
    try {
      thread.worker.postMessage(ask, transfer);
    } catch (error) {
      // The input cannot be copied: the thread has not heard of it.
      release(thread)?.reject(error);
      return;
    }
    if (timeLimit === undefined) return;
    const late = new GaveUpError(`it took more than ${timeLimit / 1_000} seconds`);
    thread.timer = setTimeout(() => end(thread, late), timeLimit);
  }
}

/** Has a thread of its own do one task. @throws as `Threads.run` */
export async function runInThread<S extends SetUp, K extends TaskName<S>>(
  options: Omit<ThreadsOptions<S>, 'count' | 'dataOf'>,
  task: K,
  input: InputOf<S, K>,
  how: RunOptions,
): Promise<ResultOf<S, K>> {
  const threads = new Threads<S>({ ...options, count: 1, dataOf: () => undefined as Parameters<S>[0] });
  try {
    return await threads.run(task, input, how);
  } finally {
    await threads.close();
  }
}

function release(thread: Thread): Work | undefined {
  const { work } = thread;
  clearTimeout(thread.timer);
  thread.work = undefined;
  return work;
}

/** Whoever waits for the thread is told when it has ended. */
async function end(thread: Thread, fate: unknown): Promise<void> {
  thread.fate ??= fate;
  await thread.worker.terminate();
}

function reasonOf(error: unknown, { maxOldGenerationSizeMb: most }: ResourceLimits): unknown {
  const isMemory = (error as NodeJS.ErrnoException).code === 'ERR_WORKER_OUT_OF_MEMORY';
  return isMemory && most !== undefined ? new GaveUpError(`it took more than ${most} MB of memory`) : error;
}

/** Errors lose their class and their own fields on the way between threads; both are put back. */
function revived({ error, fields }: Failure, classes: readonly ErrorClass[]): unknown {
  if (!(error instanceof Error)) return error;
  const known = classes.find(({ name }) => name === fields.name);
  if (known) Object.setPrototypeOf(error, known.prototype);
  return Object.assign(error, fields);
}

/**
 * Makes the calling file the file of a thread.
 * @param setUp given what `dataOf` gave; when it fails, every task is refused with its error
 */
export function serveTasks(setUp: SetUp): void {
  if (!parentPort) throw new Error('this is the file of a thread; nobody else imports it');
  const port: MessagePort = parentPort;
  const post = (reply: Reply, transfer?: readonly ArrayBuffer[]): void => port.postMessage(reply, transfer);
  const ready = (async () => setUp(workerData as never))();
  ready.catch(() => {});
  let stopping = new AbortController();
  port.on('message', async (message: Ask | typeof STOP) => {
    if (message === STOP) return stopping.abort(new Error('the work was stopped'));
    stopping = new AbortController();
    const buffers: ArrayBuffer[] = [];
    const context: TaskContext = {
      signal: stopping.signal,
      onProgress: (progress) => post({ progress }),
      transfer: (...more) => void buffers.push(...more),
    };
    try {
      const task = (await ready)[message.task] as (input: unknown, context: TaskContext) => unknown;
      post({ result: await task(message.input, context) }, buffers);
    } catch (error) {
      try {
        post({ error, fields: { ...(error as Error) } });
      } catch {
        // It holds what cannot be copied.
        post({ error: new Error((error as Error).message), fields: {} });
      }
    }
  });
}
