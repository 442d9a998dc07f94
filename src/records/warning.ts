/** What somebody should know of an extract that was made as asked and may still not be what they wanted. */
import { Type } from 'typebox';
import { closed, oneOf, type Shape } from '#base/shape';

export const Warning = Type.Object(
  {
    code: oneOf([
      'LAW_BROKEN',
      'ALL_LINES_REJECTED',
      'NO_ENROLLMENTS_OF_LEA',
      'NO_ENROLLMENTS_AT_SCHOOL',
      'BEFORE_ALL_ENROLLMENTS',
      'AFTER_ALL_ENROLLMENTS',
      'NO_ROWS',
      'RECORDS_PASSED_OVER',
    ]),
    message: Type.String({ description: 'What is wrong, or was asked for and not found, and what to do' }),
  },
  closed,
);
export type Warning = Shape<typeof Warning>;
