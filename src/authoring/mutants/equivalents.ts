/**
 * What the examples cannot show, named with reasons in `rules/equivalent-mutants.json`: mutants that change no value,
 * outcomes that no history leads to.
 */
import { grammarOf, type Rulebook } from '#rulebook/load/assemble';

export interface EquivalentEntry {
  /** Fields by number, `selection`, checks by code: for each of them the mutant is equivalent. */
  readonly of: readonly string[];
  readonly file: string;
  readonly pointer: string;
  /** The mutant's sentence. */
  readonly says: string;
  readonly because: string;
}

export interface UnreachableEntry {
  readonly of: readonly string[];
  readonly file: string;
  readonly pointer: string;
  /** Absent for a rule. */
  readonly outcome?: 'true' | 'false' | 'absent';
  readonly because: string;
}

export interface Entries {
  readonly mutants: readonly EquivalentEntry[];
  readonly unreachable: readonly UnreachableEntry[];
}

/** The entries of the rulebook; none when it has no such file. */
export function entriesOf({ files }: Rulebook): Entries {
  const json = files.find(({ path }) => grammarOf(path) === 'equivalent-mutants')?.json as Partial<Entries> | undefined;
  return { mutants: json?.mutants ?? [], unreachable: json?.unreachable ?? [] };
}
