/** What surveys of an extract leave beside its file: lists, a line of JSON each, and counts. */
import type { ExceptionalRow } from '#explain/exceptions';
import type { MissingStudent } from '#explain/missing-students';
import type { ExtractFiles } from '../jobs/write-extract.ts';
import type { ExceptionKind } from '../schemas/exception.ts';

export type ExceptionCounts = Readonly<Record<ExceptionKind, number>>;

export interface KeptRejection {
  readonly recordType: string;
  readonly upload: string;
  readonly file: string;
  readonly line: number;
  readonly code: string;
}

/** A row that is an exception, or a student without one of whom records were rejected. */
export type KeptException = ExceptionalRow | { readonly ssid: string; readonly rejected: readonly KeptRejection[] };

/** A student without a row; school and grade are absent where no record was accepted. */
export interface KeptWithoutRow extends MissingStudent {
  readonly school?: string;
  readonly grade?: string;
}

export interface WithoutRowCounts {
  /** Reasons that keep anybody out, in the order of the selection, and how many. */
  readonly reasons: readonly { readonly reason: string; readonly says: string; readonly students: number }[];
}

/** By survey, what its counts are. */
export interface Surveyed {
  readonly exceptions: ExceptionCounts;
  readonly withoutRow: WithoutRowCounts;
}
export type SurveyName = keyof Surveyed;

/** By survey, which files of an extract it writes. */
export const SURVEY_FILES: Readonly<
  Record<SurveyName, { readonly list: keyof ExtractFiles; readonly counts: keyof ExtractFiles }>
> = {
  exceptions: { list: 'exceptions', counts: 'exceptionCounts' },
  withoutRow: { list: 'withoutRow', counts: 'withoutRowCounts' },
};
