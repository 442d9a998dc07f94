/** Which students a caller may see, and which of them a piece of work is about. */

/** LEAs somebody may see: their seven-digit codes, or all there are. */
export type LEAScope = 'all' | readonly string[];

/** A closed range of SSIDs: the unit of work of an extract. */
export interface SSIDRange {
  readonly from: string;
  readonly through: string;
}

/** Whoever has an SSID. */
export const EVERYBODY: SSIDRange = { from: '0000000000', through: '9999999999' };

/** The LEAs of the sender of an upload: one, several (with commas between them), or `all` as the only one. */
export const sendersOf = (sender: string): readonly string[] => sender.split(',');

/**
 * Whether a record is of a scope: one without an LEA of its own belongs to whoever sent it.
 * @param lea that it names; `''` for none
 */
export const isOf = (scope: LEAScope, lea: string, sender: string | undefined): boolean =>
  scope === 'all' || scope.includes(lea === '' ? (sender ?? '') : lea);

/** Whether whoever may see a scope may see all of these LEAs. */
export const covers = (scope: LEAScope, leas: LEAScope): boolean =>
  scope === 'all' || (leas !== 'all' && leas.every((lea) => scope.includes(lea)));
