/**
 * The state's files against a store, again and again: what is open in the rules is found, tried on a sample, and counted
 * over all students. What comes out names no student.
 */
import { createReadStream, mkdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileOutput } from '#base/output';
import { UserError } from '#base/user-error';
import { linesOf } from '#extract/file-rows';
import { columnSetFor, type ExtractRequest } from '#extract/request';
import type { Encoding } from '#intake/lines';
import { Calibration, type Combination, type Evidence, type FiledStudent } from '#reconcile/calibration';
import { requestWords } from '#reconcile/cause-words';
import { type Generations, headerColumns } from '#reconcile/generations';
import { inferredRequest, inferredRunDate } from '#reconcile/infer';
import { type OpenReading, openChoices, SeenValues } from '#reconcile/open-readings';
import { rawFile } from '#reconcile/raw-lines';
import type { Basis } from '#reconcile/readings';
import { type TheirFacts, TheirRows } from '#reconcile/their-rows';
import { type Rows, rowKey, type Values } from '#reconcile/views';
import { type OutputColumn, outputColumns } from '#records/layout';
import { EVERYBODY } from '#records/scope';
import type { Rulebook } from '#rulebook/load/assemble';
import { openHistories } from '#store/open';
import { comparisonOf, requestOf, widestSet } from './reconcile.ts';

interface CalibrateOptions {
  /** The state's files. */
  readonly paths: readonly string[];
  readonly encoding?: Encoding | undefined;
  readonly storeDir: string;
  readonly rulebook: Rulebook;
  readonly generations: Generations;
  /** What is known of the requests that made the files; the rest is worked out from the rows of each. */
  readonly asked: Partial<ExtractRequest>;
  /** CCYYMMDD; worked out from the rows of each when absent. */
  readonly runDate?: string | undefined;
  /** CCYYMMDD */
  readonly today: string;
  /** Only for this work; whoever gives it removes it. */
  readonly temporaryDir: string;
  readonly onProgress?: ((fraction: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A file as it was taken. */
export interface CalibratedFile {
  readonly path: string;
  readonly facts: TheirFacts;
  readonly request: ExtractRequest;
  readonly runDate: string;
  /** The column set that is usual for the request, by the rulebook. */
  readonly usualColumns: string;
  /** Rows of theirs that are reproduced, as shipped and under the best combination. */
  readonly same: { shipped: number; best: number };
}

export interface Calibrated {
  readonly files: readonly CalibratedFile[];
  readonly open: readonly OpenReading[];
  readonly best: Combination;
  /** By reading and alternative: rows that are more as in the file under the best one, and under this one. */
  readonly evidence: readonly (readonly Evidence[])[];
  /** Rows that were looked at, each once for each reading. */
  readonly rows: number;
}

interface OpenFile {
  readonly path: string;
  readonly sorted: string;
  readonly columns: readonly OutputColumn[];
  readonly facts: TheirFacts;
  readonly basis: Basis;
}

// Shares of the work, for its progress.
const READ = 0.1;
const SEEN = 0.2;
const SAMPLED = 0.6;

/**
 * Finds the combination of open readings that reproduces most of the files.
 * @throws UserError for a file that is no CENR file, RequestError for a request that cannot be met
 */
export async function calibrate(options: CalibrateOptions): Promise<Calibrated> {
  const { rulebook, onProgress } = options;
  const files: OpenFile[] = [];
  for (const [i, path] of options.paths.entries()) files.push(await opened(path, i, options));
  onProgress?.(READ);
  const bases = files.map(({ basis }) => basis);
  const usual = new Calibration(bases, []);
  const seen = new SeenValues(rulebook, columnsOfAll(bases));
  for await (const student of studentsOf(files, options)) seen.add(student.theirs, usual.rowsUnder([], student));
  onProgress?.(SEEN);

  const open = [...openChoices(rulebook), ...seen.open(), ...openAdjustments(files, options.asked)];
  const calibration = new Calibration(bases, open);
  for await (const student of studentsOf(files, options)) calibration.consider(student);
  onProgress?.(SAMPLED);
  const best = calibration.best();
  const evidence = calibration.noEvidence();
  const calibrated = files.map(({ path, facts, basis: { request, runDate } }) => ({
    ...{ path, facts, request, runDate, usualColumns: columnSetFor(request, rulebook) },
    same: { shipped: 0, best: 0 },
  }));
  for await (const student of studentsOf(files, options)) {
    const file = calibrated[student.file] as CalibratedFile;
    file.same.best += calibration.weigh(best, student, evidence).same;
    file.same.shipped += calibration.weigh(calibration.asShipped, student, []).same;
  }
  const rows = files.reduce((sum, { facts }) => sum + facts.read - facts.unreadable, 0);
  return { files: calibrated, open, best, evidence, rows };
}

/**
 * Whether a path is a file of the state rather than one with records: its rows begin as those of a CENR file do, or its
 * first line has the names of their columns.
 */
export async function isStatesFile(
  path: string,
  { schemas }: Pick<Rulebook, 'schemas'>,
  encoding?: Encoding,
): Promise<boolean> {
  const literal = schemas.output.columns[0]?.literal;
  let looked = 0;
  for await (const lines of (await rawFile(path, encoding)).lines)
    for (const { fields } of lines) {
      if (fields[0]?.trim() === literal || headerColumns(fields, schemas.output)) return true;
      if (++looked === FIRST_LINES) return false;
    }
  return false;
}

const FIRST_LINES = 5;

async function opened(path: string, i: number, options: CalibrateOptions): Promise<OpenFile> {
  const { rulebook, generations, temporaryDir, asked, today } = options;
  const theirRows = new TheirRows(basename(path), rulebook, generations, asked.reportingLEAs);
  const { facts } = theirRows;
  const own = join(temporaryDir, `file-${i + 1}`);
  mkdirSync(own);
  const sorted = join(own, 'theirs.txt');
  try {
    const output = await fileOutput(sorted);
    for await (const bytes of await theirRows.read(await rawFile(path, options.encoding), own))
      await output.write(bytes);
    await output.finish();
  } catch (error) {
    // What is said of a line may have its values.
    if (error instanceof UserError && facts.read > 0)
      throw new UserError(`no line of file ${i + 1} is a row of a CENR file; cenr reconcile says why`);
    throw error;
  }
  const request = requestOf(asked, inferredRequest(facts, rulebook, generations)).value;
  const runDate = options.runDate ?? inferredRunDate(facts, rulebook, today).value;
  const ours = outputColumns(rulebook.schemas.output, widestSet(rulebook, columnSetFor(request, rulebook)));
  const comparison = comparisonOf(theirRows, ours, generations, rulebook);
  return { path, sorted, columns: theirRows.columns, facts, basis: { rulebook, request, runDate, comparison } };
}

const columnsOfAll = (bases: readonly Basis[]): OutputColumn[] => [
  ...new Map(bases.flatMap(({ comparison }) => comparison.columns.map((column) => [column.key, column]))).values(),
];

/** Whether a file of a whole year is an adjusted one, where nobody said so. */
function openAdjustments(files: readonly OpenFile[], asked: Partial<ExtractRequest>): OpenReading[] {
  if (asked.adjusted !== undefined) return [];
  return files.flatMap(({ basis: { request } }, file): OpenReading[] =>
    request.academicYear === undefined
      ? []
      : [
          {
            name: files.length === 1 ? 'request' : `request of file ${file + 1}`,
            says: 'whether the file is an adjusted one',
            alternatives: [
              { value: requestWords(request), values: new Map() },
              {
                value: requestWords({ ...request, adjusted: true }),
                values: new Map(),
                request: { file, request: { ...request, adjusted: true } },
              },
            ],
          },
        ],
  );
}

/** The students of all files and of the store, file after file: rows of theirs, and the history. */
async function* studentsOf(
  files: readonly OpenFile[],
  { storeDir, signal }: CalibrateOptions,
): AsyncGenerator<FiledStudent> {
  for (const [file, open] of files.entries()) {
    const store = await openHistories(storeDir, open.basis.request.reportingLEAs);
    const theirs = theirStudents(open);
    try {
      let next = await theirs.next();
      for await (const batch of store.histories(EVERYBODY, { signal }))
        for (const kept of batch) {
          for (; !next.done && next.value.ssid < kept.ssid; next = await theirs.next())
            yield { file, body: '', ...next.value };
          const own: Rows | undefined = !next.done && next.value.ssid === kept.ssid ? next.value.theirs : undefined;
          yield { file, ssid: kept.ssid, body: kept.body(), theirs: own ?? new Map() };
          if (own) next = await theirs.next();
        }
      for (; !next.done; next = await theirs.next()) yield { file, body: '', ...next.value };
    } finally {
      store.close();
    }
  }
}

interface TheirStudent {
  readonly ssid: string;
  readonly theirs: Rows;
}

/** Their rows, student by student, in ascending order of SSID. */
async function* theirStudents({ sorted, columns, basis }: OpenFile): AsyncGenerator<TheirStudent, undefined> {
  let student: { readonly ssid: string; readonly theirs: Map<string, Values> } | undefined;
  for await (const lines of linesOf(createReadStream(sorted, { highWaterMark: 1 << 20 })))
    for (const line of lines) {
      const fields = line.split('^');
      const values: Values = Object.fromEntries(columns.map(({ key }, i) => [key, fields[i] ?? '']));
      const ssid = values['ssid'] as string;
      if (student?.ssid !== ssid) {
        if (student) yield student;
        student = { ssid, theirs: new Map() };
      }
      student.theirs.set(rowKey(values, basis.comparison), values);
    }
  if (student) yield student;
  return undefined;
}
