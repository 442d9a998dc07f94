/** A store copied to another place, of the same kind or the other, and the proof that both hold the same. */
import { createHash, type Hash } from 'node:crypto';
import { UserError } from '#base/user-error';
import type { Form } from '#records/block/form';
import { keepLine } from '#records/record';
import { holdsStore, isDatabase, openStore, shownPlace } from '../open.ts';
import type { CopiedStudent, CopySource, CopyTarget } from './content.ts';
import { asCopied, type CopiedRow, TABLES } from './tables.ts';

/** What was copied. */
export interface Copied {
  readonly students: number;
  readonly formerHistories: number;
  /** Of all other tables together. */
  readonly rows: number;
  /** SHA-256 of all that both stores hold. */
  readonly sha256: string;
}

const kindOf = async (place: string) =>
  isDatabase(place) ? await import('./postgres.ts') : await import('./sqlite.ts');

/**
 * Copies a store, reads the copy, and compares.
 * @param from a folder, or the address of a database
 * @param to where no store is yet
 * @throws UserError when there is no store, when one is there already, and when the copy is not equal
 */
export async function copyStore(from: string, to: string): Promise<Copied> {
  if (!(await holdsStore(from))) throw new UserError(`there is no store in "${shownPlace(from)}"`);
  if (await holdsStore(to))
    throw new UserError(
      `there is a store in "${shownPlace(to)}" already; give an empty place, so that nothing is lost`,
    );
  // Each brings its tables into the form of today, and what older versions left open is filled in.
  for (const place of [from, to]) {
    const store = await openStore(place);
    await store.versions().finally(() => store.close());
  }
  const there = await copied(from, to);
  const here = await contentOf(to);
  if (here.sha256 !== there.sha256)
    throw new UserError(
      `the copy in "${shownPlace(to)}" is not equal: ${there.sha256} was read, ${here.sha256} is there; do not use it`,
    );
  return here;
}

async function copied(from: string, to: string): Promise<Copied> {
  const source = await (await kindOf(from)).copySource(from);
  try {
    const target = await (await kindOf(to)).copyTarget(to);
    try {
      const content = await contentIn(source, target);
      await target.finish();
      return content;
    } catch (error) {
      await target.abandon();
      throw error;
    }
  } finally {
    await source.close();
  }
}

/** What the store at a place holds. */
export async function contentOf(place: string): Promise<Copied> {
  const source = await (await kindOf(place)).copySource(place);
  return await contentIn(source).finally(() => source.close());
}

async function contentIn(source: CopySource, target?: CopyTarget): Promise<Copied> {
  const hash = createHash('sha256');
  const counts = { students: 0, formerHistories: 0, rows: 0 };
  for (const table of TABLES) {
    hash.update(`${table.postgres.table} ${table.postgres.kind ?? ''}\n`);
    for await (const found of source.rows(table)) {
      const rows = found.map((row) => asCopied(table, row));
      counts.rows += rows.length;
      for (const row of rows) addRow(hash, row);
      await target?.add(table, rows);
    }
  }
  for await (const students of source.students()) {
    counts.students += students.filter(({ number }) => number >= 0).length;
    for (const student of students) addStudent(hash, student);
    await target?.addStudents(students);
  }
  // They stand in one order here and in another there: their hashes are added up.
  let sum = 0n;
  for await (const formers of source.formers()) {
    counts.formerHistories += formers.length;
    for (const former of formers) {
      const own = createHash('sha256').update(`${former.until} `);
      addStudent(own, former);
      sum += BigInt(`0x${own.digest('hex')}`);
    }
    await target?.addFormers(formers);
  }
  hash.update(String(sum));
  return { ...counts, sha256: hash.digest('hex') };
}

function addRow(hash: Hash, row: CopiedRow): void {
  const told = row.map((value) => (value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value));
  hash.update(`${JSON.stringify(told)}\n`);
}

const formHashes = new WeakMap<Form, string>();

function formHash(form: Form): string {
  let found = formHashes.get(form);
  if (found === undefined) {
    const { recordType, columns } = form;
    found = createHash('sha256').update(JSON.stringify({ recordType, columns })).digest('hex');
    formHashes.set(form, found);
  }
  return found;
}

function addStudent(hash: Hash, { number, changed, leas, records }: CopiedStudent): void {
  hash.update(`${number} ${changed} ${leas.join()}\n`);
  for (const record of records) hash.update(`${formHash(record.form)} ${keepLine(record, record.fields.join('^'))}\n`);
}
