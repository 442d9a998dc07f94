/**
 * The shapes of rule files as JSON, after `schemas/grammar` has vouched for them. docs/rule-grammar.md explains each.
 */

export interface Reference {
  readonly fact: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly path?: string;
}

export type ConditionJson =
  | { readonly all: readonly ConditionJson[] }
  | { readonly any: readonly ConditionJson[] }
  | { readonly not: ConditionJson }
  | (Reference & { readonly operator: string; readonly value: unknown });

export interface ParameterValue {
  readonly value: string | number | boolean;
  readonly key?: string;
  /** First and last day on which the value holds, `CCYY-MM-DD`; absent: open. */
  readonly from?: string;
  readonly through?: string;
  readonly source?: string;
}

export type ParameterType = 'text' | 'number' | 'day' | 'flag' | 'choice' | 'list' | 'table';

export interface ParameterJson {
  readonly name: string;
  readonly says: string;
  readonly type: ParameterType;
  readonly codeSet?: string;
  readonly keys?: string;
  readonly choices?: readonly string[];
  readonly values: readonly ParameterValue[];
  readonly reading?: string;
}

export interface IntervalJson {
  readonly name: string;
  readonly of: string;
  readonly start: string;
  readonly end?: string;
  readonly blankEnd: 'open' | { readonly dayBeforeNext: { readonly sameColumns: readonly string[] } };
}

export type OrderJson =
  | { readonly greatest: string; readonly blank?: 'first' | 'last' }
  | { readonly least: string; readonly blank?: 'first' | 'last' }
  | { readonly preferring: ConditionJson }
  | { readonly loaded: 'first' | 'last' };

export interface LookJson {
  readonly name: string;
  readonly says: string;
  readonly params?: Readonly<Record<string, 'parameter' | 'text'>>;
  readonly from: string;
  readonly where?: ConditionJson;
  readonly order?: readonly OrderJson[];
  readonly gives: 'any' | 'count' | 'record';
}

export type CalculationJson = {
  readonly name: string;
  readonly says: string;
  readonly params?: Readonly<Record<string, 'parameter' | 'text'>>;
} & (
  | { readonly calculate: 'addYears'; readonly day: Reference; readonly years: Reference | number }
  | { readonly calculate: 'dayBefore'; readonly day: Reference }
  | { readonly calculate: 'academicYear'; readonly day: Reference }
  | { readonly calculate: 'dayOfAcademicYear'; readonly day: Reference; readonly monthDay: Reference | string }
  | { readonly calculate: 'earliest' | 'latest' | 'firstPresent' | 'intersection'; readonly of: readonly Reference[] }
  | { readonly calculate: 'daysCounted'; readonly interval: Reference }
  | { readonly calculate: 'labels'; readonly of: readonly Reference[]; readonly by: string }
  | { readonly calculate: 'countOf' | 'firstOf'; readonly list: Reference }
  | { readonly calculate: 'choose'; readonly by: Reference; readonly cases: Readonly<Record<string, Reference>> }
);

export type FactJson = LookJson | CalculationJson;

export interface SourceJson {
  readonly page: string;
  readonly updated?: string;
  readonly element: string;
  readonly lastCompared: string;
}

export interface RuleJson {
  readonly name: string;
  readonly conditions?: ConditionJson;
  readonly event: { readonly type: 'value'; readonly params: { readonly value: string | Reference } };
}

export interface FieldJson {
  readonly field: string;
  readonly name: string;
  readonly source: SourceJson;
  /** Ids of sentences of the published page (`rules/ledger`). */
  readonly cites?: readonly string[];
  readonly reading?: string;
  readonly rules: readonly RuleJson[];
}

export interface SelectionJson {
  readonly source: SourceJson;
  readonly cites?: readonly string[];
  readonly reading?: string;
  readonly where: ConditionJson;
  readonly onePer: readonly string[];
  readonly order: readonly OrderJson[];
  readonly rowOrder: readonly string[];
}

export interface ColumnsJson {
  readonly type?: 'CS' | 'DT';
  readonly required?: boolean;
  readonly closedCodeSet?: boolean;
  readonly codeSet?: string;
  readonly keys?: readonly string[];
  readonly except?: readonly string[];
}

export type Examines = 'lines' | 'values' | 'records' | 'transactions' | 'histories';

export interface CheckJson {
  readonly code: string;
  readonly severity: 'reject' | 'warn';
  readonly examines: Examines;
  readonly recordTypes: 'all' | readonly string[];
  readonly field?: string;
  readonly columns?: ColumnsJson;
  readonly title: string;
  readonly conditions: ConditionJson;
  readonly message: string;
  readonly advice: string;
  readonly source: SourceJson;
}

export interface RulebookJson {
  readonly name: string;
  readonly version: string;
  readonly publication: { readonly page: string; readonly updated: string };
  readonly lastCompared: string;
  readonly about?: string;
}

/** How the table of a published page is cut into sentences, since its text has lost the lines between the cells. */
export interface TableMarks {
  /** What may stand as the type of a field; a row is a line `NUMBER. NAME TYPE LENGTH …`. */
  readonly types: readonly string[];
  /** Words with which a sentence starts within a row, even without a full stop before it. */
  readonly starts: readonly string[];
  /** What may stand in the last cell of a row. */
  readonly ends: readonly string[];
}

/**
 * One sentence of a published page, which is not repeated: its id, what it says in our words, and the SHA-256 of its
 * text.
 */
export interface LedgerSentence {
  readonly id: string;
  readonly about: string;
  readonly sha256: string;
  /** Why it needs neither a rule nor an example. */
  readonly needsNone?: string;
  readonly needsNoExample?: string;
  /** The id of an earlier sentence with the same words. */
  readonly sameAs?: string;
  /** Tests of the program that show it: paths in the repository. */
  readonly shownBy?: readonly string[];
}

export interface LedgerElement {
  readonly id: string;
  readonly title: string;
  /** Why none of its sentences needs a rule or an example. */
  readonly needsNone?: string;
  readonly sentences: readonly LedgerSentence[];
}

/** The sentences of a published page, in order. */
export interface LedgerJson {
  readonly page: string;
  readonly updated: string;
  readonly table: TableMarks;
  readonly elements: readonly LedgerElement[];
}

/** One file of `rules/` or `schemas/`, path relative to their common folder (`rules/fields/40-….json`). */
export interface SourceFile {
  readonly path: string;
  readonly json: unknown;
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
