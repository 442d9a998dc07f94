/** A student under two rulebooks, as it is shown. */
import { Type } from 'typebox';
import { closed, type Shape } from '#base/shape';
import type { RowExplanation } from '#explain/explanation';

const side = (description: string) =>
  Type.Object(
    {
      rows: Type.Array(Type.Unsafe<RowExplanation>(Type.Ref('RowExplanation'))),
      missing: Type.Optional(Type.String({ description: 'Why there is no row' })),
    },
    { ...closed, description },
  );

export const TriedView = Type.Object(
  { before: side('By the version that the draft was made from'), now: side('By the draft') },
  { ...closed, description: 'The rows of a student by both' },
);
export type TriedView = Shape<typeof TriedView>;
