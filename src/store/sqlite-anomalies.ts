/** Anomalies in `students.db`. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { LEAScope } from '#records/scope';
import { ssidNumber, ssidText } from '#records/ssid';
import {
  type Anomaly,
  type AnomalyCount,
  type AnomalyEntry,
  type AnomalyKindCount,
  type AnomalySearch,
  type AnomalyState,
  type AnomalyTable,
  type FoundAnomaly,
  foundAgain,
  foundFirst,
  foundNoMore,
  requireChange,
  requireNewest,
  type SearchResult,
} from './anomalies.ts';
import { type AtOnce, promised } from './at-once.ts';
import { currentPlaces, formerPlaces, NOW } from './blocks/places.ts';
import { changedAt } from './blocks/shelf.ts';
import { inTransaction } from './transactions.ts';

interface Row {
  readonly id: string;
  readonly state: AnomalyState;
  readonly fingerprint: string;
  readonly found: string;
  readonly entries: string;
}

const EVERY_NUMBER = { from: 0, through: 9_999_999_999 };
const everybody = (): undefined => undefined;

export const anomalyTable = (db: DatabaseSync): AnomalyTable => promised<AnomalyTable>(new Anomalies(db));

class Anomalies implements AtOnce<AnomalyTable> {
  readonly #db: DatabaseSync;
  readonly #prepared = new Map<string, StatementSync>();

  constructor(db: DatabaseSync) {
    this.#db = db;
  }

  /** A search writes many rows: each statement is prepared once. */
  #statement(sql: string): StatementSync {
    let statement = this.#prepared.get(sql);
    if (!statement) {
      statement = this.#db.prepare(sql);
      this.#prepared.set(sql, statement);
    }
    return statement;
  }

  keep(search: AnomalySearch, found: Iterable<FoundAnomaly>, examined?: ReadonlySet<string>): SearchResult {
    return inTransaction(this.#db, () => {
      const last = this.lastSearch();
      requireNewest(last, search);
      const counts = { opened: 0, openedAgain: 0, resolved: 0 };
      const ids = new Set<string>();
      for (const one of found) {
        this.#put(one, search, counts);
        ids.add(one.id);
      }
      for (const id of this.#unresolved(examined).filter((one) => !ids.has(one))) {
        counts.resolved++;
        this.#say(this.#row(id) as Row, foundNoMore(search));
      }
      this.#db
        .prepare('INSERT INTO anomaly_search (upload, search) VALUES (?, ?)')
        .run(search.upload, JSON.stringify(search));
      const open = this.#db.prepare("SELECT count(*) AS n FROM anomaly WHERE state = 'open'").get()?.['n'];
      return { ...counts, open: open as number };
    });
  }

  lastSearch(): AnomalySearch | undefined {
    const row = this.#db.prepare('SELECT search FROM anomaly_search ORDER BY n DESC LIMIT 1').get();
    return row && (JSON.parse(row['search'] as string) as AnomalySearch);
  }

  changedAfter(upload: number): string[] {
    const changed = new Set<number>();
    for (const place of currentPlaces(this.#db, EVERY_NUMBER, NOW, everybody))
      if (changedAt(place) > upload) changed.add(place.number);
    for (const block of formerPlaces(this.#db, EVERY_NUMBER, upload, everybody)) {
      const places = block.places();
      for (let next = places.next(); !next.done; next = places.next()) changed.add(next.value.number);
    }
    return [...changed].sort((a, b) => a - b).map(ssidText);
  }

  list(
    scope: LEAScope,
    { kind, state, lea, school, limit, after = '' }: Parameters<AnomalyTable['list']>[1],
  ): Anomaly[] {
    const seen = scope === 'all' ? undefined : lea === undefined ? scope : scope.filter((one) => one === lea);
    const leas = seen ?? (lea === undefined ? undefined : [lea]);
    const rows = this.#db
      .prepare(
        `SELECT id, state, fingerprint, found, entries FROM anomaly
         WHERE id > ?1 AND (?2 IS NULL OR kind = ?2) AND (?3 IS NULL OR state = ?3)
           AND (?4 IS NULL OR EXISTS (SELECT 1 FROM anomaly_lea WHERE anomaly_lea.id = anomaly.id
                AND lea IN (SELECT value FROM json_each(?4))))
           AND (?5 IS NULL OR EXISTS (SELECT 1 FROM json_each(found, '$.sides') AS side
                WHERE side.value ->> 'school' = ?5
                  AND (?4 IS NULL OR side.value ->> 'lea' IN (SELECT value FROM json_each(?4)))))
         ORDER BY id LIMIT ?6`,
      )
      .all(after, kind ?? null, state ?? null, leas ? JSON.stringify(leas) : null, school ?? null, limit ?? -1);
    return (rows as unknown as Row[]).map(anomalyOf);
  }

  get(scope: LEAScope, id: string): Anomaly | undefined {
    const row = this.#row(id);
    const anomaly = row && anomalyOf(row);
    return anomaly && isSeenBy(anomaly, scope) ? anomaly : undefined;
  }

  counts(scope: LEAScope): AnomalyCount[] {
    const leas = scope === 'all' ? null : JSON.stringify(scope);
    const rows = this.#db
      .prepare(
        `SELECT kind, side.value ->> 'lea' AS lea, side.value ->> 'school' AS school, state,
                count(DISTINCT anomaly.id) AS count
         FROM anomaly, json_each(found, '$.sides') AS side
         WHERE ?1 IS NULL OR side.value ->> 'lea' IN (SELECT value FROM json_each(?1))
         GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4`,
      )
      .all(leas);
    return rows.map((row) => ({ ...row })) as unknown as AnomalyCount[];
  }

  kindCounts(scope: LEAScope): AnomalyKindCount[] {
    const leas = scope === 'all' ? null : JSON.stringify(scope);
    const rows = this.#db
      .prepare(
        `SELECT kind, found ->> 'title' AS title, state, count(*) AS count FROM anomaly
         WHERE ?1 IS NULL OR EXISTS (SELECT 1 FROM anomaly_lea WHERE anomaly_lea.id = anomaly.id
           AND lea IN (SELECT value FROM json_each(?1)))
         GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`,
      )
      .all(leas);
    return rows.map((row) => ({ ...row })) as unknown as AnomalyKindCount[];
  }

  change(scope: LEAScope, id: string, entry: AnomalyEntry): Anomaly | undefined {
    return inTransaction(this.#db, () => {
      const anomaly = this.get(scope, id);
      if (!anomaly) return undefined;
      requireChange(anomaly.state, entry.state);
      this.#say(this.#row(id) as Row, entry);
      return this.get(scope, id);
    });
  }

  #row(id: string): Row | undefined {
    return this.#statement('SELECT id, state, fingerprint, found, entries FROM anomaly WHERE id = ?').get(id) as
      | Row
      | undefined;
  }

  /** Ids only: there may be very many. */
  #unresolved(examined: ReadonlySet<string> | undefined): string[] {
    const rows = this.#db
      .prepare(
        `SELECT id FROM anomaly WHERE state <> 'resolved' AND (?1 IS NULL OR id IN
           (SELECT id FROM anomaly_ssid WHERE ssid IN (SELECT value FROM json_each(?1))))`,
      )
      .all(examined ? JSON.stringify([...examined].map(ssidNumber)) : null);
    return rows.map(({ id }) => id as string);
  }

  #put(found: FoundAnomaly, search: AnomalySearch, counts: { opened: number; openedAgain: number }): void {
    const known = this.#row(found.id);
    const text = JSON.stringify(found);
    if (!known) {
      counts.opened++;
      this.#statement(
        'INSERT INTO anomaly (id, kind, state, fingerprint, found, entries) VALUES (?, ?, ?, ?, ?, ?)',
      ).run(found.id, found.kind, 'open', found.fingerprint, text, JSON.stringify([foundFirst(search)]));
      const lea = this.#statement('INSERT OR IGNORE INTO anomaly_lea (lea, id) VALUES (?, ?)');
      const ssid = this.#statement('INSERT OR IGNORE INTO anomaly_ssid (ssid, id) VALUES (?, ?)');
      for (const side of found.sides) {
        lea.run(side.lea, found.id);
        ssid.run(ssidNumber(side.ssid), found.id);
      }
      return;
    }
    const isChanged = known.fingerprint !== found.fingerprint;
    if (isChanged)
      this.#statement('UPDATE anomaly SET fingerprint = ?, found = ? WHERE id = ?').run(
        found.fingerprint,
        text,
        found.id,
      );
    const entry = foundAgain(known.state, isChanged, search);
    if (!entry) return;
    counts.openedAgain++;
    this.#say(known, entry);
  }

  #say({ id, entries }: Row, entry: AnomalyEntry): void {
    const all = [...(JSON.parse(entries) as AnomalyEntry[]), entry];
    this.#statement('UPDATE anomaly SET state = ?, entries = ? WHERE id = ?').run(entry.state, JSON.stringify(all), id);
  }
}

const anomalyOf = ({ state, found, entries }: Row): Anomaly => ({
  ...(JSON.parse(found) as FoundAnomaly),
  state,
  entries: JSON.parse(entries) as AnomalyEntry[],
});

const isSeenBy = ({ sides }: FoundAnomaly, scope: LEAScope): boolean =>
  scope === 'all' || sides.some(({ lea }) => scope.includes(lea));
