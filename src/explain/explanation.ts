/**
 * What an explanation says: plain data, the same over REST, on the command line and in tests. Days are CCYYMMDD, as
 * everywhere; `null` stands for what is absent. Sentences are made from the rules themselves and belong to whoever
 * reads English; everything else belongs to programs.
 */
import type { SourceJson } from '#rulebook/load/declarations';

/** What a condition came to: it held, it did not, nobody asked it, or what it asks about is not there. */
export type OutcomeWord = 'true' | 'false' | 'notReached' | 'absent';

/** A value as JSON has it; an interval is `{ start, end }`, a blank end is open. */
export type Shown =
  | string
  | number
  | boolean
  | null
  | readonly string[]
  | { readonly start: string; readonly end: string };

/**
 * A source record. One of an LEA the reader may not see has its dates, its codes and its LEA, and neither local
 * identifiers and names nor a place.
 */
export interface ShownRecord {
  readonly recordType: string;
  /** Where it was sent; absent for a record of another LEA. `upload` is absent when there was none. */
  readonly sent?: { readonly upload?: string; readonly file: string; readonly line: number };
  /** Column key to value: the key columns of its layout and whatever the rules at hand look at; blanks are `''`. */
  readonly values: Readonly<Record<string, string>>;
}

/** One side of a comparison. */
export interface ShownSide {
  /** What it is, in words: "the enrollment's Student Exit Reason Code". */
  readonly says: string;
  readonly value: Shown;
}

export type ShownCondition = {
  readonly outcome: OutcomeWord;
  /** Whether it held; absent when it was not reached. An absent value can make a condition hold. */
  readonly holds?: boolean;
  /** JSON pointer within the file of the rule or fact. */
  readonly pointer: string;
} & (
  | { readonly kind: 'all' | 'any'; readonly of: readonly ShownCondition[] }
  | { readonly kind: 'not'; readonly of: ShownCondition }
  | {
      readonly kind: 'leaf';
      /** The whole comparison in words. */
      readonly says: string;
      readonly operator: string;
      readonly left: ShownSide;
      readonly right: ShownSide;
      /** The facts it asks: `id` of entries in `facts`. */
      readonly facts: readonly string[];
    }
);

/** A record that a look considered. */
export interface ShownCandidate {
  readonly record: ShownRecord;
  readonly taken: boolean;
  /**
   * The first condition that passed it over, or the record that came before it, in words: "its Exit Date 20230531 is
   * before the enrollment began".
   */
  readonly passedOver?: { readonly sentence: string; readonly pointer: string };
}

/** A fact that was read. */
export interface ShownFact {
  /** Name and params, unique in one explanation: `programAtSchool(program=homelessProgram)`. */
  readonly id: string;
  readonly fact: string;
  readonly params: Readonly<Record<string, string>>;
  readonly says: string;
  readonly file: string;
  readonly pointer: string;
  readonly value: Shown;
  /** Looks only: every record of its type, in the order of loading. */
  readonly from?: string;
  readonly candidates?: readonly ShownCandidate[];
  /** Calculations only. */
  readonly operands?: readonly ShownSide[];
}

/** A parameter that was read: what it says, and its value on the day it was asked for. */
export interface ShownParameter {
  readonly parameter: string;
  readonly says: string;
  readonly file: string;
  readonly pointer: string;
  /** The day it was asked for; absent when it has no days. */
  readonly on?: string;
  readonly value: Shown;
}

/** One rule of a field, in the order of the file. */
export interface ShownRule {
  readonly name: string;
  readonly pointer: string;
  /**
   * `decided` it was, `passed` over because its conditions did not hold, or `notReached` because an earlier one
   * decided.
   */
  readonly came: 'decided' | 'passed' | 'notReached';
  readonly conditions?: ShownCondition;
}

/** Why a value is not another: the smallest set of conditions that stand in the way. */
export interface WhyNot {
  /** The other value; `null` when the rule takes it from a record that is not there. */
  readonly value: string | null;
  readonly rule: string;
  readonly sentence: string;
  /** Each comparison that would have to come out otherwise, in words, with its place. */
  readonly inTheWay: readonly { readonly says: string; readonly file: string; readonly pointer: string }[];
}

/** The smallest change to one source record that changes the value, found by trying it. */
export interface WhatWouldChangeIt {
  readonly sentence: string;
  readonly kind: 'change' | 'add' | 'remove';
  readonly recordType: string;
  /** The record that changes or goes; absent for one that is added. */
  readonly record?: ShownRecord;
  /** Columns that differ, or those of the record that is added. */
  readonly columns: readonly {
    readonly key: string;
    readonly name: string;
    readonly from: string;
    readonly to: string;
  }[];
  /** What the value would be. */
  readonly value: string;
}

/** Where a value that no rule makes comes from. */
export type Copied =
  | { readonly from: 'layout'; readonly literal: string }
  | { readonly from: 'record'; readonly column: string; readonly columnName: string; readonly columnNumber: string }
  | { readonly from: 'loading'; readonly day: 'uploaded' | 'lastUpdated' };

export interface FieldExplanation {
  readonly field: string;
  readonly name: string;
  readonly value: string;
  /** "Y, because …" */
  readonly sentence: string;
  /** Fields that no rule makes. */
  readonly copied?: Copied;
  /** Derived fields: the rule that decided. */
  readonly rule?: {
    readonly name: string;
    readonly file: string;
    readonly pointer: string;
    readonly source: SourceJson;
  };
  readonly rules?: readonly ShownRule[];
  readonly facts?: readonly ShownFact[];
  readonly parameters?: readonly ShownParameter[];
  readonly whyNot?: readonly WhyNot[];
  /** `change` is absent when none was found; the sentence says so, and how many were tried. */
  readonly whatWouldChangeIt?: {
    readonly sentence: string;
    readonly tried: number;
    readonly change?: WhatWouldChangeIt;
  };
}

/** An enrollment of the student, and whether it is in the extract. */
export interface ShownEnrollment {
  readonly record: ShownRecord;
  readonly inExtract: boolean;
  readonly sentence: string;
  /**
   * The selection's conditions as they came out for this enrollment; of one that is not asked about, without those that
   * were not reached.
   */
  readonly conditions: ShownCondition;
}

export interface Opinion {
  readonly engine: string;
  readonly version: string;
}

export interface SecondOpinionShown {
  readonly first: Opinion;
  readonly second: Opinion;
  readonly agree: boolean;
  /** Rules that the second engine evaluated; always as many as the files have. */
  readonly rulesEvaluated: number;
  readonly rulesInFiles: number;
  /** Empty when they agree. */
  readonly differences: readonly {
    readonly field: string;
    readonly first: string;
    readonly second: string;
    readonly firstRule: string;
    readonly secondRule: string;
  }[];
}

/** What every explanation says of itself. */
export interface ExplanationHead {
  readonly ssid: string;
  readonly runDate: string;
  readonly window: { readonly start: string; readonly end: string };
  readonly rulebook: { readonly name: string; readonly version: string; readonly sha256: string };
}

/** Why a row is what it is. */
export interface RowExplanation extends ExplanationHead {
  readonly reportingLEA: string;
  readonly school: string;
  readonly grade: string;
  /** Why this enrollment is in the extract. */
  readonly qualification: ShownEnrollment;
  /** The student's other enrollments. */
  readonly otherEnrollments: readonly ShownEnrollment[];
  readonly fields: readonly FieldExplanation[];
  readonly secondOpinion?: SecondOpinionShown;
}

/** Why a student has no row. */
export interface MissingExplanation extends ExplanationHead {
  /** False: the student has rows after all, `enrollments` says which. */
  readonly missing: boolean;
  readonly sentence: string;
  readonly enrollments: readonly ShownEnrollment[];
}
