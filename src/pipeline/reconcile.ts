/**
 * The state's file against a store: the file is read and put in order, the extract of the store is made, both are gone
 * through side by side, and only the students whose rows differ are looked at for causes.
 */
import { createReadStream, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileOutput, type Written } from '#base/output';
import { counted } from '#base/text';
import { keyColumns, linesOf } from '#extract/file-rows';
import { checkRequest, columnSetFor, type ExtractRequest } from '#extract/request';
import { type ComparedExtract, type ComparedRows, type RowDifference, rowDifferences } from '#extract/row-differences';
import type { Encoding } from '#intake/lines';
import { CauseWords } from '#reconcile/cause-words';
import { CauseFinder, type StudentFindings } from '#reconcile/causes';
import { type Cluster, Clusters, type NumberedClusters } from '#reconcile/clusters';
import { type Correction, Corrector } from '#reconcile/corrections';
import { type ShownRow, shownRows } from '#reconcile/findings-list';
import { whatDoesNotFit } from '#reconcile/fit';
import type { Generations } from '#reconcile/generations';
import { type Inferred, inferredRequest, inferredRunDate, onlyOurs } from '#reconcile/infer';
import { matchedRows, type RetiredNumber, type RetiredRow } from '#reconcile/matches';
import { type PlaceCounted, PlaceCounts } from '#reconcile/place-counts';
import { rawFile } from '#reconcile/raw-lines';
import {
  askSample,
  type Basis,
  otherReadings,
  otherRequests,
  otherRulebooks,
  otherRunDates,
  type Sampled,
  type Tried,
} from '#reconcile/readings';
import { type TheirFacts, TheirRows } from '#reconcile/their-rows';
import { type Comparison, type Rows, rowKey, type Values } from '#reconcile/views';
import { type Told, told, visibleIn } from '#reconcile/visible';
import { type OutputColumn, outputColumns } from '#records/layout';
import type { Rulebook } from '#rulebook/load/assemble';
import { openHistories } from '#store/sqlite';
import { extractFromStore } from './from-store.ts';

interface ReconcileOptions {
  /** The state's file. */
  readonly path: string;
  readonly encoding?: Encoding | undefined;
  readonly storeDir: string;
  readonly snapshot?: number | undefined;
  readonly rulebook: Rulebook;
  /** Other rules that may have made the file: versions, publications. */
  readonly versions?: readonly Rulebook[] | undefined;
  readonly generations: Generations;
  /** What is known of the request that made the file; the rest is worked out from the rows. */
  readonly asked: Partial<ExtractRequest>;
  /** CCYYMMDD; worked out from the rows when absent. */
  readonly runDate?: string | undefined;
  /** CCYYMMDD */
  readonly today: string;
  /** Only for this work; whoever gives it removes it. */
  readonly temporaryDir: string;
  /** Retired numbers that their file may still have, each with the one that its student has now. */
  readonly replacements?: ReadonlyMap<string, string> | undefined;
  /** Told of the records of a student before it is asked where they came from. */
  readonly onRecords?: ((body: string) => Promise<void>) | undefined;
  readonly fileOf: (source: number) => string | undefined;
  /** Told of every row that is not the same; its clusters have the numbers in the order in which they were met. */
  readonly onRow: (row: ShownRow) => Promise<void>;
  /** Told of the corrections of every student whose records have a cause; none are drafted without it. */
  readonly onCorrections?: ((of: StudentCorrections) => Promise<void>) | undefined;
  /** Whether a record of an LEA may be told of, by the source that it came from; all are where it is absent. */
  readonly mayTell?: ((lea: string, source: number) => boolean) | undefined;
  readonly onProgress?: ((fraction: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What would make the rows of a student the same. */
export interface StudentCorrections {
  readonly ssid: string;
  readonly corrections: readonly Correction[];
  /** By cause, the number of its cluster. */
  readonly clusters: readonly number[];
}

/** How rows were found. Lines read = same + changed + nearest + onlyTheirs + unreadable. */
type ReconcileCounts = {
  readonly read: number;
  readonly unreadable: number;
  readonly ours: number;
  /** Of the rows of both. */
  same: number;
  changed: number;
  /** Of the rows that are the same: those that only the days differ on which each side took the enrollment in. */
  onlyDays: number;
  nearest: number;
  onlyTheirs: number;
  onlyOurs: number;
};

export interface Reconciled {
  readonly request: Inferred<ExtractRequest>;
  readonly runDate: Inferred<string>;
  readonly facts: TheirFacts;
  readonly counts: ReconcileCounts;
  readonly clusters: readonly Cluster[];
  /** By the number of a cluster in the rows and corrections that were told, the number that it has. */
  readonly numberOf: NumberedClusters['numberOf'];
  /** Where counts of the two sides differ. */
  readonly places: PlaceCounted;
  readonly words: CauseWords;
  /** Readings, requests and run dates that the sample speaks for. */
  readonly readings: readonly Tried[];
  readonly notes: readonly string[];
  readonly comparison: Comparison;
  /** Our extract. */
  readonly ours: Written;
}

/** So many students whose rows differ, and as many others, are asked about what may differ for all. */
const SAMPLE = 120;
const GIVEN = { because: [] } as const;

/**
 * Reconciles a file with a store.
 * @throws UserError for a file that is no CENR file, RequestError for a request that cannot be met
 */
export async function reconcile(options: ReconcileOptions): Promise<Reconciled> {
  const { path, rulebook, generations, temporaryDir, today } = options;
  const theirRows = new TheirRows(
    basename(path),
    rulebook,
    generations,
    options.asked.reportingLEAs,
    options.replacements,
  );
  const { facts } = theirRows;
  const sorted = await theirRows.read(await rawFile(path, options.encoding), temporaryDir);
  const theirPath = join(temporaryDir, 'theirs.txt');
  const output = await fileOutput(theirPath);
  for await (const bytes of sorted) await output.write(bytes);
  await output.finish();
  options.onProgress?.(READ);

  const inferred = inferredRequest(facts, rulebook, generations);
  const request = requestOf(options.asked, inferred);
  checkRequest(request.value, rulebook);
  const notFitting = whatDoesNotFit(facts, request.value, rulebook);
  const runDate = options.runDate ? { value: options.runDate, ...GIVEN } : inferredRunDate(facts, rulebook, today);
  const columnSet = widestSet(rulebook, columnSetFor(request.value, rulebook));
  const ourPath = join(temporaryDir, 'ours.txt');
  const made = await extractFromStore({
    ...{ storeDir: options.storeDir, snapshot: options.snapshot, rulebook, signal: options.signal },
    ...{ request: request.value, runDate: runDate.value, columns: columnSet, out: ourPath },
  });
  options.onProgress?.(READ + MADE);

  const ourColumns = outputColumns(rulebook.schemas.output, columnSet);
  const compared = comparisonOf(theirRows, ourColumns, generations, rulebook);
  const basis: Basis = { rulebook, request: request.value, runDate: runDate.value, comparison: compared };
  const sides = (onBytes?: (bytes: number) => void): readonly [ComparedExtract, ComparedExtract] => [
    { name: basename(path), bytes: bytesOf(theirPath, onBytes), columns: theirRows.columns },
    { name: 'our extract', bytes: bytesOf(ourPath), columns: ourColumns },
  ];
  const store = openHistories(options.storeDir, 'all', options.snapshot);
  try {
    const work = new Work(options, basis, theirRows, store);
    const readings = await work.askSample(inferred.value, sides, theirPath);
    const { size } = statSync(theirPath);
    let done = 0;
    const { counts, clusters, numberOf, ours } = await work.all(
      sides((bytes) => {
        done += bytes;
        options.onProgress?.(READ + MADE + ((1 - READ - MADE) * done) / Math.max(1, size));
      }),
    );
    const places = await placesOf(compared, clusters, sides());
    return {
      ...{ request, runDate, facts, clusters, numberOf, places, words: work.words, readings, comparison: compared },
      counts: { ...counts, read: facts.read, unreadable: facts.unreadable },
      notes: [
        ...notFitting,
        ...retiredNotes(theirRows.retired.size),
        ...hiddenWords(work.hidden),
        ...onlyOurs(facts, ours, rulebook),
      ],
      ours: { bytes: made.bytes, sha256: made.sha256 },
    };
  } finally {
    store.close();
  }
}

/** Counts the rows of both sides by school, of everything that differs in some. */
async function placesOf(
  compared: Comparison,
  clusters: readonly Cluster[],
  [theirs, ours]: readonly [ComparedExtract, ComparedExtract],
): Promise<PlaceCounted> {
  const places = new PlaceCounts(compared, clusters);
  if (clusters.length === 0) return places.counted();
  for (const [side, { bytes, columns }] of [
    ['theirs', theirs],
    ['ours', ours],
  ] as const)
    for await (const lines of linesOf(bytes))
      for (const line of lines) places.add(side, valuesBy(columns, line.split('^')));
  return places.counted();
}

/** What a file says of the request that made it, and of itself. */
export interface LookedAt {
  readonly request: Inferred<ExtractRequest>;
  readonly runDate: Inferred<string>;
  /** Reporting LEAs of its rows. */
  readonly leas: readonly string[];
}

/**
 * Looks at a file without comparing it.
 * @throws UserError for a file that is no CENR file, RequestError for a request that does not fit it
 */
export async function lookAt(
  options: Pick<ReconcileOptions, 'path' | 'encoding' | 'rulebook' | 'generations' | 'asked' | 'runDate' | 'today'>,
): Promise<LookedAt> {
  const { path, rulebook, generations, asked, today } = options;
  const theirRows = new TheirRows(basename(path), rulebook, generations);
  const facts = await theirRows.look(await rawFile(path, options.encoding));
  const request = requestOf(asked, inferredRequest(facts, rulebook, generations));
  checkRequest(request.value, rulebook);
  whatDoesNotFit(facts, request.value, rulebook);
  return {
    request,
    runDate: options.runDate ? { value: options.runDate, ...GIVEN } : inferredRunDate(facts, rulebook, today),
    leas: [...(facts.values.get('reportingLEA')?.keys() ?? [])].sort(),
  };
}

/** What was asked, and the days of the request from the rows where nobody said them. */
export function requestOf(
  asked: Partial<ExtractRequest>,
  inferred: Inferred<ExtractRequest>,
): Inferred<ExtractRequest> {
  const hasDays = [asked.academicYear, asked.asOf, asked.from, asked.through].some((day) => day !== undefined);
  const { reportingLEAs } = inferred.value;
  if (!hasDays) return { value: { ...inferred.value, ...asked }, because: inferred.because };
  return { value: { reportingLEAs, ...asked }, because: [] };
}

// Shares of the work, for its progress.
const READ = 0.2;
const MADE = 0.2;

/** @param onBytes told how many were read, again and again */
async function* bytesOf(path: string, onBytes?: (bytes: number) => void): AsyncGenerator<Buffer> {
  for await (const bytes of createReadStream(path, { highWaterMark: 1 << (onBytes ? 16 : 20) })) {
    yield bytes as Buffer;
    onBytes?.((bytes as Buffer).length);
  }
}

/** The column set with the most columns: whatever their file has is to be compared. */
export function widestSet({ schemas }: Rulebook, usual: string): string {
  const width = (set: string): number => outputColumns(schemas.output, set).length;
  return Object.keys(schemas.output.columnSets).reduce((best, set) => (width(set) > width(best) ? set : best), usual);
}

export function comparisonOf(
  { columns, facts }: TheirRows,
  ours: readonly OutputColumn[],
  { zerosMayBeLost }: Generations,
  rulebook: Rulebook,
): Comparison {
  // The two days on which each side took a record in are its own, and what is always the same tells nothing.
  const shared = ours.filter(
    ({ key, day, literal }) =>
      day === undefined && literal === undefined && columns.some((column) => column.key === key),
  );
  const keys = keyColumns(ours, rulebook).map((place) => (ours[place] as OutputColumn).key);
  return { columns: shared, keys, withoutZeros: new Set(facts.zerosPutBack.size > 0 ? zerosMayBeLost : []) };
}

/** The differences of one student. */
interface OfStudent {
  readonly ssid: string;
  readonly differences: readonly RowDifference[];
}

type Histories = ReturnType<typeof openHistories>;
type Counts = Omit<ReconcileCounts, 'read' | 'unreadable'>;

/** Goes through students whose rows differ. */
class Work {
  readonly words: CauseWords;
  readonly #options: ReconcileOptions;
  readonly #basis: Basis;
  readonly #theirRows: TheirRows;
  readonly #store: Histories;
  readonly #finder: CauseFinder;
  /** Rows under a retired number and their places, by the replacement; once all rows were read. */
  #retired: ReadonlyMap<string, readonly (readonly [string, RetiredRow])[]> | undefined;
  /** Causes that may not be told. */
  hidden = 0;

  constructor(options: ReconcileOptions, basis: Basis, theirRows: TheirRows, store: Histories) {
    this.#options = options;
    this.#basis = basis;
    this.#theirRows = theirRows;
    this.#store = store;
    this.#finder = new CauseFinder(basis);
    this.words = new CauseWords(basis.rulebook);
  }

  /** Asks a sample what may differ for all students alike; what can be a cause is one from now on. */
  async askSample(
    inferred: ExtractRequest,
    sides: () => readonly [ComparedExtract, ComparedExtract],
    theirPath: string,
  ): Promise<readonly Tried[]> {
    const sample = [...(await this.#differingSample(sides())), ...(await this.#evenSample(theirPath))];
    if (sample.every(({ items }) => items === 0)) return [];
    const tried = [
      ...otherReadings(this.#basis),
      ...otherRulebooks(this.#basis, this.#options.versions ?? []),
      ...otherRequests(this.#basis, [inferred]),
      ...otherRunDates(this.#basis, sample),
    ];
    askSample(tried, sample);
    this.#finder.useReadings(tried);
    return tried;
  }

  async #differingSample(sides: readonly [ComparedExtract, ComparedExtract]): Promise<Sampled[]> {
    const kept = new EvenSample<OfStudent>(SAMPLE);
    for await (const student of this.#students(sides)) kept.add(student);
    const sample: Sampled[] = [];
    for (const student of kept.items) {
      const body = await this.#body(student.ssid);
      sample.push(this.#sampled(student.ssid, body, this.#sidesOf(student, body).theirs));
    }
    return sample;
  }

  /** Students of their file, whether or not their rows differ. */
  async #evenSample(theirPath: string): Promise<Sampled[]> {
    const { columns } = this.#theirRows;
    const ssid = columns.findIndex(({ key }) => key === 'ssid');
    const kept = new EvenSample<readonly (readonly string[])[]>(SAMPLE);
    let rows: (readonly string[])[] = [];
    for await (const lines of linesOf(bytesOf(theirPath)))
      for (const line of lines) {
        const values = line.split('^');
        if (rows[0] && rows[0][ssid] !== values[ssid]) {
          kept.add(rows);
          rows = [];
        }
        rows.push(values);
      }
    if (rows.length > 0) kept.add(rows);
    const sample: Sampled[] = [];
    for (const student of kept.items) {
      const named = student.map((values) => valuesBy(columns, values));
      const theirs = new Map(named.map((values) => [rowKey(values, this.#basis.comparison), values]));
      const id = student[0]?.[ssid] as string;
      sample.push(this.#sampled(id, await this.#body(id), theirs));
    }
    return sample;
  }

  #sampled(ssid: string, body: string, theirs: Rows): Sampled {
    const { items } = this.#finder.compare(ssid, body, theirs);
    return { ssid, body, theirs, items: items.size, differing: items };
  }

  /** Finds causes for every student, and tells of every row. */
  async all(sides: readonly [ComparedExtract, ComparedExtract]): Promise<
    NumberedClusters & {
      readonly counts: Counts;
      readonly ours: ReadonlyMap<string, ReadonlyMap<string, number>>;
    }
  > {
    const { rulebook, comparison } = this.#basis;
    const clusters = new Clusters(rulebook, comparison);
    const counts: Counts = { ours: 0, same: 0, changed: 0, onlyDays: 0, nearest: 0, onlyTheirs: 0, onlyOurs: 0 };
    const { onCorrections } = this.#options;
    const corrector = onCorrections && new Corrector(this.#basis);
    const only = new Map<string, Map<string, number>>(comparison.keys.slice(1).map((key) => [key, new Map()]));
    const students = this.#withRetired(this.#students(sides));
    let next = await students.next();
    for (; !next.done; next = await students.next()) {
      this.#options.signal?.throwIfAborted();
      const student = next.value;
      const body = await this.#body(student.ssid);
      await this.#options.onRecords?.(body);
      const { theirs, places } = this.#sidesOf(student, body);
      const { findings, hidden } = this.#told(this.#finder.find(student.ssid, body, theirs), body);
      this.hidden += hidden;
      const retired = this.#retiredOf(student.ssid, places);
      const matches = matchedRows(theirs, findings.ours, comparison, retired);
      const found = clusters.add(findings);
      if (corrector && findings.causes.length > 0)
        await onCorrections?.({
          ssid: student.ssid,
          corrections: corrector.of(findings, body),
          clusters: found.causes.map(({ number }) => number),
        });
      const placed = { places, matches, retired, fileOf: this.#options.fileOf };
      for (const row of shownRows(findings, found, comparison, this.words, placed)) {
        counts[row.found === 'both' ? 'changed' : row.found]++;
        if (row.found === 'onlyOurs')
          for (const [key, values] of only) values.set(row.row[key] ?? '', (values.get(row.row[key] ?? '') ?? 0) + 1);
        await this.#options.onRow(row);
      }
    }
    const { before, after, onlyDays } = next.value;
    const same = before - counts.changed - counts.nearest - counts.onlyTheirs;
    return { counts: { ...counts, ours: after, same, onlyDays }, ...clusters.all(), ours: only };
  }

  /** Students of whom their file has a retired number come too, whether or not anything else differs. */
  async *#withRetired<R>(students: AsyncGenerator<OfStudent, R>): AsyncGenerator<OfStudent, R> {
    const replaced = [...new Set(Array.from(this.#theirRows.retired.values(), (row) => row.replacement))].sort();
    let at = 0;
    let next = await students.next();
    for (; !next.done; next = await students.next()) {
      for (; at < replaced.length && (replaced[at] as string) <= next.value.ssid; at++)
        if (replaced[at] !== next.value.ssid) yield { ssid: replaced[at] as string, differences: [] };
      yield next.value;
    }
    for (; at < replaced.length; at++) yield { ssid: replaced[at] as string, differences: [] };
    return next.value;
  }

  /** By row of theirs, the retired number that it has; their places are put with the others. */
  #retiredOf(ssid: string, places: Map<string, string>): ReadonlyMap<string, RetiredNumber> {
    const found = new Map<string, RetiredNumber>();
    const { columns, retired } = this.#theirRows;
    this.#retired ??= Map.groupBy(retired, ([, { replacement }]) => replacement);
    for (const [place, row] of this.#retired.get(ssid) ?? []) {
      const key = rowKey(valuesBy(columns, row.values), this.#basis.comparison);
      found.set(key, row);
      places.set(key, place);
    }
    return found;
  }

  #told(findings: StudentFindings, body: string): Told {
    const { mayTell } = this.#options;
    if (!mayTell) return { findings, hidden: 0 };
    return told(findings, visibleIn(body, this.#finder.readPlan, mayTell));
  }

  /** Students with something that is compared and is not the same. */
  async *#students([theirs, ours]: readonly [ComparedExtract, ComparedExtract]): AsyncGenerator<
    OfStudent,
    ComparedRows & { readonly onlyDays: number }
  > {
    const compared = new Set(this.#basis.comparison.columns.map(({ key }) => key));
    const differences = rowDifferences(theirs, ours, this.#basis.rulebook);
    let onlyDays = 0;
    let student: { ssid: string; differences: RowDifference[] } | undefined;
    let next = await differences.next();
    for (; !next.done; next = await differences.next()) {
      const difference = next.value;
      if (difference.kind === 'changed' && !difference.columns.some(({ key }) => compared.has(key))) {
        onlyDays++;
        continue;
      }
      if (student?.ssid !== difference.ssid) {
        if (student) yield student;
        student = { ssid: difference.ssid, differences: [] };
      }
      student?.differences.push(difference);
    }
    if (student) yield student;
    return { ...next.value, onlyDays };
  }

  /** All rows of theirs: those that differ are at hand, and the others are as ours. */
  #sidesOf(
    { ssid, differences }: OfStudent,
    body: string,
  ): { readonly theirs: Rows; readonly places: Map<string, string> } {
    const { columns } = this.#theirRows;
    const { comparison } = this.#basis;
    const { ours } = this.#finder.compare(ssid, body, new Map());
    const theirs = new Map<string, Values>(ours);
    const places = new Map<string, string>();
    const put = (values: readonly string[]): void => {
      const named = valuesBy(columns, values);
      const key = rowKey(named, comparison);
      theirs.set(key, named);
      places.set(key, values[0] as string);
    };
    for (const difference of differences) {
      if (difference.kind === 'gone') put(difference.row.values);
      else if (difference.kind === 'changed') put(difference.before.values);
      else {
        const values = valuesBy(
          outputColumns(this.#basis.rulebook.schemas.output, this.#columnSet),
          difference.row.values,
        );
        theirs.delete(rowKey(values, comparison));
      }
    }
    return { theirs, places };
  }

  get #columnSet(): string {
    return widestSet(this.#basis.rulebook, columnSetFor(this.#basis.request, this.#basis.rulebook));
  }

  async #body(ssid: string): Promise<string> {
    return (await this.#store.history(ssid, this.#options.snapshot))?.body() ?? '';
  }
}

const valuesBy = (columns: readonly OutputColumn[], values: readonly string[]): Values =>
  Object.fromEntries(columns.map(({ key }, i) => [key, values[i] ?? '']));

const retiredNotes = (n: number): string[] =>
  n === 0
    ? []
    : [
        `${counted(n, 'row')} of the file ${n === 1 ? 'has' : 'have'} a retired SSID; each is compared with the student who has its replacement.`,
      ];

const hiddenWords = (n: number): string[] =>
  n === 0
    ? []
    : [
        `${counted(n, 'cause')} ${n === 1 ? 'is' : 'are'} in records of another LEA, which are not shown: these differences are told as having no single cause.`,
      ];

/** As many as are kept, evenly spread over all that come, however many they are. */
class EvenSample<T> {
  items: T[] = [];
  readonly #most: number;
  #step = 1;
  #seen = 0;

  constructor(most: number) {
    this.#most = most;
  }

  add(item: T): void {
    if (this.#seen++ % this.#step !== 0) return;
    this.items.push(item);
    if (this.items.length < this.#most * 2) return;
    this.items = this.items.filter((_, i) => i % 2 === 0);
    this.#step *= 2;
  }
}
