/** What a sample says of itself. */
import { Type } from 'typebox';
import { closed, oneOf, type Shape } from '#base/shape';
import { ALL_STRATA } from './sample.ts';

export const SampleMethod = Type.Object(
  {
    population: Type.Object(
      { of: Type.String({ description: 'What is drawn from, in words' }), size: Type.Integer() },
      closed,
    ),
    seed: Type.String(),
    size: Type.Integer({ description: 'How many were asked for' }),
    by: Type.Optional(oneOf(ALL_STRATA)),
    field: Type.Optional(Type.String({ description: 'The number of the column whose value or rule it is' })),
    strata: Type.Array(
      Type.Object({ value: Type.String(), population: Type.Integer(), drawn: Type.Integer() }, closed),
      { description: 'In the order of their values' },
    ),
    method: Type.String({ description: 'How the other side draws the same' }),
  },
  { ...closed, description: 'How a sample was drawn: enough to draw it again' },
);
/** What a sample says of itself. */
export type SampleMethod = Shape<typeof SampleMethod>;
