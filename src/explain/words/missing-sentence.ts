import { counted } from '#base/text';
import type { Closest } from '../closest-enrollment.ts';
import type { ShownEnrollment, ShownRejection } from '../explanation.ts';
import type { InWords } from './field-sentences.ts';

export interface Missing {
  /** How many rows the extract has of the student. */
  readonly rows: number;
  readonly enrollments: readonly ShownEnrollment[];
  /** The one that comes closest to being a row, and whether it is the last one. */
  readonly closest: Closest | undefined;
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

function withoutRejected({ enrollments, closest, records, noun, rejected }: Missing): InWords {
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
  const { sentence, short } = enrollments[closest?.index ?? 0] as ShownEnrollment;
  const which = closest?.isLast ? 'The last' : 'The closest';
  const rest = others.length === 1 ? 'The other one does not qualify' : `The other ${others.length} do not qualify`;
  return {
    sentence: `${sentence.replace('This enrollment', `${which} of the student's ${enrollments.length} enrollments`)} ${rest} either.`,
    short,
  };
}

const alike = (sentence: string): InWords => ({ sentence, short: sentence });
