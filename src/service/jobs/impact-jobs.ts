/** Impact reports asked for over REST: a queue beside that of extracts. */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type ExtractRequest, RequestError } from '#extract/request';
import type { ImpactJob } from '#publishing/job';
import type { Rulebook } from '#rulebook/load/assemble';
import { RulebookLoadError } from '#rulebook/load/load';
import type { Store } from '#store/store';
import type { ImpactFiles, ImpactWork, MadeImpact } from '../rules/rules-work.ts';
import { type JobKind, type JobQueue, jobQueue } from './job-queue.ts';

/** Makes the files of a report. Rejects when `signal` is aborted. */
export type MakeImpact = (
  work: Omit<ImpactWork, 'storeDir'>,
  how: { readonly signal: AbortSignal; readonly onProgress: (fraction: number) => void },
) => Promise<MadeImpact>;

export interface ImpactJobsOptions extends Pick<JobKind<ImpactJob>, 'clock' | 'onStatus' | 'onTrouble'> {
  readonly store: Store;
  readonly make: MakeImpact;
  /** Folder of the files. */
  readonly dir: string;
  /** The rulebook in force: asked for when a job begins, and kept to. */
  readonly rulebookInForce: () => Rulebook;
}

export interface ImpactJobs extends JobQueue<ImpactJob> {
  /** Where the files of a job are, once it is complete. */
  filesOf(id: string): ImpactFiles;
}

export function impactJobs({ store, make, dir, rulebookInForce, ...told }: ImpactJobsOptions): ImpactJobs {
  const filesOf = (id: string): ImpactFiles => ({
    report: join(dir, `${id}.json`),
    changes: join(dir, `${id}.ndjson`),
  });
  const remove = async (id: string): Promise<void> => {
    for (const path of Object.values(filesOf(id))) await rm(path, { force: true });
  };

  const queue = jobQueue<ImpactJob>({
    ...told,
    next: () => store.nextPendingImpact(),
    resume: () => store.resumeImpacts(),
    update: (id, changes) => store.updateImpact(id, changes),
    begin: () => ({ snapshot: store.snapshot() }),
    async make(job, how) {
      const { id, runDate } = job;
      const from = rulebookInForce();
      store.updateImpact(id, { against: from.hash });
      const to = textsOf(store, job);
      await mkdir(dir, { recursive: true, mode: 0o700 });
      const request = job.request as ExtractRequest;
      const source = { hash: from.hash, files: from.files };
      try {
        return await make(
          { from: source, to, request, runDate, snapshot: job.snapshot as number, files: filesOf(id) },
          how,
        );
      } catch (error) {
        await remove(id);
        throw error instanceof RulebookLoadError ? new RequestError('draft', error.message) : error;
      }
    },
    remove,
    failed: 'The impact report could not be made. The log of the service has the cause, under the id of this report.',
  });
  return { ...queue, filesOf };
}

function textsOf(store: Store, { draft: id, hash }: ImpactJob): ImpactWork['to'] {
  const draft = store.draft(id);
  // Only the latest files of a draft are kept.
  if (draft?.hash === hash) return draft.texts;
  throw new RequestError('draft', 'the files of the draft were changed before the report was begun; ask for another');
}
