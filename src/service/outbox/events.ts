/** What is told when a job ends: ids, status, counts, LEAs. No student data, no names of files that were sent. */
import type { Upload } from '#intake/upload';
import type { LEAScope } from '#records/scope';
import type { ExtractJob } from '#store/extract-job';
import type { ReconciliationJob } from '#store/reconciliation-job';
import type { UploadJob } from '#store/upload-job';
import { extractName } from '../extracts/file-name.ts';

/** The form of Standard Webhooks. */
export interface JobEvent {
  readonly type: `${'extract' | 'upload' | 'reconciliation'}.${'completed' | 'failed'}`;
  /** When the job ended, ISO 8601 in UTC. */
  readonly timestamp: string;
  readonly data: {
    readonly id: string;
    readonly status: 'Complete' | 'Failed';
    readonly reportingLEAs: LEAScope;
    readonly requestedAt: string;
    /** Of an extract: what its file is called, without an ending. */
    readonly name?: string;
    readonly rows?: number;
    readonly linesRead?: number;
    readonly blankLines?: number;
    readonly counts?: Upload['counts'] | NonNullable<ReconciliationJob['counts']>;
    /** Of a reconciliation: how many causes there are. */
    readonly clusters?: number;
  };
}

const endOf = (status: string): 'completed' | 'failed' => (status === 'Complete' ? 'completed' : 'failed');

type Ended = ExtractJob | UploadJob | ReconciliationJob;

const about = ({ id, status, reportingLEAs, requestedAt }: Ended) => ({
  id,
  status: status as JobEvent['data']['status'],
  reportingLEAs,
  requestedAt,
});

const endedAt = ({ finishedAt, requestedAt }: Ended): string => finishedAt ?? requestedAt;

export const extractEvent = (job: ExtractJob): JobEvent => ({
  type: `extract.${endOf(job.status)}`,
  timestamp: endedAt(job),
  data: { ...about(job), name: extractName(job), ...(job.rows !== undefined && { rows: job.rows }) },
});

/** @param upload what was loaded, if it was */
export const uploadEvent = (job: UploadJob, upload: Upload | undefined): JobEvent => ({
  type: `upload.${endOf(job.status)}`,
  timestamp: endedAt(job),
  data: {
    ...about(job),
    ...(upload && { linesRead: upload.linesRead, blankLines: upload.blankLines, counts: upload.counts }),
  },
});

export const reconciliationEvent = (job: ReconciliationJob): JobEvent => ({
  type: `reconciliation.${endOf(job.status)}`,
  timestamp: endedAt(job),
  data: {
    ...about(job),
    ...(job.counts && { counts: job.counts }),
    ...(job.clusters !== undefined && { clusters: job.clusters }),
  },
});
