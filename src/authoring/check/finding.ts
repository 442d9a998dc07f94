/** What the check of a rulebook says: more than the loader, which only refuses what cannot be used. */

export type Severity = 'error' | 'warning' | 'advice';

/**
 * An excerpt of a student history that shows a finding: the records as in `rules/examples`, the request, and what comes
 * of them.
 */
export interface Witness {
  /** Where it is taken from, when it is a worked example: `rules/examples/….json /cases/3`. */
  readonly from?: string;
  readonly request?: object;
  readonly runDate?: string;
  readonly records: readonly object[];
  /** One sentence: what this history shows. */
  readonly shows: string;
}

export interface RuleFinding {
  /** An error keeps the rulebook from being published; a warning should be read; advice may be left. */
  readonly severity: Severity;
  /** What kind of mistake, in words joined by hyphens: `rule-never-decides`. Docs list them. */
  readonly kind: string;
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
  readonly column: number;
  /** JSON pointer into the file; `''` is the whole of it. */
  readonly pointer: string;
  /** One sentence for policy staff: what was found, and what to do. */
  readonly message: string;
  readonly witness?: Witness;
}
