/** Who has records in the window and no row: of each student, what keeps them out. */
import type { CompiledRulebook } from '#extract/extractor';
import { historyOf, type KeptHistory, type SourceRecord } from '#records/record';
import type { RequestFacts } from '#rulebook/compile/evaluation';
import type { Condition } from '#rulebook/tree/nodes';
import { conditionWords, type Glossary } from '#rulebook/words/words';
import { Inspector } from './inspector.ts';
import { StudentRecords } from './student-records.ts';

/** What keeps a student out, and how many enrollments they have. */
export interface MissingStudent {
  readonly ssid: string;
  readonly reason: string;
  readonly enrollments: number;
}

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
  /** Conditions that keep enrollments out, in the order of the file. */
  readonly #conditions: readonly Condition[];

  constructor(glossary: Glossary, compiled: CompiledRulebook, request: RequestFacts, runDate: string) {
    const { rulebook } = compiled;
    this.#glossary = glossary;
    this.#compiled = compiled;
    this.#inspector = new Inspector(compiled, request, runDate);
    this.#records = new StudentRecords(rulebook);
    this.#window = request;
    this.#rowType = compiled.program.rowType;
    this.#conditions = partsOf(rulebook.extract.selection.where);
  }

  /**
   * What keeps a student out; `undefined` for one who has a row, or nothing in the window.
   * @param isRejected whether a record that a row would be made from was rejected
   */
  of(kept: KeptHistory, isRejected: boolean): MissingStudent | undefined {
    const { plan } = this.#compiled;
    const history = historyOf(kept.ssid, kept.records(plan), plan);
    if (this.#inspector.select(history).length > 0) return undefined;
    const enrollments = history.byType[this.#rowType] ?? [];
    const types = this.#records.typesInWindow(kept, this.#window);
    const found = { ssid: kept.ssid, enrollments: enrollments.length };
    if (isRejected && !types.has(this.#rowType)) return { ...found, reason: REJECTED };
    if (types.size === 0) return undefined;
    return { ...found, reason: this.#reason(enrollments) };
  }

  /** Of the conditions that enrollments do not meet, the one that the enrollment fails that gets furthest. */
  #reason(enrollments: readonly SourceRecord[]): string {
    const reached = enrollments.map((enrollment) =>
      this.#inspector.withEnrollment(enrollment, () =>
        this.#conditions.findIndex((condition) => !this.#inspector.holds(condition)),
      ),
    );
    return this.#conditions[Math.max(-1, ...reached)]?.pointer ?? NO_ENROLLMENT;
  }

  /** What a reason is, in words; the order of reasons is that of the selection. */
  reasons(): ReadonlyMap<string, string> {
    const { keepsOut = [] } = this.#compiled.rulebook.extract.selection.json;
    const isWhole = keepsOut.length === this.#conditions.length;
    const noun = this.#compiled.rulebook.schemas.layouts[this.#rowType]?.name ?? '';
    return new Map([
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
