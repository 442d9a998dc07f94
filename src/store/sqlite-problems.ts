/** The problems of uploads: hundreds of them together, compressed, since there may be as many as students. */
import type { DatabaseSync } from 'node:sqlite';
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import type { Problem } from '#intake/problem';
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
  let waiting: Problem[] = [];
  let written = 0;
  const finish = (): void => {
    if (waiting.length === 0) return;
    const codes = JSON.stringify([...new Set(waiting.map(codeOf))]);
    add.run(upload, written, codes, zstdCompressSync(JSON.stringify(waiting), CHECKED));
    written += waiting.length;
    waiting = [];
  };
  return {
    add({ problem, ssid }) {
      if (problem.severity === 'reject' && ssid !== '') reject.run(ssid, upload, written + waiting.length);
      if (waiting.push(problem) >= AT_ONCE) finish();
    },
    finish,
  };
}

/** The problems of an upload that a filter lets pass, in their order, by so many as are kept together. */
export function* problemsOf(
  db: DatabaseSync,
  upload: number,
  { severity, code, file, field, after = -1, limit = Number.POSITIVE_INFINITY }: ProblemFilter,
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
    (field === undefined || problem.field === field);
  let left = limit;
  if (left <= 0) return;
  for (const { n, packed } of rows) {
    const meant = unpacked(packed, db, upload)
      .map((problem, i): NumberedProblem => [n + i, problem])
      .filter(isMeant)
      .slice(0, left);
    if (meant.length > 0) yield meant;
    left -= meant.length;
    if (left <= 0) return;
  }
}

function unpacked(packed: Uint8Array, db: DatabaseSync, upload: number): Problem[] {
  try {
    return JSON.parse(zstdDecompressSync(packed).toString()) as Problem[];
  } catch (error) {
    throw new StoreTroubleError(
      `the problems of upload ${upload} in "${db.location()}" cannot be read: ${(error as Error).message}. Everything else can; restore the store from a backup`,
    );
  }
}
