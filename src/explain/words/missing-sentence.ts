import { counted } from '#base/text';
import type { ShownEnrollment, ShownRejection } from '../explanation.ts';
import type { InWords } from './field-sentences.ts';

export interface Missing {
  /** How many rows the extract has of the student. */
  readonly rows: number;
  readonly enrollments: readonly ShownEnrollment[];
  /** How many records of any type there are of the student. */
  readonly records: number;
  /** What the layout calls the records that rows are made from. */
  readonly noun: string;
  /** A record of that type that was rejected. */
  readonly rejected: ShownRejection | undefined;
}

/** Why a student has no row; or that there are rows after all. */
export function missingSentence(missing: Missing): InWords {
  const { rows, noun, rejected } = missing;
  if (rows > 0) return alike(`The student is not missing: the extract has ${counted(rows, 'row')} of this student.`);
  const kept = withoutRejected(missing);
  if (!rejected) return kept;
  const { file, line, upload } = rejected.sent;
  const place = `line ${line} of ${file}`;
  const where = upload === undefined ? place : `${place} (${upload})`;
  return {
    sentence: `${kept.sentence} The ${noun} record at ${where} was rejected. ${rejected.code}: ${rejected.message}`,
    short: `The student is not in the extract. The ${noun} record at ${place} was rejected (${rejected.code}).`,
  };
}

function withoutRejected({ enrollments, records, noun, rejected }: Missing): InWords {
  const accepted = rejected ? 'accepted ' : '';
  if (records === 0)
    return alike(`The student is not in the extract, because there is no ${accepted}record of this student.`);
  const [only, ...others] = enrollments;
  if (!only)
    return alike(
      `The student is not in the extract, because this student has no ${accepted}${noun} record, only ${counted(records, 'record')} of other types.`,
    );
  if (others.length === 0)
    return {
      sentence: only.sentence.replace('This enrollment', "The student's only enrollment"),
      short: only.short,
    };
  return alike(
    `The student is not in the extract, because none of this student's ${enrollments.length} enrollments qualifies.`,
  );
}

const alike = (sentence: string): InWords => ({ sentence, short: sentence });
