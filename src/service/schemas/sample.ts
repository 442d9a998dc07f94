/** A sample of an extract as it is answered. */
import { type Static, Type } from 'typebox';
import { SampleMethod } from '#audit/sample-method';
import { closed } from '#base/shape';
import { ExtractRow } from './extract-row.ts';

/** What tells one that was drawn from the others that were. */
export const DRAWN = {
  hash: Type.String({ description: 'Its number, by which it was drawn' }),
  stratum: Type.String({ description: 'Blank where there are no strata' }),
};

export const lineNumber = Type.Integer({ description: 'The number of its line in the extract, from 1' });

const SampledRow = Type.Object({ number: lineNumber, ...DRAWN, ...ExtractRow.properties }, closed);
const SampledStudent = Type.Object(
  { ssid: Type.String(), ...DRAWN, links: Type.Object({ missing: Type.String() }, closed) },
  closed,
);

export const ExtractSample = Type.Object(
  {
    extract: Type.Object({ id: Type.String(), sha256: Type.String() }, closed),
    sample: SampleMethod,
    rows: Type.Array(SampledRow, { description: 'In the order of the extract' }),
    students: Type.Array(SampledStudent, {
      description: 'With of=missing, in place of rows: in ascending order of SSID',
    }),
  },
  closed,
);
export type ExtractSample = Static<typeof ExtractSample>;
