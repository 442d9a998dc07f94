/** Anomalies, and what became of them. */
import type { LEAScope } from '#records/scope';
import { ssidNumber, ssidText } from '#records/ssid';
import {
  type Anomaly,
  type AnomalyCount,
  type AnomalyEntry,
  type AnomalyFilter,
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
} from '../anomalies.ts';
import { type Asked, type Connections, inScope, json, leasOf, whileNobodyWrites } from './connection.ts';

interface Row {
  readonly id: string;
  readonly state: AnomalyState;
  readonly fingerprint: string;
  readonly found: FoundAnomaly;
  readonly entries: readonly AnomalyEntry[];
}

/** So many are looked up and written together. */
const AT_ONCE = 500;

const anomalyOf = ({ state, found, entries }: Row): Anomaly => ({ ...found, state, entries });
const rowsOf = (sql: Asked) => sql`SELECT id, state, fingerprint, found, entries FROM anomaly`;

/** Those of which one side is in scope. */
const seenBy = (sql: Asked, scope: LEAScope) => sql`(${scope === 'all'} OR leas && ${leasOf(scope)}::text[])`;

async function say(sql: Asked, { id, entries }: Row, entry: AnomalyEntry): Promise<void> {
  await sql`UPDATE anomaly SET state = ${entry.state}, entries = ${json([...entries, entry])}::text::json WHERE id = ${id}`;
}

async function put(
  sql: Asked,
  found: FoundAnomaly,
  known: Row | undefined,
  search: AnomalySearch,
  counts: { opened: number; openedAgain: number },
): Promise<void> {
  if (!known) {
    counts.opened++;
    const leas = [...new Set(found.sides.map(({ lea }) => lea))];
    const ssids = [...new Set(found.sides.map(({ ssid }) => ssidNumber(ssid)))];
    await sql`INSERT INTO anomaly (id, kind, state, fingerprint, leas, ssids, found, entries)
      VALUES (${found.id}, ${found.kind}, 'open', ${found.fingerprint}, ${leas}::text[], ${ssids}::bigint[],
        ${json(found)}::text::json, ${json([foundFirst(search)])}::text::json)`;
    return;
  }
  const isChanged = known.fingerprint !== found.fingerprint;
  if (isChanged)
    await sql`UPDATE anomaly SET fingerprint = ${found.fingerprint}, found = ${json(found)}::text::json WHERE id = ${found.id}`;
  const entry = foundAgain(known.state, isChanged, search);
  if (!entry) return;
  counts.openedAgain++;
  await say(sql, known, entry);
}

async function lastSearch(sql: Asked): Promise<AnomalySearch | undefined> {
  return (await sql<{ search: AnomalySearch }[]>`SELECT search FROM anomaly_search ORDER BY n DESC LIMIT 1`)[0]?.search;
}

/** Some at a time. */
function* together<T>(all: Iterable<T>): Generator<T[]> {
  let some: T[] = [];
  for (const one of all) {
    if (some.push(one) < AT_ONCE) continue;
    yield some;
    some = [];
  }
  if (some.length > 0) yield some;
}

async function keep(
  sql: Asked,
  search: AnomalySearch,
  found: Iterable<FoundAnomaly>,
  examined: ReadonlySet<string> | undefined,
) {
  const last = await lastSearch(sql);
  requireNewest(last, search);
  const counts = { opened: 0, openedAgain: 0, resolved: 0 };
  const ids = new Set<string>();
  for (const some of together(found)) {
    const rows = await sql<Row[]>`${rowsOf(sql)} WHERE id = ANY (${some.map(({ id }) => id)}::text[])`;
    const known = new Map(rows.map((row) => [row.id, row]));
    await Promise.all(some.map((one) => put(sql, one, known.get(one.id), search, counts)));
    for (const { id } of some) ids.add(id);
  }
  const ssids = examined ? [...examined].map(ssidNumber) : [];
  // Ids only: there may be very many.
  const unresolved = await sql<{ id: string }[]>`
    SELECT id FROM anomaly WHERE state <> 'resolved' AND (${!examined} OR ssids && ${ssids}::bigint[])`;
  for (const gone of together(unresolved.filter(({ id }) => !ids.has(id)))) {
    counts.resolved += gone.length;
    const rows = await sql<Row[]>`${rowsOf(sql)} WHERE id = ANY (${gone.map(({ id }) => id)}::text[])`;
    await Promise.all(rows.map((row) => say(sql, row, foundNoMore(search))));
  }
  await sql`INSERT INTO anomaly_search (upload, search) VALUES (${search.upload}, ${json(search)}::text::json)`;
  const [open] = await sql<{ n: number }[]>`SELECT count(*) AS n FROM anomaly WHERE state = 'open'`;
  return { ...counts, open: open?.n ?? 0 };
}

const rowIn = async (sql: Asked, scope: LEAScope, id: string): Promise<Row | undefined> =>
  (await sql<Row[]>`${rowsOf(sql)} WHERE id = ${id} AND ${seenBy(sql, scope)}`)[0];

async function list(
  sql: Asked,
  scope: LEAScope,
  { kind = null, state = null, lea, school = null, limit = null, after = '' }: Nullable<AnomalyFilter>,
): Promise<readonly Anomaly[]> {
  const seen = scope === 'all' ? undefined : leasOf(scope).filter((one) => lea == null || one === lea);
  const leas = seen ?? (lea == null ? undefined : [lea]);
  const isAny = leas === undefined;
  const rows = await sql<Row[]>`
    ${rowsOf(sql)} WHERE id > ${after ?? ''} AND (${kind}::text IS NULL OR kind = ${kind})
      AND (${state}::text IS NULL OR state = ${state}) AND (${isAny} OR leas && ${leas ?? []}::text[])
      AND (${school}::text IS NULL OR EXISTS (SELECT FROM json_array_elements(found -> 'sides') AS side
        WHERE side ->> 'school' = ${school} AND (${isAny} OR side ->> 'lea' = ANY (${leas ?? []}::text[]))))
    ORDER BY id LIMIT ${limit}`;
  return rows.map(anomalyOf);
}

type Nullable<T> = { readonly [K in keyof T]?: T[K] | null };

export function anomalyTable({ short, long }: Pick<Connections, 'short' | 'long'>): AnomalyTable {
  return {
    keep: (search, found, examined) => whileNobodyWrites(long, (sql) => keep(sql, search, found, examined)),
    lastSearch: () => lastSearch(short),
    async changedAfter(upload) {
      const rows = await short<{ ssid: number }[]>`
        SELECT ssid FROM history WHERE changed > ${upload} AND ssid >= 0
        UNION SELECT ssid FROM former WHERE until > ${upload} AND changed <= ${upload} ORDER BY ssid`;
      return rows.map(({ ssid }) => ssidText(ssid));
    },
    list: (scope, filter) => inScope(short, scope, (sql) => list(sql, scope, filter)),
    get: (scope, id) =>
      inScope(short, scope, async (sql) => {
        const row = await rowIn(sql, scope, id);
        return row && anomalyOf(row);
      }),
    counts: (scope) =>
      inScope(short, scope, async (sql) => {
        const rows = await sql<AnomalyCount[]>`
          SELECT kind, side ->> 'lea' AS lea, side ->> 'school' AS school, state, count(DISTINCT anomaly.id) AS count
          FROM anomaly, json_array_elements(found -> 'sides') AS side
          WHERE ${scope === 'all'} OR side ->> 'lea' = ANY (${leasOf(scope)}::text[])
          GROUP BY 1, 2, 3, 4 ORDER BY 1, (side ->> 'lea') COLLATE "C", (side ->> 'school') COLLATE "C", 4`;
        return rows.map((row) => ({ ...row }));
      }),
    kindCounts: (scope) =>
      inScope(short, scope, async (sql) => {
        const rows = await sql<AnomalyKindCount[]>`
          SELECT kind, found ->> 'title' AS title, state, count(*) AS count FROM anomaly
          WHERE ${seenBy(sql, scope)} GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`;
        return rows.map((row) => ({ ...row }));
      }),
    change: (scope, id, entry) =>
      whileNobodyWrites(long, async (sql) => {
        const row = await rowIn(sql, scope, id);
        if (!row) return undefined;
        requireChange(row.state, entry.state);
        await say(sql, row, entry);
        const changed = await rowIn(sql, scope, id);
        return changed && anomalyOf(changed);
      }),
  };
}
