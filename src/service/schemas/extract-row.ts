/** A row of a finished extract as it is shown. */
import { type Static, Type } from 'typebox';
import { Next } from './page.ts';

export const ExtractRow = Type.Object(
  {
    ssid: Type.String(),
    reportingLEA: Type.String(),
    school: Type.String(),
    grade: Type.String(),
    columns: Type.Record(Type.String(), Type.String(), { description: 'Columns by key' }),
    rules: Type.Record(Type.String(), Type.String(), {
      description: 'For each field number, the name of the rule that decided',
    }),
    links: Type.Object({ explanation: Type.String(), proof: Type.String() }, { additionalProperties: false }),
  },
  { additionalProperties: false },
);
export type ExtractRow = Static<typeof ExtractRow>;

export const ExtractRows = Type.Object(
  { rows: Type.Array(ExtractRow), next: Next },
  { additionalProperties: false, description: 'Rows, in the order of the extract' },
);
