/** A store in the form it had before histories were kept in blocks: lines of each student as one text. */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Problem } from '#intake/problem';
import { keepLine } from '#records/record';
import { shipped } from './histories.ts';

const MIGRATIONS = join(import.meta.dirname, '../../src/store/migrations');

/** Makes the file of students in a folder, empty. */
export function olderStore(dir: string): DatabaseSync {
  mkdirSync(dir, { recursive: true });
  const db = new DatabaseSync(join(dir, 'students.db'));
  db.exec('PRAGMA page_size = 16384; PRAGMA journal_mode = WAL');
  for (const number of ['001', '002', '003']) db.exec(readFileSync(join(MIGRATIONS, `students-${number}.sql`), 'utf8'));
  db.exec('PRAGMA user_version = 3');
  return db;
}

const LEAS = ['9900001', '9900002'];
export const UPLOADS = 3;

/** A student after an upload; who is not there has no body. */
interface Then {
  readonly body: string;
  readonly leas: readonly string[];
}

const ssidOf = (student: number): number => (student === 0 ? 17 : 9_900_000_000 + student * 3);
const text = (number: number): string => String(number).padStart(10, '0');

/** What a student is after an upload: some change with it, come with it, or are gone. */
function after(upload: number, student: number): Then | undefined {
  const last = Array.from({ length: upload }, (_, i) => upload - i).find((n) => n === 1 || (student * 7 + n) % 5 === 0);
  if (last === undefined || (student % 11 === 0 && last === 1) || (student % 13 === 0 && last === 3)) return undefined;
  const lines = Array.from({ length: 1 + (student % 4) }, (_, i) => {
    const type = ['SENR', 'SINF-R', 'SPRG', 'SELA'][i] as string;
    const name = ['Łukasz', 'Ana', '学生', ''][(student + i) % 4] as string;
    const sent = `${type}^A^${last}^${LEAS[student % 2]}^^${name}^${'^'.repeat(i * 40)}${student}`;
    const day = i === 1 ? '' : `202401${String(10 + last)}`;
    return keepLine({ source: last, line: student * 10 + i, uploaded: day, lastUpdated: day }, sent);
  });
  return { body: lines.join('\n'), leas: student % 17 === 0 ? LEAS : [LEAS[student % 2] as string] };
}

const problem = (n: number): Problem => ({
  file: 'SENR.txt',
  line: n,
  recordType: 'SENR',
  field: '1.25',
  fieldName: 'Enrollment Exit Date',
  value: '20240231',
  code: n % 3 === 0 ? 'FRMT0002' : 'SENR0001',
  severity: n % 4 === 0 ? 'reject' : 'warn',
  message: `message ${n}`,
});

/** SSID and body of those in scope after an upload, ascending. */
export function expected(students: number, upload: number, lea?: string): (readonly [string, string])[] {
  return Array.from({ length: students }, (_, student) => student).flatMap((student) => {
    const then = after(upload, student);
    return then && (lea === undefined || then.leas.includes(lea)) ? [[text(ssidOf(student)), then.body] as const] : [];
  });
}

export const WITHOUT_SSID_BODY = keepLine({ source: 1, line: 9, uploaded: '20240111', lastUpdated: '' }, 'SENR^A^^x');
const PROBLEMS = 700;
export const expectedProblems = (): Problem[] => Array.from({ length: PROBLEMS }, (_, n) => problem(n));

/**
 * Fills it as three uploads did.
 * @param rulebookHash named by the uploads
 */
export function fillOlderStore(db: DatabaseSync, students: number, rulebookHash = 'none'): void {
  const insert = {
    history: db.prepare('INSERT INTO history (ssid, body, changed) VALUES (?, ?, ?)'),
    enrolled: db.prepare('INSERT INTO enrolled (lea, ssid) VALUES (?, ?)'),
    former: db.prepare('INSERT INTO former (ssid, changed, until, body) VALUES (?, ?, ?, ?)'),
    formerly: db.prepare('INSERT INTO formerly_enrolled (lea, ssid, until, changed) VALUES (?, ?, ?, ?)'),
    problem: db.prepare('INSERT INTO problem (upload, n, json, rejected) VALUES (?, ?, ?, ?)'),
  };
  db.exec('BEGIN');
  for (let upload = 1; upload <= UPLOADS; upload++) {
    const report = {
      id: `up_${upload}`,
      sender: 'all',
      receivedAt: '2026-01-01T00:00:00.000Z',
      files: [],
      rulebookHash,
    };
    db.prepare('INSERT INTO upload (id, sender, report) VALUES (?, ?, ?)').run(
      report.id,
      'all',
      JSON.stringify({ ...report, counts: { added: 1, replaced: 0, deleted: 0, notUsed: 0, rejected: 0 } }),
    );
    db.prepare('INSERT INTO source (upload, name) VALUES (?, ?)').run(upload, `SENR-${upload}.txt`);
  }
  for (let student = 0; student < students; student++) {
    let changed = 0;
    for (let upload = 1; upload <= UPLOADS; upload++) {
      const [before, now] = [after(upload - 1, student), after(upload, student)];
      if (before?.body === now?.body) continue;
      const ssid = ssidOf(student);
      if (before) {
        insert.former.run(ssid, changed, upload, before.body);
        for (const lea of before.leas) insert.formerly.run(lea, ssid, upload, changed);
      }
      changed = upload;
    }
    const now = after(UPLOADS, student);
    if (!now) continue;
    insert.history.run(ssidOf(student), now.body, changed);
    for (const lea of now.leas) insert.enrolled.run(lea, ssidOf(student));
  }
  insert.history.run(-1, WITHOUT_SSID_BODY, 1);
  for (const [n, one] of expectedProblems().entries())
    insert.problem.run(1, n, JSON.stringify(one), one.severity === 'reject' ? text(ssidOf(n)) : null);
  db.exec('COMMIT');
}

/** The rulebook that comes with the program, as a store keeps one. */
export const shippedSource = { hash: shipped.hash, files: shipped.files };
