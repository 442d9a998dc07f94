/** The two ways to ask for a version of the rulebook, wherever a request may. */

export interface AskedVersion {
  /** The whole hash of a version. */
  readonly rulebook?: unknown;
  /** Update date of the publication it follows, CCYYMMDD or CCYY-MM-DD. */
  readonly publication?: unknown;
}

/** The keys, in lists of what a request may have. */
export const VERSION_KEYS = ['rulebook', 'publication'] as const satisfies readonly (keyof AskedVersion)[];
