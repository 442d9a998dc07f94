/** An impact report made: from a store, ranges of SSIDs side by side; from files, student after student. */

import { type ChangeList, changeList, type ListFormat } from '#authoring/impact/change-list';
import { Comparison, type PassedOverBySides } from '#authoring/impact/compare';
import { addBroken, type BrokenBy } from '#authoring/impact/laws';
import { addTaken, type Taken, takesAlike } from '#authoring/impact/reading';
import {
  brokenLaws,
  Counter,
  type ImpactReport,
  type ReportRecords,
  reportHead,
  type Sample,
  tellings,
} from '#authoring/impact/report';
import type { Sides } from '#authoring/impact/view';
import { inOrder } from '#base/in-order';
import type { Output } from '#base/output';
import { defaultThreads } from '#base/threads';
import type { ExtractRequest } from '#extract/request';
import type { Encoding } from '#intake/lines';
import type { KeyRange } from '#intake/partition';
import { RecordTypes } from '#intake/record-types';
import type { InputFile } from '#intake/upload';
import { layoutOf } from '#records/layout';
import { type KeptHistory, TextHistory } from '#records/record';
import type { SSIDRange } from '#records/scope';
import { assemble, type Rulebook, type RulebookSource } from '#rulebook/load/assemble';
import { columnName } from '#rulebook/words/words';
import { openHistories } from '#store/open';
import {
  alike,
  asStored,
  compareHistories,
  type ImpactRange,
  nothingTaken,
  sentAgainOf,
  type TakenBySides,
} from './impact-steps.ts';
import { type Parted, partFiles } from './part-files.ts';
import type { Setup } from './setup.ts';
import { type StepThreads, stepThreads } from './step-threads.ts';
import { addTally, Steps, type Tally } from './steps.ts';

/** Samples of each kind of change when nothing else is asked for. */
export const DEFAULT_SAMPLES = 3;

export interface ImpactOptions {
  readonly from: RulebookSource;
  readonly to: RulebookSource;
  readonly request: ExtractRequest;
  /** CCYYMMDD */
  readonly runDate: string;
  /** How many samples of each kind of change; 3 when absent. */
  readonly samples?: number | undefined;
  /** Where the full list goes: a path under which it appears when it is complete, or an output. */
  readonly out?: { readonly to: string | Output; readonly format: ListFormat } | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Told now and then how much is done, 0 to 1. */
  readonly onProgress?: ((fraction: number) => void) | undefined;
}

export interface ImpactFromStoreOptions extends ImpactOptions {
  readonly storeDir: string;
  /** Number of the upload after which the store is to be seen (`Store.snapshot`); as it is now when absent. */
  readonly snapshot?: number | undefined;
  readonly workers?: number | undefined;
}

/**
 * Up to this many students, starting threads takes longer than doing the work here: where only fields are compared, and
 * where rows are.
 */
const FEW_STUDENTS = { fields: 60_000, rows: 8_000 };
const STUDENTS_A_RANGE = 4_000;

/**
 * What a change of the rules changes in an extract of what a store holds for the request's LEAs.
 * @throws RequestError; RulebookError for a rulebook that cannot be used; TooManyChangesError; the signal's reason when
 * it is aborted. No list is left then.
 */
export async function impactFromStore(options: ImpactFromStoreOptions): Promise<ImpactReport> {
  const { storeDir, snapshot, signal, request, runDate } = options;
  const [from, to] = [assembled(options.from), assembled(options.to)];
  const samples = options.samples ?? DEFAULT_SAMPLES;
  const comparison = new Comparison({ from, to, request, runDate, samples });
  const scope = request.reportingLEAs;
  const store = await openHistories(storeDir, scope, snapshot);
  let pool: StepThreads | undefined;
  try {
    const made = await reportWriter(options, comparison, from, to);
    try {
      const total = await store.students();
      const threads = options.workers ?? defaultThreads();
      let start: (range: SSIDRange) => Promise<ImpactRange>;
      let ahead = 1;
      const again = sentAgainOf(from, to, runDate);
      const few = comparison.isCounting || again ? FEW_STUDENTS.rows : FEW_STUDENTS.fields;
      const isNothing = comparison.isNothing && !again;
      if (isNothing || total <= few || threads < 1)
        start = (range) => compareHistories(comparison, asStored(store.histories(range, { signal })), { again });
      else {
        const setup: Setup = {
          rulebook: plainSource(from),
          impact: { to: plainSource(to), request, runDate, samples },
        };
        const started = stepThreads(threads, () => ({ setup, store: { dir: storeDir, scope, snapshot } }));
        pool = started;
        ahead = threads * 3;
        start = (range) => started.run('impact', range);
      }
      const ranges = await store.ranges(Math.max(1, Math.ceil(total / STUDENTS_A_RANGE)));
      let done = 0;
      for await (const range of inOrder(ranges, ahead, start)) {
        signal?.throwIfAborted();
        await made.add(range);
        options.onProgress?.(++done / ranges.length);
        // Nothing can differ: it was only asked whether there is anybody for whom it could.
        if (isNothing && range.hasRows) break;
      }
      signal?.throwIfAborted();
      return await made.finish(total, { from: 'store', ...(snapshot !== undefined && { snapshot }) });
    } catch (error) {
      await made.abandon();
      throw error;
    }
  } finally {
    store.close();
    await pool?.close();
  }
}

export interface ImpactFromFilesOptions extends ImpactOptions {
  readonly files: readonly InputFile[];
  readonly encoding?: Encoding | undefined;
  readonly threads?: number | undefined;
  /** Where temporary files go; the system's folder for them when absent. */
  readonly temporaryDir?: string | undefined;
}

/**
 * The same straight from files. Each rulebook reads and checks the records by its own rules: what only one of them takes,
 * or takes otherwise, differs in the report as it would in two extracts.
 * @throws as `impactFromStore` does, and UnreadableInputError
 */
export async function impactFromFiles(
  options: ImpactFromFilesOptions,
): Promise<ImpactReport & { readonly tally: Tally }> {
  const { signal, request, runDate } = options;
  const [from, to] = [assembled(options.from), assembled(options.to)];
  const apart = !takesAlike(from, to);
  const samples = options.samples ?? DEFAULT_SAMPLES;
  const comparison = new Comparison({ from, to, request, runDate, samples, apart });
  const made = await reportWriter(options, comparison, from, to);
  const read: ReadFiles[] = [];
  try {
    const recordTypes = new RecordTypes({ files: [...from.files, ...to.files] });
    for (const rulebook of apart ? [from, to] : [from])
      read.push(await readFiles({ ...options, recordTypes }, rulebook));
    const [before, now] = read as [ReadFiles, ReadFiles?];
    let students = 0;
    // Both sides by the ranges of one: a line that only one of them takes must not part them otherwise.
    for (const range of before.ranges) {
      signal?.throwIfAborted();
      const both = sideBySide(before.students(range), now?.students(range));
      const compared = await compareHistories(comparison, [both]);
      students += compared.students;
      await made.add(compared);
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
    made.addTaken(takenBy(before.tally, (now ?? before).tally));
    options.onProgress?.(1);
    const input = { from: 'files', files: options.files.map(({ name }) => name) } as const;
    return { ...(await made.finish(students, input)), tally: before.tally };
  } catch (error) {
    await made.abandon();
    throw error;
  } finally {
    for (const { parted } of read) await parted.close();
  }
}

/** Files as one rulebook reads them. */
interface ReadFiles {
  readonly parted: Parted;
  /** Complete when the students of all ranges were taken. */
  readonly tally: Tally;
  readonly ranges: readonly KeyRange[];
  /** Those of a range in ascending order of SSID, as a store would hold them. */
  students(range: KeyRange): Iterable<KeptHistory>;
}

async function readFiles(
  options: ImpactFromFilesOptions & { readonly recordTypes: RecordTypes },
  rulebook: Rulebook,
): Promise<ReadFiles> {
  const { files, encoding, runDate } = options;
  const setup: Setup = {
    rulebook: plainSource(rulebook),
    intake: {
      loadDay: runDate,
      encoding,
      fileNames: files.map((f) => f.name),
      recordTypes: files.map(({ recordType }) =>
        recordType !== undefined && layoutOf(rulebook.schemas, recordType) ? recordType : undefined,
      ),
      sources: files.map((_, i) => i + 1),
      wantProblems: false,
    },
  };
  const parted = await partFiles({ ...options, threads: options.threads ?? defaultThreads() }, setup);
  const steps = new Steps(setup);
  steps.endLines(parted.sorted);
  const { tally, ranges } = parted;
  return { parted, tally, ranges, students: (range) => histories(steps, range, tally) };
}

/** Every student of a range, as a store would hold them. */
function* histories(steps: Steps, range: KeyRange, tally: Tally): Generator<KeptHistory> {
  for (const student of steps.students(range)) {
    const merged = steps.merge(student, undefined);
    addTally(tally, merged.tally);
    if (student.ssid !== '' && merged.records.length > 0)
      yield new TextHistory(student.ssid, steps.applier().bodyOf(merged.records));
  }
}

/** Students with what each side has of them; `now` is absent when both have the same. */
function* sideBySide(before: Iterable<KeptHistory>, now: Iterable<KeptHistory> | undefined): Generator<Sides> {
  if (now === undefined) return yield* alike(before);
  const [a, b] = [before[Symbol.iterator](), now[Symbol.iterator]()];
  let [old, fresh] = [a.next(), b.next()];
  while (!old.done || !fresh.done) {
    const [oldSSID, freshSSID] = [old, fresh].map((side) => (side.done ? undefined : side.value.ssid));
    const ssid = [oldSSID, freshSSID].filter((one) => one !== undefined).sort()[0] as string;
    const was = !old.done && oldSSID === ssid ? old.value : new TextHistory(ssid, '');
    const is = !fresh.done && freshSSID === ssid ? fresh.value : new TextHistory(ssid, '');
    yield { before: was, now: was.body() === is.body() ? was : is };
    if (oldSSID === ssid) old = a.next();
    if (freshSSID === ssid) fresh = b.next();
  }
}

const takenBy = (before: Tally, now: Tally): TakenBySides => {
  const of = ({ counts: { rejected, notUsed }, rejections }: Tally): Taken => ({ rejected, notUsed, rejections });
  return { records: before.linesRead - before.blankLines, before: of(before), now: of(now) };
};

type Made = Pick<ImpactRange, 'before' | 'after' | 'passedOver' | 'broken' | 'hasRows' | 'taken'>;

interface ReportWriter {
  add(range: ImpactRange): Promise<void>;
  /** What the checks of both sides made of the records of files. */
  addTaken(taken: TakenBySides): void;
  finish(students: number, input: ImpactReport['input']): Promise<ImpactReport>;
  abandon(): Promise<void>;
}

const LINES_AT_ONCE = 1_000;

/** Counts changes and passes them on to the full list as they come. */
async function reportWriter(
  { samples, out, request, runDate }: ImpactOptions,
  comparison: Comparison,
  from: Rulebook,
  to: Rulebook,
): Promise<ReportWriter> {
  const counter = new Counter(tellings(from, to), samples ?? DEFAULT_SAMPLES, (key) =>
    columnName(to.schemas.output.copiesFrom, key, to.schemas),
  );
  const list: ChangeList | undefined = out && (await changeList(out.to, out.format, comparison.rowKey));
  const rows = { before: 0, after: 0 };
  const broken: BrokenBy = {};
  let any = false;
  const passedOver = { before: {}, now: {} };
  let taken: TakenBySides | undefined;
  const count = (made: Made): void => {
    addBroken(broken, made.broken);
    rows.before += made.before;
    rows.after += made.after;
    any ||= made.hasRows;
    addPassedOver(passedOver, made.passedOver);
    if (made.taken) countTaken(made.taken);
  };
  const countTaken = (more: TakenBySides): void => {
    taken ??= nothingTaken();
    taken.records += more.records;
    addTaken(taken.before, more.before);
    addTaken(taken.now, more.now);
  };
  const addLines = async (lines: Iterable<string>): Promise<void> => {
    let changes: Sample[] = [];
    const pass = async (): Promise<void> => {
      await list?.write(changes);
      changes = [];
    };
    for (const line of lines) {
      const sample = JSON.parse(line) as Sample;
      counter.add(sample);
      changes.push(sample);
      if (changes.length >= LINES_AT_ONCE) await pass();
    }
    await pass();
  };
  return {
    async add(range) {
      count(range);
      await addLines(linesOf(range.changes));
    },
    addTaken: countTaken,
    async finish(students, input) {
      await list?.finish();
      const { rows: counted, ...counts } = counter.result();
      return {
        ...reportHead(from, to, comparison.reach),
        request,
        runDate,
        input,
        differences: comparison.differences,
        students,
        ...(taken && { records: recordsOf(taken) }),
        ...(hasAny(passedOver) && { passedOver }),
        rows: { any, ...(comparison.isCounting && rows), ...counted },
        ...brokenLaws(to, broken),
        ...counts,
      };
    },
    abandon: async () => list?.abandon(),
  };
}

function addPassedOver(to: PassedOverBySides, more: PassedOverBySides): void {
  for (const side of ['before', 'now'] as const)
    for (const [type, count] of Object.entries(more[side])) to[side][type] = (to[side][type] ?? 0) + count;
}

const hasAny = ({ before, now }: PassedOverBySides): boolean => Object.keys({ ...before, ...now }).length > 0;

function recordsOf({ records, before, now }: TakenBySides): ReportRecords {
  const codes = [...new Set([...Object.keys(before.rejections), ...Object.keys(now.rejections)])].sort();
  const checks = codes.map((code) => ({
    code,
    before: before.rejections[code] ?? 0,
    now: now.rejections[code] ?? 0,
  }));
  return {
    records,
    rejected: { before: before.rejected, now: now.rejected },
    notUsed: { before: before.notUsed, now: now.notUsed },
    checks: checks.filter((check) => check.before !== check.now),
  };
}

function* linesOf(bytes: Uint8Array): Generator<string> {
  const LINE_FEED = 10;
  for (let at = 0; at < bytes.length; ) {
    const end = bytes.indexOf(LINE_FEED, at);
    yield Buffer.from(bytes.buffer, bytes.byteOffset + at, end - at).toString();
    at = end + 1;
  }
}

/** A rulebook that somebody has assembled already is used as it is. */
const assembled = (source: RulebookSource | Rulebook): Rulebook => ('extract' in source ? source : assemble(source));

/** What threads are sent: without the texts, which only versions need. */
export const plainSource = ({ hash, files }: RulebookSource): RulebookSource => ({
  hash,
  files: files.map(({ path, json }) => ({ path, json })),
});
