/**
 * Jobs of one kind asked for over REST, made one after the other, in turns that go round between keys. The store is the
 * queue, so jobs survive the process; what is under way when the service stops is finished or, when that takes too long,
 * becomes Pending again and is made anew by the next start. Where several processes share a store, each has such a
 * queue: the store says who takes which job, and whoever was thought gone changes nothing of it any more.
 */
import { EventEmitter } from 'node:events';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { isPartial, removePartials } from '#base/output';
import { WokenWork } from '#base/woken-work';
import { RequestError } from '#extract/request';
import { isOver, type Job, type JobStatus } from '#publishing/job';
import type { Delivery } from '#store/delivery';
import type { JobChange, JobFound, JobKind, JobKinds, JobTable, RememberedAnswer, Store } from '#store/store';
import { isDiskFull } from '#store/trouble';
import { ERRORS, type ErrorCode, ServiceError } from '../http/errors.ts';
import { tooManyWaiting } from '../http/turns.ts';
import { isOld } from './old-files.ts';

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
   * @param note keeps what is known of it while it is made
   */
  make(
    job: JobKinds[K],
    files: Files,
    control: WorkControl,
    note: (change: JobChange<JobKinds[K]>) => Promise<void>,
  ): Promise<JobChange<JobKinds[K]>>;
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
  /** All its files are made: each attempt has files of its own, so that a late one writes over nothing. */
  readonly isAnew?: boolean;
  /** One is made at a time, whatever number of processes share the store. */
  readonly isAlone?: boolean;
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
  /** Whether jobs are made here; elsewhere when not. */
  readonly makes?: boolean;
  /** The code of the refusal that an error amounts to, for whoever waits elsewhere. */
  readonly refusedAs?: (error: unknown) => ErrorCode;
}

/** A folder may get another file while it is removed, by a process that does not know yet that it is. */
const MOST_TRIES = 5;

/** Removes the files of a job, if there are any; one of them may be a folder. */
export async function removeFiles(files: object): Promise<void> {
  for (const path of Object.values(files) as string[])
    await rm(path, { force: true, recursive: true, maxRetries: MOST_TRIES });
}

/** Progress is written at most this often: every write is a transaction. */
const PROGRESS_MS = 500;

/** After so long a store that failed is tried again, if no request does so before. */
const RETRY_MS = 30_000;

const STOPPED = Symbol('the service is stopping');
const CANCELLED = Symbol('the job was cancelled');
const UNAWAITED = Symbol('whoever waited for it is gone');
const LOST = Symbol('another process has the job now');

/** What is told to whoever waits for a job that somebody else cancels. */
const CANCELLED_MEANWHILE = new ServiceError('CENR_NOT_READY', { detail: 'Somebody cancelled this meanwhile.' });
const GIVEN_UP = 'The service stopped first. Nothing of it was stored; send it again.';

/** After so long, whoever waits looks again: what is told may be lost. */
const LOOK_AGAIN_MS = 5_000;

/** What is told to whoever waited for a job that failed elsewhere. */
const failureOf = ({ refusedAs, failure }: Job): ServiceError =>
  new ServiceError((refusedAs ?? 'CENR_INTERNAL') as ErrorCode, failure === undefined ? {} : { detail: failure });

/** Of the name of a file: the attempt that wrote it. */
const attemptOf = (name: string): number => Number(/^[^.]*\.(\d+)\./.exec(name)?.[1] ?? 1);

/** A job under way. */
interface Running {
  readonly id: string;
  readonly attempt: number | undefined;
  readonly abort: AbortController;
  readonly ended: Promise<void>;
}

/** The queue of one kind of job; nothing is made before it is started. */
export class JobQueue<K extends JobKind, Files extends object> {
  readonly #definition: JobDefinition<K, Files>;
  readonly #options: JobQueueOptions<K>;
  readonly #jobs: JobTable<JobKinds[K]>;
  readonly #making: WokenWork;
  #stopping = false;
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
    this.#making = new WokenWork(
      () => this.#work(),
      // A store that cannot be read or written is the health check's to report.
      (error) => {
        this.#troubled = setTimeout(() => this.wake(), RETRY_MS).unref();
        options.onTrouble?.(error);
      },
    );
  }

  /** Takes up what the process before left, and begins. */
  async start(): Promise<void> {
    if (!this.#makes) return;
    await this.#jobs.resume();
    this.wake();
  }

  get #makes(): boolean {
    return this.#options.makes ?? true;
  }

  /** Hears that a job of this kind changed, here or elsewhere. */
  heard(id: string, status: JobStatus): void {
    if (status === 'Pending' || (this.#definition.isAlone && isOver({ status }))) this.wake();
    if (this.#running?.id === id) this.#look();
    if (isOver({ status })) this.#overElsewhere(id);
  }

  /** Looks at all that may have been missed. */
  look(): void {
    this.#look();
    for (const id of [...this.#awaited.keys(), ...this.#ends.eventNames()]) this.#overElsewhere(id as string);
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
    const awaitedBy = this.#options.store.replicas?.own;
    try {
      await this.add({ ...job, isAwaited: true, ...(awaitedBy && { awaitedBy }) }, keyId, answer);
      await awaited.promise;
    } finally {
      this.#awaited.delete(job.id);
    }
  }

  /** There may be a new job. */
  wake(): void {
    if (this.#makes) this.#making.wake();
  }

  /** Cancels a job: takes a waiting one out, ends a running one, removes the files of a finished one. */
  async cancel(job: JobKinds[K]): Promise<void> {
    const { id, status } = job;
    await this.#taking?.catch(() => {});
    if (this.#running?.id === id) {
      this.#running.abort.abort(CANCELLED);
      await this.#running.ended;
      return;
    }
    if (status === 'Processing') {
      // Whoever makes it ends it; whoever takes it next, when that one is gone.
      const asked = { cancelAsked: true } as JobChange<JobKinds[K]>;
      if (await this.#jobs.update(id, asked, [], { status })) await this.#over(id);
      // It may have been made before that was heard.
      if (this.#stopping) return;
    } else {
      if (status !== 'Pending' && (status !== 'Complete' || this.#definition.isFinal)) return;
      // A job that waits may begin at any moment, and needs its files.
      if (status !== 'Pending') await removeFiles(this.filesOf(job));
      if (await this.#update(id, { status: 'Cancelled', finishedAt: this.#now() }, { status })) {
        await removeFiles(this.filesOf(job));
        this.#awaited.get(id)?.reject(CANCELLED_MEANWHILE);
        return;
      }
    }
    const meanwhile = await this.#kept(id);
    if (meanwhile) await this.cancel(meanwhile);
  }

  /** Resolves when a job that is made elsewhere is over, or this service stops. */
  async #over(id: string): Promise<void> {
    let isOverNow = false;
    while (!isOverNow && !this.#stopping)
      await this.ended(id, LOOK_AGAIN_MS, async () => {
        const job = await this.#kept(id);
        isOverNow = job === undefined || isOver(job);
        return isOverNow;
      });
  }

  async #kept(id: string): Promise<JobKinds[K] | undefined> {
    return await this.#options.store.forLEAs('all').jobs(this.#definition.kind).get(id);
  }

  /**
   * Resolves when a job has ended, or the service stops, or after so many milliseconds.
   * @param hasEnded looks whether it has already
   */
  async ended(id: string, ms: number, hasEnded: () => Promise<boolean>): Promise<void> {
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      this.#ends.emit(id);
    }, ms);
    try {
      while (!this.#stopping && !isLate) {
        // Listening goes first: the job may end while somebody looks.
        const { promise, resolve } = Promise.withResolvers<void>();
        this.#ends.once(id, resolve);
        try {
          if (await hasEnded()) return;
          await promise;
        } finally {
          this.#ends.off(id, resolve);
        }
      }
    } finally {
      clearTimeout(timer);
    }
  }

  /** Whether a job is being made here. */
  get isMaking(): boolean {
    return this.#running !== undefined;
  }

  /** Resolves when no job is running or waiting. */
  async idle(): Promise<void> {
    await this.#making.idle();
  }

  /** Begins nothing more; resolves when what is running has finished, or after `graceMs` has been put back. */
  async stop(graceMs: number): Promise<void> {
    this.#stopping = true;
    const stopped = this.#making.stop();
    for (const id of this.#ends.eventNames()) this.#ends.emit(id);
    await this.#taking?.catch(() => {});
    const { abort } = this.#running ?? {};
    const timer = setTimeout(() => abort?.abort(STOPPED), graceMs);
    await stopped;
    clearTimeout(timer);
    clearTimeout(this.#troubled);
    for (const [id, awaited] of this.#awaited) {
      // One that is being made elsewhere is made, and known by its Idempotency-Key.
      await this.#update(id, { status: 'Failed', failure: GIVEN_UP, finishedAt: this.#now() }, { status: 'Pending' });
      awaited.reject(new ServiceError('CENR_NOT_READY', { headers: { 'retry-after': '30' } }));
    }
  }

  /** Gives up what somebody waited for when the process died: nobody was told of it. */
  async giveUp(job: JobKinds[K]): Promise<void> {
    await removeFiles(this.filesOf(job));
    await this.#update(job.id, { status: 'Failed', failure: GIVEN_UP, finishedAt: this.#now() });
  }

  /** Where the files of a job are, once it is complete. */
  filesOf({ id, attempt = 1 }: Pick<Job, 'id' | 'attempt'>): Files {
    const { dir } = this.#options;
    const { endings, isAnew } = this.#definition;
    const name = isAnew && attempt > 1 ? `${id}.${attempt}` : id;
    return Object.fromEntries(
      Object.entries<string>(endings).map(([file, ending]) => [file, join(dir, `${name}${ending}`)]),
    ) as Files;
  }

  #now(): string {
    return this.#options.clock().toISOString();
  }

  /** @param from only as it was found */
  async #update(id: string, change: JobChange<Job>, from?: JobFound): Promise<boolean> {
    const told = await this.#options.deliveriesOf?.(id, change);
    const isChanged = await this.#jobs.update(id, change as JobChange<JobKinds[K]>, told, from);
    if (isChanged && change.finishedAt !== undefined) this.#ends.emit(id);
    return isChanged;
  }

  async #work(): Promise<void> {
    // What was under way when the store failed could not be noted as ended.
    if (this.#troubled) await this.#told(this.#jobs.resume());
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
    this.#taking = this.#told(this.#take());
    try {
      return await this.#taking;
    } finally {
      this.#taking = undefined;
    }
  }

  /** What the store says. When it cannot say who is next, whoever waits is not left to wait for it. */
  async #told<T>(asked: Promise<T>): Promise<T> {
    try {
      return await asked;
    } catch (error) {
      for (const awaited of this.#awaited.values()) awaited.reject(error);
      throw error;
    }
  }

  /** Takes the next job, if there is one, and begins it. */
  async #take(): Promise<Running | undefined> {
    const snapshot = await this.#options.store.snapshot();
    const begun: JobChange<Job> = { progress: 0, snapshot };
    const job = await this.#jobs.take(begun as JobChange<JobKinds[K]>, this.#definition.isAlone);
    if (!job) return undefined;
    const { id, attempt } = job;
    const abort = new AbortController();
    if (job.cancelAsked) abort.abort(CANCELLED);
    else if (job.isAwaited && !this.#awaited.has(id) && !(await this.#isAwaitedStill(job))) abort.abort(UNAWAITED);
    this.#running = { id, attempt, abort, ended: this.#run(job, abort) };
    return this.#running;
  }

  async #isAwaitedStill({ awaitedBy }: Job): Promise<boolean> {
    const { replicas } = this.#options.store;
    // Whoever waited here is gone: it was told that the store cannot be used.
    if (replicas === undefined || awaitedBy === undefined || awaitedBy === replicas.own) return false;
    return await replicas.isThere(awaitedBy);
  }

  /** Looks whether the running job is still to be made here. */
  #look(): void {
    const { id, attempt, abort } = this.#running ?? {};
    if (id === undefined) return;
    this.#kept(id).then(
      (job) => {
        if (job?.status !== 'Processing' || job.attempt !== attempt) abort?.abort(LOST);
        else if (job.cancelAsked) abort?.abort(CANCELLED);
      },
      // Whoever cannot read the store cannot write it either, and is told so then.
      () => {},
    );
  }

  /** Somebody waits for a job that may have come to an end elsewhere. */
  #overElsewhere(id: string): void {
    this.#ends.emit(id);
    const awaited = this.#awaited.get(id);
    if (!awaited || this.#running?.id === id) return;
    this.#kept(id).then(
      (job) => {
        if (job?.status === 'Complete') awaited.resolve();
        else if (job?.status === 'Cancelled') awaited.reject(CANCELLED_MEANWHILE);
        else if (job?.status === 'Failed') awaited.reject(failureOf(job));
      },
      () => {},
    );
  }

  /** Makes a job, and notes what became of it. */
  async #run(job: JobKinds[K], abort: AbortController): Promise<void> {
    const { dir, onStatus } = this.#options;
    const { id } = job;
    const files = this.filesOf(job);
    onStatus?.(job);
    const end = (status: JobStatus, change: JobChange<Job> = {}, error?: unknown): Promise<boolean> =>
      this.#come(job, status, { ...change, finishedAt: this.#now() }, error);
    let known: object;
    try {
      const onProgress = this.#progressOf(job, abort);
      await mkdir(dir, { recursive: true, mode: 0o700 });
      await this.#removeFormer(job);
      const note = (change: JobChange<JobKinds[K]>) => this.#note(job, change as JobChange<Job>, abort);
      known = await this.#definition.make(job, files, { signal: abort.signal, onProgress }, note);
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
    end: (status: JobStatus, change?: JobChange<Job>, error?: unknown) => Promise<boolean>,
  ): Promise<void> {
    const { failed, says, isPassing } = this.#definition;
    const awaited = this.#awaited.get(job.id);
    // Its files are another's where they are not of an attempt.
    if (reason === LOST) return this.#definition.isAnew ? await removeFiles(this.filesOf(job)) : undefined;
    // Whoever waits here is told by `stop`.
    if (reason === STOPPED)
      return void (await (awaited
        ? end('Failed', { failure: GIVEN_UP })
        : this.#come(job, 'Pending', { progress: 0 })));
    if (!job.isAwaited && reason !== CANCELLED && isPassing?.(error)) {
      await this.#come(job, 'Pending', { progress: 0 });
      throw error;
    }
    const told =
      error instanceof RequestError ? error.message : isDiskFull(error) ? ERRORS.CENR_DISK_FULL.says : says?.(error);
    const refusedAs = job.isAwaited && this.#options.refusedAs?.(error);
    const refused = refusedAs ? { refusedAs } : {};
    const isMine = await (reason === CANCELLED
      ? end('Cancelled')
      : reason === UNAWAITED
        ? end('Failed', { failure: GIVEN_UP, refusedAs: 'CENR_NOT_READY' })
        : told === undefined
          ? end('Failed', { failure: failed, ...refused }, error)
          : end('Failed', { failure: told, ...refused }));
    // Whoever has it now may be reading them, and tells whoever waits.
    if (!isMine) return;
    await removeFiles(this.filesOf(job));
    awaited?.reject(reason === CANCELLED ? CANCELLED_MEANWHILE : error);
  }

  /** @returns whether it came to this: not where another has it now */
  async #come(job: JobKinds[K], status: JobStatus, change: JobChange<Job>, error?: unknown): Promise<boolean> {
    await this.#noted;
    const { id, attempt } = job;
    const isMine = await this.#update(id, { status, ...change }, { status: 'Processing', attempt });
    if (isMine) this.#options.onStatus?.({ ...job, status, ...change }, error);
    // Another has it now, and other files.
    else if (this.#definition.isAnew) await removeFiles(this.filesOf(job));
    return isMine;
  }

  /** Keeps what is known of a job while it is made, unless another has it now. */
  async #note({ id, attempt }: JobKinds[K], change: JobChange<Job>, abort: AbortController): Promise<void> {
    const isMine = await this.#jobs.update(id, change as JobChange<JobKinds[K]>, [], { status: 'Processing', attempt });
    if (!isMine) abort.abort(LOST);
    abort.signal.throwIfAborted();
  }

  /** Removes what attempts before this one left: it is student data. */
  async #removeFormer({ id, attempt = 1 }: JobKinds[K]): Promise<void> {
    if (!this.#definition.isAnew) return;
    for (let former = 1; former < attempt; former++) {
      const files = this.filesOf({ id, attempt: former });
      await removeFiles(files);
      for (const path of Object.values(files) as string[]) await removePartials(dirname(path), basename(path));
    }
  }

  /**
   * Removes what an attempt wrote that went on when another process had the job already, and that died then: whoever
   * comes back in time removes it itself.
   */
  async removeLate(): Promise<void> {
    if (!this.#definition.isAnew) return;
    const { dir, clock } = this.#options;
    const byJob = Map.groupBy(await readdir(dir).catch(() => []), (name) => /^[^.]*/.exec(name)?.[0] as string);
    for (const [id, names] of byJob) {
      // Most jobs have whole files of one attempt, and are not looked up.
      if (new Set(names.map(attemptOf)).size === 1 && !names.some(isPartial)) continue;
      const job = await this.#kept(id);
      if (!job) continue;
      const { status, attempt = 1 } = job;
      const hasNoFiles = isOver(job) && status !== 'Complete';
      for (const name of names) {
        const path = join(dir, name);
        const isLate = attemptOf(name) < attempt || hasNoFiles;
        // What is made when it is first asked for is written now, or was when its process died.
        if (isLate || (isOver(job) && isPartial(name) && (await isOld(path, clock()))))
          await rm(path, { force: true, recursive: true });
      }
    }
  }

  /** Hears how far a job is, and notes it now and then. */
  #progressOf(job: JobKinds[K], abort: AbortController): WorkControl['onProgress'] {
    const { clock, onTrouble } = this.#options;
    let written = clock().getTime();
    return (progress) => {
      const now = clock().getTime();
      if (now - written < PROGRESS_MS || abort.signal.aborted) return;
      written = now;
      this.#noted = this.#noted.then(async () => {
        try {
          await this.#note(job, { progress: Math.min(progress, 1) }, abort);
        } catch (error) {
          // Nobody who could be told calls this: on a full disk the progress stays as it was, and the work goes on.
          if (!abort.signal.aborted) onTrouble?.(error);
        }
      });
    };
  }
}
