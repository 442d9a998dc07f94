/** A store in a folder, as it is copied. */
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { ssidText, WITHOUT_SSID } from '#records/ssid';
import { writesInto } from '../blocks/changes.ts';
import { formsOf } from '../blocks/forms.ts';
import {
  changedAt,
  type FormerRow,
  formerBlock,
  type Place,
  placesIn,
  Shelf,
  type ShelfRow,
  studentAt,
} from '../blocks/shelf.ts';
import { addBlocks, addFormer } from '../blocks/writer.ts';
import { openDatabase } from '../database.ts';
import { rollBack } from '../transactions.ts';
import type { CopiedStudent, CopySource, CopyTarget } from './content.ts';
import { type CopiedRow, type CopiedTable, type CopiedValue, copiedColumns } from './tables.ts';

const AT_ONCE = 256;

type File = CopiedTable['sqlite']['file'];

interface Files {
  readonly of: Readonly<Record<File, DatabaseSync>>;
  close(): void;
}

function opened(dir: string, readOnly: boolean): Files {
  const students = openDatabase(join(dir, 'students.db'), 'students', { readOnly });
  const service = openDatabase(join(dir, 'service.db'), 'service', { readOnly });
  return {
    of: { students, service },
    close() {
      students.close();
      service.close();
    },
  };
}

const named = ({ renamed }: CopiedTable, name: string): string => renamed?.[name] ?? name;

export async function copySource(dir: string): Promise<CopySource> {
  const { of, close } = opened(dir, true);
  // One state of each file.
  for (const db of Object.values(of)) db.exec('BEGIN; SELECT count(*) FROM sqlite_schema');
  const db = of.students;

  function leasOf(sql: string, ...values: readonly number[]): ReadonlyMap<number, string[]> {
    const leas = new Map<number, string[]>();
    for (const row of db.prepare(sql).all(...values) as unknown as { ssid: number; lea: string }[]) {
      const known = leas.get(row.ssid);
      if (known) known.push(row.lea);
      else leas.set(row.ssid, [row.lea]);
    }
    return leas;
  }
  const copied = (place: Place, leas: ReadonlyMap<number, string[]>): CopiedStudent => ({
    number: place.number,
    changed: changedAt(place),
    leas: leas.get(place.number)?.sort() ?? [],
    records: studentAt(place).records,
  });

  return {
    async *rows(table) {
      const names = copiedColumns(table).map(([name]) => named(table, name));
      const order = table.key.map((name) => named(table, name)).join(', ');
      const rows = of[table.sqlite.file]
        .prepare(`SELECT ${names.join(', ')} FROM ${table.sqlite.table} ORDER BY ${order}`)
        .iterate() as Iterable<unknown> as Iterable<Readonly<Record<string, CopiedValue>>>;
      let batch: CopiedRow[] = [];
      for (const row of rows) {
        if (batch.push(names.map((name) => row[name] ?? null)) < AT_ONCE) continue;
        yield batch;
        batch = [];
      }
      if (batch.length > 0) yield batch;
    },
    async *students() {
      const firsts = db.prepare('SELECT first FROM block ORDER BY first').all() as unknown as { first: number }[];
      for (const { first } of firsts) {
        const row = db.prepare('SELECT first, hot, cold, fresh FROM block WHERE first = ?').get(first) as unknown;
        const shelf = new Shelf(db, row as ShelfRow, () => (row as { cold: Uint8Array | null }).cold);
        const places = [...shelf.students(WITHOUT_SSID, Number.POSITIVE_INFINITY)];
        const [least, most] = [places[0]?.number ?? 0, places.at(-1)?.number ?? 0];
        const leas = leasOf('SELECT ssid, lea FROM enrolled WHERE ssid BETWEEN ? AND ?', least, most);
        yield places.map((place) => copied(place, leas));
      }
    },
    async *formers() {
      const blocks = db.prepare('SELECT number, until FROM former_block ORDER BY until, first').all();
      for (const { number, until } of blocks as unknown as { number: number; until: number }[]) {
        const row = db.prepare('SELECT first, last, bytes FROM former_block WHERE number = ?').get(number) as unknown;
        const { first, last } = row as FormerRow;
        const leas = leasOf(
          'SELECT ssid, lea FROM formerly_enrolled WHERE ssid BETWEEN ? AND ? AND until = ?',
          ...[first, last, until],
        );
        const block = formerBlock(db, row as FormerRow);
        yield [...placesIn(block, first, last)].map((place) => ({ ...copied(place, leas), until }));
      }
    },
    close: async () => close(),
  };
}

/** Of anomalies, whose they are and whom they are about stands beside them too. */
const DERIVED: Readonly<Record<string, string>> = {
  anomaly: `INSERT INTO anomaly_lea (lea, id)
      SELECT DISTINCT side.value ->> 'lea', anomaly.id FROM anomaly, json_each(found, '$.sides') AS side;
    INSERT INTO anomaly_ssid (ssid, id)
      SELECT DISTINCT CASE side.value ->> 'ssid' WHEN '' THEN -1 ELSE CAST(side.value ->> 'ssid' AS INTEGER) END, anomaly.id
      FROM anomaly, json_each(found, '$.sides') AS side`,
};

export async function copyTarget(dir: string): Promise<CopyTarget> {
  const { of, close } = opened(dir, false);
  for (const db of Object.values(of)) db.exec('BEGIN IMMEDIATE');
  const db = of.students;
  const writing = { often: undefined, numberOf: formsOf(db).numberOf, write: writesInto(db) };
  const toWrite = ({ number, changed, records }: CopiedStudent) => ({ ssid: ssidText(number), changed, records });
  return {
    async add(table, rows) {
      const columns = copiedColumns(table).map(([name]) => named(table, name));
      const values = columns.map(() => '?');
      // Turns have an order and no number of their own.
      if (table.columns['number'] === 'order') {
        columns.push('number');
        values.push(`(SELECT coalesce(max(number), 0) + 1 FROM ${table.sqlite.table})`);
      }
      const insert = of[table.sqlite.file].prepare(
        `INSERT INTO ${table.sqlite.table} (${columns.join(', ')}) VALUES (${values.join(', ')})`,
      );
      for (const row of rows) insert.run(...row);
    },
    async addStudents(students) {
      // Those without an SSID stand in a block of their own.
      for (const isNameless of [true, false]) {
        const some = students.filter(({ number }) => (number === WITHOUT_SSID) === isNameless);
        if (some.length > 0) addBlocks(writing, some.map(toWrite));
      }
      for (const { number, leas } of students) for (const lea of leas) writing.write('enroll', lea, number);
    },
    async addFormers(formers) {
      const [first] = formers;
      if (!first) return;
      addFormer(writing, formers.map(toWrite), first.until);
      const enroll = db.prepare('INSERT INTO formerly_enrolled (lea, ssid, until, changed) VALUES (?, ?, ?, ?)');
      for (const { leas, number, until, changed } of formers)
        for (const lea of leas) enroll.run(lea, number, until, changed);
    },
    async finish() {
      for (const sql of Object.values(DERIVED)) db.exec(sql);
      for (const file of Object.values(of)) file.exec('COMMIT');
      close();
    },
    async abandon() {
      for (const file of Object.values(of)) rollBack(file);
      close();
    },
  };
}
