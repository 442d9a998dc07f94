/**
 * The store on SQLite (`node:sqlite`, WAL): a folder with `students.db` (what uploads brought) and `service.db` (jobs,
 * keys, answers). An upload is one transaction: it is there as a whole or not at all, whenever the process dies. Tables
 * are in `migrations/`.
 */
import { chmodSync, closeSync, existsSync, mkdirSync, openSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { LRUCache } from 'lru-cache';
import type { Upload } from '#intake/upload';
import type { Form } from '#records/block/form';
import type { LEAScope } from '#records/scope';
import { answeringHere } from './answering.ts';
import { promised } from './at-once.ts';
import { GatheredChanges, makeChanges, writesInto } from './blocks/changes.ts';
import { forgetFormer } from './blocks/forget.ts';
import { formsOf, oftenRead } from './blocks/forms.ts';
import { historyWithoutSSID, startsOfBlocks } from './blocks/places.ts';
import { verifyBlocks } from './blocks/verify.ts';
import { HistoryWriter, type HistoryWriting } from './blocks/writer.ts';
import { BUSY_MS, type OpenOptions, openDatabase } from './database.ts';
import { uploadOf } from './former-keys.ts';
import type { KeyPart } from './parts.ts';
import { Readings } from './readings.ts';
import { anomalyTable } from './sqlite-anomalies.ts';
import { checkSnapshot, historyReader, SENDERS } from './sqlite-histories.ts';
import { jobsInScope, jobTables } from './sqlite-jobs.ts';
import { outboxPart } from './sqlite-outbox.ts';
import { personPart } from './sqlite-persons.ts';
import { forgetLines, problemsOf, problemWriter } from './sqlite-problems.ts';
import { referencePart } from './sqlite-references.ts';
import { secretPart } from './sqlite-secrets.ts';
import { sessionPart } from './sqlite-sessions.ts';
import { forgetEnrollments, numbersGiven, ssidRegister, ssidWriter } from './sqlite-ssids.ts';
import { draftPart, rulebookPart } from './sqlite-versions.ts';
import type {
  APIKey,
  ChangesMaker,
  Elsewhere,
  HistoryReader,
  LEAStore,
  RememberedAnswer,
  Store,
  UploadWriter,
} from './store.ts';
import { beginOrBusy, rollBack } from './transactions.ts';
import { StoreTroubleError } from './trouble.ts';

const STUDENTS = 'students.db';
const SERVICE = 'service.db';
/** So many are remembered by number. */
const MOST_SOURCES = 10_000;

type Row = Record<string, string | number>;

/**
 * Scopes are those of keys, and come again with every request; making what serves one takes longer than most that is
 * asked of it.
 */
const MOST_SCOPES = 1_000;

/** Whether a folder holds a store. */
export const holdsStore = (dir: string): boolean => existsSync(join(dir, STUDENTS)) || existsSync(join(dir, SERVICE));

/** How a store is opened. */
export interface StoreOptions extends OpenOptions {
  /**
   * Milliseconds that only go up. With it, what another process does to a key is noticed within KEYS_KNOWN_MS; without
   * it, at once.
   */
  readonly now?: (() => number) | undefined;
}

/** So long a key that was found counts as it was found: to ask the file costs more than most that is asked of a service. */
export const KEYS_KNOWN_MS = 100;

/**
 * Opens the store in a folder, which is made if it does not exist.
 * @throws StoreTroubleError when a file of it is missing, damaged, foreign or cannot be opened; Error when the folder
 * holds a store of a later version
 */
export function openSqliteStore(dir: string, { readOnly = false, onProgress, now }: StoreOptions = {}): Store {
  refuseHalf(dir);
  if (!readOnly) {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    for (const name of [STUDENTS, SERVICE]) ownerOnly(join(dir, name));
  }
  const students = openDatabase(join(dir, STUDENTS), 'students', { readOnly, onProgress });
  let service: DatabaseSync;
  try {
    service = openDatabase(join(dir, SERVICE), 'service', { readOnly });
  } catch (error) {
    students.close();
    throw error;
  }
  const readings = new Readings(join(dir, STUDENTS));
  // Whoever still holds one that is forgotten may go on asking it.
  const scoped = new LRUCache<string, LEAStore>({ max: MOST_SCOPES });
  return {
    ...studentPart(students),
    ...servicePart(service, now),
    forLEAs(scope) {
      const key = JSON.stringify(scope);
      let store = scoped.get(key);
      if (!store) {
        store = leaStore({ students, service, readings }, scope);
        scoped.set(key, store);
      }
      return store;
    },
    async close() {
      // Whoever may write last, who then empties the log.
      readings.close();
      students.close();
      service.close();
    },
  };
}

/** A new file in place of a lost one would pass for a store without students. */
function refuseHalf(dir: string): void {
  const students = join(dir, STUDENTS);
  const bytes = (name: string): number => statSync(join(dir, name), { throwIfNoEntry: false })?.size ?? 0;
  if (bytes(SERVICE) > 0 && bytes(STUDENTS) === 0)
    throw new StoreTroubleError(
      `"${students}" is missing or empty, though "${SERVICE}" is there; restore the whole folder from a backup, or give another folder`,
    );
}

/**
 * Students and keys that sign stand in it: it and the files that SQLite puts beside it are for their owner only. The
 * folder may have been made by somebody else, with other permissions.
 */
function ownerOnly(path: string): void {
  if (!existsSync(path)) closeSync(openSync(path, 'a', 0o600));
  for (const file of [path, `${path}-wal`, `${path}-shm`]) {
    const found = statSync(file, { throwIfNoEntry: false });
    if (!found || (found.mode & 0o077) === 0) continue;
    try {
      chmodSync(file, 0o600);
    } catch {
      // The file of another user, who lets this one write it.
    }
  }
}

/**
 * Only what an extract reads, for workers.
 * @param snapshot what is read when a call names none; the store as it is when absent
 * @throws SnapshotGoneError, UserError as reading it does
 */
export function openHistories(
  dir: string,
  scope: LEAScope,
  snapshot?: number,
): HistoryReader & { close(): Promise<void> } {
  const readings = new Readings(join(dir, STUDENTS));
  try {
    readings.inOne((reading) => snapshot !== undefined && checkSnapshot(reading, snapshot));
    return { ...historyReader(readings, scope, snapshot), close: async () => readings.close() };
  } catch (error) {
    readings.close();
    throw error;
  }
}

/**
 * Opens the store of an upload that is being loaded by somebody else.
 * @param elsewhere what that one gave
 */
export function openForChanges(dir: string, { forms, upload, often }: Elsewhere): ChangesMaker {
  const db = openDatabase(join(dir, STUDENTS), 'students', { readOnly: true });
  const known = new Map(forms.map(([form, number]) => [JSON.stringify(form), number]));
  const stored = formsOf(db);
  const numbers = new Map<Form, number>();
  const numberOf = (form: Form): number => {
    let number = numbers.get(form);
    if (number === undefined) {
      number = known.get(JSON.stringify(form)) ?? stored.numberOf(form);
      numbers.set(form, number);
    }
    return number;
  };
  return {
    async in(ahead, fill) {
      const gathered = new GatheredChanges();
      const histories = new HistoryWriter(db, { upload, often, numberOf, ahead, write: gathered.write });
      await fill(histories);
      histories.finish();
      return gathered.all();
    },
    close: async () => db.close(),
  };
}

type StudentPart =
  | 'anomalies'
  | 'ssids'
  | 'waiting'
  | 'load'
  | 'ping'
  | 'verify'
  | 'snapshot'
  | 'uploadsThrough'
  | 'source'
  | 'forget';

function studentPart(db: DatabaseSync): Pick<Store, StudentPart> {
  const addUpload = db.prepare("INSERT INTO upload (id, sender, report) VALUES (?, ?, '')");
  const report = db.prepare('UPDATE upload SET report = ? WHERE seq = ?');
  const addSource = db.prepare('INSERT INTO source (upload, name) VALUES (?, ?)');
  // An upload that is under way has no report yet.
  const newest = db.prepare("SELECT seq FROM upload WHERE report <> '' ORDER BY seq DESC LIMIT 1");
  const through = db.prepare("SELECT seq, id, report FROM upload WHERE seq <= ? AND report <> '' ORDER BY seq");
  const source = db.prepare(
    'SELECT upload.id AS upload, upload.sender AS sender, source.name AS file FROM source JOIN upload ON upload.seq = source.upload WHERE number = ?',
  );
  // A source never changes once its upload is there, and an explanation asks for every record's.
  const sources = new LRUCache<number, { upload: string; sender: string; file: string }>({ max: MOST_SOURCES });
  const snapshot = (): number => ((newest.get() as Row | undefined)?.['seq'] as number | undefined) ?? 0;

  return {
    anomalies: anomalyTable(db),
    ssids: ssidRegister(db),
    waiting: async () => historyWithoutSSID(db),
    async load({ id, sender, files, often }, fill) {
      beginOrBusy(db);
      try {
        const upload = Number(addUpload.run(id, sender).lastInsertRowid);
        const sources = files.map((file) => Number(addSource.run(upload, file.name).lastInsertRowid));
        const writing = { upload, often: oftenRead(db, often), numberOf: formsOf(db).numberOf, write: writesInto(db) };
        const histories = new HistoryWriter(db, writing);
        const problems = problemWriter(db, upload);
        const done = await fill({
          source: (fileIndex) => sources[fileIndex] as number,
          fetch: () => histories.fetch(),
          history: (ssid) => histories.history(ssid),
          put: (ssid, records, leas) => histories.put(ssid, records, leas),
          ssids: ssidWriter(db, histories),
          ...changesOf(db, writing),
          problem: problems.add,
        });
        histories.finish();
        problems.finish();
        report.run(JSON.stringify(done), upload);
        db.exec('COMMIT');
        return done;
      } catch (error) {
        rollBack(db);
        formsOf(db).forget();
        throw error;
      }
    },
    ...promised<Omit<Pick<Store, StudentPart>, 'anomalies' | 'ssids' | 'load' | 'waiting'>>({
      ping() {
        db.prepare('SELECT 1 FROM upload LIMIT 1').get();
      },
      verify: () => verifyBlocks(db),
      snapshot,
      uploadsThrough: (snapshot) =>
        (through.all(snapshot) as Row[]).map(({ seq, id, report }) => {
          const { sender, files } = JSON.parse(report as string) as Upload;
          return { seq: seq as number, id: id as string, sender, files };
        }),
      source(number) {
        let found = sources.get(number);
        if (!found) {
          const row = source.get(number) as Row | undefined;
          if (!row) return undefined;
          found = { upload: row['upload'] as string, sender: row['sender'] as string, file: row['file'] as string };
          sources.set(number, found);
        }
        return found;
      },
      forget: (through, at) => forget(db, through, at, snapshot() - 1),
    }),
  };
}

/** @param most the number of the last snapshot that may be forgotten */
function forget(db: DatabaseSync, through: number, at: string, most: number): { readonly histories: number } {
  beginOrBusy(db);
  try {
    const upTo = Math.min(through, most);
    const { last } = db.prepare('SELECT coalesce(max(through), -1) AS last FROM forgotten').get() as {
      last: number;
    };
    let histories = 0;
    let lines = 0;
    if (upTo > last) {
      // The last snapshot that a former history belongs to is the one before `until`.
      forgetEnrollments(db, upTo + 1);
      histories = forgetFormer(db, upTo + 1);
      lines = forgetLines(db, upTo);
      db.prepare('INSERT INTO forgotten (through, at) VALUES (?, ?)').run(upTo, at);
    }
    db.exec('COMMIT');
    // The log holds it as well. While somebody reads it cannot be emptied; that happens when the store is next
    // closed, so nobody waits for it.
    if (histories + lines > 0)
      db.exec(`PRAGMA busy_timeout = 0; PRAGMA wal_checkpoint(TRUNCATE); PRAGMA busy_timeout = ${BUSY_MS}`);
    return { histories };
  } catch (error) {
    rollBack(db);
    throw error;
  }
}

/** What is worked out elsewhere, for the upload that is being loaded. */
const changesOf = (
  db: DatabaseSync,
  { upload, often, numberOf, write }: HistoryWriting,
): Pick<UploadWriter, 'elsewhere' | 'startsOfBlocks' | 'change'> => ({
  elsewhere: async (forms) => ({ upload, often, forms: forms.map((form) => [form, numberOf(form)]) }),
  startsOfBlocks: async (starts) => startsOfBlocks(db, starts),
  change: async (changes) => makeChanges(changes, write),
});

function servicePart(
  db: DatabaseSync,
  now: (() => number) | undefined,
): Omit<Store, StudentPart | 'forLEAs' | 'close'> {
  const jobs = jobTables(db);
  const addKey = db.prepare('INSERT INTO api_key (id, hash, key) VALUES (?, ?, ?)');
  const keys = db.prepare('SELECT key FROM api_key ORDER BY id');
  const keyByHash = db.prepare('SELECT key FROM api_key WHERE hash = ?');
  const keyById = db.prepare('SELECT key FROM api_key WHERE id = ?');
  const noteUse = db.prepare(
    'INSERT INTO key_used (id, at) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET at = excluded.at',
  );
  const uses = db.prepare('SELECT id, at FROM key_used');
  const saveKey = db.prepare('UPDATE api_key SET key = ? WHERE id = ?');
  const answer = db.prepare('SELECT answer FROM answer WHERE key_id = ? AND idempotency_key = ?');
  const oldAnswers = db.prepare('DELETE FROM answer WHERE answered_at < ?');
  // Every request asks for its key. What was found stays true until this process changes a key, or another writes to
  // the file. Only keys that exist are remembered, so there is no need to forget any.
  const version = db.prepare('PRAGMA data_version');
  const found = new Map<string, APIKey>();
  let foundIn: unknown;
  let asked = Number.NEGATIVE_INFINITY;
  const foundKeys = (): Map<string, APIKey> => {
    const at = now?.() ?? Number.POSITIVE_INFINITY;
    if (at - asked < KEYS_KNOWN_MS) return found;
    if (now) asked = at;
    const present = (version.get() as Row)['data_version'];
    if (present !== foundIn) found.clear();
    foundIn = present;
    return found;
  };
  const parsed = <T>(row: unknown, column: string): T | undefined =>
    row ? (JSON.parse((row as Row)[column] as string) as T) : undefined;

  return {
    ...rulebookPart(db),
    ...referencePart(db),
    ...draftPart(db),
    ...secretPart(db),
    ...personPart(db),
    ...sessionPart(db),
    ...outboxPart(db),
    jobs: (kind) => jobs[kind],
    ...promised<KeyPart>({
      addKey: (key) => void addKey.run(key.id, key.hash, JSON.stringify(key)),
      keys: () => (keys.all() as Row[]).map((row) => JSON.parse(row['key'] as string) as APIKey),
      keyByHash(hash) {
        const keys = foundKeys();
        const known = keys.get(hash) ?? parsed<APIKey>(keyByHash.get(hash), 'key');
        if (known) keys.set(hash, known);
        return known;
      },
      key: (id) => parsed<APIKey>(keyById.get(id), 'key'),
      revokeKey(id, at) {
        const key = parsed<APIKey>(keyById.get(id), 'key');
        if (!key || key.revokedAt) return false;
        saveKey.run(JSON.stringify({ ...key, revokedAt: at }), id);
        found.clear();
        return true;
      },
      expireKey(id, at) {
        const key = parsed<APIKey>(keyById.get(id), 'key');
        if (!key || key.revokedAt) return false;
        saveKey.run(JSON.stringify({ ...key, expiresAt: at }), id);
        found.clear();
        return true;
      },
      noteKeyUse: (id, at) => void noteUse.run(id, at),
      keyUses: () => new Map((uses.all() as Row[]).map(({ id, at }) => [id as string, at as string])),
      ...answeringHere(),
      answer: (keyId, idempotencyKey) => parsed<RememberedAnswer>(answer.get(keyId, idempotencyKey), 'answer'),
      forgetAnswers: (before) => void oldAnswers.run(before),
    }),
  };
}

/** Everything one caller may see; the scope is part of every query, here and nowhere else. */
function leaStore(
  {
    students,
    service,
    readings,
  }: { readonly students: DatabaseSync; readonly service: DatabaseSync; readonly readings: Readings },
  scope: LEAScope,
): LEAStore {
  const leas = JSON.stringify(scope === 'all' ? [] : scope);
  const all = Number(scope === 'all');
  const inScope = `(?1 OR NOT EXISTS (SELECT 1 FROM ${SENDERS} s WHERE s.value NOT IN (SELECT value FROM json_each(?2))))`;
  const jobs = jobsInScope(service, scope);
  const report = (row: unknown): Upload => uploadOf((row as Row)['report'] as string);

  return {
    ...historyReader(readings, scope),
    problems: (id, which = {}) =>
      readings.inTurns(({ db }) => {
        const row = db.prepare(`SELECT seq FROM upload WHERE ${inScope} AND id = ?3`).get(all, leas, id);
        return row ? problemsOf(db, row['seq'] as number, which) : [];
      }),
    jobs: (kind) => jobs[kind],
    numbersGiven: async (id, which) => {
      const row = students.prepare(`SELECT seq FROM upload WHERE ${inScope} AND id = ?3`).get(all, leas, id);
      return row ? numbersGiven(students, row['seq'] as number, which) : [];
    },
    ...promised<Pick<LEAStore, 'uploads' | 'upload' | 'rejections' | 'rejectedStudents'>>({
      uploads: ({ limit, after, sender, loadDay }) =>
        students
          .prepare(
            `SELECT report FROM upload WHERE ${inScope}
           AND (?3 IS NULL OR seq < (SELECT seq FROM upload WHERE ${inScope} AND id = ?3))
           AND (?4 IS NULL OR ?4 IN (SELECT value FROM ${SENDERS})) AND (?5 IS NULL OR report ->> '$.loadDay' = ?5)
           ORDER BY seq DESC LIMIT ?6`,
          )
          .all(all, leas, after ?? null, sender ?? null, loadDay ?? null, limit)
          .map(report),
      upload(id) {
        const row = students.prepare(`SELECT report FROM upload WHERE ${inScope} AND id = ?3`).get(all, leas, id);
        return row && report(row);
      },
      rejections(ssid, most, snapshot) {
        const rejected = students
          .prepare(
            `SELECT upload.id AS upload, upload.seq AS seq, rejected.n AS n
           FROM rejected JOIN upload ON upload.seq = rejected.upload
           WHERE ${inScope} AND rejected.ssid = ?3 AND upload.seq <= ?4 ORDER BY upload.seq DESC, rejected.n LIMIT ?5`,
          )
          .all(all, leas, ssid, snapshot ?? Number.MAX_SAFE_INTEGER, most) as Row[];
        return rejected.flatMap(({ upload, seq, n }) =>
          [...problemsOf(students, seq as number, { after: (n as number) - 1, limit: 1 })]
            .flat()
            .map(([, problem]) => ({
              upload: upload as string,
              problem,
            })),
        );
      },
      rejectedStudents(after, most, snapshot) {
        const found = students
          .prepare(
            `SELECT DISTINCT rejected.ssid AS ssid FROM rejected JOIN upload ON upload.seq = rejected.upload
           WHERE ${inScope} AND rejected.ssid > ?3 AND upload.seq <= ?4 ORDER BY rejected.ssid LIMIT ?5`,
          )
          .all(all, leas, after, snapshot ?? Number.MAX_SAFE_INTEGER, most) as Row[];
        return found.map(({ ssid }) => ssid as string);
      },
    }),
  };
}
