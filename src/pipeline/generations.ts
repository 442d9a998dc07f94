/** What CENR files looked like, as the program knows it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Generations } from '#reconcile/generations';

/** Reads `schemas/generations.json`. */
export const readGenerations = (): Generations =>
  JSON.parse(readFileSync(join(import.meta.dirname, '..', '..', 'schemas', 'generations.json'), 'utf8')) as Generations;
