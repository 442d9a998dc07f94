/** Who is missing from an extract. */
import { type Static, Type } from 'typebox';
import { Next } from './page.ts';

const closed = { additionalProperties: false } as const;

export const MissingList = Type.Object(
  {
    reasons: Type.Array(
      Type.Object(
        {
          reason: Type.String({
            description: '`rejected`, `noEnrollment`, or the JSON pointer of the condition within rules/selection.json',
          }),
          says: Type.String(),
          students: Type.Integer({ description: 'How many it keeps out' }),
        },
        closed,
      ),
      { description: 'In the order of the selection; those that keep nobody out are left out' },
    ),
    students: Type.Array(
      Type.Object(
        {
          ssid: Type.String(),
          reason: Type.String(),
          enrollments: Type.Integer({ description: 'How many accepted enrollments the student has' }),
          links: Type.Object({ explanation: Type.String() }, closed),
        },
        closed,
      ),
      { description: 'In ascending order of SSID' },
    ),
    next: Next,
  },
  { ...closed, description: 'Students who have records in the window and no row' },
);
export type MissingList = Static<typeof MissingList>;
