/** The register of SSIDs, in `students.db`: beside the records that it is about, and written in one transaction. */
import type { DatabaseSync } from 'node:sqlite';
import type { RecordPlace } from '#records/record';
import { ssidNumber, ssidText } from '#records/ssid';
import { promised } from './at-once.ts';
import { currentPlaces, NOW } from './blocks/places.ts';
import { changedAt } from './blocks/shelf.ts';
import {
  byRetired,
  chosenRetired,
  chosenUnknown,
  inEffectAt,
  MOST_DRAWS,
  notRetired,
  type RetiredRow,
  type RetirementEntry,
  refuseRetiring,
  restsOnIt,
  retirementOf,
  usedUp,
} from './kept-ssids.ts';
import type {
  Assigned,
  GivenNumber,
  KeptRetirement,
  NumberRequest,
  Retirement,
  SSIDEntry,
  SSIDRegister,
  SSIDWriter,
  UndoEntry,
  Undone,
  UndoneRetirement,
} from './ssids.ts';
import { inTransaction } from './transactions.ts';

/** Forgets where students were enrolled up to before an upload. Their numbers stay known: they never come back. */
export function forgetEnrollments(db: DatabaseSync, until: number): void {
  db.prepare(
    'INSERT OR IGNORE INTO ssid_issued (ssid) SELECT DISTINCT ssid FROM formerly_enrolled WHERE until <= ?',
  ).run(until);
  db.prepare('DELETE FROM formerly_enrolled WHERE until <= ?').run(until);
}

export function ssidRegister(db: DatabaseSync): SSIDRegister {
  const numbers = new Numbers(db);
  return promised<SSIDRegister>({
    activeOf: (ssid, snapshot) => ssidText(numbers.activeOf(ssidNumber(ssid), snapshot)),
    replacements: () =>
      new Map(numbers.retired().map(({ ssid }) => [ssidText(ssid), ssidText(numbers.activeOf(ssid))])),
    retirements: () => numbers.retired().map(parsed),
    undone: () => numbers.undone(),
    wasIssued: (ssid) => numbers.wasIssued(ssidNumber(ssid)),
    assign: (requests, draw, entry) =>
      inTransaction(db, () => requests.map((request) => assign(numbers, request, draw, entry))),
    formerOf: (ssid, snapshot) => numbers.formerOf(ssidNumber(ssid), snapshot),
    sentWith: (places) => numbers.sentWith(places),
  });
}

/**
 * The numbers that records of an upload got which were sent without one, as they are now.
 * @param upload its number
 * @param offset how many come before
 */
export function numbersGiven(
  db: DatabaseSync,
  upload: number,
  { offset = 0, limit }: { readonly offset?: number | undefined; readonly limit: number },
): readonly (GivenNumber & { readonly file: string })[] {
  const numbers = new Numbers(db);
  return db
    .prepare(
      `SELECT g.source, g.line, g.ssid, g.local_id AS localID, g.is_new AS isNew, source.name AS file
       FROM source JOIN ssid_given g ON g.source = source.number
       WHERE source.upload = ? ORDER BY g.source, g.line LIMIT ? OFFSET ?`,
    )
    .all(upload, limit, offset)
    .map(({ source, line, ssid, localID, isNew, file }) => ({
      ...{ source: source as number, line: line as number, localID: localID as string, file: file as string },
      ...{ ssid: ssidText(numbers.activeOf(ssid as number)), isNew: isNew === 1 },
    }));
}

/**
 * The register inside an upload, which is a transaction.
 * @param histories what the upload wrote so far is written before it is asked about
 */
export function ssidWriter(db: DatabaseSync, histories: { finish(): void }): SSIDWriter {
  const numbers = new Numbers(db);
  return {
    retire: async (retirement, index) => numbers.retire(retirement, index),
    undoRetirement: async (retired, entry) => numbers.undo(ssidNumber(retired), entry),
    keepSent: (source, line, ssid) => numbers.keepSent(source, line, ssidNumber(ssid)),
    async assign(requests, draw, entry) {
      histories.finish();
      return requests.map((request) => assign(numbers, request, draw, entry));
    },
    async givenBefore(request) {
      const given = numbers.givenBefore(request);
      return given === undefined ? undefined : ssidText(numbers.activeOf(given));
    },
    keepGiven: (given) => numbers.keepGiven(given),
  };
}

type Row = RetiredRow<string>;

const parsed = (row: Row): KeptRetirement => retirementOf({ ...row, entry: JSON.parse(row.entry) as RetirementEntry });

/** What is asked of the tables. */
class Numbers {
  readonly #db: DatabaseSync;

  constructor(db: DatabaseSync) {
    this.#db = db;
  }

  #get(sql: string, ...values: readonly (string | number)[]): Record<string, unknown> | undefined {
    return this.#db.prepare(sql).get(...values);
  }

  #run(sql: string, ...values: readonly (string | number)[]): void {
    this.#db.prepare(sql).run(...values);
  }

  retired(): readonly Row[] {
    const rows = this.#db.prepare('SELECT ssid, replacement, upload, entry FROM ssid_retired ORDER BY ssid').all();
    return rows as unknown as readonly Row[];
  }

  retirement(ssid: number): Row | undefined {
    return this.#get('SELECT ssid, replacement, upload, entry FROM ssid_retired WHERE ssid = ?', ssid) as
      | Row
      | undefined;
  }

  /** By retired number. */
  formerOf(ssid: number, snapshot?: number): readonly Retirement[] {
    const undone = this.#undoneSince(snapshot);
    const found = new Map<string, Retirement>();
    const seek = (replacement: string): void => {
      const into = this.#db
        .prepare('SELECT ssid, replacement, upload, entry FROM ssid_retired WHERE replacement = ? AND upload <= ?')
        .all(ssidNumber(replacement), snapshot ?? Number.MAX_SAFE_INTEGER) as unknown as readonly Row[];
      for (const one of [...into.map(parsed), ...undone.filter((each) => each.replacement === replacement)]) {
        if (found.has(one.retired)) continue;
        found.set(one.retired, one);
        seek(one.retired);
      }
    };
    seek(ssidText(ssid));
    return byRetired(found);
  }

  activeOf(ssid: number, snapshot?: number): number {
    const undone = this.#undoneSince(snapshot);
    const replacementOf = (number: number): number | undefined => {
      const known = this.retirement(number);
      if (known && known.upload <= (snapshot ?? known.upload)) return known.replacement;
      const then = undone.find(({ retired }) => retired === ssidText(number));
      return then && ssidNumber(then.replacement);
    };
    let active = ssid;
    for (let next = replacementOf(active); next !== undefined; next = replacementOf(active)) active = next;
    return active;
  }

  /** Retirements that were in effect at a snapshot and were undone since; few ever are. */
  #undoneSince(snapshot: number | undefined): readonly Undone[] {
    if (snapshot === undefined) return [];
    const undone = this.#db.prepare('SELECT entry FROM ssid_undone').all();
    return inEffectAt(
      undone.map(({ entry }) => JSON.parse(entry as string) as Undone),
      snapshot,
    );
  }

  wasIssued(ssid: number): boolean {
    const found = this.#get(
      `SELECT 1 FROM ssid_issued WHERE ssid = ?1 UNION ALL SELECT 1 FROM enrolled WHERE ssid = ?1
       UNION ALL SELECT 1 FROM formerly_enrolled WHERE ssid = ?1
       UNION ALL SELECT 1 FROM ssid_retired WHERE ssid = ?1 OR replacement = ?1
       UNION ALL SELECT 1 FROM rejected WHERE ssid = ?2 LIMIT 1`,
      ssid,
      ssidText(ssid),
    );
    // A student with records and no enrollment stands in a block only.
    return found !== undefined || this.lastChange(ssid) !== undefined;
  }

  /** The number of the upload that last changed a student; `undefined` for nobody. */
  lastChange(ssid: number): number | undefined {
    for (const place of currentPlaces(this.#db, { from: ssid, through: ssid }, NOW, () => undefined))
      return changedAt(place);
    return undefined;
  }

  givenBefore({ lea, localID, who }: NumberRequest): number | undefined {
    const row = this.#get(
      'SELECT ssid FROM ssid_request WHERE lea = ? AND local_id = ? AND who = ?',
      lea,
      localID,
      who,
    );
    return row?.['ssid'] as number | undefined;
  }

  give({ lea, localID, who }: NumberRequest, ssid: number, drawn: SSIDEntry | undefined): void {
    this.#run('INSERT INTO ssid_request (lea, local_id, who, ssid) VALUES (?, ?, ?, ?)', lea, localID, who, ssid);
    if (drawn)
      this.#run('INSERT INTO ssid_issued (ssid, entry) VALUES (?, ?)', ssid, JSON.stringify({ ...drawn, lea }));
  }

  retire(retirement: Retirement, index = 0): void {
    const { retired, replacement, ...entry } = retirement;
    const [old, next] = [ssidNumber(retired), ssidNumber(replacement)];
    const known = this.retirement(old)?.replacement;
    refuseRetiring(retirement, { known, active: this.activeOf(next) }, index);
    this.#run(
      'INSERT INTO ssid_retired (ssid, replacement, upload, entry) VALUES (?, ?, ?, ?)',
      ...[old, next, this.#newestUpload(), JSON.stringify(entry)],
    );
  }

  undone(): readonly UndoneRetirement[] {
    const rows = this.#db.prepare('SELECT entry FROM ssid_undone ORDER BY n DESC').all();
    return rows.map((row) => JSON.parse(row['entry'] as string) as UndoneRetirement);
  }

  undo(ssid: number, entry: UndoEntry): { readonly upload: number; readonly left: number } {
    const known = this.retirement(ssid);
    if (!known) throw notRetired(ssid);
    this.#refuseUndoing(known);
    this.#run('DELETE FROM ssid_retired WHERE ssid = ?', ssid);
    const undone: Undone = { ...parsed(known), undone: { ...entry, upload: this.#newestUpload() } };
    this.#run('INSERT INTO ssid_undone (entry) VALUES (?)', JSON.stringify(undone));
    this.#run('INSERT OR IGNORE INTO ssid_issued (ssid) VALUES (?)', ssid);
    return { upload: known.upload, left: this.retired().filter((one) => one.upload === known.upload).length };
  }

  keepGiven({ source, line, localID, ssid, isNew }: GivenNumber): void {
    this.#run(
      'INSERT OR IGNORE INTO ssid_given (source, line, ssid, local_id, is_new) VALUES (?, ?, ?, ?, ?)',
      ...[source, line, ssidNumber(ssid), localID, Number(isNew)],
    );
  }

  /** Refuses to undo what a later retirement rests on: one of a number that stands for it by now, or in its favor. */
  #refuseUndoing({ ssid, replacement, upload }: Row): void {
    for (let standing: number | undefined = replacement; standing; standing = this.retirement(standing)?.replacement) {
      const later = this.#get(
        'SELECT ssid, replacement FROM ssid_retired WHERE (ssid = ?1 OR replacement = ?1) AND upload > ?2 ORDER BY upload DESC LIMIT 1',
        ...[standing, upload],
      ) as Row | undefined;
      if (later) throw restsOnIt(ssid, later);
    }
  }

  keepSent(source: number, line: number, ssid: number): void {
    this.#run('INSERT OR IGNORE INTO ssid_sent (source, line, ssid) VALUES (?, ?, ?)', source, line, ssid);
  }

  sentWith(places: readonly RecordPlace[]): readonly (string | undefined)[] {
    const sent = this.#db.prepare('SELECT ssid FROM ssid_sent WHERE source = ? AND line = ?');
    const given = this.#db.prepare('SELECT 1 FROM ssid_given WHERE source = ? AND line = ?');
    return places.map(({ source, line }) => {
      const row = sent.get(source, line);
      return row ? ssidText(row['ssid'] as number) : given.get(source, line) && '';
    });
  }

  #newestUpload(): number {
    return (this.#get('SELECT coalesce(max(seq), 0) AS newest FROM upload')?.['newest'] as number | undefined) ?? 0;
  }
}

function assign(numbers: Numbers, request: NumberRequest, draw: () => string, entry: SSIDEntry): Assigned {
  const before = numbers.givenBefore(request);
  if (before !== undefined) return { ssid: ssidText(numbers.activeOf(before)), isNew: false };
  if (request.chosen !== undefined) {
    const chosen = ssidNumber(request.chosen);
    const active = numbers.activeOf(chosen);
    if (active !== chosen) throw chosenRetired(request.chosen, active);
    if (!numbers.wasIssued(chosen)) throw chosenUnknown(request.chosen);
    numbers.give(request, chosen, undefined);
    return { ssid: request.chosen, isNew: false };
  }
  for (let i = 0; i < MOST_DRAWS; i++) {
    const ssid = draw();
    if (numbers.wasIssued(ssidNumber(ssid))) continue;
    numbers.give(request, ssidNumber(ssid), entry);
    return { ssid, isNew: true };
  }
  throw usedUp();
}
