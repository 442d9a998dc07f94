/** What a store knows of SSIDs beside the records: which were issued, and which are retired in favor of which. */
import { UserError } from '#base/user-error';
import type { RecordPlace } from '#records/record';

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

/** A record that was sent without a number, and the one that its student got. */
export interface GivenNumber {
  /** Number of the file in the store, and line. */
  readonly source: number;
  readonly line: number;
  readonly localID: string;
  readonly ssid: string;
  /** Whether it was drawn for this record. */
  readonly isNew: boolean;
}

/** A number that is not used any more. */
export interface Retirement extends SSIDEntry {
  readonly retired: string;
  readonly replacement: string;
  /** CCYYMMDD: the day from which the replacement is used. */
  readonly day: string;
  readonly why: string;
  /** How many records joined the other history; absent for one that was made before this was kept. */
  readonly moved?: number | undefined;
  /** Records that came to have one key with another one; absent when there are none. */
  readonly doubles?: readonly DoubleRecord[] | undefined;
}

/** Two records that came to have one key: the one that was loaded last holds. */
export interface DoubleRecord {
  readonly recordType: string;
  /** The LEA of both; blank for a record type without one. */
  readonly lea: string;
  readonly holds: RecordPlace;
  readonly replaced: RecordPlace;
}

/** A retirement with the number of the upload that made it. */
export type KeptRetirement = Retirement & { readonly upload: number };

/** What is kept of a retirement that was undone. The upload that undid it is absent where it was not kept yet. */
export type Undone = KeptRetirement & { readonly undone: SSIDEntry & { readonly upload?: number } };

/** A retirement that was undone. */
export interface UndoneRetirement extends Retirement {
  readonly undone: UndoEntry;
}

/** Who undid a retirement, when, and why. */
export interface UndoEntry extends SSIDEntry {
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
  /**
   * The number that is used: the last replacement of a retired one, the number itself otherwise.
   * @param snapshot as it was then; as it is now when absent
   */
  activeOf(ssid: string, snapshot?: number): Promise<string>;
  /** Every retired number with the active one that stands for it. */
  replacements(): Promise<ReadonlyMap<string, string>>;
  /** The retirements in effect, in ascending order of the retired number, with the number of the upload that made each. */
  retirements(): Promise<readonly KeptRetirement[]>;
  /** The retirements that were undone, latest first. */
  undone(): Promise<readonly UndoneRetirement[]>;
  /** Whether a number was ever issued: to a student who is or was in the store, or drawn for one. */
  wasIssued(ssid: string): Promise<boolean>;

  /**
   * Gives each student a number, all of them or none. Whoever asked before for the same LEA, local student ID and person
   * gets the number of then, as it is now, whatever is asked this time.
   * @param draw a number of ten digits; asked again while the number was issued before
   * @throws StoreBusyError; UserError when a chosen number is retired or was never issued, and when no free one is drawn
   */
  assign(requests: readonly NumberRequest[], draw: () => string, entry: SSIDEntry): Promise<readonly Assigned[]>;

  /**
   * The retired numbers that an active one stands for, in ascending order.
   * @param snapshot as it was then, before what was undone since; as it is now when absent
   */
  formerOf(ssid: string, snapshot?: number): Promise<readonly Retirement[]>;

  /**
   * The number that each of some records was sent with, where its student has or had another one: by its file and line;
   * `''` for one that was sent without a number, `undefined` for any other.
   */
  sentWith(places: readonly RecordPlace[]): Promise<readonly (string | undefined)[]>;
}

/** What an upload may change of the register. */
export interface SSIDWriter {
  /**
   * Retires a number in favor of another.
   * @param index of several
   * @throws RetirementRefusedError when it is retired already, when the other one is, and when both are the same
   */
  retire(retirement: Retirement, index?: number): Promise<void>;
  /**
   * Undoes a retirement; those that were made with it stay. Whether records came since is for whoever puts the records
   * back.
   * @returns the upload that made it, and how many of its retirements are left
   * @throws RetirementRefusedError when there is none, and when a later one rests on it
   */
  undoRetirement(retired: string, entry: UndoEntry): Promise<{ readonly upload: number; readonly left: number }>;
  /** As `SSIDRegister.assign`. */
  assign(requests: readonly NumberRequest[], draw: () => string, entry: SSIDEntry): Promise<readonly Assigned[]>;
  /** The active number that somebody asked for and got; `undefined` for whoever never asked. */
  givenBefore(request: NumberRequest): Promise<string | undefined>;
  /** Keeps that the student of a record that was sent without a number has one. */
  keepGiven(given: GivenNumber): void;
  /** Keeps which number a record was sent with; the first one stays. */
  keepSent(source: number, line: number, ssid: string): void;
}
