/**
 * Worker threads: the one way to have work done beside the event loop (docs/decisions/0016-own-threads.md). Whoever has
 * work makes `Threads` of the file of a thread (`serve-tasks.ts`) and asks them to `run` a task.
 */
import { availableParallelism } from 'node:os';
import { extname } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { type ResourceLimits, Worker } from 'node:worker_threads';
import type { Failure, Message, Reply, SetUp } from './serve-tasks.ts';

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
  /**
   * Milliseconds of a processor that the thread may use for the task; it is ended then. On a busy machine work takes
   * longer, and is not given up for it.
   */
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
 * A young generation larger than usual, for threads where nearly everything is garbage a moment later: moving it twice
 * costs time. Four times as much saves a twentieth of the time, and costs some 40 MB a thread.
 */
export const ROOM_FOR_GARBAGE: ResourceLimits = { maxYoungGenerationSizeMb: 16 };

/**
 * What V8 is told: collect the garbage of a heap that has grown by half, and let no room for what is young grow. Left to
 * itself it waits for more on a machine with much memory: a check of 200,000 spoiled lines took 390 MB, and takes 250,
 * in the same time. Loading, which keeps more while it works, took a fifth longer.
 */
const HEAPS_STAY_SMALL = ['--heap-growing-percent=50', '--min-semi-space-size=2', '--semi-space-growth-factor=1'];

/**
 * Keeps the heaps of this process and of threads that it starts from now on small. For a command that goes through its
 * files once, keeps nothing and ends.
 */
export function keepHeapsSmall(): void {
  for (const flag of HEAPS_STAY_SMALL) setFlagsFromString(flag);
}

/**
 * Gives the young generations of threads that are started from now on room from the beginning: V8 starts with a
 * megabyte, and moves what is in use over and over while it grows. For loads and extracts from files it saves some 6 %
 * of the processor time.
 */
export function beginWithRoom(): void {
  setFlagsFromString('--min-semi-space-size=8');
}

/**
 * The file of a thread, written in the language of the file that asks.
 * @param from `import.meta.url`
 * @param name `./` and the name without its ending
 */
export const threadFile = (from: string, name: string): URL => new URL(name + extname(new URL(from).pathname), from);

interface Work extends Pick<RunOptions, 'onProgress' | 'timeLimit'> {
  readonly message: Message;
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
  #rest: NodeJS.Timeout | undefined;

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
    clearTimeout(this.#rest);
    signal?.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<ResultOf<S, K>>();
    const work: Work = { ...others, message: { task, input }, transfer, resolve, reject };
    const stop = (): void => {
      this.#threads.find((thread) => thread?.work === work)?.worker.postMessage('stop' satisfies Message);
      const place = this.#waiting.indexOf(work);
      if (place < 0) return;
      this.#waiting.splice(place, 1);
      reject(signal?.reason);
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
   * Has every thread that was started do a task once, for what each of them alone knows. Gives the results in the order
   * of threads.
   * @throws as `run`; Error when one is at work; why one died, if any did: what it knew is gone
   */
  async onEach<K extends TaskName<S>>(task: K, input: InputOf<S, K>): Promise<ResultOf<S, K>[]> {
    const threads = this.#threads.filter((thread) => thread !== undefined);
    if (this.#lost) throw this.#lost;
    if (threads.some(({ work }) => work)) throw new Error('onEach is for threads that have nothing to do');
    const each = (thread: Thread): Promise<ResultOf<S, K>> =>
      new Promise((resolve, reject) => give(thread, { message: { task, input }, transfer: [], resolve, reject }));
    return Promise.all(threads.map(each));
  }

  /**
   * Lets threads that have nothing to do rest: they do not keep the process from ending, and end themselves when nothing
   * is asked for so long.
   * @param onEnd told before they end
   */
  rest(ms: number, onEnd: () => void): void {
    for (const thread of this.#threads) thread?.worker.unref();
    this.#rest = setTimeout(() => {
      onEnd();
      void this.close();
    }, ms).unref();
  }

  /** Ends the threads, whatever they are at; what was asked for is rejected. */
  async close(): Promise<void> {
    this.#closed ??= new Error('the threads were closed');
    for (const work of this.#waiting.splice(0)) work.reject(this.#closed);
    await Promise.all(this.#threads.map((thread) => thread && end(thread, this.#closed)));
  }

  #assign(): void {
    for (let work = this.#waiting[0]; work; work = this.#waiting[0]) {
      try {
        const thread = this.#threads.find((each) => each && !each.work && !each.fate) ?? this.#startAnother();
        if (!thread) return;
        give(thread, work);
      } catch (error) {
        // Its input cannot be copied, or no thread can be started.
        work.reject(error);
      }
      this.#waiting.shift();
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
}

/** Starting a thread, and warming it up, takes longer than most tasks: one that has nothing to do stays so long. */
const STAYS_MS = 30_000;

/** Threads that did their task and wait for another, by their file. */
const resting = new Map<string, Threads<SetUp>[]>();

/**
 * Has a thread of its own do one task: one of this file that rests, or a new one.
 * @throws as `Threads.run`
 */
export async function runInThread<S extends SetUp, K extends TaskName<S>>(
  options: Omit<ThreadsOptions<S>, 'count' | 'dataOf'>,
  task: K,
  input: InputOf<S, K>,
  how: RunOptions,
): Promise<ResultOf<S, K>> {
  const { href } = options.file;
  if (!resting.has(href)) resting.set(href, []);
  const ready = resting.get(href) as unknown as Threads<S>[];
  const threads = ready.pop() ?? new Threads<S>({ ...options, count: 1, dataOf: () => undefined as Parameters<S>[0] });
  try {
    return await threads.run(task, input, how);
  } finally {
    ready.push(threads);
    threads.rest(STAYS_MS, () => ready.splice(ready.indexOf(threads), 1));
  }
}

function give(thread: Thread, work: Work): void {
  const { message, transfer, timeLimit } = work;
  thread.worker.postMessage(message, transfer);
  thread.worker.ref();
  thread.work = work;
  if (timeLimit === undefined) return;
  void watch(thread, timeLimit);
}

/** How often a thread is asked how much it has used. */
const LOOK_MS = 250;

/** Ends a thread whose work takes more of a processor than it may. */
async function watch(thread: Thread, timeLimit: number): Promise<void> {
  const { worker, work } = thread;
  const began = await used(worker);
  const look = async (): Promise<void> => {
    const spent = (await used(worker)) - began;
    if (thread.work !== work) return;
    if (spent > timeLimit) await end(thread, new GaveUpError(`it took more than ${timeLimit / 1_000} seconds`));
    else thread.timer = setTimeout(look, Math.min(LOOK_MS, Math.ceil(timeLimit - spent)));
  };
  await look();
}

/**
 * Milliseconds of a processor that a thread has used. Node before 24.6 cannot tell: then all time counts in which the
 * thread is not idle.
 */
async function used(worker: Worker): Promise<number> {
  if (typeof worker.cpuUsage !== 'function') return worker.performance.eventLoopUtilization().active;
  // One that has ended cannot be asked.
  const { user, system } = await worker.cpuUsage().catch(() => ({ user: 0, system: 0 }));
  return (user + system) / 1_000;
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
