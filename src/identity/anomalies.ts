/** Which records of a student look wrong together: the checks of anomalies, asked of a whole history. */
import type { History, SourceRecord } from '#records/record';
import type { CheckProgram, CompiledCheck } from '#rulebook/compile/check-program';
import type { Evaluation } from '#rulebook/compile/evaluation';
import type { Likeness } from './score.ts';

/** A check that found something, the record that it examined, and the one that makes it with that. */
export interface OddRecord {
  readonly check: CompiledCheck;
  readonly record: SourceRecord;
  readonly other: SourceRecord | undefined;
}

/** Asks the checks of anomalies. Not to be shared between works that run at the same time. */
export class AnomalyChecks {
  readonly #checks: CheckProgram;
  readonly #x: Evaluation;
  /** By record type: the slot of the day by which the first of several records is chosen. */
  readonly #starts: readonly (number | undefined)[];

  /**
   * @param starts by record type: the slot of the day a record starts
   * @param runDate CCYYMMDD: what is still to come is not missing
   */
  constructor(checks: CheckProgram, starts: readonly (number | undefined)[], runDate: string) {
    this.#checks = checks;
    this.#starts = starts;
    this.#x = checks.newEvaluation();
    this.#x.runDate = runDate;
  }

  /** What looks wrong in a history. */
  of({ byType }: Pick<History, 'byType'>): OddRecord[] {
    return this.#checks.anomalies.flatMap((checks, type) =>
      checks.flatMap((check) => (byType[type] ?? []).flatMap((record) => this.#odd(check, record, byType))),
    );
  }

  #odd(check: CompiledCheck, record: SourceRecord, byType: History['byType']): OddRecord[] {
    if (!this.#fails(check, record, byType)) return [];
    const { beside } = check.json;
    if (beside === undefined) return [{ check, record, other: undefined }];
    const others = this.#others(check, record, byType);
    return (beside === 'each' ? others : others.slice(0, 1)).map((other) => ({ check, record, other }));
  }

  /** The kinds of anomalies that are sets of several numbers. */
  get kindsOfSets(): readonly string[] {
    return [...new Set(this.#checks.pairs.map(({ json }) => json.anomaly ?? json.code))];
  }

  /** The check that finds that two persons so much alike may be one. */
  pair({ score, points, near }: Likeness): CompiledCheck | undefined {
    this.#x.pair = { score, points, nearYearAlone: near };
    this.#x.stamp++;
    return this.#checks.pairs.find((check) => check.fails(this.#x));
  }

  #fails(check: CompiledCheck, record: SourceRecord, byType: History['byType']): boolean {
    this.#x.history = { byType };
    this.#x.nextIncoming(record);
    return check.fails(this.#x);
  }

  /** The records that make it with this one alone, by start. */
  #others(check: CompiledCheck, record: SourceRecord, byType: History['byType']): SourceRecord[] {
    const start = this.#starts[record.type];
    const dayOf = ({ values }: SourceRecord): string => (start === undefined ? '' : (values[start] as string));
    return (byType[record.type] ?? [])
      .filter((other) => {
        const both = [record, other].sort((a, b) => a.loaded - b.loaded);
        return other !== record && this.#fails(check, record, byType.with(record.type, both));
      })
      .sort((a, b) => (dayOf(a) < dayOf(b) ? -1 : Number(dayOf(a) > dayOf(b))));
  }
}
