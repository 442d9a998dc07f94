/**
 * Validation of requests against their schemas: nothing is dropped, nothing repaired; what is wrong is said in a
 * sentence, with a hint where a word is close.
 */

import { Ajv, type ErrorObject, type Options, type ValidateFunction } from 'ajv';
import type { FastifySchemaCompiler } from 'fastify';
import type { TSchema } from 'typebox';
import { closest } from '#base/closest';
import { escapePointer } from '#base/json';
import { cut } from '#base/text';
import type { MadeItem } from './errors.ts';

const options: Options = {
  allErrors: true,
  strict: true,
  allowUnionTypes: true,
  verbose: true,
  keywords: ['example'],
  formats: { 'date-time': true },
};

/**
 * An Ajv that knows the named schemas. Bodies are taken as they are; parameters come as text, hence numbers in them are
 * made numbers.
 */
export function validators(named: readonly TSchema[]): { readonly bodies: Ajv; readonly parameters: Ajv } {
  const bodies = new Ajv(options);
  const parameters = new Ajv({ ...options, coerceTypes: true, useDefaults: true });
  for (const schema of named) bodies.addSchema(schema);
  return { bodies, parameters };
}

/**
 * For routes that look at the body themselves, or take it as a stream: everything else is validated as everywhere.
 * @param app has the compiler of all routes
 */
export const exceptBodies =
  (app: { readonly validatorCompiler: FastifySchemaCompiler<unknown> | undefined }): FastifySchemaCompiler<unknown> =>
  (route) =>
    route.httpPart === 'body' || !app.validatorCompiler
      ? (value: unknown) => ({ value })
      : app.validatorCompiler(route);

/** The errors of a failed validation, for people. */
export class ValidationFailure extends Error {
  readonly errors: readonly ErrorObject[];
  constructor(errors: readonly ErrorObject[]) {
    super('validation failed');
    this.name = 'ValidationFailure';
    this.errors = errors;
  }
}

/** By the named schemas: what one service had compiled, another in the process need not compile again. */
const known = new WeakMap<readonly TSchema[], ReturnType<typeof validators>>();

/** For Fastify's `setValidatorCompiler`. */
export function validatorCompiler(named: readonly TSchema[]): FastifySchemaCompiler<unknown> {
  const of = known.get(named) ?? validators(named);
  known.set(named, of);
  const { bodies, parameters } = of;
  return ({ schema, httpPart }) => {
    // Compiled when the first request comes: a process that starts serves most routes later or never.
    let validate: ValidateFunction | undefined;
    return (value: unknown) => {
      validate ??= (httpPart === 'body' ? bodies : parameters).compile(schema as object);
      return validate(value) ? { value } : { error: new ValidationFailure(validate.errors ?? []) };
    };
  };
}

/**
 * Errors of Ajv (with `verbose`) as items of problem details.
 * @param base pointer to what was validated
 * @param place whether items point into a body or name a parameter
 */
export function errorItems(
  errors: readonly ErrorObject[],
  place: 'pointer' | 'parameter' = 'pointer',
  base = '',
): MadeItem[] {
  // Of a choice, Ajv reports every branch; the description of the choice says it in one sentence.
  const choices = [...new Set(errors.filter((e) => e.keyword === 'anyOf').map((e) => e.schemaPath))];
  const telling = errors.filter(
    (e) => e.keyword === 'anyOf' || !choices.some((path) => e.schemaPath.startsWith(`${path}/`)),
  );
  return telling.map((error) => () => {
    const { key, message } = wordsFor(error);
    const pointer = `${base}${error.instancePath}${key === undefined ? '' : `/${escapePointer(key)}`}`;
    return place === 'pointer' ? { pointer, message } : { parameter: pointer.slice(1), message };
  });
}

/** At most this much of what was found is shown. */
const MOST_SHOWN = 80;

/** A value as JSON, cut; the rest of a large or deep one is not looked at. */
export const shown = (value: unknown): string =>
  value === undefined ? 'nothing' : cut(begun(value, MOST_SHOWN), MOST_SHOWN);

/** The JSON of a value, or a text that begins with the first `most` characters of it. */
function begun(value: unknown, most: number): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, most + 1));
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const [open, close] = Array.isArray(value) ? '[]' : '{}';
  let text = open as string;
  for (const key in value) {
    if (text.length > most) return text;
    if (text !== open) text += ',';
    if (!Array.isArray(value)) text += `${begun(key, most)}:`;
    text += begun((value as Record<string, unknown>)[key], most - text.length);
  }
  return text + close;
}

/** `unknown key "asof". Did you mean "asOf"? …` */
export const unknownKey = (key: string, known: readonly string[]): string =>
  `unknown key ${shown(key)}.${closest(key, known)} Expected one of ${known.join(', ')}`;

function wordsFor(error: ErrorObject): { key?: string; message: string } {
  const { keyword, params, data } = error;
  const schema = error.parentSchema as { properties?: object; description?: string } | undefined;
  switch (keyword) {
    case 'additionalProperties': {
      const key = String(params['additionalProperty']);
      return { key, message: unknownKey(key, Object.keys(schema?.properties ?? {})) };
    }
    case 'required':
      return { message: `the key "${params['missingProperty']}" is missing` };
    case 'enum':
      return { message: `found ${shown(data)}, expected one of ${(params['allowedValues'] as unknown[]).join(', ')}` };
    case 'anyOf':
      return { message: `found ${shown(data)}, expected ${schema?.description ?? 'another form'}` };
    default:
      return { message: `found ${shown(data)}: it ${error.message}` };
  }
}
