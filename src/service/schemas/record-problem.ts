/** One finding of a check about one record of an upload. */
import { Type } from 'typebox';
import { SEVERITIES } from '#intake/problem';
import { Next } from './page.ts';

export const RecordProblem = Type.Object(
  {
    file: Type.String(),
    line: Type.Integer({ description: 'Line of the file, from 1' }),
    recordType: Type.String(),
    field: Type.String({ description: 'Number of the field; blank if the problem is in the whole line' }),
    fieldName: Type.String(),
    value: Type.String(),
    code: Type.String({ description: 'Code of the check, as CALPADS prints it' }),
    severity: Type.String({ enum: [...SEVERITIES] }),
    message: Type.String({ description: 'What was found, what was expected and how to fix it' }),
  },
  { $id: 'RecordProblem', additionalProperties: false },
);

export const RecordProblems = Type.Object(
  { problems: Type.Array(Type.Ref('RecordProblem')), next: Next },
  { additionalProperties: false },
);
