/**
 * Jobs asked for over REST, made one after the other. The store is the queue, so jobs survive the process; what is
 * under way when the service stops is finished or, when that takes too long, becomes Pending again and is made anew by
 * the next start.
 */
import { RequestError } from '#extract/request';
import type { JobStatus } from '#publishing/job';

export interface QueuedJob {
  readonly id: string;
  readonly status: JobStatus;
}

/** One kind of job. */
export interface JobKind<J extends QueuedJob> {
  /** The oldest job that is Pending. */
  next(): J | undefined;
  /** Makes those Pending again that a process left which died. */
  resume(): void;
  update(id: string, changes: object): void;
  /** What is known of a job the moment it begins. */
  begin(): object;
  /**
   * Makes a job; gives what is known of it then. A RequestError fails the job and says why. Rejects when `signal` is
   * aborted, leaving nothing behind.
   * @param job with what `begin` gave
   */
  make(job: J, how: { readonly signal: AbortSignal; readonly onProgress: (fraction: number) => void }): Promise<object>;
  /** Removes the files of a job, if there are any. */
  remove(id: string): Promise<void>;
  /**
   * What a job says when it failed for a reason that is not its request: the cause is in the log, and may quote data.
   */
  readonly failed: string;
  readonly clock: () => Date;
  /** Told when a job comes to a status, with the error if it failed for a reason that is not its request. */
  readonly onStatus?: (job: J, error?: unknown) => void;
  /** Told when the store fails. */
  readonly onTrouble?: (error: unknown) => void;
}

export interface JobQueue<J extends QueuedJob> {
  /** Takes up what the process before left, and begins. */
  start(): void;
  /** There may be a new job. */
  wake(): void;
  /** Cancels a job: takes a waiting one out, ends a running one, removes the files of a finished one. */
  cancel(job: J): Promise<void>;
  /** Resolves when no job is running or waiting. */
  idle(): Promise<void>;
  /** Begins nothing more; resolves when what is running has finished, or after `graceMs` has been put back. */
  stop(graceMs: number): Promise<void>;
}

/** Progress is written at most this often: every write is a transaction. */
const PROGRESS_MS = 500;

const STOPPED = Symbol('the service stops');
const CANCELLED = Symbol('the job was cancelled');

export function jobQueue<J extends QueuedJob>(kind: JobKind<J>): JobQueue<J> {
  const { update, clock, onStatus = () => {}, onTrouble = () => {} } = kind;
  let stopping = false;
  let woken = false;
  let working: Promise<void> | undefined;
  let current: { readonly id: string; readonly abort: AbortController; readonly ended: Promise<void> } | undefined;

  async function work(): Promise<void> {
    woken = false;
    for (let job = next(); job; job = next()) {
      const abort = new AbortController();
      const ended = run(job, abort);
      current = { id: job.id, abort, ended };
      try {
        await ended;
      } finally {
        current = undefined;
      }
    }
  }

  const next = (): J | undefined => (stopping ? undefined : kind.next());

  async function run(waiting: J, abort: AbortController): Promise<void> {
    const { id } = waiting;
    const begun = kind.begin();
    const job: J = { ...waiting, ...begun };
    const come = (status: JobStatus, changes: object, error?: unknown): void => {
      update(id, { status, ...changes });
      onStatus({ ...job, status, ...changes }, error);
    };
    come('Processing', { progress: 0, ...begun });
    let written = clock().getTime();
    const onProgress = (progress: number): void => {
      const now = clock().getTime();
      if (now - written < PROGRESS_MS || abort.signal.aborted) return;
      written = now;
      update(id, { progress: Math.min(progress, 1) });
    };
    const end = (status: JobStatus, changes: object = {}, error?: unknown): void =>
      come(status, { ...changes, finishedAt: clock().toISOString() }, error);
    try {
      const made = await kind.make(job, { signal: abort.signal, onProgress });
      if (abort.signal.reason === CANCELLED) {
        await kind.remove(id);
        end('Cancelled');
      } else end('Complete', { progress: 1, ...made });
    } catch (error) {
      if (abort.signal.reason === STOPPED) come('Pending', { progress: 0 });
      else if (abort.signal.reason === CANCELLED) end('Cancelled');
      else if (error instanceof RequestError) end('Failed', { failure: error.message });
      else end('Failed', { failure: kind.failed }, error);
    }
  }

  function wake(): void {
    woken = true;
    if (stopping || working) return;
    working = work()
      // A store that cannot be read is the health check's to report; the next request wakes us again.
      .catch((error: unknown) => onTrouble(error))
      .finally(() => {
        working = undefined;
        // A job may have been added after the store was last asked for one: `wake` was called, and is heeded now.
        if (woken) wake();
      });
  }

  return {
    start() {
      kind.resume();
      wake();
    },
    wake,
    async cancel({ id, status }) {
      if (current?.id === id) {
        current.abort.abort(CANCELLED);
        await current.ended;
      } else if (status === 'Pending' || status === 'Processing' || status === 'Complete') {
        await kind.remove(id);
        update(id, { status: 'Cancelled', finishedAt: clock().toISOString() });
      }
    },
    async idle() {
      while (working) await working;
    },
    async stop(graceMs) {
      stopping = true;
      if (!current) return;
      const { abort, ended } = current;
      const timer = setTimeout(() => abort.abort(STOPPED), graceMs);
      await ended.catch(() => {});
      clearTimeout(timer);
    },
  };
}
