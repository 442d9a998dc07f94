/**
 * The form of the lines of one record type: which columns stand in which place. A block names the forms of its lines, so
 * that lines of different years may have different layouts.
 */
import type { Layout } from '../layout.ts';

export interface Form {
  readonly recordType: string;
  /**
   * Keys of the columns, in the order of a line. A number where nobody knows them any more, and the layout at hand says
   * what stands where: lines of a store that was made before forms were kept.
   */
  readonly columns: readonly string[] | number;
}

/** How many columns a form has; fields of a line beyond them are kept all the same. */
export const widthOf = ({ columns }: Form): number => (typeof columns === 'number' ? columns : columns.length);

/** The form of a layout's lines. */
export const formOf = ({ recordType, columns }: Layout): Form => ({ recordType, columns: columns.map((c) => c.key) });

/** The columns that are read most often, by record type; every column of a type that is not named. */
export type OftenRead = ReadonlyMap<string, ReadonlySet<string>>;
