/** Reading student histories from `students.db`: as they are, or as they were right after an upload (a *snapshot*). */

import type { DatabaseSync } from 'node:sqlite';
import { UserError } from '#base/user-error';
import { type KeptHistory, TextHistory } from '#records/record';
import type { LEAScope, SSIDRange } from '#records/scope';
import { uploadOf } from './former-keys.ts';
import { type LEAStore, SnapshotGoneError } from './store.ts';

/** What an extract reads. */
export type HistoryReader = Pick<LEAStore, 'histories' | 'history' | 'leas' | 'linesSent' | 'ranges' | 'students'>;

/** Under this number stand the enrollments without an SSID. */
export const WITHOUT_SSID = -1;

export const ssidNumber = (ssid: string): number => (ssid === '' ? WITHOUT_SSID : Number(ssid));
const ssidText = (number: number): string => (number > 999_999_999 ? String(number) : String(number).padStart(10, '0'));

/** The LEAs of an upload's sender, several with commas between them, as a table. */
export const SENDERS = `json_each('["' || replace(sender, ',', '","') || '"]')`;

/** Later than every upload. */
const NOW = Number.MAX_SAFE_INTEGER;

type Packed = readonly [ssid: number, body: string];

type Statement = 'current' | 'former' | 'count' | 'countThen' | 'listed' | 'listedThen' | 'leas' | 'reports';

/**
 * The statements that read what one scope may see. In every one parameter 1 is the LEAs, 2 the snapshot; former
 * histories that belong to it are those between their two uploads.
 */
function statementsOf(scope: LEAScope): Readonly<Record<Statement, string>> {
  const one = scope !== 'all' && scope.length === 1;
  const ofLEAs =
    scope === 'all'
      ? '?1 IS NOT NULL'
      : one
        ? 'lea = (SELECT value FROM json_each(?1))'
        : 'lea IN (SELECT value FROM json_each(?1))';
  const ssid = one ? 'ssid' : 'DISTINCT ssid';
  const then = 'changed <= ?2 AND until > ?2';
  const enrolled = `SELECT ${ssid} FROM enrolled WHERE ${ofLEAs}`;
  const formerlyEnrolled = `SELECT ${ssid} FROM formerly_enrolled WHERE ${ofLEAs} AND ${then}`;

  const allInScope =
    scope === 'all'
      ? '?1 IS NOT NULL'
      : `NOT EXISTS (SELECT 1 FROM ${SENDERS} s WHERE s.value NOT IN (SELECT value FROM json_each(?1)))`;

  const inRange = 'ssid BETWEEN ?3 AND ?4';
  const inScope = (ssids: string): string => (scope === 'all' ? '?1 IS NOT NULL' : `ssid IN (${ssids} AND ${inRange})`);
  const unchanged = 'EXISTS (SELECT 1 FROM history WHERE history.ssid = enrolled.ssid AND history.changed <= ?2)';
  const listed = `${enrolled} AND ssid > ?3`;
  return {
    current: `SELECT ssid, body FROM history WHERE ${inRange} AND changed <= ?2 AND ${inScope(enrolled)} ORDER BY ssid`,
    former: `SELECT ssid, body FROM former WHERE ${inRange} AND ${then} AND ${inScope(formerlyEnrolled)} ORDER BY ssid`,
    count: `SELECT count(*) AS n FROM (${enrolled} AND ?2 IS NOT NULL)`,
    countThen: `SELECT count(*) AS n FROM (${enrolled} AND ${unchanged} UNION ALL ${formerlyEnrolled})`,
    leas: `SELECT DISTINCT lea FROM enrolled WHERE ${ofLEAs} ORDER BY lea`,
    reports: `SELECT report FROM upload WHERE ${allInScope} AND seq <= ?2 AND report <> ''`,
    listed,
    // Whoever came after the snapshot is listed too: to leave them out, every history would have to be looked at.
    listedThen: `${listed} UNION ${scope === 'all' ? `SELECT ssid FROM former WHERE ${then}` : formerlyEnrolled} AND ssid > ?3`,
  };
}

/**
 * Reads what one scope may see.
 * @param opened the snapshot that is read when a call names none; the store as it is when absent
 */
export function historyReader(db: DatabaseSync, scope: LEAScope, opened?: number): HistoryReader {
  const leas = JSON.stringify(scope === 'all' ? [] : scope);
  const sql = statementsOf(scope);

  function read(select: string, snapshot: number, { from, through }: SSIDRange): IterableIterator<Packed> {
    const statement = db.prepare(select);
    statement.setReturnArrays(true);
    return statement.iterate(
      leas,
      snapshot,
      Number(from),
      Number(through),
    ) as Iterable<unknown> as IterableIterator<Packed>;
  }

  /**
   * Gives the result of `look`, which sees one state of the store and is told whether former histories belong to the
   * snapshot.
   */
  function inOneState<T>(snapshot: number | undefined, look: (changed: boolean) => T): T {
    const { newest, release } = pin(db);
    try {
      return look(changedSince(db, snapshot, newest));
    } finally {
      release();
    }
  }

  function* histories(range: SSIDRange, snapshot = opened): Generator<KeptHistory> {
    const { newest, release } = pin(db);
    try {
      const at = snapshot ?? NOW;
      const changed = changedSince(db, snapshot, newest);
      const current = read(sql.current, at, range);
      for (const [number, body] of changed ? merged(current, read(sql.former, at, range)) : current)
        yield new TextHistory(ssidText(number), body);
    } finally {
      release();
    }
  }

  return {
    histories,
    history(ssid, snapshot) {
      // Ten digits and nothing else: an empty text stands for the enrollments without an SSID.
      if (ssidText(Number(ssid)) !== ssid || ssid.length !== 10) return undefined;
      for (const history of histories({ from: ssid, through: ssid }, snapshot)) return history;
      return undefined;
    },
    leas: () => (db.prepare(sql.leas).all(leas) as { lea: string }[]).map(({ lea }) => lea),
    linesSent(snapshot = opened) {
      const reports = db.prepare(sql.reports).all(leas, snapshot ?? NOW) as { report: string }[];
      const sent = { read: 0, rejected: 0 };
      for (const { counts } of reports.map(({ report }) => uploadOf(report))) {
        sent.read += counts.added + counts.replaced + counts.deleted + counts.rejected;
        sent.rejected += counts.rejected;
      }
      return sent;
    },
    students: (snapshot = opened) =>
      inOneState(
        snapshot,
        (changed) => (db.prepare(changed ? sql.countThen : sql.count).get(leas, snapshot ?? NOW) as { n: number }).n,
      ),
    ranges: (parts, snapshot = opened) =>
      inOneState(snapshot, (changed) => {
        const listed = changed ? sql.listedThen : sql.listed;
        const at = snapshot ?? NOW;
        const total = (db.prepare(`SELECT count(*) AS n FROM (${listed})`).get(leas, at, WITHOUT_SSID) as { n: number })
          .n;
        if (total === 0) return [];
        const size = Math.max(1, Math.ceil(total / parts));
        // From one start to the next by skipping along the index: numbering all students takes ten times as long.
        const next = db.prepare(`${listed} ORDER BY ssid LIMIT 1 OFFSET ?4`);
        const startAfter = (ssid: number, skipped: number) =>
          (next.get(leas, at, ssid, skipped) as { ssid: number } | undefined)?.ssid;
        const starts: number[] = [];
        for (let start = startAfter(WITHOUT_SSID, 0); start !== undefined; start = startAfter(start, size - 1))
          starts.push(start);
        return starts.map((start, i): SSIDRange => {
          const end = starts[i + 1];
          return { from: ssidText(start), through: end === undefined ? '9999999999' : ssidText(end - 1) };
        });
      }),
  };
}

/**
 * Begins a statement and leaves it under way: until `release`, every statement of this connection sees one state of the
 * file, whatever is written to it meanwhile. `newest` is the number of the last upload in that state, 0 for none.
 */
function pin(db: DatabaseSync): { readonly newest: number; release(): void } {
  const uploads = db.prepare('SELECT seq FROM upload ORDER BY seq DESC').iterate();
  const first = uploads.next();
  return { newest: first.done ? 0 : Number(first.value['seq']), release: () => void uploads.return?.() };
}

/**
 * Whether uploads came after a snapshot, so that former histories belong to it.
 * @throws SnapshotGoneError when these are no longer kept; UserError when there is no such upload
 */
function changedSince(db: DatabaseSync, snapshot: number | undefined, newest: number): boolean {
  if (snapshot === undefined || snapshot === newest) return false;
  if (!(snapshot < newest))
    throw new UserError(
      `the store has no upload ${snapshot}: its newest upload is ${newest}. Check that this is the right store.`,
    );
  const gone = db
    .prepare(
      'SELECT at, (SELECT max(through) FROM forgotten) AS last FROM forgotten WHERE through >= ? ORDER BY through LIMIT 1',
    )
    .get(snapshot);
  if (gone) throw new SnapshotGoneError(snapshot, String(gone['at']), Number(gone['last']) + 1);
  return true;
}

/** @throws as reading a snapshot does */
export function checkSnapshot(db: DatabaseSync, snapshot: number): void {
  const { newest, release } = pin(db);
  try {
    changedSince(db, snapshot, newest);
  } finally {
    release();
  }
}

/** What two sources in ascending order give, in ascending order; no student is in both. */
function* merged(current: Iterator<Packed>, former: Iterator<Packed>): Generator<Packed> {
  try {
    let one = current.next();
    let other = former.next();
    while (!one.done || !other.done)
      if (other.done || (!one.done && one.value[0] < other.value[0])) {
        yield one.value as Packed;
        one = current.next();
      } else {
        yield other.value;
        other = former.next();
      }
  } finally {
    current.return?.();
    former.return?.();
  }
}
