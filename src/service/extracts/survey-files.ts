/** What surveys of an extract leave beside its file: lists, a line of JSON each, and counts. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { ExceptionalRow } from '#explain/exceptions';
import type { MissingStudent } from '#explain/missing-students';
import type { GroundCount, Grounds } from '#pipeline/grounds';
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

/** What is behind a value, as it is kept. */
export type KeptGrounds = Omit<Grounds, 'grounds'> & {
  readonly grounds: readonly (Omit<GroundCount, 'bySchool'> & {
    readonly bySchool: readonly (readonly [where: string, students: number])[];
  })[];
};

/** By survey, what its counts are. */
export interface Surveyed {
  readonly exceptions: ExceptionCounts;
  readonly withoutRow: WithoutRowCounts;
  readonly grounds: KeptGrounds;
}

/** A survey: of `grounds` there is one for each value of each field. */
export type SurveyAsked =
  | { readonly name: 'exceptions' | 'withoutRow' }
  | { readonly name: 'grounds'; readonly field: string; readonly value: string };
export type SurveyName = SurveyAsked['name'];

/** Which files of an extract a survey writes; one that only counts has no list. */
export function surveyFiles(
  asked: SurveyAsked,
  files: ExtractFiles,
): { readonly list: string; readonly counts: string } {
  switch (asked.name) {
    case 'exceptions':
      return { list: files.exceptions, counts: files.exceptionCounts };
    case 'withoutRow':
      return { list: files.withoutRow, counts: files.withoutRowCounts };
    case 'grounds': {
      const of = createHash('sha256')
        .update(JSON.stringify([asked.field, asked.value]))
        .digest('hex');
      return { list: '', counts: join(files.grounds, `${of}.json`) };
    }
  }
}
