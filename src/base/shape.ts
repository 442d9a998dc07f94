/**
 * Shapes are written once, as schemas: the API document is made from the schema, the program uses the type that follows
 * from it. Whoever needs only the type writes `import type`, so that no schema is made on the command line.
 */
import { type Static, type TSchema, type TSchemaOptions, Type } from 'typebox';
import type { ReadonlyDeep } from './readonly-deep.ts';

/** What a schema describes, as nobody may write to it. */
export type Shape<S extends TSchema> = ReadonlyDeep<Static<S>>;

/** An object without other keys. */
export const closed = { additionalProperties: false } as const;

/** One of a few words. */
export const oneOf = <const Word extends string>(words: readonly Word[], options: TSchemaOptions = {}) =>
  Type.Unsafe<Word>(Type.String({ enum: [...words], ...options }));

/** A shape that stands in the API document under the name that it has as `$id`. */
export const named = <S extends TSchema>(schema: S) =>
  Type.Unsafe<Static<S>>(Type.Ref((schema as { readonly $id?: string }).$id ?? ''));

/** A moment, ISO 8601; those that the program writes are in UTC. */
export const moment = (description: string) => Type.String({ format: 'date-time', description });
