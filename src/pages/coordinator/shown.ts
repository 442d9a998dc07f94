/** What REST shows, by the names that pages have for it; each shape is written where its thing is. */
import type { Manifest } from '#audit/manifest';
import type { Shape } from '#base/shape';
import type { ExtractRequest } from '#extract/request';
import type { CheckView } from '#service/schemas/check';
import type { Extract } from '#service/schemas/extract';
import type { UploadStatus } from '#service/schemas/upload-status';

export type { ColumnCounts as ShownCounts } from '#extract/value-counts';
export type { KeptProblem as ShownProblem } from '#intake/problem';
export type { Difference as ShownDifference, Differences as ShownDifferences } from '#service/schemas/difference';
export type { ExtractRow as ShownRow } from '#service/schemas/extract-row';
export type { Upload as ShownUpload } from '#service/schemas/upload';
export type { ProblemSummary as ShownSummary } from '#service/uploads/problem-summary';

/** A check of the rules in effect. */
export type ShownCheck = Shape<typeof CheckView>;

/** An upload that may not be loaded yet. */
export type ShownJob = UploadStatus;

export type ShownExtract = Omit<Extract, 'request'> & { readonly request: ExtractRequest };

/** A derived field of an extract, what it came to, and the key of its column. */
export type ShownField = Manifest['fields'][number] & { readonly key: string };

export interface ShownReport {
  readonly name: string;
  readonly says: string;
}

/** Whether a job will not change any more. */
export const hasEnded = ({ status }: Pick<ShownJob, 'status'>): boolean =>
  status !== 'Pending' && status !== 'Processing';
