/** Who has no row: of each student, what keeps them out, or that nothing of theirs is in the window. */
import type { CompiledRulebook } from '#extract/extractor';
import { historyOf, type KeptHistory, type SourceRecord } from '#records/record';
import type { LEAScope } from '#records/scope';
import type { RequestFacts } from '#rulebook/compile/evaluation';
import type { Condition } from '#rulebook/tree/nodes';
import { conditionWords, type Glossary } from '#rulebook/words/words';
import { Inspector } from './inspector.ts';
import { RecordReader } from './record-view.ts';
import { RowKeys } from './row-keys.ts';
import { StudentRecords } from './student-records.ts';

/** What keeps a student out, and how many enrollments they have. */
export interface MissingStudent {
  readonly ssid: string;
  readonly reason: string;
  readonly enrollments: number;
}

/** Somebody without a row, with school and grade of the enrollment that meets the most conditions. */
export interface WithoutRow extends MissingStudent {
  readonly school: string;
  readonly grade: string;
}

/** Nothing of the student is in the window: nobody expects a row. */
export const OUTSIDE = 'noRecordInWindow';
/** A record that a row would be made from was rejected, and no accepted one is about the window. */
export const REJECTED = 'rejected';
/** There are records in the window, and none that a row could be made from. */
export const NO_ENROLLMENT = 'noEnrollment';

export class MissingStudents {
  readonly #compiled: CompiledRulebook;
  readonly #inspector: Inspector;
  readonly #glossary: Glossary;
  readonly #records: StudentRecords;
  readonly #window: { readonly from: string; readonly through: string };
  readonly #rowType: number;
  readonly #reader: RecordReader;
  readonly #rowKeys: RowKeys;
  readonly #leas: LEAScope;
  /** Conditions that keep enrollments out, in the order of the file. */
  readonly #conditions: readonly Condition[];

  /** @param leas those of the request: schools and grades of others are not told */
  constructor(
    glossary: Glossary,
    compiled: CompiledRulebook,
    { request, runDate, leas }: { readonly request: RequestFacts; readonly runDate: string; readonly leas: LEAScope },
  ) {
    const { rulebook } = compiled;
    this.#reader = new RecordReader(rulebook.schemas);
    this.#rowKeys = new RowKeys(rulebook.extract.selection, this.#reader);
    this.#leas = leas;
    this.#glossary = glossary;
    this.#compiled = compiled;
    this.#inspector = new Inspector(compiled, request, runDate);
    this.#records = new StudentRecords(rulebook);
    this.#window = request;
    this.#rowType = compiled.program.rowType;
    this.#conditions = partsOf(rulebook.extract.selection.where);
  }

  /**
   * What keeps a student out; `undefined` for one who has a row.
   * @param isRejected whether a record that a row would be made from was rejected
   */
  of(kept: KeptHistory, isRejected: boolean): WithoutRow | undefined {
    const { plan } = this.#compiled;
    const history = historyOf(kept.ssid, kept.records(plan), plan);
    if (this.#inspector.select(history).length > 0) return undefined;
    const enrollments = history.byType[this.#rowType] ?? [];
    const reached = enrollments.map((enrollment) => this.#reached(enrollment));
    const types = this.#records.typesInWindow(kept, this.#window);
    const reason =
      isRejected && !types.has(this.#rowType)
        ? REJECTED
        : types.size === 0
          ? OUTSIDE
          : (this.#conditions[Math.max(-1, ...reached)]?.pointer ?? NO_ENROLLMENT);
    return { ssid: kept.ssid, enrollments: enrollments.length, reason, ...this.#placeOf(enrollments, reached) };
  }

  /** Which of the conditions an enrollment fails first. */
  #reached(enrollment: SourceRecord): number {
    return this.#inspector.withEnrollment(enrollment, () =>
      this.#conditions.findIndex((condition) => !this.#inspector.holds(condition)),
    );
  }

  /** Of the enrollments at LEAs of the request, the one that gets furthest; of several, the one loaded last. */
  #placeOf(enrollments: readonly SourceRecord[], reached: readonly number[]): Pick<WithoutRow, 'school' | 'grade'> {
    let furthest = Number.NEGATIVE_INFINITY;
    let found = { school: '', grade: '' };
    for (const [i, enrollment] of enrollments.entries()) {
      if ((reached[i] as number) < furthest) continue;
      const { reportingLEA, school, grade } = this.#rowKeys.of(enrollment);
      if (this.#leas !== 'all' && !this.#leas.includes(reportingLEA)) continue;
      furthest = reached[i] as number;
      found = { school, grade };
    }
    return found;
  }

  /** What a reason is, in words; the order of reasons is that of the selection. */
  reasons(): ReadonlyMap<string, string> {
    const { keepsOut = [] } = this.#compiled.rulebook.extract.selection.json;
    const isWhole = keepsOut.length === this.#conditions.length;
    const noun = this.#compiled.rulebook.schemas.layouts[this.#rowType]?.name ?? '';
    return new Map([
      [OUTSIDE, 'No record is in the window.'],
      [REJECTED, `A ${noun} record was rejected, and no accepted one is in the window.`],
      [NO_ENROLLMENT, `There is no ${noun} record, only records of other types.`],
      ...this.#conditions.map((condition, i): [string, string] => [
        condition.pointer,
        (isWhole ? keepsOut[i] : undefined) ??
          `No enrollment meets this condition: ${conditionWords(condition, this.#glossary)}.`,
      ]),
    ]);
  }
}

/** The conditions that must all hold. */
export const partsOf = (condition: Condition): readonly Condition[] =>
  condition.kind === 'all' ? condition.of.flatMap(partsOf) : [condition];
