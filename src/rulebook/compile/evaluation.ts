import { type History, NO_LINES, type SourceRecord } from '#records/record';
import type { Interval } from '../tree/values.ts';

/**
 * The closed interval of days a request stands for, and everything it asks for. Lists are empty where nothing was
 * named.
 */
export interface RequestFacts {
  readonly reportingLEAs: readonly string[];
  readonly schools: readonly string[];
  readonly grades: readonly string[];
  readonly statuses: readonly string[];
  readonly adjusted: boolean;
  /** `CCYY-CCYY`; absent unless the request is for an academic year. */
  readonly academicYear: string | undefined;
  readonly from: string;
  readonly through: string;
}

/** What a condition node came to. `absent…` says that the left side was absent. */
export const OUTCOME = { notReached: 0, false: 1, true: 2, absentFalse: 3, absentTrue: 4 } as const;

/** Whether a condition that came to this holds. */
export const holdsBy = (outcome: number): boolean => outcome === OUTCOME.true || outcome === OUTCOME.absentTrue;

const NOTHING: SourceRecord = { type: -1, values: [], loaded: -1, kept: NO_LINES, at: 0 };

/** An active number in place of a retired one; `undefined` stands for what is not known. */
export interface Replaced {
  readonly ssid: string;
  readonly gender: string | undefined;
  readonly birthYear: string | undefined;
  readonly sentGender: string | undefined;
  readonly sentBirthYear: string | undefined;
}

/**
 * What closures read and write while they evaluate: one object, reused for student after student, so that the hot path
 * allocates nothing. Facts are remembered until the request, the enrollment or the incoming record is another; those of
 * the request alone until that is.
 */
export class Evaluation {
  history: Pick<History, 'byType'> = { byType: [] };
  enrollment: SourceRecord = NOTHING;
  record: SourceRecord = NOTHING;
  incoming: SourceRecord = NOTHING;
  request: RequestFacts = {
    reportingLEAs: [],
    schools: [],
    grades: [],
    statuses: [],
    adjusted: false,
    academicYear: undefined,
    from: '',
    through: '',
  };
  /** The days that the request is for. */
  window: Interval = { start: '', end: '' };
  /** `''` when it is not known; then it is absent. */
  runDate = '';
  /** The value at hand, in checks of values. */
  value = '';
  /** The line at hand, in checks of lines. */
  line = { fields: 0, most: 0, excess: 0, filled: 0, beyond: '', known: false, header: false };
  /** Two persons, in checks of pairs. */
  pair = { score: 0, points: 0, nearYearAlone: false };
  transaction = { does: '', stored: false, again: false, differs: false };
  sender: string | undefined = undefined;
  /** What stands for the retired number of the line at hand, and what the line says of the student. */
  replacement: Replaced | undefined = undefined;

  /** Values of fields worked out so far, by index of the output field. */
  readonly fields: string[];
  /** By field: the index of the rule that decided. */
  readonly decided: Int16Array;
  /** By condition node: one of OUTCOME. */
  readonly outcomes: Uint8Array;
  readonly remembered: unknown[];
  /**
   * By fact, for looks that give `any` or `count`: the first record that matched. Written only when outcomes are
   * recorded.
   */
  readonly matched: (SourceRecord | undefined)[];
  /** By fact: the stamp under which it was remembered. */
  readonly stamps: Float64Array;
  /** What was remembered under an older stamp is forgotten. */
  stamp = 1;
  /** The first stamp of the request: what depends on nothing else is remembered under it. */
  requestStamp = 1;

  constructor(fields: number, conditions: number, facts: number) {
    this.fields = new Array<string>(fields).fill('');
    this.decided = new Int16Array(fields);
    this.outcomes = new Uint8Array(conditions);
    this.remembered = new Array<unknown>(facts).fill(undefined);
    this.matched = new Array<SourceRecord | undefined>(facts).fill(undefined);
    this.stamps = new Float64Array(facts);
  }

  /** Sets what stays the same for all students. `runDate` is CCYYMMDD. */
  nextRequest(request: RequestFacts, runDate: string): void {
    this.request = request;
    this.window = { start: request.from, end: request.through };
    this.runDate = runDate;
    this.requestStamp = ++this.stamp;
  }

  /** Takes another enrollment in hand. */
  nextEnrollment(enrollment: SourceRecord): void {
    this.enrollment = enrollment;
    this.stamp++;
  }

  /** Takes another incoming record in hand. */
  nextIncoming(incoming: SourceRecord): void {
    this.incoming = incoming;
    this.stamp++;
  }
}
