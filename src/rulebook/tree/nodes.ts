/**
 * The typed tree between rule files and everything made from them: compiled closures, the second opinion, sentences and
 * the rule check. Plain tagged data. Every reference is resolved, every operator known and its sides of the right type;
 * whoever walks the tree need not look back into files.
 */
import type { Code, Column, OutputColumn } from '#records/layout';
import type { Aggregate } from '../aggregates/aggregate.ts';
import type { Calculation } from '../calculations/calculation.ts';
import type {
  CheckJson,
  FieldJson,
  HorizonJson,
  IntervalJson,
  LawJson,
  LookJson,
  ParameterJson,
  ReferenceFileJson,
  ReportJson,
  SelectionJson,
} from '../load/declarations.ts';
import type { Operator } from '../operators/index.ts';
import type { Value, ValueType } from './values.ts';

/** Where a node stands, for findings and traces. */
export interface Place {
  readonly file: string;
  readonly pointer: string;
}

/** A record that the evaluation has in hand under this name, or the one that a look gives. */
export type RecordSource = 'enrollment' | 'record' | 'incoming' | LookNode;

export type Expression = { readonly type: ValueType } & (
  | { readonly kind: 'literal'; readonly value: Value }
  | { readonly kind: 'column'; readonly record: RecordSource; readonly recordType: string; readonly key: string }
  | { readonly kind: 'interval'; readonly record: RecordSource; readonly interval: IntervalJson }
  | { readonly kind: 'loaded'; readonly record: RecordSource }
  | { readonly kind: 'record'; readonly record: RecordSource }
  | { readonly kind: 'context'; readonly fact: string; readonly part: string }
  | {
      readonly kind: 'parameter';
      readonly parameter: ParameterJson;
      readonly on?: Expression;
      /** Whose value is asked, of a parameter that differs: the LEA, county, school or grade. */
      readonly whose?: Expression;
    }
  | { readonly kind: 'codeSet'; readonly codes: readonly Code[]; readonly on?: Expression }
  | { readonly kind: 'fact'; readonly node: LookNode | CalculationNode; readonly part?: 'start' | 'end' }
  | { readonly kind: 'field'; readonly number: string }
);

/** A parameter, asked for a day and for somebody where its values differ. */
export type ParameterExpression = Extract<Expression, { kind: 'parameter' }>;

export type Condition = Place &
  (
    | { readonly kind: 'all' | 'any'; readonly id: number; readonly of: readonly Condition[] }
    | { readonly kind: 'not'; readonly id: number; readonly of: Condition }
    | {
        readonly kind: 'leaf';
        readonly id: number;
        readonly left: Expression;
        readonly operator: Operator;
        readonly right: Expression;
      }
  );

/** A single comparison. */
export type Leaf = Extract<Condition, { kind: 'leaf' }>;

export type Order =
  | { readonly kind: 'greatest' | 'least'; readonly by: Expression; readonly blankFirst: boolean }
  | { readonly kind: 'preferring'; readonly condition: Condition }
  | { readonly kind: 'loaded'; readonly last: boolean };

/** A look into the student history, with its params filled in. One node serves every place that asks the same. */
export interface LookNode extends Place {
  readonly kind: 'look';
  readonly index: number;
  readonly name: string;
  readonly params: Readonly<Record<string, string>>;
  readonly says: string;
  readonly from: string;
  readonly where?: Condition;
  readonly order: readonly Order[];
  readonly gives: LookJson['gives'];
  /** Of its value; `record` when it gives one. */
  readonly type: ValueType;
  /** What it gives of all records that it finds, and what is asked of each for that. */
  readonly aggregate?: Aggregate;
  readonly value?: Expression;
  /** Of a number of different values: how many there can be, when that is known. */
  readonly most?: number;
  /** The interval within which it counts days. */
  readonly within?: Expression;
}

/** A column of a reference file. */
export interface RowColumn {
  readonly reference: ReferenceFileJson;
  readonly column: ReferenceFileJson['columns'][number];
  /** Of the file that is loaded; absent while none is. */
  readonly sha256?: string;
  /** The values, by the key of their rows. */
  readonly values: ReadonlyMap<string, Value>;
}

export interface CalculationNode extends Place {
  readonly kind: 'calculation';
  readonly index: number;
  readonly name: string;
  readonly params: Readonly<Record<string, string>>;
  readonly says: string;
  readonly type: ValueType;
  readonly calculation: Calculation;
  readonly operands: readonly Expression[];
  /** `choose`: the words that belong to the operands after the first. */
  readonly cases?: readonly string[];
  /** `byCondition`: when each operand but the last is given, the first that holds. `whether`: the condition it names. */
  readonly conditions?: readonly Condition[];
  /** `labels`: the table. */
  readonly by?: ParameterExpression;
  /** `lookUp`: the column that it gives of a row of a reference file. */
  readonly row?: RowColumn;
  /** It depends on the candidate record at hand, so it must be worked out for each. */
  readonly perRecord: boolean;
}

export type FactNode = LookNode | CalculationNode;

/** Whatever stands in the tree. `walk.ts` knows what stands below each kind. */
export type Node = Condition | Expression | Order | FactNode;

export interface Rule extends Place {
  readonly name: string;
  /** Absent for `otherwise`. */
  readonly condition?: Condition;
  readonly value: Expression;
}

export interface Field extends Place {
  readonly number: string;
  readonly json: FieldJson;
  readonly rules: readonly Rule[];
}

export interface Selection extends Place {
  readonly json: SelectionJson;
  readonly where: Condition;
  readonly order: readonly Order[];
}

/** What must be true of every row for which `when` holds; of every row when it is absent. */
export interface Law extends Place {
  readonly json: LawJson;
  readonly when?: Condition;
  readonly must: Condition;
  /** Numbers of the columns of a row that it reads. */
  readonly reads: readonly string[];
}

/** A column of a report. */
export interface ReportColumn {
  readonly column: OutputColumn;
  /** In the report. */
  readonly name: string;
  /** What is written for each value that is not blank; the value itself when absent. */
  readonly instead?: ReadonlyMap<string, string>;
}

/** A file made from the rows of an extract: counts of those for which `where` holds, or their columns. */
export interface Report extends Place {
  readonly json: ReportJson;
  readonly where?: Condition;
  /** By which rows are counted, or what is listed of each. */
  readonly columns: readonly ReportColumn[];
}

/** What comes for the students of an extract, year by year: a column says on which day. */
export interface Horizon extends Place {
  readonly json: HorizonJson;
  readonly day: OutputColumn;
  readonly counted: Condition;
  readonly left?: Condition;
  /** By which students are counted. */
  readonly by: readonly OutputColumn[];
  readonly decidedBy: readonly OutputColumn[];
}

/**
 * A check for one record type, and for one column when it examines values; a check of lines stands for every line and
 * has neither.
 */
export interface Check extends Place {
  readonly json: CheckJson;
  readonly recordType?: string;
  readonly column?: Column;
  readonly condition: Condition;
}

/** What the extract needs: selection, and the fields in an order in which each comes after those it reads. */
export interface ExtractTree {
  readonly selection: Selection;
  readonly fields: readonly Field[];
  readonly laws: readonly Law[];
  readonly reports: readonly Report[];
  readonly horizons: readonly Horizon[];
  readonly facts: readonly FactNode[];
  /** How many condition nodes the field rules have; ids count from 0. */
  readonly conditionCount: number;
  /** The names of the parameters that anything in it asks for. */
  readonly asks: ReadonlySet<string>;
}

/** What the checks need; facts are those of checks of histories. */
export interface CheckTree {
  readonly checks: readonly Check[];
  readonly facts: readonly FactNode[];
  /** The names of the parameters that anything in it asks for. */
  readonly asks: ReadonlySet<string>;
}

/** What takes records as they are has no checks. */
export const NO_CHECKS: CheckTree = { checks: [], facts: [], asks: new Set() };
