/** A store in a database, as it is copied. */
import { packLines } from '#records/formed-lines';
import { beginReading, connectionsTo, type Transaction, whileNobodyWrites } from '../postgres/connection.ts';
import { FormNumbers, KnownForms } from '../postgres/forms.ts';
import { type HistoryRow, historiesOf } from '../postgres/histories.ts';
import { troubleOf } from '../postgres/trouble.ts';
import type { CopiedFormer, CopiedStudent, CopySource, CopyTarget } from './content.ts';
import { type ColumnKind, type CopiedRow, type CopiedTable, type CopiedValue, copiedColumns } from './tables.ts';

const AT_ONCE = 256;

/** How a column is read, and how a value is written, in SQL. */
const READ: Readonly<Record<ColumnKind, (name: string) => string>> = {
  text: (name) => name,
  number: (name) => name,
  order: (name) => name,
  json: (name) => `${name}::text`,
  list: (name) => `to_json(${name})::text`,
  flag: (name) => `${name}::int`,
  bytes: (name) => name,
};
const WRITTEN: Readonly<Record<ColumnKind, (value: string) => string>> = {
  text: (value) => `${value}::text`,
  number: (value) => `${value}::bigint`,
  order: (value) => value,
  json: (value) => `${value}::text::json`,
  list: (value) => `ARRAY(SELECT json_array_elements_text(${value}::text::json))`,
  flag: (value) => `${value}::int::boolean`,
  bytes: (value) => `${value}::bytea`,
};

/** Of anomalies, whose they are and whom they are about stands beside them too. */
const DERIVED: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  anomaly: {
    leas: "ARRAY(SELECT DISTINCT side ->> 'lea' FROM json_array_elements(FOUND -> 'sides') AS side)",
    ssids:
      "ARRAY(SELECT DISTINCT CASE side ->> 'ssid' WHEN '' THEN -1 ELSE (side ->> 'ssid')::bigint END FROM json_array_elements(FOUND -> 'sides') AS side)",
  },
};

function selectOf({ postgres: { table, kind }, columns, key }: CopiedTable): string {
  const names = Object.entries(columns).filter(([, of]) => of !== 'order');
  const selected = names.map(([name, of]) => `${READ[of](name)} AS "${name}"`);
  const ordered = key.map((name) => (columns[name] === 'text' ? `${name} COLLATE "C"` : name));
  const where = kind === undefined ? '' : ` WHERE kind = '${kind}'`;
  return `SELECT ${selected.join(', ')} FROM ${table}${where} ORDER BY ${ordered.join(', ')}`;
}

function insertOf(table: CopiedTable): string {
  const { postgres } = table;
  const columns = copiedColumns(table);
  const values = columns.map(([, of], i) => WRITTEN[of](`$${i + 1}`));
  const names = columns.map(([name]) => name);
  if (postgres.kind !== undefined) {
    names.push('kind');
    values.push(`'${postgres.kind}'`);
  }
  const found = values[names.indexOf('found')] ?? '';
  for (const [name, value] of Object.entries(DERIVED[postgres.table] ?? {})) {
    names.push(name);
    values.push(value.replace('FOUND', found));
  }
  return `INSERT INTO ${postgres.table} (${names.join(', ')}) VALUES (${values.join(', ')})`;
}

export async function copySource(address: string): Promise<CopySource> {
  const connections = connectionsTo(address, 1);
  const reading = await beginReading(connections.long, 'all').catch(async (error) => {
    await connections.close();
    throw troubleOf(error);
  });
  const { sql } = reading;
  const forms = new KnownForms();
  type Row = HistoryRow & { readonly changed: number; readonly leas: readonly string[]; readonly until: number };

  async function students(rows: readonly Row[]): Promise<(CopiedStudent & { readonly until: number })[]> {
    const histories = await historiesOf(connections.short, forms, rows);
    return rows.map(({ ssid, changed, leas, until }, i) => ({
      ...{ number: ssid, changed, leas, until },
      records: histories[i]?.toWrite() ?? [],
    }));
  }

  return {
    async *rows(table) {
      const columns = copiedColumns(table);
      const batches = sql.unsafe<Readonly<Record<string, CopiedValue>>[]>(selectOf(table), [], { prepare: true });
      for await (const rows of batches.cursor(AT_ONCE))
        yield rows.map((row): CopiedRow => columns.map(([name]) => row[name] ?? null));
    },
    async *students() {
      const batches = sql<Row[]>`SELECT ssid, changed, leas, forms, body, 0 AS until FROM history ORDER BY ssid`;
      for await (const rows of batches.cursor(AT_ONCE)) yield await students(rows);
    },
    async *formers() {
      const batches = sql<Row[]>`SELECT ssid, changed, leas, forms, body, until FROM former ORDER BY until, ssid`;
      for await (const rows of batches.cursor(AT_ONCE))
        for (const together of Map.groupBy(await students(rows), ({ until }) => until).values()) yield together;
    },
    async close() {
      await reading.release();
      await connections.close();
    },
  };
}

export async function copyTarget(address: string): Promise<CopyTarget> {
  const connections = connectionsTo(address, 1);
  const begun = Promise.withResolvers<Transaction>();
  const over = Promise.withResolvers<void>();
  const whole = whileNobodyWrites(connections.long, async (sql) => {
    begun.resolve(sql);
    await over.promise;
  });
  whole.catch(begun.reject);
  const sql = await begun.promise.catch(async (error) => {
    await connections.close();
    throw troubleOf(error);
  });
  const numbers = new FormNumbers();
  const packed = ({ records }: CopiedStudent) => packLines(records, numbers.numberOf);
  return {
    async add(table, rows) {
      const insert = insertOf(table);
      await Promise.all(rows.map((row) => sql.unsafe(insert, row.map(bound) as never[], { prepare: true }).execute()));
    },
    async addStudents(students) {
      await Promise.all(
        students.map((student) => {
          const { forms, body } = packed(student);
          const { number, changed, leas } = student;
          return sql`INSERT INTO history (ssid, changed, leas, forms, body)
            VALUES (${number}, ${changed}, ${leas as string[]}::text[], ${forms}, ${body})`.execute();
        }),
      );
    },
    async addFormers(formers: readonly CopiedFormer[]) {
      await Promise.all(
        formers.map((former) => {
          const { forms, body } = packed(former);
          const { number, until, changed, leas } = former;
          return sql`INSERT INTO former (ssid, until, changed, leas, forms, body)
            VALUES (${number}, ${until}, ${changed}, ${leas as string[]}::text[], ${forms}, ${body})`.execute();
        }),
      );
    },
    async finish() {
      await numbers.write(sql);
      await sql`INSERT INTO enrolled (lea, ssid) SELECT lea, ssid FROM history, unnest(leas) AS lea`;
      await sql`INSERT INTO formerly_enrolled (lea, ssid, until, changed)
        SELECT lea, ssid, until, changed FROM former, unnest(leas) AS lea`;
      over.resolve();
      await whole;
      await connections.short`ANALYZE`;
      await connections.close();
    },
    async abandon() {
      over.reject(new Error('the copy was given up'));
      await whole.catch(() => {});
      await connections.close();
    },
  };
}

const bound = (value: CopiedValue): unknown => (value instanceof Uint8Array ? Buffer.from(value) : value);
