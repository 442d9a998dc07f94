/** The problems of uploads: hundreds of them together, compressed, since there may be as many as students. */
import type { DatabaseSync } from 'node:sqlite';
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import type { KeptProblem, Problem, SentLine } from '#intake/problem';
import type { NumberedProblem, ProblemFilter, UploadWriter } from './store.ts';
import { StoreTroubleError } from './trouble.ts';

const AT_ONCE = 256;
/** Damage is told and never read. */
const CHECKED = { params: { [constants.ZSTD_c_checksumFlag]: 1 } };

const codeOf = ({ severity, code }: Problem): string => `${severity} ${code}`;

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
    const codes = JSON.stringify([...new Set(waiting.map(codeOf))]);
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
      if (waiting.push(school === undefined ? problem : { ...problem, school }) >= AT_ONCE) finish();
      return undefined;
    },
    finish,
  };
}

const packed = (values: readonly unknown[]): Uint8Array => zstdCompressSync(JSON.stringify(values), CHECKED);

/** Forgets the lines of uploads as they were sent, up to and including one. */
export const forgetLines = (db: DatabaseSync, through: number): number =>
  Number(db.prepare('UPDATE problems SET lines = NULL WHERE upload <= ? AND lines IS NOT NULL').run(through).changes);

/** The problems of an upload that a filter lets pass, in their order, by so many as are kept together. */
export function* problemsOf(
  db: DatabaseSync,
  upload: number,
  { severity, code, file, field, school, lines, after = -1, limit = Number.POSITIVE_INFINITY }: ProblemFilter,
): Generator<NumberedProblem[]> {
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
  const isMeant = ([number, problem]: NumberedProblem): boolean =>
    number > after &&
    (severity === undefined || problem.severity === severity) &&
    (code === undefined || problem.code === code) &&
    (file === undefined || problem.file === file) &&
    (field === undefined || problem.field === field) &&
    (school === undefined || problem.school === school);
  let left = limit;
  if (left <= 0) return;
  for (const { n, packed } of rows) {
    const meant = unpacked<KeptProblem>(packed, db, upload)
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
  const lines = row ? unpacked<SentLine | null>(row['lines'] as Uint8Array, db, upload) : [];
  return problems.map(([number, problem]) => {
    const sent = lines[number - first];
    return [number, sent ? { ...problem, sent } : problem];
  });
}

function unpacked<T>(packed: Uint8Array, db: DatabaseSync, upload: number): T[] {
  try {
    return JSON.parse(zstdDecompressSync(packed).toString()) as T[];
  } catch (error) {
    throw new StoreTroubleError(
      `the problems of upload ${upload} in "${db.location()}" cannot be read: ${(error as Error).message}. Everything else can; restore the store from a backup`,
    );
  }
}
