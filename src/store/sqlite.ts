/**
 * The store on SQLite (`node:sqlite`, WAL): a folder with `students.db` (what uploads brought) and `service.db` (jobs, keys, answers). An upload is one
 * transaction: it is there as a whole or not at all, whenever the process dies. Tables are in `migrations/`.
 */
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import type { Problem } from '../intake/problem.ts';
import { openDatabase } from './database.ts';
import {
  type APIKey,
  type ExtractJob,
  type LEAScope,
  type LEAStore,
  type RememberedAnswer,
  type SSIDRange,
  type Store,
  StoreBusyError,
  type Upload,
} from './store.ts';

const STUDENTS = 'students.db';
const SERVICE = 'service.db';
/** Under this number stand the enrollments without an SSID. */
const WITHOUT_SSID = -1;

const ssidNumber = (ssid: string): number => (ssid === '' ? WITHOUT_SSID : Number(ssid));
const ssidText = (number: number): string => (number > 999_999_999 ? String(number) : String(number).padStart(10, '0'));

type Row = Record<string, string | number>;

/** Whether a folder holds a store. */
export const holdsStore = (dir: string): boolean => existsSync(join(dir, STUDENTS));

/**
 * Opens the store in a folder, which is made if it does not exist.
 * @throws Error when the folder cannot be written, or holds a store of a later version
 */
export function openSqliteStore(dir: string): Store {
  mkdirSync(dir, { recursive: true });
  const students = openDatabase(join(dir, STUDENTS), 'students');
  const service = openDatabase(join(dir, SERVICE), 'service');
  return {
    ...studentPart(students),
    ...servicePart(service),
    forLEAs: (scope) => leaStore(students, service, scope),
    close() {
      students.close();
      service.close();
    },
  };
}

/** Only what an extract reads, for workers: bodies by range. */
export function openBodies(dir: string, scope: LEAScope): Pick<LEAStore, 'bodies' | 'ranges' | 'students'> & { close(): void } {
  const students = openDatabase(join(dir, STUDENTS), 'students', { readOnly: true });
  return { ...bodyReader(students, scope), close: () => students.close() };
}

function studentPart(db: DatabaseSync): Pick<Store, 'load' | 'ping'> {
  const body = db.prepare('SELECT body FROM history WHERE ssid = ?');
  const putBody = db.prepare('INSERT INTO history (ssid, body) VALUES (?, ?) ON CONFLICT (ssid) DO UPDATE SET body = excluded.body');
  const dropBody = db.prepare('DELETE FROM history WHERE ssid = ?');
  const leasOf = db.prepare('SELECT lea FROM enrolled WHERE ssid = ?');
  const enroll = db.prepare('INSERT INTO enrolled (lea, ssid) VALUES (?, ?)');
  const unenroll = db.prepare('DELETE FROM enrolled WHERE lea = ? AND ssid = ?');
  const addUpload = db.prepare("INSERT INTO upload (id, sender, report) VALUES (?, ?, '')");
  const report = db.prepare('UPDATE upload SET report = ? WHERE seq = ?');
  const addSource = db.prepare('INSERT INTO source (upload, name) VALUES (?, ?)');
  const addProblem = db.prepare('INSERT INTO problem (upload, n, json) VALUES (?, ?, ?)');
  const begin = db.prepare('BEGIN IMMEDIATE');

  return {
    async load({ id, sender, files }, fill) {
      if (db.isTransaction) throw new StoreBusyError();
      beginOrBusy(begin);
      try {
        const upload = Number(addUpload.run(id, sender).lastInsertRowid);
        const sources = files.map((file) => Number(addSource.run(upload, file.name).lastInsertRowid));
        let problems = 0;
        const done = await fill({
          source: (fileIndex) => sources[fileIndex] as number,
          body: (ssid) => ((body.get(ssidNumber(ssid)) as Row | undefined)?.['body'] as string | undefined) ?? '',
          put(ssid, text, leas) {
            const number = ssidNumber(ssid);
            if (text === '') dropBody.run(number);
            else putBody.run(number, text);
            if (number === WITHOUT_SSID) return;
            const known = new Set((leasOf.all(number) as Row[]).map((row) => row['lea'] as string));
            for (const lea of leas) if (!known.delete(lea)) enroll.run(lea, number);
            for (const lea of known) unenroll.run(lea, number);
          },
          problem: (problem) => void addProblem.run(upload, problems++, JSON.stringify(problem)),
        });
        report.run(JSON.stringify(done), upload);
        db.exec('COMMIT');
        return done;
      } catch (error) {
        db.exec('ROLLBACK');
        throw error;
      }
    },
    ping() {
      db.prepare('SELECT 1 FROM upload LIMIT 1').get();
    },
  };
}

function beginOrBusy(begin: ReturnType<DatabaseSync['prepare']>): void {
  try {
    begin.run();
  } catch (error) {
    if ((error as { errcode?: number }).errcode === 5) throw new StoreBusyError();
    throw error;
  }
}

function servicePart(db: DatabaseSync): Omit<Store, 'load' | 'ping' | 'forLEAs' | 'close'> {
  const jobById = db.prepare('SELECT job FROM extract WHERE id = ?');
  const saveJob = db.prepare('UPDATE extract SET status = ?, job = ? WHERE id = ?');
  const oldestPending = db.prepare("SELECT job FROM extract WHERE status = 'Pending' ORDER BY seq LIMIT 1");
  const processing = db.prepare("SELECT job FROM extract WHERE status = 'Processing'");
  const addKey = db.prepare('INSERT INTO api_key (id, hash, key) VALUES (?, ?, ?)');
  const keys = db.prepare('SELECT key FROM api_key ORDER BY id');
  const keyByHash = db.prepare('SELECT key FROM api_key WHERE hash = ?');
  const keyById = db.prepare('SELECT key FROM api_key WHERE id = ?');
  const saveKey = db.prepare('UPDATE api_key SET key = ? WHERE id = ?');
  const answer = db.prepare('SELECT answer FROM answer WHERE key_id = ? AND idempotency_key = ?');
  const addAnswer = db.prepare('INSERT OR IGNORE INTO answer (key_id, idempotency_key, answered_at, answer) VALUES (?, ?, ?, ?)');
  // Every request asks for its key. What was found stays true until this process changes a key, or another writes to the file.
  const version = db.prepare('PRAGMA data_version');
  const found = new Map<string, APIKey>();
  let foundAt: unknown;
  const foundKeys = (): Map<string, APIKey> => {
    const now = (version.get() as Row)['data_version'];
    if (now !== foundAt) found.clear();
    foundAt = now;
    return found;
  };
  const parsed = <T>(row: unknown, column: string): T | undefined => (row ? (JSON.parse((row as Row)[column] as string) as T) : undefined);

  const change = (id: string, changes: Partial<ExtractJob>): void => {
    const job = parsed<ExtractJob>(jobById.get(id), 'job');
    if (!job) return;
    const next = { ...job, ...changes };
    saveJob.run(next.status, JSON.stringify(next), id);
  };

  return {
    updateExtract: change,
    nextPendingExtract: () => parsed<ExtractJob>(oldestPending.get(), 'job'),
    resumeExtracts() {
      const left = (processing.all() as Row[]).map((row) => JSON.parse(row['job'] as string) as ExtractJob);
      for (const { id } of left) change(id, { status: 'Pending', progress: 0 });
      return left.length;
    },
    addKey: (key) => void addKey.run(key.id, key.hash, JSON.stringify(key)),
    keys: () => (keys.all() as Row[]).map((row) => JSON.parse(row['key'] as string) as APIKey),
    keyByHash(hash) {
      const keys = foundKeys();
      const known = keys.get(hash) ?? parsed<APIKey>(keyByHash.get(hash), 'key');
      if (known) keys.set(hash, known);
      return known;
    },
    revokeKey(id, at) {
      const key = parsed<APIKey>(keyById.get(id), 'key');
      if (!key || key.revokedAt) return false;
      saveKey.run(JSON.stringify({ ...key, revokedAt: at }), id);
      found.clear();
      return true;
    },
    answer: (keyId, idempotencyKey) => parsed<RememberedAnswer>(answer.get(keyId, idempotencyKey), 'answer'),
    rememberAnswer: (remembered, at) => void addAnswer.run(remembered.keyId, remembered.idempotencyKey, at, JSON.stringify(remembered)),
  };
}

/** Everything one caller may see; the scope is part of every query, here and nowhere else. */
function leaStore(students: DatabaseSync, service: DatabaseSync, scope: LEAScope): LEAStore {
  const leas = JSON.stringify(scope === 'all' ? [] : scope);
  const all = Number(scope === 'all');
  const inScope = '(? OR sender IN (SELECT value FROM json_each(?)))';
  // A job is in scope when none of its LEAs is out of it; a job for all LEAs only for whoever may see all.
  const jobInScope = '(? OR (NOT all_leas AND NOT EXISTS (SELECT 1 FROM json_each(leas) j WHERE j.value NOT IN (SELECT value FROM json_each(?)))))';
  const report = (row: unknown): Upload => JSON.parse((row as Row)['report'] as string) as Upload;

  return {
    ...bodyReader(students, scope),
    uploads: ({ limit, after }) =>
      students
        .prepare(`SELECT report FROM upload WHERE ${inScope} AND (? IS NULL OR seq < (SELECT seq FROM upload WHERE id = ?)) ORDER BY seq DESC LIMIT ?`)
        .all(all, leas, after ?? null, after ?? null, limit)
        .map(report),
    upload(id) {
      const row = students.prepare(`SELECT report FROM upload WHERE ${inScope} AND id = ?`).get(all, leas, id);
      return row && report(row);
    },
    problems(id) {
      const row = students.prepare(`SELECT seq FROM upload WHERE ${inScope} AND id = ?`).get(all, leas, id) as Row | undefined;
      if (!row) return undefined;
      const problems = students.prepare('SELECT json FROM problem WHERE upload = ? ORDER BY n').iterate(row['seq'] as number) as Iterable<Row>;
      return (function* () {
        for (const { json } of problems) yield JSON.parse(json as string) as Problem;
      })();
    },
    addExtract: (job) => {
      const { reportingLEAs } = job;
      service
        .prepare('INSERT INTO extract (id, all_leas, leas, status, job) VALUES (?, ?, ?, ?, ?)')
        .run(job.id, Number(reportingLEAs === 'all'), JSON.stringify(reportingLEAs === 'all' ? [] : reportingLEAs), job.status, JSON.stringify(job));
    },
    extracts: ({ limit, after }) =>
      service
        .prepare(`SELECT job FROM extract WHERE ${jobInScope} AND (? IS NULL OR seq < (SELECT seq FROM extract WHERE id = ?)) ORDER BY seq DESC LIMIT ?`)
        .all(all, leas, after ?? null, after ?? null, limit)
        .map((row) => JSON.parse((row as Row)['job'] as string) as ExtractJob),
    extract(id) {
      const row = service.prepare(`SELECT job FROM extract WHERE ${jobInScope} AND id = ?`).get(all, leas, id) as Row | undefined;
      return row && (JSON.parse(row['job'] as string) as ExtractJob);
    },
  };
}

function bodyReader(db: DatabaseSync, scope: LEAScope): Pick<LEAStore, 'bodies' | 'ranges' | 'students'> {
  const leas = JSON.stringify(scope === 'all' ? [] : scope);
  const one = scope !== 'all' && scope.length === 1;
  const ssids =
    scope === 'all'
      ? 'SELECT DISTINCT ssid FROM enrolled WHERE ? IS NOT NULL'
      : one
        ? 'SELECT ssid FROM enrolled WHERE lea = (SELECT value FROM json_each(?))'
        : 'SELECT DISTINCT ssid FROM enrolled WHERE lea IN (SELECT value FROM json_each(?))';
  const bodies = db.prepare(
    `SELECT ssid, body FROM history WHERE ssid BETWEEN ?2 AND ?3 AND ssid IN (${ssids.replace('?', '?1')} AND ssid BETWEEN ?2 AND ?3) ORDER BY ssid`,
  );
  const everyBody = db.prepare('SELECT ssid, body FROM history WHERE ?1 IS NOT NULL AND ssid BETWEEN ?2 AND ?3 ORDER BY ssid');
  const read = scope === 'all' ? everyBody : bodies;
  read.setReturnArrays(true);

  const students = (): number => (db.prepare(`SELECT count(*) AS n FROM (${ssids})`).get(leas) as { n: number }).n;
  return {
    students,
    ranges(parts) {
      const total = students();
      if (total === 0) return [];
      const size = Math.max(1, Math.ceil(total / parts));
      // From one start to the next by skipping along the index: numbering all students takes ten times as long.
      const next = db.prepare(`${ssids} AND ssid > ? ORDER BY ssid LIMIT 1 OFFSET ?`);
      const startAfter = (ssid: number, skipped: number) => (next.get(leas, ssid, skipped) as { ssid: number } | undefined)?.ssid;
      const starts: number[] = [];
      for (let start = startAfter(WITHOUT_SSID, 0); start !== undefined; start = startAfter(start, size - 1)) starts.push(start);
      return starts.map((start, i): SSIDRange => {
        const end = starts[i + 1];
        return { from: ssidText(start), through: end === undefined ? '9999999999' : ssidText(end - 1) };
      });
    },
    *bodies({ from, through }) {
      for (const row of read.iterate(leas, Number(from), Number(through)) as Iterable<unknown>) {
        const [ssid, body] = row as [number, string];
        yield [ssidText(ssid), body] as const;
      }
    },
  };
}
