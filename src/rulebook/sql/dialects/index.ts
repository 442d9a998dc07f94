/** The dialects there are, by name. */
import type { Dialect } from '../dialect.ts';
import { clickhouse } from './clickhouse.ts';
import { duckdb } from './duckdb.ts';
import { postgresql } from './postgresql.ts';

export const DIALECTS: ReadonlyMap<string, Dialect> = new Map(
  [clickhouse, duckdb, postgresql].map((dialect) => [dialect.name, dialect]),
);
