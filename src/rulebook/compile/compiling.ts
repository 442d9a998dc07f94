/** What the parts of the compiler make, and what they ask of each other. */
import type { SourceRecord } from '#records/record';
import type { CalculationNode, Condition, LookNode } from '../tree/nodes.ts';
import type { Value } from '../tree/values.ts';
import type { Evaluation } from './evaluation.ts';

export type Get = (x: Evaluation) => Value;
export type Test = (x: Evaluation) => boolean;
export type GetRecord = (x: Evaluation) => SourceRecord | undefined;
export type IsBefore = (x: Evaluation, a: SourceRecord, b: SourceRecord) => boolean;
/** Looks on while closures work; slow, since nothing is spared. */
export interface Observer {
  /** Is told what a condition node came to (one of OUTCOME) each time it is tried, those in looks and orders included. */
  readonly condition?: (node: Condition, outcome: number) => void;
  /** Is told what a calculation gives each time it is worked out; the operands are good until it returns. */
  readonly calculation?: (node: CalculationNode, operands: readonly Value[], value: Value) => void;
}

/** Where a program finds the columns of a record: in slots of a read plan, or in the fields of a line just read. */
export interface ColumnPlaces {
  column(recordType: string, key: string): number;
  derivedEnd(recordType: string, key: string, start: string, end: string | undefined, same: readonly string[]): number;
  type(recordType: string): number;
}

/** One program while it is compiled. */
export interface Compiling {
  readonly places: ColumnPlaces;
  /** By field number, the index under which `Evaluation.fields` keeps its value. */
  readonly fieldIndex: ReadonlyMap<string, number>;
  /** Whether looks that give no record write down the first one that matched, for the trace. */
  readonly recording: boolean;
  readonly observer: Observer | undefined;
  /** The record that a look gives; one closure for all that ask. */
  look(node: LookNode): GetRecord;
  /** The value of a fact; one closure for all that ask. */
  fact(node: LookNode | CalculationNode): Get;
}
