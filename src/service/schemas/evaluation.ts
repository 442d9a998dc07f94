/**
 * Evaluations: a student's records in, rows out. src/service/evaluations/evaluate.ts checks the records by hand; this
 * says the same for people and tools.
 */
import { Type } from 'typebox';
import { closed } from '#base/shape';
import { EvaluationLaw } from '#explain/explanation';
import { SEVERITIES } from '#intake/problem';
import { columns, publication, rulebook, runDate } from './extract-request.ts';
import { SSIDText } from './replacement.ts';

const Records = Type.Array(
  Type.Union([
    Type.String({ description: 'A line of a CALPADS file, or of an ODS extract' }),
    Type.Object(
      { recordType: Type.String({ description: 'SENR, SINF, SPRG, SELA, SWDS or MEPS' }) },
      {
        additionalProperties: Type.Union([Type.String(), Type.Null()]),
        description:
          'Columns by key (schemas/records); columns that are not named are blank. Dates as CCYYMMDD, CCYY-MM-DD or MM/DD/YYYY',
      },
    ),
  ]),
  { minItems: 1, description: 'The records of one student, from all LEAs, in the order of loading' },
);

export const EvaluationReplacements = Type.Array(
  Type.Object(
    {
      retired: SSIDText('The SSID that is not used any more'),
      replacement: SSIDText('The SSID that replaces it, which may be replaced in turn'),
    },
    closed,
  ),
  {
    maxItems: 1000,
    description:
      'SSIDs that are retired: records with one count as those of its replacement. An evaluation does not look into the store; without these, every record keeps the SSID that it was sent with',
  },
);

const head = {
  ...{ request: Type.Ref('ExtractRequest'), runDate, columns, rulebook, publication },
  replacements: Type.Optional(EvaluationReplacements),
};

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
const problems = Type.Array(Problem, { description: 'Warnings; with onReject=skip, also why records were left out' });

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

const laws = Type.Optional(
  Type.Array(EvaluationLaw, {
    description:
      'Laws of the rules that rows break: then the rules contradict each other, and these rows are not to be used. Absent when none is broken',
  }),
);

export const Evaluation = Type.Object(
  { ssid: Type.String(), rows, problems, notUsed, laws, explanations, missing },
  { $id: 'Evaluation', additionalProperties: false },
);
