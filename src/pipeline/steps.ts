/**
 * The three steps of work that can be done side by side, as plain functions of plain data: lines of a block, students
 * of a range of files, students of a range of the store. Small input is worked on in the calling thread, large input in worker
 * threads (`thread.ts`); the steps are the same.
 */

import { ByteGatherer } from '#base/byte-builder';
import type { RunWriter } from '#base/run-file';
import type { RunLines } from '#base/sorted-runs';
import { type Reasons, ReasonsGatherer } from '#extract/evidence';
import { type CompiledRulebook, compileRulebook, Extractor } from '#extract/extractor';
import type { LawCount } from '#extract/laws';
import { requestFacts } from '#extract/request';
import type { Seen } from '#extract/seen';
import { Applier, addCounts, type FailedCheck, noCounts, type Counts as RecordCounts } from '#intake/apply';
import { type LineChecker, lineChecker } from '#intake/check-lines';
import { partOfNewStudent } from '#intake/keys';
import { type Block, isBlankLine, textOf } from '#intake/lines';
import {
  type IncomingStudent,
  type KeyRange,
  PartitionWriter,
  type SortedLines,
  SortedReader,
} from '#intake/partition';
import { OnceAFile, type Problem, type StudentProblem } from '#intake/problem';
import type { SentWithRetired } from '#intake/retired-numbers';
import { checkerOf } from '#intake/without-type';
import { PackedLayouts } from '#records/packed-lines';
import { type KeptHistory, placeOf, type SourceRecord } from '#records/record';
import type { Evaluation } from '#rulebook/compile/evaluation';
import { assemble } from '#rulebook/load/assemble';
import type { ChangesMade, HistoryPutter } from '#store/store';
import type { Setup } from './setup.ts';

export interface Tally {
  linesRead: number;
  blankLines: number;
  readonly counts: RecordCounts;
  /** Rejected records by file: its place among the files. */
  readonly rejectedIn: Record<number, number>;
  /** By code, warnings and advice included. */
  readonly problems: Record<string, number>;
  /** Problems of severity `reject`, by code: one record may have several. */
  readonly rejections: Record<string, number>;
  /** Those of severity `advice`. */
  readonly advice: Record<string, number>;
}

export const newTally = (): Tally => ({
  linesRead: 0,
  blankLines: 0,
  counts: noCounts(),
  rejectedIn: {},
  problems: {},
  rejections: {},
  advice: {},
});

export function addTally(to: Tally, more: Tally): void {
  to.linesRead += more.linesRead;
  to.blankLines += more.blankLines;
  addCounts(to.counts, more.counts);
  for (const key of ['problems', 'rejections', 'advice', 'rejectedIn'] as const) {
    const counts: Record<string, number> = to[key];
    for (const [name, count] of Object.entries(more[key])) counts[name] = (counts[name] ?? 0) + count;
  }
}

/** Width of the key of a problem's line in a run: file and line number. */
export const PROBLEM_KEY_WIDTH = 16;
/** Room for the problems of a block of lines, at first. */
const PROBLEM_BYTES = 1 << 16;

/** So many students are put into a store together. */
const STUDENTS_AT_ONCE = 256;

type EachRow = (x: Evaluation, enrollment: SourceRecord) => void;

export interface LinesResult {
  readonly tally: Tally;
  /** A run of problems as JSON. */
  readonly problems: RunLines;
  /** Problems that are reported once a file, the first of each in these lines; not in the tally. */
  readonly onceAFile: readonly OnceReported[];
  /** Kept lines that came with a retired number. */
  readonly sentWith: readonly SentWithRetired[];
}

export interface OnceReported {
  readonly file: number;
  readonly code: string;
  readonly severity: Problem['severity'];
  /** Its line in a run. */
  readonly line: string;
}

/** What became of incoming records. */
export interface AppliedResult {
  readonly tally: Tally;
  /** Runs of problems as JSON. */
  readonly problems: readonly RunLines[];
}

/** The same with the rows of their students, when an extract is made. */
export interface IncomingResult extends AppliedResult {
  readonly made?: RangeResult;
}

export interface LoadedResult extends AppliedResult {
  readonly changes: ChangesMade;
}

export interface RangeResult {
  /** Rows as lines of the file. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Where they are wanted. */
  readonly reasons?: Reasons;
  readonly rowCount: number;
  readonly students: number;
  readonly seen: Seen;
  readonly laws: readonly LawCount[];
}

export interface Merged {
  /** In the order of loading. */
  readonly records: readonly SourceRecord[];
  readonly leas: ReadonlySet<string>;
  readonly tally: Tally;
}

/** A thread's compiled rulebook and what it makes of it, each part when it is first needed. */
export class Steps {
  readonly #setup: Setup;
  readonly #compiled: CompiledRulebook;
  #checker: LineChecker | undefined;
  #sorted: SortedReader | undefined;
  #applier: Applier | undefined;
  #extractor: Extractor | undefined;
  readonly #gatherer = new ByteGatherer();
  readonly #problems: RunWriter<RunLines>;
  readonly #faults: ProblemRuns;
  readonly #reasons: ReasonsGatherer | undefined;

  /** @param problems where problems are written; handed over as bytes when absent */
  constructor(setup: Setup, problems: RunWriter<RunLines> = new ByteGatherer(PROBLEM_BYTES)) {
    this.#setup = setup;
    this.#problems = problems;
    this.#faults = new ProblemRuns(problems);
    const recording = setup.extract?.reasons ?? false;
    this.#compiled = compileRulebook(assemble(setup.rulebook), {
      columns: setup.columns,
      recording,
      reading: setup.intake !== undefined,
    });
    if (recording) this.#reasons = new ReasonsGatherer(this.#compiled, setup.extract?.saltKey);
  }

  /** What takes the lines that pass. @param dir and writer: see there */
  partition(dir: string | undefined, writer: number): PartitionWriter {
    return new PartitionWriter(this.#compiled.rulebook.schemas.layouts, dir, writer);
  }

  /** Checks the lines of a block and hands what passes to the partition. */
  lines(block: Block, partition: PartitionWriter): LinesResult {
    const { sender, loadDay, encoding, fileNames, recordTypes, sources, wantProblems, retired, numbers } =
      this.#intake();
    const { rulebook, checks } = this.#compiled;
    this.#checker ??= lineChecker(rulebook, checks, sender, loadDay, retired);
    const checker = checkerOf(this.#checker, recordTypes[block.file]);
    const tally = newTally();
    const fileName = fileNames[block.file] as string;
    const source = sources[block.file] as number;
    const onceAFile: OnceReported[] = [];
    const sentWith: SentWithRetired[] = [];
    const once = new OnceAFile();
    let number = block.firstLine - 1;
    let isFirst = block.firstLine === 1;
    const { quick } = checker;
    const given = numbers?.[block.file];
    const { bytes } = block;
    quick.take(bytes, encoding, wantProblems);
    for (let from = 0; from < bytes.length; from = quick.next) {
      number++;
      tally.linesRead++;
      if (quick.passes(from) && !given?.has(number)) {
        isFirst = false;
        partition.addPassed(quick, source, number);
        continue;
      }
      const text = this.#withNumber(textOf(bytes.subarray(from, quick.to), encoding), given?.get(number));
      if (isBlankLine(text, 0, text.length)) {
        tally.blankLines++;
        continue;
      }
      const checked = checker.check(text, fileName, number, 0, text.length, isFirst);
      isFirst = false;
      for (const problem of once.first(block.file, checked))
        onceAFile.push({
          file: block.file,
          code: problem.code,
          severity: problem.severity,
          line: wantProblems ? runLine(block.file, problem, checked.ssid) : '',
        });
      for (const problem of checked.problems) {
        countProblem(tally, problem);
        if (wantProblems) this.#problems.add(runLine(block.file, problem, checked.ssid));
      }
      const { uploaded, lastUpdated } = checked;
      if (checked.retired !== undefined) sentWith.push({ source, line: number, retired: checked.retired });
      if (checked.text !== undefined)
        partition.add(quick, { source, line: number, uploaded, lastUpdated }, checked.text);
      else if (checked.fate === 'blank') tally.blankLines++;
      else if (checked.fate === 'notUsed') tally.counts.notUsed++;
      else countRejected(tally, block.file);
    }
    return { tally, problems: this.#problems.take(), onceAFile, sentWith };
  }

  /** A line of an enrollment with the number that was assigned to it, if any. */
  #withNumber(text: string, ssid: string | undefined): string {
    if (ssid === undefined) return text;
    const { layouts, output } = this.#compiled.rulebook.schemas;
    const layout = layouts.find(({ recordType }) => recordType === output.copiesFrom);
    const place = layout?.columns.findIndex(({ key }) => key === 'ssid') ?? -1;
    return text.split('^').with(place, ssid).join('^');
  }

  /** There are no more lines: lets go of what their checks remember, and takes the lines of all threads in hand. */
  endLines(all: readonly SortedLines[]): void {
    this.#checker = undefined;
    this.#sorted = new SortedReader(all, new PackedLayouts(this.#compiled.rulebook.schemas.layouts));
  }

  /** Puts together the students of a range, from files alone, and makes their rows when an extract is asked for. */
  incoming(range: KeyRange): IncomingResult {
    const { wantProblems } = this.#intake();
    const tally = newTally();
    const { keys } = this.#compiled;
    const rows = this.#setup.extract && this.#rows();
    for (const { ssid, records } of this.students(range, (record) => partOfNewStudent(record, keys))) {
      const applied = this.applier().apply(ssid, [], records);
      addCounts(tally.counts, applied.counts);
      if (applied.faults.length > 0) this.#reportFaults(ssid, applied.faults, tally, wantProblems);
      if (ssid !== '') rows?.add((each) => this.#extract().rows(applied.history, each));
    }
    return { tally, problems: this.takeProblems(), ...(rows && { made: rows.take() }) };
  }

  /** Makes the rows of students as the store holds them; one call after the other. */
  async histories(batches: AsyncIterable<readonly KeptHistory[]>): Promise<RangeResult> {
    const rows = this.#rows();
    for await (const batch of batches) for (const kept of batch) rows.add((each) => this.#extract().rowsOf(kept, each));
    return rows.take();
  }

  /** The students of a range, from files. */
  students(range: KeyRange, partOf?: (record: SourceRecord) => number): Iterable<IncomingStudent> {
    if (!this.#sorted) throw new Error('the lines of files were not read');
    return this.#sorted.students(range, this.#compiled.plan, partOf);
  }

  /** Puts the students of a range, as an upload brings them, to what the store holds of them. */
  async load(ranges: Iterable<KeyRange>, writer: HistoryPutter): Promise<AppliedResult> {
    const tally = newTally();
    const put = async (students: readonly IncomingStudent[]): Promise<void> => {
      await writer.fetch(students.map(({ ssid }) => ssid));
      for (const student of students) {
        const history = this.merge(student, writer.history(student.ssid));
        writer.put(student.ssid, this.applier().toKeep(history.records), history.leas);
        addTally(tally, history.tally);
      }
    };
    for (const range of ranges) {
      let waiting: IncomingStudent[] = [];
      for (const student of this.students(range)) {
        if (waiting.push(student) < STUDENTS_AT_ONCE) continue;
        await put(waiting);
        waiting = [];
      }
      await put(waiting);
    }
    return { tally, problems: this.takeProblems() };
  }

  applier(): Applier {
    const { fileNames, sources, sender } = this.#intake();
    this.#applier ??= new Applier(this.#compiled, (source) => fileNames[sources.indexOf(source)] ?? '', sender);
    return this.#applier;
  }

  /**
   * A student as stored, with what an upload brings for it: its records afterwards, the LEAs of its enrollments, and what
   * became of the records. What is wrong with them is given by `takeProblems`.
   */
  merge(student: IncomingStudent, stored: KeptHistory | undefined): Merged {
    const { plan, keys, rulebook } = this.#compiled;
    const applier = this.applier();
    const applied = applier.apply(student.ssid, stored?.records(plan) ?? [], student.records);
    const { copiesFrom } = rulebook.schemas.output;
    const type = plan.typeIndex.get(copiesFrom) as number;
    const lea = (keys[type] as (typeof keys)[number]).reportingLEA;
    const leas = new Set(
      applied.records.filter((record) => record.type === type).map((record) => record.values[lea] as string),
    );
    const tally = newTally();
    addCounts(tally.counts, applied.counts);
    this.#reportFaults(student.ssid, applied.faults, tally, true);
    return { records: applied.records, leas, tally };
  }

  /** Gathers the rows of students. */
  #rows(): { add(rowsOf: (each: EachRow) => number): void; take(): RangeResult } {
    const { rows: writer } = this.#compiled;
    const extractor = this.#extract();
    const gatherer = this.#gatherer;
    const reasons = this.#reasons;
    const each: EachRow = reasons
      ? (x, enrollment) => reasons.add(x, enrollment, gatherer)
      : (x, enrollment) => writer.write(x, enrollment, gatherer);
    let rowCount = 0;
    let students = 0;
    return {
      add(rowsOf) {
        students++;
        rowCount += rowsOf(each);
      },
      take: () => ({
        bytes: gatherer.take(),
        rowCount,
        students,
        seen: extractor.takeSeen(),
        laws: extractor.takeLaws(),
        ...(reasons && { reasons: reasons.take() }),
      }),
    };
  }

  /** Runs of the problems of all students since it was last asked. */
  takeProblems(): readonly RunLines[] {
    return this.#faults.take();
  }

  #intake(): NonNullable<Setup['intake']> {
    if (!this.#setup.intake) throw new Error('this thread was not set up to read files');
    return this.#setup.intake;
  }

  #extract(): Extractor {
    const { extract } = this.#setup;
    if (!extract) throw new Error('this thread was not set up to make rows');
    this.#extractor ??= new Extractor(
      this.#compiled,
      requestFacts(extract.request, this.#compiled.rulebook),
      extract.runDate,
    );
    return this.#extractor;
  }

  /**
   * Counts what transactions and histories have wrong and, when it is wanted, writes it as lines of a run. Of warnings
   * there may be as many as students: they are put into words only when somebody wants to read them.
   */
  #reportFaults(ssid: string, faults: readonly FailedCheck[], tally: Tally, wanted: boolean): void {
    const { sources } = this.#intake();
    const rejected = new Set<SourceRecord>();
    for (const fault of faults) {
      const { json } = fault.check;
      countProblem(tally, json);
      const file = sources.indexOf(placeOf(fault.record).source);
      if (wanted)
        for (const problem of this.applier().problems([fault])) this.#faults.add(runLine(file, problem, ssid));
      if (json.severity !== 'reject' || rejected.has(fault.record)) continue;
      rejected.add(fault.record);
      countRejectedIn(tally, file);
    }
  }
}

/** Of one student thousands of records may have problems: they become runs, each of about so many characters. */
const RUN_CHARACTERS = 1 << 18;

class ProblemRuns {
  readonly #writer: RunWriter<RunLines>;
  #lines: string[] = [];
  #size = 0;
  #runs: RunLines[] = [];

  constructor(writer: RunWriter<RunLines>) {
    this.#writer = writer;
  }

  add(line: string): void {
    this.#lines.push(line);
    this.#size += line.length;
    if (this.#size > RUN_CHARACTERS) this.#end();
  }

  take(): readonly RunLines[] {
    if (this.#size > 0) this.#end();
    const runs = this.#runs;
    this.#runs = [];
    return runs;
  }

  #end(): void {
    for (const line of inOrderOfKeys(this.#lines)) this.#writer.add(line);
    this.#runs.push(this.#writer.take());
    this.#lines = [];
    this.#size = 0;
  }
}

/** A problem of a student as a line of a run. */
function runLine(file: number, problem: Problem, ssid: string): string {
  const json = JSON.stringify({ problem, ssid, at: file } satisfies StudentProblem);
  return `${String(file).padStart(6, '0')}${String(problem.line).padStart(10, '0')}${json}\n`;
}

/** @param problem or the check that found one */
export function countProblem(
  tally: Tally,
  { code, severity }: { readonly code: string; readonly severity: Problem['severity'] },
): void {
  tally.problems[code] = (tally.problems[code] ?? 0) + 1;
  const of = { reject: tally.rejections, advice: tally.advice, warn: undefined }[severity];
  if (of) of[code] = (of[code] ?? 0) + 1;
}

function countRejected(tally: Tally, file: number): void {
  tally.counts.rejected++;
  countRejectedIn(tally, file);
}

function countRejectedIn(tally: Tally, file: number): void {
  tally.rejectedIn[file] = (tally.rejectedIn[file] ?? 0) + 1;
}

/**
 * Lines of a run in ascending order of their keys. Problems of one line keep their order: the sort is stable, and only
 * the keys are compared.
 */
export function inOrderOfKeys(lines: string[]): string[] {
  const key = (line: string) => line.slice(0, PROBLEM_KEY_WIDTH);
  return lines.sort((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0));
}
