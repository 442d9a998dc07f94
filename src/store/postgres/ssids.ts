/** The register of SSIDs, beside the records that it is about: written while nobody else writes about students. */
import { ssidNumber, ssidText } from '#records/ssid';
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
} from '../kept-ssids.ts';
import type {
  Assigned,
  GivenNumber,
  NumberRequest,
  Retirement,
  SSIDEntry,
  SSIDRegister,
  SSIDWriter,
  UndoEntry,
  Undone,
  UndoneRetirement,
} from '../ssids.ts';
import type { LEAStore } from '../store.ts';
import { type Asked, type Connections, json, whileNobodyWrites } from './connection.ts';

export function ssidRegister({ short, long }: Pick<Connections, 'short' | 'long'>): SSIDRegister {
  return {
    activeOf: async (ssid, snapshot) => ssidText(await activeOf(short, ssidNumber(ssid), snapshot)),
    async replacements() {
      const rows = await short<{ ssid: number; active: number }[]>`
        WITH RECURSIVE chain (ssid, active) AS (
          SELECT ssid, replacement FROM ssid_retired
          UNION ALL SELECT chain.ssid, r.replacement FROM chain JOIN ssid_retired r ON r.ssid = chain.active)
        SELECT ssid, active FROM chain WHERE NOT EXISTS (SELECT FROM ssid_retired r WHERE r.ssid = chain.active)
        ORDER BY ssid`;
      return new Map(rows.map(({ ssid, active }) => [ssidText(ssid), ssidText(active)]));
    },
    retirements: async () => (await short<Row[]>`${retired(short)} ORDER BY ssid`).map(retirementOf),
    undone: async () =>
      (await short<{ entry: UndoneRetirement }[]>`SELECT entry FROM ssid_undone ORDER BY n DESC`).map(
        ({ entry }) => entry,
      ),
    wasIssued: (ssid) => wasIssued(short, ssidNumber(ssid)),
    assign: (requests, draw, entry) =>
      whileNobodyWrites(long, async (sql) => {
        const assigned: Assigned[] = [];
        for (const request of requests) assigned.push(await assign(sql, request, draw, entry));
        return assigned;
      }),
    formerOf: (ssid, snapshot) => formerOf(short, ssid, snapshot),
    async sentWith(places) {
      const rows = await short<{ ssid: number | null; isGiven: boolean }[]>`
        SELECT s.ssid, g.source IS NOT NULL AS "isGiven"
        FROM unnest(${places.map(({ source }) => source)}::bigint[], ${places.map(({ line }) => line)}::bigint[])
          WITH ORDINALITY AS asked (source, line, place)
        LEFT JOIN ssid_sent s USING (source, line) LEFT JOIN ssid_given g USING (source, line) ORDER BY place`;
      return rows.map(({ ssid, isGiven }) => (ssid === null ? (isGiven ? '' : undefined) : ssidText(ssid)));
    },
  };
}

export interface GivenRow extends Omit<GivenNumber, 'ssid'> {
  readonly ssid: number;
  readonly file: string;
}

/** The numbers that records of an upload got which were sent without one, as they were given. */
export const givenIn = (
  sql: Asked,
  upload: number,
  { offset = 0, limit }: Parameters<LEAStore['numbersGiven']>[1],
): PromiseLike<readonly GivenRow[]> => sql<GivenRow[]>`
  SELECT g.source, g.line, g.ssid, g.local_id AS "localID", g.is_new AS "isNew", source.name AS file
  FROM source JOIN ssid_given g ON g.source = source.number
  WHERE source.upload = ${upload} ORDER BY g.source, g.line LIMIT ${limit} OFFSET ${offset}`;

/** The same as they are now. Retirements are nobody's: whoever asks may see all of them. */
export async function asTheyAre(
  sql: Asked,
  rows: readonly GivenRow[],
): Promise<readonly (GivenNumber & { readonly file: string })[]> {
  const given: (GivenNumber & { readonly file: string })[] = [];
  for (const row of rows) given.push({ ...row, ssid: ssidText(await activeOf(sql, row.ssid)) });
  return given;
}

/** So many are written at a time. */
const MANY = 1_000;

/** What is kept of records, gathered until it is written; of one record the first stays. */
class OfRecords<T extends { readonly source: number; readonly line: number }> {
  readonly #write: (some: readonly T[]) => PromiseLike<unknown>;
  #waiting: T[] = [];

  constructor(write: (some: readonly T[]) => PromiseLike<unknown>) {
    this.#write = write;
  }

  add(one: T): void {
    this.#waiting.push(one);
  }

  async finish(): Promise<void> {
    const first = new Map<string, T>();
    for (const one of this.#waiting) {
      const key = `${one.source} ${one.line}`;
      if (!first.has(key)) first.set(key, one);
    }
    this.#waiting = [];
    const all = [...first.values()];
    for (let i = 0; i < all.length; i += MANY) await this.#write(all.slice(i, i + MANY));
  }
}

/**
 * The register inside an upload, which is a transaction.
 * @param write writes what the upload put so far, before it is asked about
 */
export function ssidWriter(sql: Asked, write: () => Promise<void>): SSIDWriter & { finish(): Promise<void> } {
  const sent = new OfRecords<{ readonly source: number; readonly line: number; readonly ssid: number }>(
    (some) => sql`INSERT INTO ssid_sent (source, line, ssid)
      SELECT * FROM json_to_recordset(${json(some)}::text::json) AS s (source bigint, line bigint, ssid bigint)
      ON CONFLICT DO NOTHING`,
  );
  const given = new OfRecords<GivenNumber>(
    (some) => sql`INSERT INTO ssid_given (source, line, ssid, local_id, is_new)
      SELECT source, line, ssid, "localID", "isNew" FROM json_to_recordset(${json(some)}::text::json)
        AS g (source bigint, line bigint, ssid bigint, "localID" text, "isNew" boolean)
      ON CONFLICT DO NOTHING`,
  );
  return {
    retire: (retirement, index) => retire(sql, retirement, index),
    undoRetirement: (retired, entry) => undo(sql, ssidNumber(retired), entry),
    async assign(requests, draw, entry) {
      await write();
      const assigned: Assigned[] = [];
      for (const request of requests) assigned.push(await assign(sql, request, draw, entry));
      return assigned;
    },
    async givenBefore(request) {
      const before = await numberGiven(sql, request);
      return before === undefined ? undefined : ssidText(await activeOf(sql, before));
    },
    keepGiven: (one) => given.add(one),
    keepSent: (source, line, ssid) => sent.add({ source, line, ssid: ssidNumber(ssid) }),
    async finish() {
      await sent.finish();
      await given.finish();
    },
  };
}

type Row = RetiredRow<RetirementEntry>;

const retired = (sql: Asked) => sql`SELECT ssid, replacement, upload, entry FROM ssid_retired`;

const retirementIn = async (sql: Asked, ssid: number): Promise<Row | undefined> =>
  (await sql<Row[]>`${retired(sql)} WHERE ssid = ${ssid}`)[0];

/** Of every row: retirements that were undone, for a snapshot; few ever are. */
interface WithUndone {
  readonly undone: readonly Undone[] | null;
}

const allUndone = (sql: Asked) => sql`(SELECT json_agg(entry) FROM ssid_undone) AS undone`;

/** Those that were in effect at a snapshot and were undone since. */
const undoneSince = (row: WithUndone | undefined, snapshot: number | undefined): readonly Undone[] =>
  snapshot === undefined ? [] : inEffectAt(row?.undone ?? [], snapshot);

async function activeOf(sql: Asked, ssid: number, snapshot?: number): Promise<number> {
  // Most numbers were never retired: one question for everything tells so.
  const replacementOf = async (number: number): Promise<number | undefined> => {
    const [known] = await sql<({ replacement: number | null; upload: number } & WithUndone)[]>`
      SELECT r.replacement, r.upload, ${allUndone(sql)}
      FROM (VALUES (${number}::bigint)) AS asked (ssid) LEFT JOIN ssid_retired r USING (ssid)`;
    if (known && known.replacement !== null && known.upload <= (snapshot ?? known.upload)) return known.replacement;
    const then = undoneSince(known, snapshot).find(({ retired }) => retired === ssidText(number));
    return then && ssidNumber(then.replacement);
  };
  let active = ssid;
  for (let next = await replacementOf(active); next !== undefined; next = await replacementOf(active)) active = next;
  return active;
}

/** By retired number. */
async function formerOf(sql: Asked, ssid: string, snapshot = Number.MAX_SAFE_INTEGER): Promise<readonly Retirement[]> {
  const found = new Map<string, Retirement>();
  const seek = async (replacement: string): Promise<void> => {
    const rows = await sql<((Row | { readonly ssid: null }) & WithUndone)[]>`
      SELECT r.*, undone FROM (SELECT ${allUndone(sql)}) AS u
      LEFT JOIN (${retired(sql)} WHERE replacement = ${ssidNumber(replacement)} AND upload <= ${snapshot}) AS r ON true`;
    const into = rows.filter((row): row is Row & WithUndone => row.ssid !== null);
    const undone = undoneSince(rows[0], snapshot).filter((each) => each.replacement === replacement);
    for (const one of [...into.map(retirementOf), ...undone]) {
      if (found.has(one.retired)) continue;
      found.set(one.retired, one);
      await seek(one.retired);
    }
  };
  await seek(ssid);
  return byRetired(found);
}

async function wasIssued(sql: Asked, ssid: number): Promise<boolean> {
  const [found] = await sql<{ was: boolean }[]>`
    SELECT EXISTS (SELECT FROM ssid_issued WHERE ssid = ${ssid}) OR EXISTS (SELECT FROM history WHERE ssid = ${ssid})
      OR EXISTS (SELECT FROM former WHERE ssid = ${ssid})
      OR EXISTS (SELECT FROM ssid_retired WHERE ssid = ${ssid} OR replacement = ${ssid})
      OR EXISTS (SELECT FROM rejected WHERE ssid = ${ssidText(ssid)}) AS was`;
  return found?.was === true;
}

async function give(
  sql: Asked,
  { lea, localID, who }: NumberRequest,
  ssid: number,
  drawn: SSIDEntry | undefined,
): Promise<void> {
  await sql`INSERT INTO ssid_request (lea, local_id, who, ssid) VALUES (${lea}, ${localID}, ${who}, ${ssid})`;
  if (drawn) await sql`INSERT INTO ssid_issued (ssid, entry) VALUES (${ssid}, ${json({ ...drawn, lea })}::text::json)`;
}

async function retire(sql: Asked, retirement: Retirement, index = 0): Promise<void> {
  const { retired, replacement, ...entry } = retirement;
  const [old, next] = [ssidNumber(retired), ssidNumber(replacement)];
  const known = (await retirementIn(sql, old))?.replacement;
  refuseRetiring(retirement, { known, active: await activeOf(sql, next) }, index);
  await sql`INSERT INTO ssid_retired (ssid, replacement, upload, entry)
    SELECT ${old}, ${next}, coalesce(max(seq), 0), ${json(entry)}::text::json FROM upload`;
}

/** Refuses to undo what a later retirement rests on: one of a number that stands for it by now, or in its favor. */
async function refuseUndoing(sql: Asked, { ssid, replacement, upload }: Row): Promise<void> {
  for (
    let standing: number | undefined = replacement;
    standing !== undefined;
    standing = (await retirementIn(sql, standing))?.replacement
  ) {
    const [later] = await sql<Row[]>`
      ${retired(sql)} WHERE (ssid = ${standing} OR replacement = ${standing}) AND upload > ${upload}
      ORDER BY upload DESC LIMIT 1`;
    if (later) throw restsOnIt(ssid, later);
  }
}

async function undo(
  sql: Asked,
  ssid: number,
  entry: UndoEntry,
): Promise<{ readonly upload: number; readonly left: number }> {
  const known = await retirementIn(sql, ssid);
  if (!known) throw notRetired(ssid);
  await refuseUndoing(sql, known);
  await sql`DELETE FROM ssid_retired WHERE ssid = ${ssid}`;
  const [newest] = await sql<{ seq: number }[]>`SELECT coalesce(max(seq), 0) AS seq FROM upload`;
  const undone: Undone = { ...retirementOf(known), undone: { ...entry, upload: newest?.seq ?? 0 } };
  await sql`INSERT INTO ssid_undone (entry) VALUES (${json(undone)}::text::json)`;
  await sql`INSERT INTO ssid_issued (ssid) VALUES (${ssid}) ON CONFLICT DO NOTHING`;
  const left = await sql`SELECT FROM ssid_retired WHERE upload = ${known.upload}`;
  return { upload: known.upload, left: left.length };
}

async function numberGiven(sql: Asked, { lea, localID, who }: NumberRequest): Promise<number | undefined> {
  const [row] = await sql<{ ssid: number }[]>`
    SELECT ssid FROM ssid_request WHERE lea = ${lea} AND local_id = ${localID} AND who = ${who}`;
  return row?.ssid;
}

async function assign(sql: Asked, request: NumberRequest, draw: () => string, entry: SSIDEntry): Promise<Assigned> {
  const before = await numberGiven(sql, request);
  if (before !== undefined) return { ssid: ssidText(await activeOf(sql, before)), isNew: false };
  if (request.chosen !== undefined) {
    const chosen = ssidNumber(request.chosen);
    const active = await activeOf(sql, chosen);
    if (active !== chosen) throw chosenRetired(request.chosen, active);
    if (!(await wasIssued(sql, chosen))) throw chosenUnknown(request.chosen);
    await give(sql, request, chosen, undefined);
    return { ssid: request.chosen, isNew: false };
  }
  for (let i = 0; i < MOST_DRAWS; i++) {
    const ssid = draw();
    if (await wasIssued(sql, ssidNumber(ssid))) continue;
    await give(sql, request, ssidNumber(ssid), entry);
    return { ssid, isNew: true };
  }
  throw usedUp();
}
