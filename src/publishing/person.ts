/** Who acts with an API key. */
import { Type } from 'typebox';
import { closed, type Shape } from '#base/shape';

export const Person = Type.Object(
  {
    keyId: Type.String(),
    /** The name of the key. */
    name: Type.String(),
  },
  { ...closed, description: 'An API key, by its id and name' },
);

/**
 * Somebody who acts with an API key. Keys with one name are one person's: who lost a key gets another under the same
 * name.
 */
export type Person = Shape<typeof Person>;
