/** The shape of a horizon's counts. It stands apart: what makes them does without a schema. */
import { Type } from 'typebox';
import { closed, type Shape } from '#base/shape';

const Period = Type.Object(
  {
    period: Type.String({ description: 'now, an academic year, later, or left' }),
    says: Type.String({ description: 'What is said of its students' }),
    students: Type.Integer({ description: 'Each once, however many schools they are in' }),
  },
  closed,
);

/** What a horizon comes to. */
export const HorizonCounts = Type.Object(
  {
    name: Type.String(),
    says: Type.String({ description: 'What comes' }),
    asOf: Type.String({ description: 'The day that counts as now: the run date of the extract' }),
    rows: Type.Integer({ description: 'Rows of the extract' }),
    periods: Type.Array(Period, { description: 'In the order of time; those who left are the last' }),
    by: Type.Array(Type.String(), { description: 'The names of the columns by which students are counted' }),
    cells: Type.Array(
      Type.Object(
        {
          values: Type.Array(Type.String(), {
            description: 'By column; fewer values than columns make a total over the others, none that of all',
          }),
          students: Type.Array(Type.Integer(), { description: 'By period' }),
        },
        closed,
      ),
    ),
    leaving: Type.Optional(Type.String({ description: 'What a student leaves by' })),
    cannotTell: Type.Array(Type.String(), { description: 'What cannot be told from an extract' }),
  },
  closed,
);
export type HorizonCounts = Shape<typeof HorizonCounts>;
