/** Whom a horizon is about. */
import { type Static, Type } from 'typebox';
import { NamedParams, Next } from './page.ts';

const closed = { additionalProperties: false } as const;

export const HorizonParams = NamedParams('a horizon');

export const HorizonStudents = Type.Object(
  {
    columns: Type.Array(Type.Object({ key: Type.String(), name: Type.String() }, closed), {
      description: 'Those by which students are counted, the day, and those that decide it',
    }),
    students: Type.Array(
      Type.Object(
        {
          ssid: Type.String(),
          period: Type.String({ description: 'now, an academic year, later, or left' }),
          values: Type.Array(Type.String(), { description: 'By column; days are CCYY-MM-DD, blank is empty' }),
        },
        closed,
      ),
    ),
    next: Next,
  },
  { ...closed, description: 'Students at each school and grade' },
);
export type HorizonStudents = Static<typeof HorizonStudents>;
