import type { Setup } from './setup.ts';
/**
 * The three steps of work that can be done side by side, as plain functions of plain data: lines of a block, students
 * of a bucket, students of a range of the store. Small input is worked on in the calling thread, large input in worker
 * threads (`thread.ts`); the steps are the same.
 */

import { ByteGatherer } from '#base/byte-builder';
import type { Counts } from '#extract/counts';
import { type Reasons, ReasonsGatherer } from '#extract/evidence';
import { type CompiledRulebook, compileRulebook, Extractor } from '#extract/extractor';
import { requestFacts } from '#extract/request';
import type { Seen } from '#extract/seen';
import { Applier, addCounts, type Fault, noCounts, type Counts as RecordCounts } from '#intake/apply';
import { type LineChecker, lineChecker } from '#intake/check-lines';
import { type Block, eachLine, textOf } from '#intake/lines';
import { type IncomingStudent, type PartitionWriter, studentsOf } from '#intake/partition';
import type { Problem } from '#intake/problem';
import { keptLine } from '#intake/student';
import { readRecords, type SourceRecord } from '#records/record';
import type { Evaluation } from '#rulebook/compile/evaluation';
import { assemble } from '#rulebook/load/assemble';

export interface Tally {
  linesRead: number;
  blankLines: number;
  readonly counts: RecordCounts;
  /** By code, warnings included. */
  readonly problems: Record<string, number>;
  /** Problems of severity `reject`, by code: one record may have several. */
  readonly rejections: Record<string, number>;
}

export const newTally = (): Tally => ({
  linesRead: 0,
  blankLines: 0,
  counts: noCounts(),
  problems: {},
  rejections: {},
});

export function addTally(to: Tally, more: Tally): void {
  to.linesRead += more.linesRead;
  to.blankLines += more.blankLines;
  addCounts(to.counts, more.counts);
  for (const key of ['problems', 'rejections'] as const)
    for (const [code, count] of Object.entries(more[key])) to[key][code] = (to[key][code] ?? 0) + count;
}

/** Width of the key of a problem's line in a run: file and line number. */
export const PROBLEM_KEY_WIDTH = 16;
/** Width of the key of a row's line in a run: the SSID. */
export const ROW_KEY_WIDTH = 10;

/** The key of a student's lines in a run. A rulebook may let pass an SSID that does not consist of ten digits. */
export const rowKey = (ssid: string): string =>
  ssid.length === ROW_KEY_WIDTH ? ssid : ssid.padEnd(ROW_KEY_WIDTH).slice(0, ROW_KEY_WIDTH);

export interface LinesResult {
  readonly tally: Tally;
  /** A run of problems as JSON. */
  readonly problems: string;
}

export interface BucketResult extends LinesResult {
  /** A run of rows, as UTF-8; where reasons are wanted, of rows with their reasons (`splitRunLine`). */
  readonly rows: Uint8Array<ArrayBuffer>;
  /** Where reasons are wanted. */
  readonly fieldCounts?: Counts;
  readonly rowCount: number;
  readonly students: number;
  /** When an extract is made. */
  readonly seen?: Seen;
}

export interface RangeResult {
  /** Rows as lines of the file. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Where they are wanted. */
  readonly reasons?: Reasons;
  readonly rowCount: number;
  readonly students: number;
  readonly seen: Seen;
}

/** A thread's compiled rulebook and what it makes of it, each part when it is first needed. */
export class Steps {
  readonly #setup: Setup;
  readonly #compiled: CompiledRulebook;
  #checker: LineChecker | undefined;
  #applier: Applier | undefined;
  #extractor: Extractor | undefined;
  readonly #gatherer = new ByteGatherer();
  readonly #reasons: ReasonsGatherer | undefined;

  constructor(setup: Setup) {
    this.#setup = setup;
    const recording = setup.extract?.reasons ?? false;
    this.#compiled = compileRulebook(assemble(setup.rulebook), {
      columns: setup.columns,
      recording,
      reading: setup.intake !== undefined,
    });
    if (recording) this.#reasons = new ReasonsGatherer(this.#compiled);
  }

  /** Checks the lines of a block and hands what passes to the partition. */
  lines(block: Block, partition: PartitionWriter): LinesResult {
    const { sender, loadDay, encoding, fileNames, sources, wantProblems } = this.#intake();
    const { rulebook, checks } = this.#compiled;
    this.#checker ??= lineChecker(rulebook, checks, sender, loadDay);
    const checker = this.#checker;
    const tally = newTally();
    const fileName = fileNames[block.file] as string;
    const source = sources[block.file] as number;
    let problems = '';
    let number = block.firstLine - 1;
    const text = textOf(block.bytes, encoding);
    eachLine(text, (from, to) => {
      number++;
      if (from === to) {
        tally.blankLines++;
        return;
      }
      tally.linesRead++;
      const checked = checker.check(text, fileName, number, from, to);
      if (checked.problems.length > 0) problems += this.#report(checked.problems, tally, wantProblems, block.file);
      const kept = keptLine(source, number, checked);
      if (kept === undefined) tally.counts.rejected++;
      else partition.add(checked.ssid, kept);
    });
    return { tally, problems };
  }

  /** Puts together the students of a bucket, from files alone, and makes their rows when an extract is asked for. */
  bucket(texts: readonly string[]): BucketResult {
    const { wantProblems } = this.#intake();
    const tally = newTally();
    const extract = this.#setup.extract !== undefined;
    const problems: string[] = [];
    const gatherer = this.#gatherer;
    const reasons = this.#reasons;
    let rowCount = 0;
    let students = 0;
    for (const { ssid, records } of this.students(texts)) {
      const applied = this.applier().apply(ssid, [], records);
      addCounts(tally.counts, applied.counts);
      if (applied.faults.length > 0) problems.push(this.#reportFaults(applied.faults, tally, wantProblems));
      if (ssid === '') continue;
      students++;
      if (!extract) continue;
      rowCount += this.#extract().rows(applied.history, (x, enrollment) => {
        gatherer.add(
          rowKey(ssid) + (reasons ? reasons.runLine(x, enrollment) : this.#compiled.rows.line(x, enrollment)),
        );
      });
    }
    const done = {
      tally,
      problems: sortedLines(problems.join('')),
      rows: gatherer.take(),
      rowCount,
      students,
      ...(extract && { seen: this.#extract().takeSeen() }),
    };
    return reasons ? { ...done, fieldCounts: reasons.take().counts } : done;
  }

  /** Makes the rows of students as the store holds them. */
  bodies(bodies: Iterable<readonly [ssid: string, body: string]>): RangeResult {
    const { rows: writer } = this.#compiled;
    const extractor = this.#extract();
    const gatherer = this.#gatherer;
    let rowCount = 0;
    let students = 0;
    const reasons = this.#reasons;
    const each = reasons
      ? (x: Evaluation, enrollment: SourceRecord) => reasons.add(x, enrollment, gatherer)
      : (x: Evaluation, enrollment: SourceRecord) => gatherer.add(writer.line(x, enrollment));
    for (const [ssid, body] of bodies) {
      students++;
      rowCount += extractor.rowsOfBody(ssid, body, each);
    }
    const done = { bytes: gatherer.take(), rowCount, students, seen: extractor.takeSeen() };
    return reasons ? { ...done, reasons: reasons.take() } : done;
  }

  students(texts: readonly string[]): Iterable<IncomingStudent> {
    return studentsOf(texts, this.#compiled.plan);
  }

  applier(): Applier {
    const { fileNames, sources } = this.#intake();
    this.#applier ??= new Applier(this.#compiled, (source) => fileNames[sources.indexOf(source)] ?? '');
    return this.#applier;
  }

  /**
   * A student as stored, with what an upload brings for it: the new body, the LEAs of its enrollments, and what became
   * of the records.
   */
  merge(
    student: IncomingStudent,
    storedBody: string,
  ): { body: string; leas: ReadonlySet<string>; tally: Tally; problems: string } {
    const { plan, keys, rulebook } = this.#compiled;
    const applier = this.applier();
    const applied = applier.apply(student.ssid, readRecords(storedBody, plan), student.records);
    const { copiesFrom } = rulebook.schemas.output;
    const type = plan.typeIndex.get(copiesFrom) as number;
    const lea = (keys[type] as (typeof keys)[number]).reportingLEA;
    const leas = new Set(
      applied.records.filter((record) => record.type === type).map((record) => record.values[lea] as string),
    );
    const tally = newTally();
    addCounts(tally.counts, applied.counts);
    const problems = this.#reportFaults(applied.faults, tally, true);
    return { body: applier.bodyOf(applied.records), leas, tally, problems };
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

  /** Counts problems and, when they are wanted, writes them as lines of a run. */
  #report(problems: readonly Problem[], tally: Tally, wanted: boolean, file?: number): string {
    let lines = '';
    for (const problem of problems) {
      countProblem(tally, problem.code, problem.severity);
      if (!wanted) continue;
      const index = file ?? this.#intake().fileNames.indexOf(problem.file);
      lines += `${String(index).padStart(6, '0')}${String(problem.line).padStart(10, '0')}${JSON.stringify(problem)}\n`;
    }
    return lines;
  }

  // Of warnings there may be as many as students: they are put into words only when somebody wants to read them.
  #reportFaults(faults: readonly Fault[], tally: Tally, wanted: boolean): string {
    if (wanted) return this.#report(this.applier().problems(faults), tally, true);
    for (const { check } of faults) countProblem(tally, check.json.code, check.json.severity);
    return '';
  }
}

function countProblem(tally: Tally, code: string, severity: Problem['severity']): void {
  tally.problems[code] = (tally.problems[code] ?? 0) + 1;
  if (severity === 'reject') tally.rejections[code] = (tally.rejections[code] ?? 0) + 1;
}

/**
 * Lines of a run in ascending order of their keys. Problems of one line keep their order: the sort is stable, and only
 * the keys are compared.
 */
export function sortedLines(text: string): string {
  if (text === '') return '';
  const key = (line: string) => line.slice(0, PROBLEM_KEY_WIDTH);
  const lines = text.split('\n').slice(0, -1);
  return `${lines.sort((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0)).join('\n')}\n`;
}
