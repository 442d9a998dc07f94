import { counted } from '#base/text';
import type { ShownEnrollment } from '../explanation.ts';
import type { InWords } from './field-sentences.ts';

/**
 * Why a student has no row; or that there are rows after all.
 * @param rows how many rows the extract has of the student
 * @param records how many records of any type there are of the student
 * @param noun what the layout calls the records that rows are made from
 */
export function missingSentence(
  rows: number,
  enrollments: readonly ShownEnrollment[],
  records: number,
  noun: string,
): InWords {
  const alike = (sentence: string): InWords => ({ sentence, short: sentence });
  if (rows > 0) return alike(`The student is not missing: the extract has ${counted(rows, 'row')} of this student.`);
  if (records === 0) return alike('The student is not in the extract, because there is no record of this student.');
  const [only, ...others] = enrollments;
  if (!only)
    return alike(
      `The student is not in the extract, because this student has no ${noun} record, only ${counted(records, 'record')} of other types.`,
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
