/** Database engines that run the SQL of the rules, each a package of its own beside this file (README.md); one is a server. */
import { createReadStream, existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { pathToFileURL } from 'node:url';
import type { Dialect } from '#rulebook/sql/dialect';
import { clickhouse } from '#rulebook/sql/dialects/clickhouse';
import { duckdb } from '#rulebook/sql/dialects/duckdb';
import { postgresql } from '#rulebook/sql/dialects/postgresql';

/** An engine with an empty database in memory. */
export interface Engine {
  readonly dialect: Dialect;
  readonly version: string;
  /** Of so many questions one is asked, another one with each seed: of an engine that takes long to plan a query. */
  readonly oneOf: number;
  /** Runs a statement. */
  readonly run: (sql: string) => Promise<void>;
  /** Runs a statement that fills a table from a file. */
  readonly load: (sql: string, path: string) => Promise<void>;
  /** Every row of a query, its values as texts. */
  readonly rows: (sql: string) => Promise<readonly (readonly string[])[]>;
  readonly close: () => Promise<void>;
}

const packageOf = (peer: string): string => join(import.meta.dirname, peer, 'node_modules');

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

async function duckdbEngine(): Promise<Engine> {
  const { DuckDBInstance } = await imported<DuckDB>('duckdb', '@duckdb/node-api/lib/index.js');
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const rows: Engine['rows'] = async (sql) =>
    (await connection.runAndReadAll(sql)).getRows().map((row) => row.map(String));
  const run: Engine['run'] = async (sql) => void (await connection.run(sql));
  return {
    dialect: duckdb,
    oneOf: 1,
    version: `DuckDB ${(await rows('SELECT version()'))[0]?.[0]}`,
    run,
    load: run,
    rows,
    close: async () => {
      connection.closeSync();
      instance.closeSync();
    },
  };
}

/** What is used of @electric-sql/pglite. */
interface PGlite {
  readonly PGlite: {
    create(): Promise<{
      exec(sql: string): Promise<unknown>;
      query(
        sql: string,
        params: readonly never[],
        options: { rowMode?: 'array'; blob?: Blob },
      ): Promise<{ rows: readonly (readonly unknown[])[] }>;
      close(): Promise<void>;
    }>;
  };
}

async function postgresqlEngine(): Promise<Engine> {
  const { PGlite } = await imported<PGlite>('postgresql', '@electric-sql/pglite/dist/index.js');
  const db = await PGlite.create();
  const rows: Engine['rows'] = async (sql) =>
    (await db.query(sql, [], { rowMode: 'array' })).rows.map((row) => row.map(String));
  return {
    dialect: postgresql,
    oneOf: 1,
    version: `${(await rows('SELECT version()'))[0]?.[0]}`.split(' on ')[0] as string,
    run: async (sql) => void (await db.exec(sql)),
    // The files of the server are in memory, and psql is not there to send one.
    load: async (sql, path) => {
      const copy = sql.replace(/^\\copy (\S+) FROM '.*?'/, "COPY $1 FROM '/dev/blob'");
      await db.query(copy, [], { blob: new Blob([readFileSync(path)]) });
    },
    rows,
    close: () => db.close(),
  };
}

/** What is used of chdb. */
interface ChDB {
  readonly Session: new () => {
    queryAsync(sql: string, options: { format: 'JSONCompactEachRow' }): Promise<{ text(): string }>;
    close(): void;
  };
}

async function clickhouseEngine(): Promise<Engine> {
  const { Session } = createRequire(join(packageOf('clickhouse'), 'x'))('chdb') as ChDB;
  const session = new Session();
  const ask = async (sql: string): Promise<string> =>
    (await session.queryAsync(sql, { format: 'JSONCompactEachRow' })).text();
  const rows: Engine['rows'] = async (sql) =>
    (await ask(sql))
      .split('\n')
      .slice(0, -1)
      .map((line) => (JSON.parse(line) as unknown[]).map(String));
  return {
    dialect: clickhouse,
    oneOf: 3,
    version: `ClickHouse ${(await rows('SELECT version()'))[0]?.[0]}`,
    // It takes one statement at a time.
    run: async (sql) => {
      for (const statement of sql.split(/;\n/)) if (statement !== '') await ask(statement);
    },
    load: async (sql) => void (await ask(sql)),
    rows,
    close: async () => session.close(),
  };
}

/** An address of a server on which databases may be made. */
const SERVER = process.env['CENR_TEST_POSTGRES'];

/** A database of its own on a real server. It orders texts as English does, so that what asks for bytes must say so. */
async function postgresqlServer(): Promise<Engine> {
  const { default: postgres } = await import('postgres');
  const address = new URL(SERVER as string);
  const administrator = postgres(address.href, { max: 1 });
  const name = `cenr_sql_${process.pid}`;
  await administrator.unsafe(
    `CREATE DATABASE ${name} TEMPLATE template0 ENCODING 'UTF8' LOCALE_PROVIDER icu ICU_LOCALE 'en-US'`,
  );
  address.pathname = `/${name}`;
  const sql = postgres(address.href, { max: 1, onnotice: () => {} });
  const rows: Engine['rows'] = async (text) => (await sql.unsafe(text).values()).map((row) => row.map(String));
  return {
    dialect: postgresql,
    version: `${(await rows('SELECT version()'))[0]?.[0]}`.split(' on ')[0] as string,
    oneOf: 1,
    run: async (text) => void (await sql.unsafe(text)),
    // As psql does.
    load: async (text, path) => {
      const copy = text.replace(/^\\copy (\S+) FROM '.*?'/, 'COPY $1 FROM STDIN');
      if (copy === text) await sql.unsafe(text);
      else await pipeline(createReadStream(path), await sql.unsafe(copy).writable());
    },
    rows,
    close: async () => {
      await sql.end();
      await administrator.unsafe(`DROP DATABASE ${name}`);
      await administrator.end();
    },
  };
}

interface Found {
  readonly start: () => Promise<Engine>;
  /** Why it is skipped, when it is not there. */
  readonly missing: string | false;
}

const installed = (peer: string, start: () => Promise<Engine>): Found => ({
  start,
  missing:
    !existsSync(packageOf(peer)) &&
    `not installed; npm ${peer === 'clickhouse' ? 'install --no-save' : 'ci'} --prefix test/peers/${peer} --ignore-scripts installs it`,
});

/** The engines, by what they are called. */
export const ENGINES: Readonly<Record<string, Found>> = {
  clickhouse: installed('clickhouse', clickhouseEngine),
  duckdb: installed('duckdb', duckdbEngine),
  postgresql: installed('postgresql', postgresqlEngine),
  'postgresql on a server': {
    start: postgresqlServer,
    missing: SERVER === undefined && 'there is no server; CENR_TEST_POSTGRES names one',
  },
};
