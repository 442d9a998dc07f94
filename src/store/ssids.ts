/** What a store knows of SSIDs beside the records: which were issued, and which are retired in favor of which. */
import { UserError } from '#base/user-error';

/** A student without a number, for whom one is asked. */
export interface NumberRequest {
  readonly lea: string;
  readonly localID: string;
  /** The same for the same names and birth date, and for no others. */
  readonly who: string;
  /** A number that was chosen; a new one is drawn when absent. */
  readonly chosen?: string | undefined;
}

/** Who did something to a number, and when. */
export interface SSIDEntry {
  /** ISO 8601 in UTC. */
  readonly at: string;
  readonly by: string;
}

export interface Assigned {
  readonly ssid: string;
  /** Whether it was drawn just now; otherwise it was chosen, or had been given before. */
  readonly isNew: boolean;
}

/** A number that is not used any more. */
export interface Retirement extends SSIDEntry {
  readonly retired: string;
  readonly replacement: string;
  /** CCYYMMDD: the day from which the replacement is used. */
  readonly day: string;
  readonly why: string;
}

/** Thrown for a retirement that cannot be, or cannot be undone. Nothing is changed. */
export class RetirementRefusedError extends UserError {
  /** Which of several it is, from 0. */
  readonly index: number;

  constructor(message: string, index = 0) {
    super(message);
    this.index = index;
    this.name = 'RetirementRefusedError';
  }
}

/** The register of numbers. */
export interface SSIDRegister {
  /** The number that is used now: the last replacement of a retired one, the number itself otherwise. */
  activeOf(ssid: string): string;
  /** Every retired number with the active one that stands for it. */
  replacements(): ReadonlyMap<string, string>;
  /** The retirements in effect, in ascending order of the retired number. */
  retirements(): readonly Retirement[];
  /** Whether a number was ever issued: to a student who is or was in the store, or drawn for one. */
  wasIssued(ssid: string): boolean;

  /**
   * Gives each student a number, all of them or none. Whoever asked before for the same LEA, local student ID and person
   * gets the number of then, as it is now, whatever is asked this time.
   * @param draw a number of ten digits; asked again while the number was issued before
   * @throws StoreBusyError; UserError when a chosen number is retired or was never issued, and when no free one is drawn
   */
  assign(requests: readonly NumberRequest[], draw: () => string, entry: SSIDEntry): readonly Assigned[];

  /**
   * Retires a number in favor of another.
   * @throws RetirementRefusedError when it is retired already, when the other one is, and when both are the same;
   * StoreBusyError
   */
  retire(retirement: Retirement): void;
  /** The same with several, all or none: each sees those before it. */
  retireAll(retirements: readonly Retirement[]): void;
  /**
   * Undoes a retirement.
   * @throws RetirementRefusedError when there is none, or records of the replacement came since; StoreBusyError
   */
  undoRetirement(retired: string, entry: SSIDEntry): void;
}
