/** Lines whose values have numbers where they stand already: they are written again by these, and no text is made. */
import type { Numbering, Payload, Words } from './columns.ts';

/** A line is asked for by its place. */
export interface NumberedLines {
  source(at: number): number;
  lineNumber(at: number): number;
  fields(at: number): string[];
  /** How many fields a line has. */
  count(at: number): number;
  /** What stands behind the columns of its form. */
  beyond(at: number): string;
  /** @param own the SSIDs of the students whose lines these are */
  areOwn(place: number, places: Int32Array, own: readonly string[]): boolean;
  /**
   * The values of a column by number.
   * @param places of lines of one form
   * @param into takes the numbers
   */
  numbers(place: number, places: Int32Array, into: Int32Array): Numbering;
  /** Writes columns as they stand; absent when these are not all lines that stand there, in their order. */
  copier?(places: Int32Array): Copier | undefined;
}

/** @param column of a block's part, as `columnsOfPart` counts them */
export type Copier = (payload: Payload, column: number) => Words;
