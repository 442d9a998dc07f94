/** The thread's side of `threads.ts`: the file of a thread says what it is set up with and which tasks it does. */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';

/** What a task is given besides its input. */
export interface TaskContext {
  /** Aborted when the result is no longer wanted. */
  readonly signal: AbortSignal;
  /** Tells how much is done, 0 to 1. */
  onProgress(fraction: number): void;
  /** Names buffers of the result to be handed over instead of copied; the thread has them no more. */
  transfer(...buffers: readonly ArrayBuffer[]): void;
}

/** By name. Plain data goes in and comes out. */
export type Tasks = Readonly<Record<string, (input: never, context: TaskContext) => unknown>>;

/** Makes the tasks of a thread from what it is set up with. */
export type SetUp = (data: never) => Tasks | Promise<Tasks>;

/** What a thread is sent: a task, or that the one under way is no longer wanted. */
export type Message = { readonly task: string; readonly input: unknown } | 'stop';

export interface Failure {
  readonly error: unknown;
  /** What a copy of an error leaves out: its own name, code and so on. */
  readonly fields: { readonly name?: string };
}

/** What a thread sends while it does a task, and when it ends. */
export type Reply = { readonly progress: number } | { readonly result: unknown } | Failure;

/**
 * Makes the calling file the file of a thread.
 * @param setUp given what the thread is set up with; when it fails, every task is refused with its error
 */
export function serveTasks(setUp: SetUp): void {
  if (!parentPort) throw new Error('this file runs in a thread; import it nowhere else');
  const port: MessagePort = parentPort;
  const post = (reply: Reply, transfer?: readonly ArrayBuffer[]): void => port.postMessage(reply, transfer);
  const ready = (async () => setUp(workerData as never))();
  // Whoever asks for a task is told.
  ready.catch(() => {});
  let stopping = new AbortController();
  port.on('message', async (message: Message) => {
    if (message === 'stop') return stopping.abort(new Error('the work was stopped'));
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
