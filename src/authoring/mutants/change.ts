/** A change of a rule file, and small helpers to make one. */

export const MUTANT_KINDS = [
  'operator',
  'group',
  'dropped',
  'code',
  'day',
  'number',
  'value',
  'order',
  'rule',
  'calculation',
  'column',
  'interval',
  'scope',
] as const;
export type MutantKind = (typeof MUTANT_KINDS)[number];

/** A change within a file. */
export interface Change {
  readonly kind: MutantKind;
  /** The place a reader is shown; what is replaced may be the list around it. */
  readonly pointer: string;
  readonly at?: string;
  readonly to: unknown;
  readonly says: string;
}

export const quotedValue = (value: unknown): string =>
  value === '' ? 'blank' : typeof value === 'object' ? JSON.stringify(value) : `"${value}"`;

export const without = <T>(list: readonly T[], i: number): T[] => list.toSpliced(i, 1);

/** The list with a place and the next one exchanged. */
export const swapped = <T>(list: readonly T[], i: number): T[] => list.toSpliced(i, 2, list[i + 1] as T, list[i] as T);

/** Where two neighbors in a list may change places. */
export const pairs = (list: readonly unknown[]): number[] => [...list.keys()].slice(0, -1);
