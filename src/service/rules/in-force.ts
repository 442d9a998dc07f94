/** The rulebook in force as the rest of the service sees it (plugins/rules.ts holds it). */
import type { TakesForce, TookForce } from '#publishing/took-force';
import type { Rulebook } from '#rulebook/load/assemble';
import type { PlacedFinding, RulebookLoadError } from '#rulebook/load/load';
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

export interface RulesHolder {
  /** What is in force now. Take it once for a request, and finish with it. */
  current(): RulesInForce;
  /**
   * The version with this hash, whether it was ever in force or not; `undefined` when it is not kept.
   * @throws RulebookError, RulebookDamagedError for one that is kept and cannot be used
   */
  by(hash: string): Rules | undefined;
  /**
   * Compiles a rulebook that is about to be entered: what cannot be compiled is found before, and the moment of taking
   * force takes no time.
   */
  prepare(rulebook: Rulebook): void;
  /**
   * Keeps a rulebook and enters when it takes force; now or later, as the entry says.
   * @throws Error as `Store.takeForce`; nothing is entered then
   */
  take(rulebook: Rulebook, entry: Omit<TakesForce, 'hash'>): TookForce;
  /** Looks at the entries of the store. To be called by whoever has made one. */
  refresh(): void;
  /** The rulebooks that were to be in force now, and are not. */
  refused(): readonly RefusedRules[];
  /** What became of the files of the watched folder: they took force, or were already in force, or cannot be used. */
  folder(found: { readonly rulebook: Rulebook } | { readonly refused: RulebookLoadError }): void;
}
