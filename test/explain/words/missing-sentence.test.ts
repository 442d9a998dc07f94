/** Why a student has no row, in one sentence. */
import t from 'tap';
import type { ShownEnrollment } from '#explain/explanation';
import { missingSentence } from '#explain/words/missing-sentence';

const enrollment = {
  short: 'Not in the extract, because it ended.',
  sentence: 'This enrollment is not in the extract, because it ended.',
} as ShownEnrollment;

t.test('what stands in the way depends on what there is of the student', async (t) => {
  const say = (rows: number, enrollments: number, records: number): string =>
    missingSentence(rows, new Array(enrollments).fill(enrollment), records, 'Student Enrollment').sentence;
  t.match(say(1, 1, 1), /is not missing: the extract has 1 row of/);
  t.match(say(2, 2, 2), /is not missing: the extract has 2 rows of/);
  t.match(say(0, 0, 0), /there is no record of this student/);
  t.match(say(0, 0, 1), /no Student Enrollment record, only 1 record of other types/);
  t.match(say(0, 1, 4), /^The student's only enrollment is not in the extract, because it ended/);
  const short = missingSentence(0, [enrollment], 4, 'Student Enrollment');
  t.equal(short.short, 'Not in the extract, because it ended.');
  t.match(say(0, 3, 4), /none of this student's 3 enrollments qualifies/);
});
