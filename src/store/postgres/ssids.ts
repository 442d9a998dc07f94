/** The register of SSIDs, beside the records that it is about: written while nobody else writes about students. */
import { UserError } from '#base/user-error';
import { ssidNumber, ssidText } from '#records/ssid';
import {
  type Assigned,
  type NumberRequest,
  type Retirement,
  RetirementRefusedError,
  type SSIDEntry,
  type SSIDRegister,
  type SSIDWriter,
} from '../ssids.ts';
import { type Asked, type Connections, json, whileNobodyWrites } from './connection.ts';

/** Of a hundred million numbers nearly all are free: as many in a row that are not mean that something is wrong. */
const MOST_DRAWS = 10_000;

export function ssidRegister({ short, long }: Pick<Connections, 'short' | 'long'>): SSIDRegister {
  return {
    activeOf: async (ssid) => ssidText(await activeOf(short, ssidNumber(ssid))),
    async replacements() {
      const rows = await short<{ ssid: number; active: number }[]>`
        WITH RECURSIVE chain (ssid, active) AS (
          SELECT ssid, replacement FROM ssid_retired
          UNION ALL SELECT chain.ssid, r.replacement FROM chain JOIN ssid_retired r ON r.ssid = chain.active)
        SELECT ssid, active FROM chain WHERE NOT EXISTS (SELECT FROM ssid_retired r WHERE r.ssid = chain.active)
        ORDER BY ssid`;
      return new Map(rows.map(({ ssid, active }) => [ssidText(ssid), ssidText(active)]));
    },
    retirements: async () => (await short<RetiredRow[]>`${retired(short)} ORDER BY ssid`).map(retirementOf),
    wasIssued: (ssid) => wasIssued(short, ssidNumber(ssid)),
    assign: (requests, draw, entry) =>
      whileNobodyWrites(long, async (sql) => {
        const assigned: Assigned[] = [];
        for (const request of requests) assigned.push(await assign(sql, request, draw, entry));
        return assigned;
      }),
    async formerOf(ssid, snapshot = Number.MAX_SAFE_INTEGER) {
      const rows = await short<RetiredRow[]>`
        WITH RECURSIVE former (ssid) AS (
          SELECT ssid FROM ssid_retired WHERE replacement = ${ssidNumber(ssid)} AND upload <= ${snapshot}
          UNION SELECT r.ssid FROM ssid_retired r JOIN former f ON r.replacement = f.ssid WHERE r.upload <= ${snapshot})
        ${retired(short)} WHERE ssid IN (SELECT ssid FROM former) ORDER BY ssid`;
      return rows.map(retirementOf);
    },
    async sentWith(source, line) {
      const [row] = await short<
        { ssid: number }[]
      >`SELECT ssid FROM ssid_sent WHERE source = ${source} AND line = ${line}`;
      return row && ssidText(row.ssid);
    },
  };
}

/** So many are written at a time. */
const MANY_SENT = 1_000;

/**
 * The register inside an upload, which is a transaction.
 * @param write writes what the upload put so far, before it is asked about
 */
export function ssidWriter(sql: Asked, write: () => Promise<void>): SSIDWriter & { finish(): Promise<void> } {
  let sent: { readonly source: number; readonly line: number; readonly ssid: number }[] = [];
  const finish = async (): Promise<void> => {
    for (; sent.length > 0; sent = sent.slice(MANY_SENT)) {
      const some = sent.slice(0, MANY_SENT);
      const column = (name: 'source' | 'line' | 'ssid'): number[] => some.map((one) => one[name]);
      await sql`INSERT INTO ssid_sent (source, line, ssid)
        SELECT DISTINCT ON (source, line) source, line, ssid
        FROM unnest(${column('source')}::bigint[], ${column('line')}::bigint[], ${column('ssid')}::bigint[])
          WITH ORDINALITY AS s (source, line, ssid, place) ORDER BY source, line, place
        ON CONFLICT DO NOTHING`;
    }
  };
  return {
    retire: (retirement, index) => retire(sql, retirement, index),
    async undoRetirement(retired, entry) {
      await write();
      await finish();
      return undo(sql, ssidNumber(retired), entry);
    },
    keepSent: (source, line, ssid) => void sent.push({ source, line, ssid: ssidNumber(ssid) }),
    finish,
  };
}

interface RetiredRow {
  readonly ssid: number;
  readonly replacement: number;
  readonly upload: number;
  readonly entry: Pick<Retirement, 'day' | 'at' | 'by' | 'why'>;
}

const retired = (sql: Asked) => sql`SELECT ssid, replacement, upload, entry FROM ssid_retired`;

const retirementOf = ({ ssid, replacement, upload, entry }: RetiredRow): Retirement & { readonly upload: number } => ({
  retired: ssidText(ssid),
  replacement: ssidText(replacement),
  upload,
  ...entry,
});

const retirementIn = async (sql: Asked, ssid: number): Promise<RetiredRow | undefined> =>
  (await sql<RetiredRow[]>`${retired(sql)} WHERE ssid = ${ssid}`)[0];

async function activeOf(sql: Asked, ssid: number): Promise<number> {
  let active = ssid;
  for (let found = await retirementIn(sql, active); found; found = await retirementIn(sql, active))
    active = found.replacement;
  return active;
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

async function retire(sql: Asked, { retired, replacement, ...entry }: Retirement, index = 0): Promise<void> {
  const refuse = (says: string): never => {
    throw new RetirementRefusedError(says, index);
  };
  const [old, next] = [ssidNumber(retired), ssidNumber(replacement)];
  if (old === next) refuse(`${retired} cannot replace itself; give the other number`);
  const known = await retirementIn(sql, old);
  if (known) refuse(`${retired} is retired already, in favor of ${ssidText(known.replacement)}; undo that first`);
  const active = await activeOf(sql, next);
  if (active === old)
    refuse(`${replacement} is itself retired in favor of ${retired}; the two would replace each other in a circle`);
  if (active !== next)
    refuse(`${replacement} is retired; expected an active number. ${ssidText(active)} stands for it`);
  await sql`INSERT INTO ssid_retired (ssid, replacement, upload, entry)
    SELECT ${old}, ${next}, coalesce(max(seq), 0), ${json(entry)}::text::json FROM upload`;
}

async function undo(
  sql: Asked,
  ssid: number,
  entry: SSIDEntry,
): Promise<{ readonly replacement: string; readonly upload: number }> {
  const known = await retirementIn(sql, ssid);
  if (!known) throw new RetirementRefusedError(`${ssidText(ssid)} is not retired; there is nothing to undo`);
  const [last] = await sql<{ changed: number }[]>`SELECT changed FROM history WHERE ssid = ${known.replacement}`;
  if ((last?.changed ?? 0) > known.upload)
    throw new RetirementRefusedError(
      `records of ${ssidText(known.replacement)} were sent since ${ssidText(ssid)} was retired; it can only be undone before`,
    );
  const [together] = await sql<{ ssid: number }[]>`
    SELECT ssid FROM ssid_retired
    WHERE replacement = ${known.replacement} AND upload = ${known.upload} AND ssid <> ${ssid}`;
  if (together)
    throw new RetirementRefusedError(
      `${ssidText(ssid)} and ${ssidText(together.ssid)} were retired together in favor of ${ssidText(known.replacement)}; one alone cannot be undone`,
    );
  await sql`DELETE FROM ssid_sent WHERE ssid = ${ssid}`;
  await sql`DELETE FROM ssid_retired WHERE ssid = ${ssid}`;
  const undone = { ...retirementOf(known), undone: entry };
  await sql`INSERT INTO ssid_undone (entry) VALUES (${json(undone)}::text::json)`;
  await sql`INSERT INTO ssid_issued (ssid) VALUES (${ssid}) ON CONFLICT DO NOTHING`;
  return { replacement: ssidText(known.replacement), upload: known.upload };
}

async function assign(sql: Asked, request: NumberRequest, draw: () => string, entry: SSIDEntry): Promise<Assigned> {
  const { lea, localID, who } = request;
  const [before] = await sql<{ ssid: number }[]>`
    SELECT ssid FROM ssid_request WHERE lea = ${lea} AND local_id = ${localID} AND who = ${who}`;
  if (before) return { ssid: ssidText(await activeOf(sql, before.ssid)), isNew: false };
  if (request.chosen !== undefined) {
    const chosen = ssidNumber(request.chosen);
    const active = await activeOf(sql, chosen);
    if (active !== chosen)
      throw new UserError(`the SSID ${request.chosen} is retired; ${ssidText(active)} stands for it`);
    if (!(await wasIssued(sql, chosen)))
      throw new UserError(`the SSID ${request.chosen} is nobody's in this store; choose a candidate, or NEW`);
    await give(sql, request, chosen, undefined);
    return { ssid: request.chosen, isNew: false };
  }
  for (let i = 0; i < MOST_DRAWS; i++) {
    const ssid = draw();
    if (await wasIssued(sql, ssidNumber(ssid))) continue;
    await give(sql, request, ssidNumber(ssid), entry);
    return { ssid, isNew: true };
  }
  throw new UserError(`${MOST_DRAWS} numbers in a row were issued before; the range of new numbers is used up`);
}
