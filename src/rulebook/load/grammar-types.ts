// Generated from schemas/grammar by `npm run generate`. Do not edit here: edit there, and generate again.

export type Day = string;
export type Name = string;
export type Says = string;
export type Reading = string;
export type RecordType = string;
export type ColumnKey = string;
export type ColumnKeys = ColumnKey[];
export type Fact =
  | {
      name: Name;
      says: string;
      params?: {
        [k: string]: 'parameter' | 'text';
      };
      calculate: 'addYears';
      day: Reference;
      years: Reference | number;
    }
  | {
      name: Name;
      says: string;
      params?: {
        [k: string]: 'parameter' | 'text';
      };
      calculate: 'dayBefore' | 'academicYear';
      day: Reference;
    }
  | {
      name: Name;
      says: string;
      params?: {
        [k: string]: 'parameter' | 'text';
      };
      calculate: 'dayOfAcademicYear';
      day: Reference;
      monthDay: Reference | string;
    }
  | {
      name: Name;
      says: string;
      params?: {
        [k: string]: 'parameter' | 'text';
      };
      calculate: 'earliest' | 'latest' | 'firstPresent';
      of: Reference[];
    }
  | {
      name: Name;
      says: string;
      params?: {
        [k: string]: 'parameter' | 'text';
      };
      calculate: 'intersection';
      of: Reference[];
    }
  | {
      name: Name;
      says: string;
      params?: {
        [k: string]: 'parameter' | 'text';
      };
      calculate: 'daysCounted';
      interval: Reference;
    }
  | {
      name: Name;
      says: string;
      params?: {
        [k: string]: 'parameter' | 'text';
      };
      calculate: 'labels';
      of: Reference[];
      by: string;
    }
  | {
      name: Name;
      says: string;
      params?: {
        [k: string]: 'parameter' | 'text';
      };
      calculate: 'countOf' | 'firstOf';
      list: Reference;
    }
  | {
      name: Name;
      says: string;
      params?: {
        [k: string]: 'parameter' | 'text';
      };
      calculate: 'choose';
      by: object;
      cases: {
        [k: string]: Reference;
      };
    }
  | {
      name: Name;
      says: string;
      params?: {
        [k: string]: 'parameter' | 'text';
      };
      from: RecordType;
      where?: Condition;
      order?: Order;
      gives: 'any' | 'count' | 'record';
    };
export type TextOrReference = Reference | string;
export type Path = string;
export type Condition =
  | {
      all: Condition[];
    }
  | {
      any: Condition[];
    }
  | {
      not: Condition;
    }
  | {
      fact: Name;
      params?: Params;
      path?: Path;
      operator: Operator;
      value: Value;
    };
export type Operator =
  | 'equal'
  | 'notEqual'
  | 'in'
  | 'notIn'
  | 'contains'
  | 'doesNotContain'
  | 'lessThan'
  | 'lessThanInclusive'
  | 'greaterThan'
  | 'greaterThanInclusive'
  | 'before'
  | 'onOrBefore'
  | 'after'
  | 'onOrAfter'
  | 'overlaps'
  | 'present'
  | 'realDay'
  | 'consecutiveYears'
  | 'hasForm'
  | 'lacksForm'
  | 'longerThan'
  | 'hasControlCharacters';
export type Value = Reference | (string | number | boolean | string[]);
export type Order = (
  | {
      greatest: Path;
      blank?: 'first';
    }
  | {
      least: Path;
      blank?: 'first';
    }
  | {
      preferring: Condition;
    }
  | {
      loaded: 'last' | 'first';
    }
)[];
export type Citation = string;
export type Cites = Citation[];
export type FieldNumber = string;
export type CheckCode = string;
export type Severity = 'reject' | 'warn';
export type Words = string[];
export type ElementId = string;
export type SchemaLink = string;

export interface RuleFiles {
  rulebook: Rulebook;
  parameters: Parameters;
  intervals: Intervals;
  facts: Facts;
  selection: Selection;
  field: Field;
  check: Check;
  ledger: Ledger;
}
export interface Rulebook {
  name: string;
  version: string;
  publication: {
    page: string;
    updated: Day;
  };
  lastCompared: Day;
  about?: string;
}
export interface Parameters {
  parameters: Parameter[];
}
export interface Parameter {
  name: Name;
  says: Says;
  type: 'text' | 'number' | 'day' | 'flag' | 'choice' | 'list' | 'table';
  codeSet?: string;
  keys?: string;
  choices?: Name[];
  values: object[];
  reading?: Reading;
}
export interface Intervals {
  intervals: {
    name: Name;
    says?: Says;
    of: RecordType;
    start: ColumnKey;
    end?: ColumnKey;
    blankEnd:
      | {
          dayBeforeNext: {
            sameColumns: ColumnKeys;
          };
        }
      | 'open';
  }[];
}
export interface Facts {
  facts: Fact[];
}
export interface Reference {
  fact: Name;
  params?: Params;
  path?: Path;
}
export interface Params {
  [k: string]: TextOrReference;
}
export interface Selection {
  source: Source;
  cites?: Cites;
  reading?: Reading;
  where: Condition;
  onePer: ColumnKeys;
  order: Order;
  rowOrder: ColumnKeys;
}
export interface Source {
  page: string;
  updated: Day;
  element: string;
  lastCompared: Day;
}
export interface Field {
  field: FieldNumber;
  name: string;
  source: Source;
  cites?: Cites;
  reading?: Reading;
  rules: {
    name: Name;
    conditions?: Condition;
    event: {
      type: 'value';
      params: {
        value: TextOrReference;
      };
    };
  }[];
}
export interface Check {
  code: CheckCode;
  severity: Severity;
  examines: 'lines' | 'values' | 'records' | 'transactions' | 'histories';
  recordTypes: RecordType[] | 'all';
  field?: ColumnKey;
  columns?: {
    type?: 'CS' | 'DT';
    required?: boolean;
    closedCodeSet?: boolean;
    codeSet?: string;
    keys?: ColumnKeys;
    except?: ColumnKeys;
  };
  title: string;
  conditions: Condition;
  message: string;
  advice: string;
  source: {
    page: string;
    updated?: Day;
    element?: string;
    lastCompared?: Day;
  };
  reading?: Reading;
}
export interface Ledger {
  page: string;
  updated: Day;
  table: {
    types: Words;
    starts: Words;
    ends: Words;
  };
  elements: {
    id: ElementId;
    title: string;
    needsNone?: string;
    sentences: Sentence[];
  }[];
}
export interface Sentence {
  id: string;
  about: string;
  sha256: string;
  needsNone?: string;
  needsNoExample?: string;
  sameAs?: string;
  shownBy?: string[];
}
export interface DatedText {
  value: string;
  from?: Day;
  through?: Day;
  source?: Citation;
}
export interface DatedNumber {
  value: number;
  from?: Day;
  through?: Day;
  source?: Citation;
}
export interface DatedDay {
  value: Day;
  from?: Day;
  through?: Day;
  source?: Citation;
}
export interface DatedFlag {
  value: boolean;
  from?: Day;
  through?: Day;
  source?: Citation;
}
export interface Entry {
  key: string;
  value: string;
  source?: Citation;
}
