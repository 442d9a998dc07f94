/** The problems of uploads: hundreds of them together, compressed, since there may be as many as students. */
import type { DatabaseSync } from 'node:sqlite';
import type { KeptProblem, SentLine } from '#intake/problem';
import { codesOf, PROBLEMS_AT_ONCE, packed, passes, unpacked } from './kept-problems.ts';
import type { NumberedProblem, ProblemFilter, UploadWriter } from './store.ts';

interface ProblemWriter {
  readonly add: UploadWriter['problem'];
  /** Writes what is still in memory. */
  finish(): void;
}

export function problemWriter(db: DatabaseSync, upload: number): ProblemWriter {
  const add = db.prepare('INSERT INTO problems (upload, n, codes, packed) VALUES (?, ?, ?, ?)');
  const reject = db.prepare('INSERT INTO rejected (ssid, upload, n) VALUES (?, ?, ?)');
  let waiting: KeptProblem[] = [];
  /** By problem; none for those that have none. */
  let lines: (SentLine | null)[] = [];
  let written = 0;
  const finish = (): void => {
    if (waiting.length === 0) return;
    const codes = JSON.stringify(codesOf(waiting));
    add.run(upload, written, codes, packed(waiting));
    if (lines.some((line) => line !== null))
      // An older form of the store has none, while it is brought into this one.
      db.prepare('UPDATE problems SET lines = ? WHERE upload = ? AND n = ?').run(packed(lines), upload, written);
    written += waiting.length;
    waiting = [];
    lines = [];
  };
  return {
    add({ problem, ssid, school, sent = null }) {
      if (problem.severity === 'reject' && ssid !== '') reject.run(ssid, upload, written + waiting.length);
      lines.push(sent);
      if (waiting.push(school === undefined ? problem : { ...problem, school }) >= PROBLEMS_AT_ONCE) finish();
      return undefined;
    },
    finish,
  };
}

/** Forgets the lines of uploads as they were sent, up to and including one. */
export const forgetLines = (db: DatabaseSync, through: number): number =>
  Number(db.prepare('UPDATE problems SET lines = NULL WHERE upload <= ? AND lines IS NOT NULL').run(through).changes);

/** The problems of an upload that a filter lets pass, in their order, by so many as are kept together. */
export function* problemsOf(db: DatabaseSync, upload: number, filter: ProblemFilter): Generator<NumberedProblem[]> {
  const { severity, code, lines, after = -1, limit = Number.POSITIVE_INFINITY } = filter;
  const rows = db
    .prepare(
      `SELECT n, packed FROM problems WHERE upload = ?1 AND n >= coalesce((SELECT max(n) FROM problems WHERE upload = ?1 AND n <= ?2), 0)
       AND (?3 IS NULL OR EXISTS (SELECT 1 FROM json_each(codes) WHERE value LIKE ?3 || ' %'))
       AND (?4 IS NULL OR EXISTS (SELECT 1 FROM json_each(codes) WHERE substr(value, instr(value, ' ') + 1) = ?4)) ORDER BY n`,
    )
    .iterate(upload, after + 1, severity ?? null, code ?? null) as Iterable<unknown> as Iterable<{
    n: number;
    packed: Uint8Array;
  }>;
  const isMeant = passes(filter);
  let left = limit;
  if (left <= 0) return;
  for (const { n, packed } of rows) {
    const meant = unpackedIn<KeptProblem>(db, packed, upload)
      .map((problem, i): NumberedProblem => [n + i, problem])
      .filter(isMeant)
      .slice(0, left);
    if (meant.length > 0) yield lines ? withLines(db, upload, n, meant) : meant;
    left -= meant.length;
    if (left <= 0) return;
  }
}

/** @param first the number of the first of those that are kept together */
function withLines(
  db: DatabaseSync,
  upload: number,
  first: number,
  problems: readonly NumberedProblem[],
): NumberedProblem[] {
  const row = db
    .prepare('SELECT lines FROM problems WHERE upload = ? AND n = ? AND lines IS NOT NULL')
    .get(upload, first);
  const lines = row ? unpackedIn<SentLine | null>(db, row['lines'] as Uint8Array, upload) : [];
  return problems.map(([number, problem]) => {
    const sent = lines[number - first];
    return [number, sent ? { ...problem, sent } : problem];
  });
}

const unpackedIn = <T>(db: DatabaseSync, packed: Uint8Array, upload: number): T[] =>
  unpacked(packed, upload, 'the store', ` in "${db.location()}"`);
