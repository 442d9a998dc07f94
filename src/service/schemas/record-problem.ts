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
    school: Type.Optional(
      Type.String({ description: 'Of the record, where its record type has a school and the line names one' }),
    ),
    sent: Type.Optional(
      Type.Object(
        {
          text: Type.String({ description: 'Without its line end; of a line of enormous length only the beginning' }),
          marked: Type.Optional(
            Type.Object(
              { from: Type.Integer(), to: Type.Integer() },
              {
                additionalProperties: false,
                description: 'From and to which character the field stands; absent if the problem is in the whole line',
              },
            ),
          ),
        },
        {
          additionalProperties: false,
          description:
            'The line as it was sent, where it was asked for (lines=true) and is kept: not of advice, not of uploads of earlier versions, and not once it was forgotten',
        },
      ),
    ),
  },
  { $id: 'RecordProblem', additionalProperties: false },
);

export const RecordProblems = Type.Object(
  { problems: Type.Array(Type.Ref('RecordProblem')), next: Next },
  { additionalProperties: false },
);
