/** The dialects there are, by name. */
import type { Dialect } from '../dialect.ts';
import { duckdb } from './duckdb.ts';
import { postgresql } from './postgresql.ts';

export const DIALECTS: ReadonlyMap<string, Dialect> = new Map(
  [duckdb, postgresql].map((dialect) => [dialect.name, dialect]),
);
