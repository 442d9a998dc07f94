/** A copy of a store leaves nothing out: every table and column that a store has is copied, or named here with a reason. */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import t from 'tap';
import { type CopiedTable, TABLES } from '#store/copy/tables';
import { openStore } from '#store/open';
import { folder } from '../support/folders.ts';
import { postgresServer, WITH_POSTGRES } from '../support/postgres-server.ts';

t.setTimeout(900_000);

/** What is not copied as rows, by table or column, and why. */
type Reasons = Readonly<Record<string, string>>;

const STUDENTS = 'histories are copied student by student, as neither kind of store keeps them';
const FORMS = 'what lines look like is numbered anew';
const FROM_ANOMALIES = 'worked out from what was found, when an anomaly is written';

const SQLITE: Reasons = {
  'students.block': STUDENTS,
  'students.former_block': STUDENTS,
  'students.enrolled': STUDENTS,
  'students.formerly_enrolled': STUDENTS,
  'students.often_read': 'which columns blocks keep together is decided by each store',
  'students.form': FORMS,
  'students.anomaly_lea': FROM_ANOMALIES,
  'students.anomaly_ssid': FROM_ANOMALIES,
};

const POSTGRES: Reasons = {
  history: STUDENTS,
  former: STUDENTS,
  enrolled: STUDENTS,
  formerly_enrolled: STUDENTS,
  form: FORMS,
  cenr_migration: 'which files of SQL were run is known of each database by itself',
  access_chain: 'who writes which files of a folder now holds for no copy; a chain that is taken up is noted anew',
  answering: 'who answers a request is true of one moment',
  progress: 'how far others are is true of one moment',
  rate: 'requests are counted for a minute',
  replica: 'which processes are there is true of one moment',
  part: 'parts are there while an extract is made',
  'job.holder': 'no process of another store holds a job',
  'job.kind': 'each kind of job is copied as a table of its own',
  'anomaly.leas': FROM_ANOMALIES,
  'anomaly.ssids': FROM_ANOMALIES,
};

/** Names of tables, and of columns as `table.column`, that are neither copied nor named, and those named for nothing. */
function differences(
  there: ReadonlyMap<string, readonly string[]>,
  copied: ReadonlyMap<string, readonly string[]>,
  reasons: Reasons,
): { readonly notCopied: readonly string[]; readonly notThere: readonly string[] } {
  const all = (tables: ReadonlyMap<string, readonly string[]>): string[] =>
    [...tables].flatMap(([table, columns]) => [table, ...columns.map((column) => `${table}.${column}`)]);
  const [has, known] = [new Set(all(there)), new Set([...all(copied), ...Object.keys(reasons)])];
  const isLeftOut = (name: string): boolean =>
    [...there.keys()].some((table) => Object.hasOwn(reasons, table) && name.startsWith(`${table}.`));
  return {
    notCopied: [...has].filter((name) => !known.has(name) && !isLeftOut(name)),
    notThere: [...known].filter((name) => !has.has(name)),
  };
}

const copied = (nameOf: (table: CopiedTable) => string, columnOf: (table: CopiedTable, name: string) => string) =>
  new Map(TABLES.map((table) => [nameOf(table), Object.keys(table.columns).map((name) => columnOf(table, name))]));

const NOTHING = { notCopied: [], notThere: [] };

t.test('of a store in a folder', async (t) => {
  const dir = join(folder(t), 'store');
  await (await openStore(dir)).close();
  const there = new Map<string, readonly string[]>();
  for (const file of ['students', 'service']) {
    const db = new DatabaseSync(join(dir, `${file}.db`), { readOnly: true });
    const rows = db
      .prepare(
        `SELECT m.name AS "table", group_concat(c.name) AS columns
         FROM sqlite_master m, pragma_table_xinfo(m.name) c
         WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND c.hidden = 0 GROUP BY m.name`,
      )
      .all() as { table: string; columns: string }[];
    for (const { table, columns } of rows) there.set(`${file}.${table}`, columns.split(','));
    db.close();
  }
  const known = copied(
    ({ sqlite }) => `${sqlite.file}.${sqlite.table}`,
    ({ renamed }, name) => renamed?.[name] ?? name,
  );
  t.same(differences(there, known, SQLITE), NOTHING);
});

t.test('of a store in a database', WITH_POSTGRES, async (t) => {
  const server = await postgresServer(t);
  const address = await server.database();
  await (await openStore(address)).close();
  const rows = await server.administer(
    address,
    `SELECT table_name AS name, array_agg(column_name::text) FILTER (WHERE is_generated = 'NEVER') AS columns
     FROM information_schema.columns WHERE table_schema = 'public' GROUP BY table_name`,
  );
  const there = new Map(rows.map(({ name, columns }) => [name as string, columns as string[]]));
  const known = copied(
    ({ postgres }) => postgres.table,
    (_, name) => name,
  );
  t.same(differences(there, known, POSTGRES), NOTHING);
});
