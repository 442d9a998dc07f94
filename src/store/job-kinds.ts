/** The tables of every kind of jobs, and what each says of a job alike. */
import type { Job } from '#publishing/job';
import type { JobChange, JobFound, JobKind, JobKinds, JobsInScope, JobTable } from './store.ts';

const KINDS: Readonly<Record<JobKind, true>> = {
  extract: true,
  impact: true,
  upload: true,
  reconciliation: true,
  matching: true,
  ssidExtract: true,
  anomalySearch: true,
};

/** The jobs of every kind. */
export type JobTables = { readonly [K in JobKind]: JobTable<JobKinds[K]> };
/**
 * The jobs of every kind that a caller may see. A job is in scope when none of its LEAs is out of it; a job for all LEAs
 * only for whoever may see all.
 */
export type VisibleJobs = { readonly [K in JobKind]: JobsInScope<JobKinds[K]> };

export const JOB_KINDS = Object.keys(KINDS) as readonly JobKind[];

const ofEach = (make: (kind: JobKind) => unknown): unknown =>
  Object.fromEntries(JOB_KINDS.map((kind) => [kind, make(kind)]));

export const jobTablesOf = (make: <K extends JobKind>(kind: K) => JobTable<JobKinds[K]>): JobTables =>
  ofEach(make) as JobTables;

export const visibleJobsOf = (make: <K extends JobKind>(kind: K) => JobsInScope<JobKinds[K]>): VisibleJobs =>
  ofEach(make) as VisibleJobs;

/** Whether a job is as whoever changes it found it. */
export const isAsFound = ({ status, attempt }: Job, from: JobFound | undefined): boolean =>
  from === undefined || (from.status === status && (from.attempt === undefined || from.attempt === attempt));

/** What becomes of a job that somebody begins. */
export const begunAgain = ({ attempt = 0 }: Job, begun: JobChange<Job> | undefined): JobChange<Job> => ({
  ...begun,
  status: 'Processing',
  attempt: attempt + 1,
});
