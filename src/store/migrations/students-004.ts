/**
 * What a store held as lines, brought into blocks: histories, former histories and problems. Only this file knows the
 * form they had.
 */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { StudentProblem } from '#intake/problem';
import { type Form, formOf } from '#records/block/form';
import type { KeptRecord, StudentToWrite } from '#records/block/write';
import { plainType } from '#records/record';
import { ssidText, WITHOUT_SSID } from '#records/ssid';
import { columnsRead } from '#rulebook/compile/columns-read';
import { assemble, type Rulebook } from '#rulebook/load/assemble';
import { writesInto } from '../blocks/changes.ts';
import { formsOf, oftenRead } from '../blocks/forms.ts';
import { addBlocks, addFormer } from '../blocks/writer.ts';
import { problemWriter } from '../sqlite-problems.ts';
import { rulebooksIn } from '../sqlite-versions.ts';

/** Told now and then how much is done, 0 to 1. */
export type OnProgress = (fraction: number) => void;

const AT_ONCE = 1_024;
const MOST_RECORDS = 65_536;
/** More than any layout has. */
const WIDEST = 100;

/**
 * Brings what the tables of before hold into those of today, and drops them. Inside a transaction.
 * @returns whether there was anything
 */
export function bring(db: DatabaseSync, onProgress: OnProgress = () => {}): boolean {
  const count = (table: string): number => db.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.['n'] as number;
  const total = count('history') + count('former') + count('problem');
  if (total > 0) {
    let done = 0;
    const step = (): void => {
      if (++done % 100 === 0) onProgress(done / total);
    };
    const rulebook = rulebookThen(db);
    bringHistories(db, rulebook, step);
    bringProblems(db, step);
    onProgress(1);
  }
  db.exec('DROP TABLE history; DROP TABLE former; DROP TABLE problem');
  return total > 0;
}

function bringHistories(db: DatabaseSync, rulebook: Rulebook | undefined, step: () => void): void {
  const formOfType = formsBy(rulebook);
  const student = ({ ssid, changed, body }: Row): StudentToWrite => ({
    ssid: ssidText(ssid),
    changed,
    records: body.split('\n').map((line) => recordIn(line, formOfType)),
  });
  const { numberOf } = formsOf(db);
  const writing = { numberOf, often: oftenRead(db, rulebook && columnsRead(rulebook)), write: writesInto(db) };
  let least: number | undefined = 0;
  const now = gatherer((students) => {
    addBlocks(writing, students, students[0]?.ssid === '' ? WITHOUT_SSID : least);
    if (students[0]?.ssid !== '') least = undefined;
  });
  for (const row of db
    .prepare('SELECT ssid, changed, body FROM history ORDER BY ssid')
    .iterate() as Iterable<unknown>) {
    now.add(student(row as Row), 0);
    // Those without an SSID have a block of their own.
    if ((row as Row).ssid === WITHOUT_SSID) now.finish();
    step();
  }
  now.finish();
  const then = gatherer((students, until) => addFormer(writing, students, until));
  const at = db.prepare('SELECT ssid, changed, until, body FROM former WHERE number = ?');
  for (const { number } of db.prepare('SELECT number FROM former ORDER BY until, ssid').all() as { number: number }[]) {
    const row = at.get(number) as unknown as Row;
    then.add(student(row), row.until as number);
    step();
  }
  then.finish();
}

interface Row {
  readonly ssid: number;
  readonly changed: number;
  readonly body: string;
  readonly until?: number;
}

/** Gathers students, those until one upload together, and hands them on in good numbers. */
function gatherer(write: (students: readonly StudentToWrite[], until: number) => void) {
  let students: StudentToWrite[] = [];
  let records = 0;
  let last = 0;
  const finish = (): void => {
    if (students.length > 0) write(students, last);
    students = [];
    records = 0;
  };
  return {
    add(student: StudentToWrite, until: number): void {
      if (until !== last) finish();
      last = until;
      students.push(student);
      records += student.records.length;
      if (students.length >= AT_ONCE || records >= MOST_RECORDS) finish();
    },
    finish,
  };
}

/** A kept line as it stood in a body: source, line, the two days, and what was sent. */
function recordIn(line: string, formOfType: (recordType: string) => Form): KeptRecord {
  const fields = line.slice(32).split('^');
  return {
    form: formOfType(plainType(fields[0] as string)),
    source: Number(line.slice(0, 7)),
    line: Number(line.slice(7, 16)),
    uploaded: line.slice(16, 24).trim(),
    lastUpdated: line.slice(24, 32).trim(),
    fields,
  };
}

/** The form of each record type; where no rulebook tells, columns are known by their places, as they were before. */
function formsBy(rulebook: Rulebook | undefined): (recordType: string) => Form {
  const forms = new Map(rulebook?.schemas.layouts.map((layout) => [layout.recordType, formOf(layout)]));
  return (recordType) => {
    let form = forms.get(recordType);
    if (!form) {
      form = { recordType, columns: WIDEST };
      forms.set(recordType, form);
    }
    return form;
  };
}

/** The rulebook of the last upload: by its layouts, lines were read. */
function rulebookThen(db: DatabaseSync): Rulebook | undefined {
  const row = db
    .prepare("SELECT report ->> '$.rulebookHash' AS hash FROM upload WHERE report <> '' ORDER BY seq DESC LIMIT 1")
    .get();
  const path = join(dirname(db.location() ?? ''), 'service.db');
  if (typeof row?.['hash'] !== 'string' || !existsSync(path)) return undefined;
  let service: DatabaseSync | undefined;
  try {
    service = new DatabaseSync(path, { readOnly: true });
    const source = rulebooksIn(service).rulebook(row['hash']);
    return source && assemble(source);
  } catch {
    // One that cannot be read, or has no rulebooks yet: lines are kept by the places of their columns.
    return undefined;
  } finally {
    service?.close();
  }
}

function bringProblems(db: DatabaseSync, step: () => void): void {
  let writer: ReturnType<typeof problemWriter> | undefined;
  let last: number | undefined;
  const rows = db.prepare('SELECT upload, json, rejected FROM problem ORDER BY upload, n').iterate();
  for (const { upload, json, rejected } of rows) {
    if (upload !== last) {
      writer?.finish();
      writer = problemWriter(db, upload as number);
      last = upload as number;
    }
    const problem = JSON.parse(json as string) as StudentProblem['problem'];
    writer?.add({ problem, ssid: (rejected as string | null) ?? '' });
    step();
  }
  writer?.finish();
}
