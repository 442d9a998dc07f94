/**
 * Evaluations: a student's records in, rows out. src/service/evaluations/evaluate.ts checks the records by hand; this
 * says the same for people and tools.
 */
import { Type } from 'typebox';
import { SEVERITIES } from '#intake/problem';
import { columns, publication, rulebook, runDate } from './extract-request.ts';

const Records = Type.Array(
  Type.Union([
    Type.String({ description: 'A line of a CALPADS file, or of an ODS extract' }),
    Type.Object(
      { recordType: Type.String({ description: 'SENR, SINF, SPRG, SELA or SWDS' }) },
      {
        additionalProperties: Type.Union([Type.String(), Type.Null()]),
        description:
          'Columns by key (schemas/records); columns that are not named are blank. Dates as CCYYMMDD, CCYY-MM-DD or MM/DD/YYYY',
      },
    ),
  ]),
  { description: 'The records of one student, from all LEAs, in the order of loading' },
);

const head = { request: Type.Ref('ExtractRequest'), runDate, columns, rulebook, publication };

export const EvaluationBody = Type.Object(
  { ...head, records: Records },
  { $id: 'EvaluationRequest', additionalProperties: false },
);

const Problem = Type.Object(
  {
    pointer: Type.String({ description: 'JSON pointer into the request, or into the line of the student' }),
    code: Type.String(),
    severity: Type.String({ enum: [...SEVERITIES] }),
    recordType: Type.String(),
    field: Type.String(),
    fieldName: Type.String(),
    value: Type.String(),
    message: Type.String(),
  },
  { additionalProperties: false },
);

const rows = Type.Array(Type.Record(Type.String(), Type.String()), {
  description: 'The rows of the student, columns by key, in the order of the extract',
});
const problems = Type.Array(Problem, { description: 'Problems of records that were accepted: warnings' });

const explanations = Type.Optional(
  Type.Array(Type.Ref('RowExplanation'), { description: 'With explain=true: why each row has its values' }),
);

const missing = Type.Optional(
  Type.Ref('MissingExplanation', { description: 'With explain=true: why the student has no row' }),
);

const notUsed = Type.Optional(
  Type.Integer({
    minimum: 1,
    description: 'How many records are of a type that CALPADS knows and the extract does not use',
  }),
);

export const Evaluation = Type.Object(
  { ssid: Type.String(), rows, problems, notUsed, explanations, missing },
  { $id: 'Evaluation', additionalProperties: false },
);
