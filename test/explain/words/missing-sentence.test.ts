/** Why a student has no row, in one sentence. */
import t from 'tap';
import type { ShownEnrollment } from '#explain/explanation';
import { missingSentence } from '#explain/words/missing-sentence';

const enrollment = {
  short: 'Not in the extract, because it ended.',
  sentence: 'This enrollment is not in the extract, because it ended.',
} as ShownEnrollment;

const none = {
  rows: 0,
  enrollments: [],
  closest: undefined,
  records: 0,
  noun: 'Student Enrollment',
  rejected: undefined,
};

t.test('an enrollment that was rejected is named, with its upload, its line and what to do', async (t) => {
  const rejected = {
    recordType: 'SENR',
    sent: { upload: 'upload_1', file: 'in.txt', line: 1 },
    code: 'SENR0019',
    message: 'Only one of them is given. Fill in the other.',
  };
  t.same(missingSentence({ ...none, rejected }), {
    sentence:
      'The student is not in the extract, because there is no accepted record of this student. The Student Enrollment record at line 1 of in.txt (upload_1) was rejected. SENR0019: Only one of them is given. Fill in the other.',
    short:
      'The student is not in the extract. The Student Enrollment record at line 1 of in.txt was rejected (SENR0019).',
  });
  t.match(
    missingSentence({ ...none, records: 2, rejected }).sentence,
    /no accepted Student Enrollment record, only 2 records of other types\. The Student Enrollment record at line 1/,
  );
});

t.test('what stands in the way depends on what there is of the student', async (t) => {
  const say = (rows: number, enrollments: number, records: number): string =>
    missingSentence({ ...none, rows, enrollments: new Array(enrollments).fill(enrollment), records }).sentence;
  t.match(say(1, 1, 1), /is not missing: the extract has 1 row of/);
  t.match(say(2, 2, 2), /is not missing: the extract has 2 rows of/);
  t.match(say(0, 0, 0), /there is no record of this student/);
  t.match(say(0, 0, 1), /no Student Enrollment record, only 1 record of other types/);
  t.match(say(0, 1, 4), /^The student's only enrollment is not in the extract, because it ended/);
  const short = missingSentence({ ...none, enrollments: [enrollment], records: 4 });
  t.equal(short.short, 'Not in the extract, because it ended.');
  const [one, two] = [
    enrollment,
    { ...enrollment, sentence: 'This enrollment is not in the extract: it is elsewhere.' },
  ];
  const of = (closest: object, enrollments = [one, two]) =>
    missingSentence({ ...none, records: 4, enrollments, closest: closest as never }).sentence;
  t.equal(
    of({ index: 1, isLast: true }),
    "The last of the student's 2 enrollments is not in the extract: it is elsewhere. The other one does not qualify either.",
  );
  t.equal(
    of({ index: 0, isLast: false }, [one, two, two]),
    "The closest of the student's 3 enrollments is not in the extract, because it ended. The other 2 do not qualify either.",
  );
});
