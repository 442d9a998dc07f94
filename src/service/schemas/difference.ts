/** What changed from one extract to another, as it is shown. */
import { Type } from 'typebox';
import { closed, oneOf, type Shape } from '#base/shape';
import { Next } from './page.ts';

const count = (description: string) => Type.Integer({ minimum: 0, description });

export const DifferenceKind = oneOf(['new', 'gone', 'changed'], {
  description: 'A row that only the later extract has, that only the earlier one has, or that has other values',
});

const Difference = Type.Object(
  {
    kind: DifferenceKind,
    ssid: Type.String(),
    reportingLEA: Type.String(),
    school: Type.String(),
    grade: Type.String(),
    isStudent: Type.Optional(
      Type.Boolean({ description: 'Whether the student has no row in the other extract; absent for changed rows' }),
    ),
    fields: Type.Optional(
      Type.Array(
        Type.Object({ field: Type.String(), name: Type.String(), before: Type.String(), after: Type.String() }, closed),
        { description: 'Of a row that changed: the fields with other values' },
      ),
    ),
    reason: Type.Optional(
      Type.Object(
        {
          parts: Type.Array(oneOf(['records', 'rulebook', 'request', 'runDate']), {
            description: 'What had to change for the row to be another one; several had to change together',
          }),
          sentence: Type.String({ description: 'Which records, and what else, in words' }),
        },
        {
          ...closed,
          description:
            'Why the row differs, evaluated with what changed and without; absent where nobody can tell, as when the records of then are forgotten',
        },
      ),
    ),
    links: Type.Object(
      {
        explanation: Type.Optional(Type.String({ description: 'Why the row of the later extract has its values' })),
        explanationBefore: Type.Optional(Type.String({ description: 'The same of the earlier extract' })),
        missing: Type.Optional(
          Type.String({
            description:
              'Why the student has no such row in the other extract; not found when no record of the student was known then',
          }),
        ),
      },
      closed,
    ),
  },
  closed,
);
export type Difference = Shape<typeof Difference>;

export const Differences = Type.Object(
  {
    from: Type.Object(
      {
        id: Type.String(),
        requestedAt: Type.String({ format: 'date-time' }),
        runDate: Type.String(),
      },
      { ...closed, description: 'The earlier extract' },
    ),
    madeOtherwise: Type.Array(
      Type.Object(
        {
          what: oneOf(['request', 'rulebook', 'runDate', 'columns', 'records']),
          sentence: Type.String(),
        },
        closed,
      ),
      { description: 'What they were made with that is not the same; nothing when all is, and then no row differs' },
    ),
    counts: Type.Object(
      {
        rowsBefore: count('Rows of the earlier extract'),
        rowsAfter: count('Rows of the later extract'),
        new: count('Rows that only the later one has'),
        newStudents: count('Students who have rows only in the later one'),
        gone: count('Rows that only the earlier one has'),
        goneStudents: count('Students who have rows only in the earlier one'),
        changed: count('Rows with other values'),
        fields: Type.Array(Type.Object({ field: Type.String(), name: Type.String(), rows: count('Rows') }, closed), {
          description: 'In how many rows each field has another value, in the order of the columns',
        }),
      },
      closed,
    ),
    differences: Type.Array(Difference, { description: 'In ascending order of SSID' }),
    next: Next,
  },
  closed,
);
export type Differences = Shape<typeof Differences>;
