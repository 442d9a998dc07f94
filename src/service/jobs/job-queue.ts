/**
 * Jobs of one kind asked for over REST, made one after the other, in turns that go round between keys. The store is the
 * queue, so jobs survive the process; what is under way when the service stops is finished or, when that takes too long,
 * becomes Pending again and is made anew by the next start.
 */
import { EventEmitter } from 'node:events';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { RequestError } from '#extract/request';
import type { Job, JobStatus } from '#publishing/job';
import type { Delivery } from '#store/delivery';
import type { JobChange, JobKind, JobKinds, JobTable, RememberedAnswer, Store } from '#store/store';
import { isDiskFull } from '#store/trouble';
import { ERRORS, ServiceError } from '../http/errors.ts';
import { tooManyWaiting } from '../http/turns.ts';

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
  /** What a job says that failed for this reason, where its sender may know it. */
  readonly says?: (error: unknown) => string | undefined;
  /** Whether a job that failed for this reason is tried again after a while, unless somebody waits for it. */
  readonly isPassing?: (error: unknown) => boolean;
  /** What was made cannot be taken back: whoever cancels too late finds it Complete. */
  readonly isFinal?: boolean;
}

export interface JobQueueOptions<K extends JobKind> {
  readonly store: Store;
  /** Folder of the files; made with the first job. */
  readonly dir: string;
  readonly clock: () => Date;
  /** How many jobs of one key may wait. */
  readonly mostWaiting: number;
  /** Told when a job comes to a status, with the error if it failed for a reason that is not its request. */
  readonly onStatus?: (job: JobKinds[K], error?: unknown) => void;
  /** What is told of a job that comes to this; it is kept in the same transaction. */
  readonly deliveriesOf?: (id: string, change: JobChange<Job>) => Promise<readonly Delivery[]>;
  /** Told when the store fails. */
  readonly onTrouble?: (error: unknown) => void;
}

/** Removes the files of a job, if there are any; one of them may be a folder. */
export async function removeFiles(files: object): Promise<void> {
  for (const path of Object.values(files) as string[]) await rm(path, { force: true, recursive: true });
}

/** Progress is written at most this often: every write is a transaction. */
const PROGRESS_MS = 500;

/** After so long a store that failed is tried again, if no request does so before. */
const RETRY_MS = 30_000;

const STOPPED = Symbol('the service is stopping');
const CANCELLED = Symbol('the job was cancelled');

/** What is told to whoever waits for a job that somebody else cancels. */
const CANCELLED_MEANWHILE = new ServiceError('CENR_NOT_READY', { detail: 'Somebody cancelled this meanwhile.' });
const GIVEN_UP = 'The service stopped first. Nothing of it was stored; send it again.';

/** A job under way. */
interface Running {
  readonly id: string;
  readonly abort: AbortController;
  readonly ended: Promise<void>;
}

/** The queue of one kind of job; nothing is made before it is started. */
export class JobQueue<K extends JobKind, Files extends object> {
  readonly #definition: JobDefinition<K, Files>;
  readonly #options: JobQueueOptions<K>;
  readonly #jobs: JobTable<JobKinds[K]>;
  #stopping = false;
  #woken = false;
  #working: Promise<void> | undefined;
  /** Set when the store failed: tries again. */
  #troubled: NodeJS.Timeout | undefined;
  /** Settles when it is known which job is next, and that one is running. */
  #taking: Promise<Running | undefined> | undefined;
  #running: Running | undefined;
  /** Settles when the progress of the running job is written. */
  #noted: Promise<void> = Promise.resolve();
  /** Who is to be told, by the id of the job. */
  readonly #awaited = new Map<string, PromiseWithResolvers<void>>();
  /** By the id of a job: it has ended. */
  readonly #ends = new EventEmitter().setMaxListeners(0);

  constructor(definition: JobDefinition<K, Files>, options: JobQueueOptions<K>) {
    this.#definition = definition;
    this.#options = options;
    this.#jobs = options.store.jobs(definition.kind);
  }

  /** Takes up what the process before left, and begins. */
  async start(): Promise<void> {
    await this.#jobs.resume();
    this.wake();
  }

  /**
   * Whether a key may ask for another job.
   * @throws ServiceError CENR_TOO_MANY_WAITING
   */
  async requireRoom(keyId: string): Promise<void> {
    const { mostWaiting } = this.#options;
    if ((await this.#jobs.waiting(keyId)) >= mostWaiting) throw tooManyWaiting(mostWaiting);
  }

  /**
   * Adds a job.
   * @param keyId of the API key that asks
   * @param answer to be kept with it, both or neither
   * @throws ServiceError CENR_TOO_MANY_WAITING
   */
  async add(job: JobKinds[K], keyId: string, answer?: RememberedAnswer): Promise<void> {
    const { mostWaiting } = this.#options;
    if (!(await this.#jobs.add(job, keyId, answer, mostWaiting))) throw tooManyWaiting(mostWaiting);
    this.wake();
  }

  /**
   * The same for whoever waits until it is made.
   * @throws what its making throws; ServiceError CENR_NOT_READY when the service stops first, CENR_TOO_MANY_WAITING
   */
  async made(job: JobKinds[K], keyId: string, answer?: RememberedAnswer): Promise<void> {
    const awaited = Promise.withResolvers<void>();
    // What goes wrong before the job is added is told then.
    awaited.promise.catch(() => {});
    this.#awaited.set(job.id, awaited);
    try {
      await this.add(job, keyId, answer);
      await awaited.promise;
    } finally {
      this.#awaited.delete(job.id);
    }
  }

  /** There may be a new job. */
  wake(): void {
    this.#woken = true;
    if (this.#stopping || this.#working) return;
    this.#working = this.#work()
      // A store that cannot be read or written is the health check's to report.
      .catch((error: unknown) => {
        this.#troubled = setTimeout(() => this.wake(), RETRY_MS).unref();
        this.#options.onTrouble?.(error);
      })
      .finally(() => {
        this.#working = undefined;
        // A job may have been added after the store was last asked for one: `wake` was called, and is heeded now.
        if (this.#woken) this.wake();
      });
  }

  /** Cancels a job: takes a waiting one out, ends a running one, removes the files of a finished one. */
  async cancel({ id, status }: JobKinds[K]): Promise<void> {
    await this.#taking?.catch(() => {});
    if (this.#running?.id === id) {
      this.#running.abort.abort(CANCELLED);
      await this.#running.ended;
      return;
    }
    if (status !== 'Pending' && status !== 'Processing' && status !== 'Complete') return;
    if (status === 'Complete' && this.#definition.isFinal) return;
    // A job that waits may begin at any moment, and needs its files.
    if (status !== 'Pending') await removeFiles(this.filesOf(id));
    if (await this.#update(id, { status: 'Cancelled', finishedAt: this.#now() }, status)) {
      await removeFiles(this.filesOf(id));
      this.#awaited.get(id)?.reject(CANCELLED_MEANWHILE);
      return;
    }
    const meanwhile = await this.#options.store.forLEAs('all').jobs(this.#definition.kind).get(id);
    if (meanwhile) await this.cancel(meanwhile);
  }

  /**
   * Resolves when a job has ended, or the service stops, or after so many milliseconds.
   * @param hasEnded looks whether it has already
   */
  async ended(id: string, ms: number, hasEnded: () => Promise<boolean>): Promise<void> {
    if (this.#stopping) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, ms);
    // Listening goes first: the job may end while somebody looks.
    this.#ends.once(id, resolve);
    try {
      if (!(await hasEnded())) await promise;
    } finally {
      this.#ends.off(id, resolve);
      clearTimeout(timer);
    }
  }

  /** Resolves when no job is running or waiting. */
  async idle(): Promise<void> {
    while (this.#working) await this.#working;
  }

  /** Begins nothing more; resolves when what is running has finished, or after `graceMs` has been put back. */
  async stop(graceMs: number): Promise<void> {
    this.#stopping = true;
    for (const id of this.#ends.eventNames()) this.#ends.emit(id);
    await this.#taking?.catch(() => {});
    const { abort } = this.#running ?? {};
    const timer = setTimeout(() => abort?.abort(STOPPED), graceMs);
    await this.#working;
    clearTimeout(timer);
    clearTimeout(this.#troubled);
    for (const [id, awaited] of this.#awaited) {
      await this.#update(id, { status: 'Failed', failure: GIVEN_UP, finishedAt: this.#now() });
      awaited.reject(new ServiceError('CENR_NOT_READY', { headers: { 'retry-after': '30' } }));
    }
  }

  /** Gives up what somebody waited for when the process died: nobody was told of it. */
  async giveUp(job: JobKinds[K]): Promise<void> {
    await removeFiles(this.filesOf(job.id));
    await this.#update(job.id, { status: 'Failed', failure: GIVEN_UP, finishedAt: this.#now() });
  }

  /** Where the files of a job are, once it is complete. */
  filesOf(id: string): Files {
    const endings: [string, string][] = Object.entries(this.#definition.endings);
    return Object.fromEntries(
      endings.map(([file, ending]) => [file, join(this.#options.dir, `${id}${ending}`)]),
    ) as Files;
  }

  #now(): string {
    return this.#options.clock().toISOString();
  }

  /** @param from only in this status */
  async #update(id: string, change: JobChange<Job>, from?: JobStatus): Promise<boolean> {
    const told = await this.#options.deliveriesOf?.(id, change);
    const isChanged = await this.#jobs.update(id, change as JobChange<JobKinds[K]>, told, from);
    if (isChanged && change.finishedAt !== undefined) this.#ends.emit(id);
    return isChanged;
  }

  async #work(): Promise<void> {
    this.#woken = false;
    // What was under way when the store failed could not be noted as ended.
    if (this.#troubled) await this.#jobs.resume();
    clearTimeout(this.#troubled);
    this.#troubled = undefined;
    while (!this.#stopping) {
      const running = await this.#next();
      if (!running) return;
      try {
        await running.ended;
      } catch (error) {
        this.#awaited.get(running.id)?.reject(error);
        throw error;
      } finally {
        this.#running = undefined;
      }
    }
  }

  /** The next job, under way. */
  async #next(): Promise<Running | undefined> {
    this.#taking = this.#take();
    try {
      return await this.#taking;
    } catch (error) {
      // The store cannot say who is next; whoever waits is not left to wait for it.
      for (const awaited of this.#awaited.values()) awaited.reject(error);
      throw error;
    } finally {
      this.#taking = undefined;
    }
  }

  /** Takes the next job, if there is one, and begins it. */
  async #take(): Promise<Running | undefined> {
    const snapshot = await this.#options.store.snapshot();
    const begun: JobChange<Job> = { progress: 0, snapshot };
    const job = await this.#jobs.take(begun as JobChange<JobKinds[K]>);
    if (!job) return undefined;
    const abort = new AbortController();
    this.#running = { id: job.id, abort, ended: this.#run(job, abort) };
    return this.#running;
  }

  /** Makes a job, and notes what became of it. */
  async #run(job: JobKinds[K], abort: AbortController): Promise<void> {
    const { dir, onStatus } = this.#options;
    const { id } = job;
    const files = this.filesOf(id);
    onStatus?.(job);
    const end = (status: JobStatus, change: JobChange<Job> = {}, error?: unknown): Promise<void> =>
      this.#come(job, status, { ...change, finishedAt: this.#now() }, error);
    let known: object;
    try {
      const onProgress = this.#progressOf(id, abort.signal);
      await mkdir(dir, { recursive: true, mode: 0o700 });
      known = await this.#definition.make(job, files, { signal: abort.signal, onProgress });
    } catch (error) {
      return await this.#ended(job, abort.signal, error, end);
    }
    // It is made, whether or not that can be noted; if it cannot, the job is taken up again.
    this.#awaited.get(id)?.resolve();
    if (abort.signal.reason === CANCELLED && !this.#definition.isFinal) {
      await removeFiles(files);
      await end('Cancelled');
    } else await end('Complete', { progress: 1, ...known });
  }

  /** What becomes of a job that was not made. */
  async #ended(
    job: JobKinds[K],
    { reason }: AbortSignal,
    error: unknown,
    end: (status: JobStatus, change?: JobChange<Job>, error?: unknown) => Promise<void>,
  ): Promise<void> {
    const { failed, says, isPassing } = this.#definition;
    const awaited = this.#awaited.get(job.id);
    // Whoever waits is told by `stop`.
    if (reason === STOPPED) return await this.#come(job, 'Pending', { progress: 0 });
    if (!awaited && reason !== CANCELLED && isPassing?.(error)) {
      await this.#come(job, 'Pending', { progress: 0 });
      throw error;
    }
    const told =
      error instanceof RequestError ? error.message : isDiskFull(error) ? ERRORS.CENR_DISK_FULL.says : says?.(error);
    if (reason === CANCELLED) await end('Cancelled');
    else if (told === undefined) await end('Failed', { failure: failed }, error);
    else await end('Failed', { failure: told });
    await removeFiles(this.filesOf(job.id));
    awaited?.reject(reason === CANCELLED ? CANCELLED_MEANWHILE : error);
  }

  async #come(job: JobKinds[K], status: JobStatus, change: JobChange<Job>, error?: unknown): Promise<void> {
    await this.#noted;
    await this.#update(job.id, { status, ...change });
    this.#options.onStatus?.({ ...job, status, ...change }, error);
  }

  /** Hears how far a job is, and notes it now and then. */
  #progressOf(id: string, signal: AbortSignal): WorkControl['onProgress'] {
    const { clock, onTrouble } = this.#options;
    let written = clock().getTime();
    return (progress) => {
      const now = clock().getTime();
      if (now - written < PROGRESS_MS || signal.aborted) return;
      written = now;
      this.#noted = this.#noted.then(async () => {
        try {
          await this.#jobs.update(id, { progress: Math.min(progress, 1) } as JobChange<JobKinds[K]>);
        } catch (error) {
          // Nobody who could be told calls this: on a full disk the progress stays as it was, and the work goes on.
          onTrouble?.(error);
        }
      });
    };
  }
}
