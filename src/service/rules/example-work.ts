/** What the worked examples of a rulebook come to, reach and notice: work of seconds, for the thread of rules-threads.ts. */
import { setImmediate } from 'node:timers/promises';
import { type Coverage, coverageOf } from '#authoring/examples/coverage';
import { subjectsOf } from '#authoring/examples/reads';
import { type ExampleResult, runExamples } from '#authoring/examples/run';
import { type Fate, type MutationReport, mutationReport, type TriedMutant } from '#authoring/mutants/mutation';
import type { TaskContext } from '#base/serve-tasks';
import { assemble, type RulebookSource } from '#rulebook/load/assemble';
import type { MutantsTried } from '../schemas/examples.ts';

export interface ExamplesRun {
  readonly results: readonly Omit<ExampleResult, 'found' | 'laws' | 'asExpected'>[];
  readonly coverage: readonly Coverage[];
}

/** Runs all examples, and looks what they reach. */
export function examplesRun(source: RulebookSource): ExamplesRun {
  const rulebook = assemble(source);
  return {
    results: runExamples(rulebook).map(({ file, pointer, of, title, passed, message }) => ({
      file,
      pointer,
      of,
      title,
      passed,
      ...(message !== undefined && { message }),
    })),
    coverage: coverageOf(rulebook),
  };
}

const MOST_WORDS = 1_000;
const cut = (text: string): string => (text.length > MOST_WORDS ? `${text.slice(0, MOST_WORDS)}…` : text);

/**
 * Makes small mistakes in every rule, and looks whether an example notices each.
 * @throws the reason of the signal
 */
export async function mutantsTried(
  source: RulebookSource,
  { signal, onProgress }: Pick<TaskContext, 'signal' | 'onProgress'>,
): Promise<MutantsTried> {
  const rulebook = assemble(source);
  const subjects = subjectsOf(rulebook);
  const reports: MutationReport[] = [];
  for (const [i, of] of subjects.entries()) {
    onProgress(i / subjects.length);
    // Whoever no longer wants it is heard between two subjects.
    await setImmediate();
    signal.throwIfAborted();
    reports.push(mutationReport(rulebook, { only: [of] }));
  }
  const scores = reports.flatMap((report) => report.scores);
  const tried = reports.flatMap((report) => report.tried);
  const count = (some: readonly TriedMutant[], fate: Fate): number => some.filter((one) => one.fate === fate).length;
  const countsOf = (some: readonly TriedMutant[]) => ({
    noticed: count(some, 'caught'),
    equivalent: count(some, 'equivalent'),
    survived: count(some, 'survived'),
    refused: count(some, 'refused'),
  });
  const places = (fate: Fate) => tried.filter((one) => one.fate === fate);
  return {
    subjects: scores.map(({ of, failing, caught, equivalent, survived, refused }) => ({
      of,
      failing,
      noticed: caught,
      equivalent,
      survived,
      refused,
    })),
    files: [...Map.groupBy(tried, ({ mutant }) => mutant.file)]
      .map(([file, own]) => ({ file, made: own.length, ...countsOf(own) }))
      .sort((a, b) => (a.file < b.file ? -1 : 1)),
    survived: places('survived').map(({ mutant: { of, file, pointer, says } }) => ({
      of,
      file,
      pointer,
      says: cut(says),
    })),
    equivalent: places('equivalent').map(({ mutant: { of, file, pointer, says }, because = '' }) => ({
      of,
      file,
      pointer,
      says: cut(says),
      because,
    })),
  };
}
