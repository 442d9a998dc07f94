/** What an extract or an evaluation is asked for with: `ExtractRequest` of src/extract/request.ts, as JSON. */
import { type Static, Type } from 'typebox';
import { FileName } from '#store/extract-job';

const code = (description: string) => Type.String({ minLength: 1, maxLength: 16, description });
const codes = (description: string) => Type.Optional(Type.Array(code('A code'), { maxItems: 10_000, description }));
export const Day = (description: string) =>
  Type.String({ maxLength: 10, description: `${description}, CCYYMMDD or CCYY-MM-DD` });

export const extractRequestProperties = {
  reportingLEAs: Type.Union(
    [Type.Literal('all'), Type.Array(code('Seven-digit code of an LEA'), { minItems: 1, maxItems: 5_000 })],
    {
      description: '"all", or a list of codes of reporting LEAs',
    },
  ),
  academicYear: Type.Optional(
    Type.String({
      maxLength: 9,
      description:
        'Two consecutive years, such as 2023-2024. A request has exactly one of: academicYear; asOf; from with through',
    }),
  ),
  adjusted: Type.Optional(Type.Boolean({ description: 'With academicYear: only enrollments that start in that year' })),
  asOf: Type.Optional(Day('The day on which rows were enrolled')),
  from: Type.Optional(Day('First day of a date range')),
  through: Type.Optional(Day('Last day of a date range')),
  schools: codes('Schools of attendance (default: all)'),
  grades: codes('Grade levels (default: all)'),
  statuses: codes('Enrollment statuses (default: all)'),
};

export const ExtractRequestBody = Type.Object(extractRequestProperties, {
  $id: 'ExtractRequest',
  additionalProperties: false,
  description: 'Whose rows, and for which days',
});

export const runDate = Type.Optional(
  Day('The day the extract is made (default: today). The same records, rules and run date give the same bytes'),
);
export const columns = Type.Optional(
  Type.String({ maxLength: 16, description: 'A column set of the output layout, such as "50" or "48"' }),
);

const inEffect = 'default: the rules in effect';
export const rulebook = Type.Optional(
  Type.String({
    maxLength: 64,
    description: `SHA-256 of a version of the rulebook (/v1/rulebook/versions), in effect or not (${inEffect})`,
  }),
);
export const publication = Type.Optional(
  Day(
    `Instead of rulebook: the day on which the publication was updated. If several versions follow it, the one that was in effect last is used (${inEffect})`,
  ),
);

export const emailWhenDone = Type.Optional(
  Type.Boolean({ description: 'Whether an e-mail to the address of your key says when it has ended' }),
);

/** What is no part of what an extract is: its bytes do not depend on it. */
const asides = { name: Type.Optional(FileName), emailWhenDone };

/** Body of POST /v1/extracts. */
export const NewExtract = Type.Object(
  { ...extractRequestProperties, runDate, columns, rulebook, publication, ...asides },
  { $id: 'NewExtract', additionalProperties: false },
);
export type NewExtract = Static<typeof NewExtract>;
