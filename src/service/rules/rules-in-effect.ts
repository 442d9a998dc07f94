/** The rulebook in effect as the rest of the service sees it (rules-holder.ts holds it). */
import type { Activation } from '#publishing/activation';
import type { PlacedFinding } from '#rulebook/load/load';
import type { PreparedRules } from './prepared-rules.ts';

/** A rulebook ready for use. */
export type Rules = Omit<PreparedRules, 'keep' | 'warm' | 'letGo'>;

export interface RulesInEffect extends Rules {
  /** The hash of the rules without reference files: the version that was published. */
  readonly version: string;
  /** Absent for files that the service was given and nobody activated. */
  readonly activation: Activation | undefined;
}

/** A rulebook that was to take effect and cannot: what was in effect before it stays. */
export interface RefusedRules {
  /** By which it was to take effect; absent for the files of a watched folder. */
  readonly activation?: Activation;
  /** When it was found out, ISO 8601 in UTC. */
  readonly at: string;
  /** A sentence for people. Rule files hold no student data. */
  readonly reason: string;
  readonly findings: readonly PlacedFinding[];
}
