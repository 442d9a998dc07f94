/**
 * The shapes of rule files as JSON, after `schemas/grammar` has vouched for them: the types made from those schemas, by
 * the names that the program uses. docs/rule-grammar.md explains each.
 */
import type { ReadonlyDeep } from '#base/readonly-deep';
import type * as grammar from './grammar-types.ts';

export type Reference = ReadonlyDeep<grammar.Reference>;
export type ConditionJson = ReadonlyDeep<grammar.Condition>;
export type LeafJson = Extract<ConditionJson, { operator: unknown }>;

/**
 * A value of a parameter, of whichever type. By hand, since its keys depend on the parameter's type: every value has
 * the keys of a dated one, or those of a table's entry.
 */
export type ParameterValue = ReadonlyDeep<
  Omit<grammar.DatedText, 'value'> &
    Partial<Pick<grammar.Entry, 'key'>> & {
      value: (grammar.DatedText | grammar.DatedNumber | grammar.DatedFlag)['value'];
    }
>;

export type ParameterJson = ReadonlyDeep<Omit<grammar.Parameter, 'values'>> & {
  readonly values: readonly ParameterValue[];
};

export type IntervalJson = ReadonlyDeep<grammar.Intervals['intervals'][number]>;
export type OrderJson = ReadonlyDeep<grammar.Order[number]>;
export type FactJson = ReadonlyDeep<grammar.Fact>;
export type LookJson = Extract<FactJson, { gives: unknown }>;
export type CalculationJson = Exclude<FactJson, LookJson>;

/**
 * Where a rule is published. A check says no day of update where its page has none. The grammar lets a check leave out
 * more than that; what shows checks counts on the rest.
 */
export type SourceJson = ReadonlyDeep<Omit<grammar.Source, 'updated'> & Partial<Pick<grammar.Source, 'updated'>>>;

export type FieldJson = ReadonlyDeep<grammar.Field>;
export type RuleJson = FieldJson['rules'][number];
export type SelectionJson = ReadonlyDeep<grammar.Selection>;
/** What must be true of every row; its source is that of the file, with the law's own element. */
export type LawJson = ReadonlyDeep<grammar.Law> & { readonly source: SourceJson };
export type LawsJson = ReadonlyDeep<grammar.Laws>;
/** A file made from the rows of an extract. */
export type ReportJson = ReadonlyDeep<grammar.Report>;
/** What comes for the students of an extract, year by year. */
export type HorizonJson = ReadonlyDeep<grammar.Horizon>;
/** What a check reports, and when; a check with parts has several. */
export type CheckPartJson = ReadonlyDeep<grammar.CheckPart>;
/** A file of `rules/checks`: one check, its part written out in it or in `parts`. */
export type CheckFileJson = ReadonlyDeep<Omit<grammar.Check, 'source'>> & { readonly source: SourceJson };
/** One part of a check, with what holds for all of its parts. */
export type CheckJson = Omit<CheckFileJson, keyof grammar.CheckPart | 'parts' | 'otherwise'> &
  CheckPartJson & {
    /** The column that the record types of this part do not have: the part stands under `otherwise`. */
    readonly lacking?: string;
  };
export type Severity = grammar.Severity;
export type ColumnsJson = NonNullable<CheckJson['columns']>;
export type Examines = CheckJson['examines'];
export type RulebookJson = ReadonlyDeep<grammar.Rulebook>;

/** A file that belongs to no student: how it looks, and its columns. */
export type ReferenceFileJson = ReadonlyDeep<grammar.ReferenceFile>;
/** The rows of one that was loaded. */
export type ReferenceRowsJson = ReadonlyDeep<grammar.ReferenceRows>;
export type ReferenceRow = ReferenceRowsJson['rows'][number];

/** The sentences of a published page, in order. */
export type LedgerJson = ReadonlyDeep<grammar.Ledger>;
export type LedgerElement = LedgerJson['elements'][number];

/**
 * One sentence of a published page, which is not repeated: its id, what it says in our words, and the SHA-256 of its
 * text.
 */
export type LedgerSentence = LedgerElement['sentences'][number];

/** How the table of a published page is cut into sentences, since its text has lost the lines between the cells. */
export type TableMarks = LedgerJson['table'];

/** One file of `rules/` or `schemas/`, path relative to their common folder (`rules/fields/40-….json`). */
export interface SourceFile {
  readonly path: string;
  readonly json: unknown;
  /** What it names by key, where `json` has the number instead (fields-by-key.ts). */
  readonly written?: unknown;
  /** SHA-256 of its text, hexadecimal; absent for a file that never was a text. */
  readonly sha256?: string;
  /** What `json` was parsed from, to the letter; absent for a file that never was a text. */
  readonly text?: string;
}

/** Something wrong with the rulebook: where, and in one sentence what was found and what was expected. */
export interface Finding {
  readonly file: string;
  /** JSON pointer into the file; `''` is the whole of it. */
  readonly pointer: string;
  readonly message: string;
}
