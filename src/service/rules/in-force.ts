/** The rulebook in force as the rest of the service sees it (rules-holder.ts holds it). */
import type { TookForce } from '#publishing/took-force';
import type { PlacedFinding } from '#rulebook/load/load';
import type { PreparedRules } from './prepared-rules.ts';

/** A rulebook ready for use. */
export type Rules = Omit<PreparedRules, 'keep' | 'letGo'>;

export interface RulesInForce extends Rules {
  /** By what it is in force; absent for files that the service was given and nobody entered. */
  readonly entry: TookForce | undefined;
}

/** A rulebook that was to take force and cannot: what was in force before it stays. */
export interface RefusedRules {
  /** By which it was to take force; absent for the files of a watched folder. */
  readonly entry?: TookForce;
  /** When it was found out, ISO 8601 in UTC. */
  readonly at: string;
  /** A sentence for people. Rule files hold no student data. */
  readonly reason: string;
  readonly findings: readonly PlacedFinding[];
}
