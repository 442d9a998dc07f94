/**
 * Jobs of one kind asked for over REST, made one after the other. The store is the queue, so jobs survive the process;
 * what is under way when the service stops is finished or, when that takes too long, becomes Pending again and is made
 * anew by the next start.
 */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { RequestError } from '#extract/request';
import type { Job, JobStatus } from '#publishing/job';
import type { JobChange, JobKind, JobKinds, Store } from '#store/store';

/** Ends work under way, and hears how far it is. */
export interface WorkControl {
  readonly signal: AbortSignal;
  readonly onProgress: (fraction: number) => void;
}

/**
 * The work of a job: writes its files, each of which appears only when it is complete. Rejects when the signal is
 * aborted, leaving nothing behind.
 */
export type WriteFiles<Work, Written> = (work: Work, control: WorkControl) => Promise<Written>;

/** How jobs of one kind are made. */
export interface JobDefinition<K extends JobKind, Files extends object> {
  readonly kind: K;
  /** Of the files of a job: how the name of each ends. */
  readonly endings: { readonly [F in keyof Files]: string };
  /**
   * Makes a job; gives what is known of it then. A RequestError fails the job and says why. Rejects when the signal is
   * aborted, leaving nothing behind.
   */
  make(job: JobKinds[K], files: Files, control: WorkControl): Promise<JobChange<JobKinds[K]>>;
  /**
   * What a job says when it failed for a reason that is not its request: the cause is in the log, and may quote data.
   */
  readonly failed: string;
}

export interface JobQueueOptions<K extends JobKind> {
  readonly store: Store;
  /** Folder of the files; made with the first job. */
  readonly dir: string;
  readonly clock: () => Date;
  /** Told when a job comes to a status, with the error if it failed for a reason that is not its request. */
  readonly onStatus?: (job: JobKinds[K], error?: unknown) => void;
  /** Told when the store fails. */
  readonly onTrouble?: (error: unknown) => void;
}

export interface JobQueue<K extends JobKind, Files extends object> {
  /** Takes up what the process before left, and begins. */
  start(): void;
  /** There may be a new job. */
  wake(): void;
  /** Cancels a job: takes a waiting one out, ends a running one, removes the files of a finished one. */
  cancel(job: JobKinds[K]): Promise<void>;
  /** Resolves when no job is running or waiting. */
  idle(): Promise<void>;
  /** Begins nothing more; resolves when what is running has finished, or after `graceMs` has been put back. */
  stop(graceMs: number): Promise<void>;
  /** Where the files of a job are, once it is complete. */
  filesOf(id: string): Files;
}

/** Removes the files of a job, if there are any. */
export async function removeFiles(files: object): Promise<void> {
  for (const path of Object.values(files) as string[]) await rm(path, { force: true });
}

/** Progress is written at most this often: every write is a transaction. */
const PROGRESS_MS = 500;

const STOPPED = Symbol('the service stops');
const CANCELLED = Symbol('the job was cancelled');

/** The queue of a kind of job; nothing is made before it is started. */
export function jobQueue<K extends JobKind, Files extends object>(
  { kind, endings, make, failed }: JobDefinition<K, Files>,
  { store, dir, clock, onStatus = () => {}, onTrouble = () => {} }: JobQueueOptions<K>,
): JobQueue<K, Files> {
  const jobs = store.jobs(kind);
  let stopping = false;
  let woken = false;
  let working: Promise<void> | undefined;
  let current: { readonly id: string; readonly abort: AbortController; readonly ended: Promise<void> } | undefined;

  const filesOf = (id: string): Files =>
    Object.fromEntries(Object.entries(endings).map(([file, ending]) => [file, join(dir, `${id}${ending}`)])) as Files;
  const update = (id: string, changes: JobChange<Job>): void => jobs.update(id, changes as JobChange<JobKinds[K]>);
  const next = (): JobKinds[K] | undefined => (stopping ? undefined : jobs.nextPending());

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

  async function run(waiting: JobKinds[K], abort: AbortController): Promise<void> {
    const { id } = waiting;
    const snapshot = store.snapshot();
    const job: JobKinds[K] = { ...waiting, snapshot };
    const come = (status: JobStatus, changes: JobChange<Job>, error?: unknown): void => {
      update(id, { status, ...changes });
      onStatus({ ...job, status, ...changes }, error);
    };
    come('Processing', { progress: 0, snapshot });
    let written = clock().getTime();
    const onProgress = (progress: number): void => {
      const now = clock().getTime();
      if (now - written < PROGRESS_MS || abort.signal.aborted) return;
      written = now;
      update(id, { progress: Math.min(progress, 1) });
    };
    const end = (status: JobStatus, changes: JobChange<Job> = {}, error?: unknown): void =>
      come(status, { ...changes, finishedAt: clock().toISOString() }, error);
    const files = filesOf(id);
    try {
      await mkdir(dir, { recursive: true, mode: 0o700 });
      const known: object = await make(job, files, { signal: abort.signal, onProgress });
      if (abort.signal.reason === CANCELLED) {
        await removeFiles(files);
        end('Cancelled');
      } else end('Complete', { progress: 1, ...known });
    } catch (error) {
      if (abort.signal.reason === STOPPED) come('Pending', { progress: 0 });
      else if (abort.signal.reason === CANCELLED) end('Cancelled');
      else if (error instanceof RequestError) end('Failed', { failure: error.message });
      else end('Failed', { failure: failed }, error);
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
        // Somebody may have called between the last look at the store and now.
        if (woken) wake();
      });
  }

  return {
    start() {
      jobs.resume();
      wake();
    },
    wake,
    async cancel({ id, status }) {
      if (current?.id === id) {
        current.abort.abort(CANCELLED);
        await current.ended;
      } else if (status === 'Pending' || status === 'Processing' || status === 'Complete') {
        await removeFiles(filesOf(id));
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
    filesOf,
  };
}
