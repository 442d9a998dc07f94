/** The shapes of rule files as JSON, after `schemas/grammar` has vouched for them. docs/rule-grammar.md explains each. */

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
  readonly reading?: string;
  readonly rules: readonly RuleJson[];
}

export interface SelectionJson {
  readonly source: SourceJson;
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
