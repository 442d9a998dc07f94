/** Database engines that run the SQL of the rules, each a package of its own beside this file (README.md). */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** An engine with an empty database in memory. */
export interface Engine {
  /** Runs statements. */
  readonly run: (sql: string) => Promise<void>;
  /** Every row of a query, its values as texts. */
  readonly rows: (sql: string) => Promise<readonly (readonly string[])[]>;
  readonly close: () => Promise<void>;
}

const packageOf = (peer: string): string => join(import.meta.dirname, peer, 'node_modules');

/** Why an engine is skipped, when it is not installed. */
export const missing = (peer: string): string | false =>
  existsSync(packageOf(peer))
    ? false
    : `not installed; npm ci --prefix test/peers/${peer} --ignore-scripts installs it`;

const imported = <T>(peer: string, path: string): Promise<T> =>
  import(pathToFileURL(join(packageOf(peer), path)).href) as Promise<T>;

/** What is used of @duckdb/node-api. */
interface DuckDB {
  readonly DuckDBInstance: {
    create(path: string): Promise<{
      connect(): Promise<{
        run(sql: string): Promise<unknown>;
        runAndReadAll(sql: string): Promise<{ getRows(): readonly (readonly unknown[])[] }>;
        closeSync(): void;
      }>;
      closeSync(): void;
    }>;
  };
}

export async function duckdbEngine(): Promise<Engine> {
  const { DuckDBInstance } = await imported<DuckDB>('duckdb', '@duckdb/node-api/lib/index.js');
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  return {
    run: async (sql) => void (await connection.run(sql)),
    rows: async (sql) => (await connection.runAndReadAll(sql)).getRows().map((row) => row.map(String)),
    close: async () => {
      connection.closeSync();
      instance.closeSync();
    },
  };
}
