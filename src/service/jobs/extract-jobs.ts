/** Extracts asked for over REST: a queue of their own (job-queue.ts), since an extract uses every core by itself. */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type ExtractRequest, RequestError } from '#extract/request';
import type { Rulebook } from '#rulebook/load/assemble';
import type { ExtractJob, Store } from '#store/store';
import { type JobKind, type JobQueue, jobQueue } from './job-queue.ts';

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

/**
 * Makes the files of a request; each appears only when it is complete. Rejects when `signal` is aborted, leaving
 * nothing behind.
 */
export type MakeExtract = (options: {
  readonly request: ExtractRequest;
  readonly rulebook: Rulebook;
  readonly runDate: string;
  readonly columns: string;
  /** The store as it was after this upload. */
  readonly snapshot: number;
  readonly files: ExtractFiles;
  readonly signal: AbortSignal;
  readonly onProgress: (fraction: number) => void;
}) => Promise<MadeExtract>;

export interface JobsOptions extends Pick<JobKind<ExtractJob>, 'clock' | 'onStatus' | 'onTrouble'> {
  readonly store: Store;
  readonly make: MakeExtract;
  /** Folder of the files. */
  readonly dir: string;
  /** The rulebook that a job is made with, asked for when it begins; a RequestError fails the job and says why. */
  readonly rulebookOf: (job: ExtractJob) => Rulebook;
}

export interface ExtractJobs extends JobQueue<ExtractJob> {
  /** Where the files of a job are, once it is complete. */
  filesOf(id: string): ExtractFiles;
}

/** The rulebook may have come into force after the request was understood. */
function requireColumns({ schemas }: Rulebook, columns: string): void {
  const { columnSets } = schemas.output;
  if (!Object.hasOwn(columnSets, columns))
    throw new RequestError(
      'columns',
      `the rulebook in force has no columns "${columns}"; it has ${Object.keys(columnSets).join(', ')}`,
    );
}

export function extractJobs({ store, make, dir, rulebookOf, ...told }: JobsOptions): ExtractJobs {
  const filesOf = (id: string): ExtractFiles => ({
    rows: join(dir, `${id}.txt`),
    trace: join(dir, `${id}.trace.ndjson`),
    leaves: join(dir, `${id}.leaves`),
    manifest: join(dir, `${id}.manifest.json`),
  });

  const queue = jobQueue<ExtractJob>({
    ...told,
    next: () => store.nextPendingExtract(),
    resume: () => store.resumeExtracts(),
    update: (id, changes) => store.updateExtract(id, changes),
    begin: () => ({ snapshot: store.snapshot() }),
    async make(job, how) {
      const { id, runDate, columns } = job;
      // Rules may have changed since it was asked for. Unless it names a version, it is made with those now in force,
      // to its end, and says so.
      const rulebook = rulebookOf(job);
      store.updateExtract(id, { rulebookHash: rulebook.hash });
      requireColumns(rulebook, columns);
      await mkdir(dir, { recursive: true, mode: 0o700 });
      const request = job.request as ExtractRequest;
      const { rows, bytes, sha256 } = await make({
        request,
        rulebook,
        runDate,
        columns,
        snapshot: job.snapshot as number,
        files: filesOf(id),
        ...how,
      });
      return { rows, bytes, sha256 };
    },
    async remove(id) {
      for (const path of Object.values(filesOf(id))) await rm(path, { force: true });
    },
    failed: 'The extract could not be made. The log of the service has the cause, under the id of this extract.',
  });
  return { ...queue, filesOf };
}
