/**
 * Extracts asked for over REST, made one after the other: an extract uses every core by itself. The store is the queue, so jobs survive the process; what is
 * under way when the service stops is finished or, when that takes too long, becomes Pending again and is made anew by the next start.
 */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type ExtractRequest, RequestError } from '../extract/request.ts';
import type { ExtractJob, Store } from '../store/store.ts';

export interface MadeExtract {
  readonly rows: number;
  readonly bytes: number;
  readonly sha256: string;
  readonly students: number;
}

/** Where the files of a finished extract are. */
export interface ExtractFiles {
  /** The extract itself. */
  readonly rows: string;
  readonly trace: string;
  /** The leaves of its Merkle tree. */
  readonly leaves: string;
  readonly manifest: string;
}

/** Makes the files of a request; each appears only when it is complete. Rejects when `signal` is aborted, leaving nothing behind. */
export type MakeExtract = (options: {
  readonly request: ExtractRequest;
  readonly runDate: string;
  readonly columns: string;
  /** The store as it was after this upload. */
  readonly snapshot: number;
  readonly files: ExtractFiles;
  readonly signal: AbortSignal;
  readonly onProgress: (fraction: number) => void;
}) => Promise<MadeExtract>;

export interface JobsOptions {
  readonly store: Store;
  readonly make: MakeExtract;
  /** Folder of the files. */
  readonly dir: string;
  /** Hash of the rulebook with which extracts are made from now on. */
  readonly rulebookHash: string;
  readonly clock: () => Date;
  /** Told when a job comes to a status, with the error if it failed for a reason that is not its request. */
  readonly onStatus?: (job: ExtractJob, error?: unknown) => void;
  /** Told when the store fails. */
  readonly onTrouble?: (error: unknown) => void;
}

export interface ExtractJobs {
  /** Takes up what the process before left, and begins. */
  start(): void;
  /** There may be a new job. */
  wake(): void;
  /** Cancels a job: takes a waiting one out, ends a running one, removes the file of a finished one. */
  cancel(job: ExtractJob): Promise<void>;
  /** Where the files of a job are, once it is complete. */
  filesOf(id: string): ExtractFiles;
  /** Resolves when no job is running or waiting. */
  idle(): Promise<void>;
  /** Begins nothing more; resolves when what is running has finished, or after `graceMs` has been put back. */
  stop(graceMs: number): Promise<void>;
}

/** Progress is written at most this often: every write is a transaction. */
const PROGRESS_MS = 500;

const STOPPED = Symbol('the service stops');
const CANCELLED = Symbol('the extract was cancelled');

/** What a job says when it failed for a reason that is not its request: the cause is in the log, and may quote data. */
const FAILED = 'The extract could not be made. The log of the service has the cause, under the id of this extract.';

export function extractJobs({ store, make, dir, rulebookHash, clock, onStatus = () => {}, onTrouble = () => {} }: JobsOptions): ExtractJobs {
  let stopping = false;
  let woken = false;
  let working: Promise<void> | undefined;
  let current: { readonly id: string; readonly abort: AbortController; readonly ended: Promise<void> } | undefined;
  const filesOf = (id: string): ExtractFiles => ({
    rows: join(dir, `${id}.txt`),
    trace: join(dir, `${id}.trace.ndjson`),
    leaves: join(dir, `${id}.leaves`),
    manifest: join(dir, `${id}.manifest.json`),
  });
  const remove = async (id: string): Promise<void> => {
    for (const path of Object.values(filesOf(id))) await rm(path, { force: true });
  };

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

  const next = (): ExtractJob | undefined => (stopping ? undefined : store.nextPendingExtract());

  async function run(job: ExtractJob, abort: AbortController): Promise<void> {
    const { id, runDate, columns } = job;
    const change = (changes: Parameters<Store['updateExtract']>[1], error?: unknown): void => {
      store.updateExtract(id, changes);
      onStatus({ ...job, ...changes }, error);
    };
    // Rules may have changed since it was asked for; it is made with those in force, and says so.
    const snapshot = store.snapshot();
    change({ status: 'Processing', progress: 0, rulebookHash, snapshot });
    let written = clock().getTime();
    const onProgress = (progress: number): void => {
      const now = clock().getTime();
      if (now - written < PROGRESS_MS || abort.signal.aborted) return;
      written = now;
      store.updateExtract(id, { progress: Math.min(progress, 1) });
    };
    const finishedAt = () => clock().toISOString();
    try {
      await mkdir(dir, { recursive: true, mode: 0o700 });
      const { rows, bytes, sha256 } = await make({
        request: job.request as ExtractRequest,
        runDate,
        columns,
        snapshot,
        files: filesOf(id),
        signal: abort.signal,
        onProgress,
      });
      if (abort.signal.reason === CANCELLED) {
        await remove(id);
        change({ status: 'Cancelled', finishedAt: finishedAt() });
      } else change({ status: 'Complete', progress: 1, rows, bytes, sha256, finishedAt: finishedAt() });
    } catch (error) {
      if (abort.signal.reason === STOPPED) change({ status: 'Pending', progress: 0 });
      else if (abort.signal.reason === CANCELLED) change({ status: 'Cancelled', finishedAt: finishedAt() });
      else if (error instanceof RequestError) change({ status: 'Failed', failure: error.message, finishedAt: finishedAt() });
      else change({ status: 'Failed', failure: FAILED, finishedAt: finishedAt() }, error);
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
      store.resumeExtracts();
      wake();
    },
    wake,
    async cancel({ id, status }) {
      if (current?.id === id) {
        current.abort.abort(CANCELLED);
        await current.ended;
      } else if (status === 'Pending' || status === 'Processing' || status === 'Complete') {
        await remove(id);
        store.updateExtract(id, { status: 'Cancelled', finishedAt: clock().toISOString() });
      }
    },
    filesOf,
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
