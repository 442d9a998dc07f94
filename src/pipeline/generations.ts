/** What CENR files looked like, as the program knows it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { UserError } from '#base/user-error';
import type { Generations } from '#reconcile/generations';

const SCHEMAS = join(import.meta.dirname, '..', '..', 'schemas');

/**
 * Reads `schemas/generations.json`, or another file like it.
 * @throws UserError, naming every place, for a file that does not keep to its grammar
 */
export function readGenerations(path: string = join(SCHEMAS, 'generations.json')): Generations {
  const generations: unknown = JSON.parse(readFileSync(path, 'utf8'));
  const grammar: object = JSON.parse(readFileSync(join(SCHEMAS, 'grammar', 'generations.schema.json'), 'utf8'));
  const validate = new Ajv({ allErrors: true }).compile<Generations>(grammar);
  if (validate(generations)) return generations;
  const places = (validate.errors ?? []).map(
    ({ instancePath, message, params }) => `${instancePath || '/'} ${message} ${JSON.stringify(params)}`,
  );
  throw new UserError(`${path} was not read:\n${places.join('\n')}`);
}
