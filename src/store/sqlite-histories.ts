/** Reading student histories from `students.db`: as they are, or as they were right after an upload (a *snapshot*). */

import type { DatabaseSync } from 'node:sqlite';
import { UserError } from '#base/user-error';
import type { KeptHistory } from '#records/record';
import { EVERYBODY, type LEAScope, type SSIDRange } from '#records/scope';
import { ssidText, WITHOUT_SSID } from '#records/ssid';
import { promised } from './at-once.ts';
import {
  currentPlaces,
  formerPlaces,
  merged,
  NOW,
  type Numbers,
  startsOfBlocks,
  type Visible,
} from './blocks/places.ts';
import { historyAt, type Place } from './blocks/shelf.ts';
import { uploadOf } from './former-keys.ts';
import type { Reading, Readings } from './readings.ts';
import { type HistoryReader, SnapshotGoneError } from './store.ts';

/** The LEAs of an upload's sender, several with commas between them, as a table. */
export const SENDERS = `json_each('["' || replace(sender, ',', '","') || '"]')`;

type Statement = 'count' | 'formerly' | 'enrolled' | 'formerlyEnrolled' | 'listed' | 'listedThen' | 'leas' | 'reports';

/**
 * The statements that read what one scope may see. In every one parameter 1 is the LEAs, 2 the snapshot; what
 * students were formerly belongs to it between two uploads.
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

  const listed = `${enrolled} AND ssid > ?3`;
  return {
    count: `SELECT count(*) AS n FROM (${enrolled} AND ?2 IS NOT NULL)`,
    formerly: `SELECT count(*) AS n FROM (${formerlyEnrolled})`,
    enrolled: `${enrolled} AND ?2 IS NOT NULL AND ssid BETWEEN ?3 AND ?4`,
    formerlyEnrolled: `${formerlyEnrolled} AND ssid BETWEEN ?3 AND ?4`,
    leas: `SELECT DISTINCT lea FROM enrolled WHERE ${ofLEAs} ORDER BY lea`,
    reports: `SELECT report FROM upload WHERE ${allInScope} AND seq <= ?2 AND report <> ''`,
    listed,
    // Whoever came after the snapshot is listed too: to leave them out, every history would have to be looked at.
    listedThen: `${listed} UNION ${formerlyEnrolled} AND ssid > ?3`,
  };
}

/**
 * Reads what one scope may see.
 * @param opened the snapshot that is read when a call names none; the store as it is when absent
 */
export function historyReader(readings: Readings, scope: LEAScope, opened?: number): HistoryReader {
  const leas = JSON.stringify(scope === 'all' ? [] : scope);
  const sql = statementsOf(scope);

  /** Who of a range is in scope, enrolled or formerly enrolled; `undefined` when all are, enrolled or not. */
  const visible =
    (db: DatabaseSync, which: 'enrolled' | 'formerlyEnrolled', at: number, all = scope === 'all'): Visible =>
    ({ from, through }) => {
      if (all) return undefined;
      const rows = db.prepare(sql[which]).all(leas, at, from, through);
      return new Set(rows.map(({ ssid }) => ssid as number));
    };

  /** The students of a range who are in scope, ascending. */
  function placesOf({ db, newest }: Reading, range: SSIDRange, snapshot?: number): Generator<Place> {
    const at = snapshot ?? NOW;
    const numbers = numbersOf(range);
    if (!changedSince(db, snapshot, newest)) return currentPlaces(db, numbers, NOW, visible(db, 'enrolled', at));
    const current = currentPlaces(db, numbers, at, visible(db, 'enrolled', at));
    return merged(current, formerPlaces(db, numbers, at, visible(db, 'formerlyEnrolled', at)));
  }

  return {
    histories: (range, { snapshot = opened, signal } = {}) =>
      readings.inTurns((reading) => batchesOf(placesOf(reading, range, snapshot)), signal),
    ...promised<Omit<HistoryReader, 'histories'>>({
      history: (ssid, snapshot = opened) =>
        readings.inOne((reading) => {
          // Ten digits and nothing else: an empty text stands for the enrollments without an SSID.
          if (ssidText(Number(ssid)) !== ssid || ssid.length !== 10) return undefined;
          // It is read when the state of the store that it is of is let go.
          for (const place of placesOf(reading, { from: ssid, through: ssid }, snapshot))
            return historyAt(place).fetched();
          return undefined;
        }),
      leas: () =>
        readings.inOne(({ db }) => (db.prepare(sql.leas).all(leas) as { lea: string }[]).map(({ lea }) => lea)),
      linesSent: (snapshot = opened) =>
        readings.inOne(({ db }) => {
          const reports = db.prepare(sql.reports).all(leas, snapshot ?? NOW) as { report: string }[];
          const sent = { read: 0, rejected: 0 };
          for (const { counts } of reports.map(({ report }) => uploadOf(report))) {
            sent.read += counts.added + counts.replaced + counts.deleted + counts.rejected;
            sent.rejected += counts.rejected;
          }
          return sent;
        }),
      students: (snapshot = opened) =>
        readings.inOne(({ db, newest }) => {
          const at = snapshot ?? NOW;
          const count = (which: 'count' | 'formerly'): number => db.prepare(sql[which]).get(leas, at)?.['n'] as number;
          if (!changedSince(db, snapshot, newest)) return count('count');
          let unchanged = 0;
          for (const _ of currentPlaces(db, numbersOf(EVERYBODY), at, visible(db, 'enrolled', at, false))) unchanged++;
          return count('formerly') + unchanged;
        }),
      ranges: (parts, snapshot = opened) =>
        readings.inOne(({ db, newest }) => {
          const listed = changedSince(db, snapshot, newest) ? sql.listedThen : sql.listed;
          const at = snapshot ?? NOW;
          const total = db.prepare(`SELECT count(*) AS n FROM (${listed})`).get(leas, at, WITHOUT_SSID)?.[
            'n'
          ] as number;
          const size = Math.max(1, Math.ceil(total / parts));
          // From one start to the next by skipping along the index: numbering all students takes ten times as long.
          const next = db.prepare(`${listed} ORDER BY ssid LIMIT 1 OFFSET ?4`);
          const startAfter = (ssid: number, skipped: number) =>
            next.get(leas, at, ssid, skipped)?.['ssid'] as number | undefined;
          const starts: number[] = [];
          for (let start = startAfter(WITHOUT_SSID, 0); start !== undefined; start = startAfter(start, size - 1))
            starts.push(start);
          return rangesFrom(size < MANY_STUDENTS ? starts : startsOfBlocks(db, starts));
        }),
    }),
  };
}

const numbersOf = ({ from, through }: SSIDRange): Numbers => ({ from: Number(from), through: Number(through) });

/** So many as a block holds. */
const STUDENTS_A_BATCH = 256;

/** Students by so many at a time. When the next one cannot be read, those before are given first. */
function* batchesOf(places: Generator<Place>): Generator<KeptHistory[]> {
  let batch: KeptHistory[] = [];
  try {
    for (const place of places) {
      batch.push(historyAt(place));
      if (batch.length < STUDENTS_A_BATCH) continue;
      yield batch;
      batch = [];
    }
  } catch (error) {
    if (batch.length > 0) yield batch;
    throw error;
  }
  if (batch.length > 0) yield batch;
}

/** Ranges of so many students begin where blocks do, so that none is read for two of them. */
const MANY_STUDENTS = 1_024;

const rangesFrom = (starts: readonly number[]): SSIDRange[] =>
  starts.map((start, i) => {
    const end = starts[i + 1];
    return { from: ssidText(start), through: end === undefined ? EVERYBODY.through : ssidText(end - 1) };
  });

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
export const checkSnapshot = ({ db, newest }: Reading, snapshot: number): void =>
  void changedSince(db, snapshot, newest);
