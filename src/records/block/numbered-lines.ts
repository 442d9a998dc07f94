/** Lines whose values have numbers where they stand already: they are written again by these, and no text is made. */

/** The numbers of the values of a column: the same for the same text, and only for that. */
export interface Numbering {
  /** More than any number. */
  readonly below: number;
  textOf(number: number): string;
  /** As `dayCode` of its text. */
  dayOf(number: number): number;
  /** Ascends as the texts do; absent where that is not known. */
  rankOf?(number: number): number;
}

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
}
