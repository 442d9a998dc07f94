/** The kinds of jobs. */
import type { ImpactJob } from '#publishing/job';
import type { AnomalySearchJob } from './anomaly-search-job.ts';
import type { ExtractJob } from './extract-job.ts';
import type { MatchingJob } from './matching-job.ts';
import type { ReconciliationJob } from './reconciliation-job.ts';
import type { SSIDExtractJob } from './ssid-extract-job.ts';
import type { UploadJob } from './upload-job.ts';

/** The kinds of jobs, and what is kept of a job of each. */
export interface JobKinds {
  readonly extract: ExtractJob;
  readonly impact: ImpactJob;
  readonly upload: UploadJob;
  readonly reconciliation: ReconciliationJob;
  readonly matching: MatchingJob;
  readonly ssidExtract: SSIDExtractJob;
  readonly anomalySearch: AnomalySearchJob;
}

export type JobKind = keyof JobKinds;
