/** Which students a caller may see, and which of them a piece of work is about. */

/** LEAs somebody may see: their seven-digit codes, or all there are. */
export type LEAScope = 'all' | readonly string[];

/** A closed range of SSIDs: the unit of work of an extract. */
export interface SSIDRange {
  readonly from: string;
  readonly through: string;
}
