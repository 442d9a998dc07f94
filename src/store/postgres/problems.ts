/** The problems of uploads: hundreds of them together, compressed, since there may be as many as students. */
import type { KeptProblem, SentLine } from '#intake/problem';
import { codesOf, PROBLEMS_AT_ONCE, packed, passes, unpacked } from '../kept-problems.ts';
import type { NumberedProblem, ProblemFilter, UploadWriter } from '../store.ts';
import type { Asked, Transaction } from './connection.ts';

/** So many rows are on their way at a time. */
const MOST_WAITING = 64;

interface ProblemWriter {
  readonly add: UploadWriter['problem'];
  /** Writes what is still in memory. */
  finish(): Promise<void>;
}

export function problemWriter(sql: Transaction, upload: number): ProblemWriter {
  let waiting: KeptProblem[] = [];
  /** By problem; none for those that have none. */
  let lines: (SentLine | null)[] = [];
  let rejected: { ssid: string; n: number }[] = [];
  let written = 0;
  let writing: Promise<unknown>[] = [];
  const write = (): void => {
    if (waiting.length === 0) return;
    const codes = codesOf(waiting);
    const sent = lines.some((line) => line !== null) ? packed(lines) : null;
    writing.push(
      sql`INSERT INTO problems (upload, n, codes, packed, lines)
        VALUES (${upload}, ${written}, ${codes}::text[], ${packed(waiting)}, ${sent})`.execute(),
    );
    if (rejected.length > 0)
      writing.push(
        sql`INSERT INTO rejected (ssid, upload, n) SELECT ssid, ${upload}, n
          FROM unnest(${rejected.map(({ ssid }) => ssid)}::text[], ${rejected.map(({ n }) => n)}::bigint[]) AS r (ssid, n)`.execute(),
      );
    written += waiting.length;
    [waiting, lines, rejected] = [[], [], []];
  };
  const settled = async (): Promise<void> => {
    const all = writing;
    writing = [];
    await Promise.all(all);
  };
  return {
    add({ problem, ssid, school, sent = null }) {
      if (problem.severity === 'reject' && ssid !== '') rejected.push({ ssid, n: written + waiting.length });
      lines.push(sent);
      if (waiting.push(school === undefined ? problem : { ...problem, school }) < PROBLEMS_AT_ONCE) return undefined;
      write();
      return writing.length < MOST_WAITING ? undefined : settled();
    },
    async finish() {
      write();
      await settled();
    },
  };
}

/** Forgets the lines of uploads as they were sent, up to and including one. */
export const forgetLines = async (sql: Asked, through: number): Promise<void> =>
  void (await sql`UPDATE problems SET lines = NULL WHERE upload <= ${through} AND lines IS NOT NULL`);

interface Row {
  readonly n: number;
  readonly packed: Uint8Array;
  readonly lines: Uint8Array | null;
}

/** So many rows are read at a time. */
const ROWS_AT_ONCE = 16;

/** The problems of an upload that a filter lets pass, in their order, by so many as are kept together. */
export async function* problemsOf(
  sql: Asked,
  upload: number,
  filter: ProblemFilter,
): AsyncGenerator<NumberedProblem[]> {
  const isMeant = passes(filter);
  const { severity, code, lines, after = -1, limit = Number.POSITIVE_INFINITY } = filter;
  let left = limit;
  if (left <= 0) return;
  const batches = sql<Row[]>`
    SELECT n, packed, CASE WHEN ${lines === true} THEN lines END AS lines FROM problems
    WHERE upload = ${upload}
      AND n >= coalesce((SELECT max(n) FROM problems WHERE upload = ${upload} AND n <= ${after + 1}), 0)
      AND (${severity ?? null}::text IS NULL OR EXISTS (SELECT FROM unnest(codes) c WHERE split_part(c, ' ', 1) = ${severity ?? null}))
      AND (${code ?? null}::text IS NULL OR EXISTS (SELECT FROM unnest(codes) c WHERE substr(c, strpos(c, ' ') + 1) = ${code ?? null}))
    ORDER BY n`.cursor(ROWS_AT_ONCE);
  for await (const rows of batches)
    for (const { n, packed, lines: sentPacked } of rows) {
      const sent = sentPacked ? unpacked<SentLine | null>(sentPacked, upload, 'the database') : [];
      const meant = unpacked<KeptProblem>(packed, upload, 'the database')
        .map((problem, i): NumberedProblem => {
          const line = sent[i];
          return [n + i, line ? { ...problem, sent: line } : problem];
        })
        .filter(isMeant)
        .slice(0, left);
      if (meant.length > 0) yield meant;
      left -= meant.length;
      if (left <= 0) return;
    }
}
