/**
 * Whether the examples notice mistakes: every mutant of a rulebook is tried with the examples that answer for it, until
 * the first that fails.
 */
import { segments } from '#base/json';
import { UserError } from '#base/user-error';
import { assembleChanged, type Rulebook, RulebookError } from '#rulebook/load/assemble';
import { casesOf, type ExampleCase } from '../examples/cases.ts';
import { subjectsOf } from '../examples/reads.ts';
import { Bench, runCase } from '../examples/run.ts';
import { type EquivalentEntry, entriesOf, type UnreachableEntry } from './equivalents.ts';
import { type Mutant, mutantsOf } from './mutants.ts';

/**
 * What became of a mutant. `refused`: the loader does not take it, so nobody could work with it. `caught`: an example
 * fails, since it expects something else or since its rows break a law. `equivalent`: no example fails, and `rules/equivalent-mutants.json` says why none can. `survived`: no example
 * fails, and nobody has said why.
 */
export type Fate = 'refused' | 'caught' | 'equivalent' | 'survived';

export interface TriedMutant {
  readonly mutant: Mutant;
  readonly fate: Fate;
  /** `equivalent`: the reason given. */
  readonly because?: string;
  /** `caught`: the laws that the first case that noticed it breaks; absent when it breaks none. */
  readonly laws?: readonly string[];
}

export interface MutationScore {
  /** A field's number, `selection`, or a check's code. */
  readonly of: string;
  /** Examples that fail without any change: then nothing was tried. */
  readonly failing: number;
  readonly refused: number;
  readonly caught: number;
  readonly equivalent: number;
  readonly survived: number;
}

export interface MutationReport {
  readonly scores: readonly MutationScore[];
  readonly tried: readonly TriedMutant[];
  /**
   * Entries of `rules/equivalent-mutants.json` that are not true: there is no such mutant, or an example notices it.
   * Also entries of either kind that name a field or check that the rulebook does not have.
   */
  readonly stale: readonly (EquivalentEntry | UnreachableEntry)[];
}

/**
 * Tries every mutant.
 * @param only fields by number, `selection`, checks by code; all when not given
 */
export function mutationReport(
  rulebook: Rulebook,
  { only = subjectsOf(rulebook) }: { only?: readonly string[] } = {},
): MutationReport {
  const cases = casesOf(rulebook);
  const bench = new Bench(rulebook);
  const { mutants: entries, unreachable } = entriesOf(rulebook);
  const subjects = subjectsOf(rulebook);
  const scores: MutationScore[] = [];
  const tried: TriedMutant[] = [];
  const used = new Set<string>();
  const leftOut = new Set<string>();
  for (const of of only) {
    const own = cases.filter((example) => example.of === of);
    const failing = own.filter((example) => !runCase(bench, example).passed).length;
    if (failing > 0) leftOut.add(of);
    const fates =
      failing > 0
        ? []
        : mutantsOf(rulebook, { only: [of] }).map((mutant) =>
            tryMutant(mutant, { rulebook, bench, cases: own, entries }),
          );
    for (const { mutant, fate } of fates) if (fate === 'equivalent') used.add(mutant.id);
    const count = (wanted: Fate): number => fates.filter(({ fate }) => fate === wanted).length;
    scores.push({
      of,
      failing,
      refused: count('refused'),
      caught: count('caught'),
      equivalent: count('equivalent'),
      survived: count('survived'),
    });
    tried.push(...fates);
  }
  const isTrue = (entry: EquivalentEntry, of: string): boolean =>
    subjects.includes(of) && (!only.includes(of) || leftOut.has(of) || used.has(idOf(entry, of)));
  const stray = unreachable.filter((entry) => !entry.of.every((of) => subjects.includes(of)));
  return { scores, tried, stale: [...entries.filter((entry) => !entry.of.every((of) => isTrue(entry, of))), ...stray] };
}

const idOf = ({ file, pointer, says }: EquivalentEntry, of: string): string => [of, file, pointer, says].join(' ');

interface Trial {
  readonly rulebook: Rulebook;
  readonly bench: Bench;
  readonly cases: readonly ExampleCase[];
  readonly entries: readonly EquivalentEntry[];
}

function tryMutant(mutant: Mutant, { rulebook, bench, cases, entries }: Trial): TriedMutant {
  const changed = mutated(rulebook, bench, mutant);
  if (!changed) return { mutant, fate: 'refused' };
  for (const example of cases) {
    const { passed, laws } = runCase(changed, example);
    if (!passed) return { mutant, fate: 'caught', ...(laws && { laws }) };
  }
  const entry = entries.find(
    ({ of, ...rest }) => of.includes(mutant.of) && idOf({ of, ...rest }, mutant.of) === mutant.id,
  );
  return entry ? { mutant, fate: 'equivalent', because: entry.because } : { mutant, fate: 'survived' };
}

/** The rulebook with a mutant's change; `undefined` when it cannot be used. */
function mutated(rulebook: Rulebook, like: Bench, { of, file, json }: Mutant): Bench | undefined {
  try {
    const change = { path: file, json };
    const changed = assembleChanged(rulebook, change);
    const bench = new Bench(changed, { like, change });
    if (changed.declared.checks.some((check) => check.json.code === of)) bench.compiled;
    else bench.unchecked;
    return bench;
  } catch (error) {
    // The compiler's own refusal: a line is checked before anything is known of the record that follows it.
    if (error instanceof RulebookError || error instanceof UserError) return undefined;
    throw error;
  }
}

/** What became of the mutants of some declarations. */
export interface MutantsOfChanges {
  readonly tried: readonly TriedMutant[];
  /** Mutants that were left when the time was over. */
  readonly notTried: number;
}

/**
 * Tries the mutants of what was changed: rules, facts, parameters, the selection and checks that the rulebook before
 * does not have as they are now.
 * @param isTimeLeft asked before each mutant
 */
export function mutantsOfChanges(from: Rulebook, to: Rulebook, isTimeLeft: () => boolean): MutantsOfChanges {
  const before = new Map(from.files.map(({ path, json }) => [path, json]));
  const isChanged = ({ file, pointer }: Mutant): boolean => {
    const now = to.files.find(({ path }) => path === file)?.json;
    const [list = '', place = ''] = segments(pointer);
    const known = (before.get(file) as Record<string, unknown> | undefined)?.[list];
    const item = (now as Record<string, unknown>)[list];
    if (!Array.isArray(item) || place === '') return JSON.stringify(item) !== JSON.stringify(known);
    const others = Array.isArray(known) ? known.map((one) => JSON.stringify(one)) : [];
    return !others.includes(JSON.stringify(item[Number(place)]));
  };
  const changedFiles = new Set(
    to.files
      .filter(({ path, json }) => JSON.stringify(before.get(path)) !== JSON.stringify(json))
      .map(({ path }) => path),
  );
  const mutants = mutantsOf(to).filter((mutant) => changedFiles.has(mutant.file) && isChanged(mutant));
  const cases = Map.groupBy(casesOf(to), ({ of }) => of);
  const { mutants: entries } = entriesOf(to);
  const bench = new Bench(to);
  const tried: TriedMutant[] = [];
  for (const mutant of mutants) {
    if (!isTimeLeft()) break;
    tried.push(tryMutant(mutant, { rulebook: to, bench, cases: cases.get(mutant.of) ?? [], entries }));
  }
  return { tried, notTried: mutants.length - tried.length };
}
