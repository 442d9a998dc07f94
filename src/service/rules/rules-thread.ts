/** The thread of rules-threads.ts. */
import { serveTasks, type TaskContext } from '#base/serve-tasks';
import type { RulebookSource } from '#rulebook/load/assemble';
import type { SourceFile } from '#rulebook/load/declarations';
import type { NamedVersion } from '#rulebook/load/namesakes';
import type { RulebookTexts } from '#rulebook/load/texts';
import type { MutantsTried } from '../schemas/examples.ts';
import { type ExamplesRun, examplesRun, mutantsTried } from './example-work.ts';
import { type CheckOutcome, checkTexts, type ImpactWork, type MadeImpact, makeImpact } from './rules-work.ts';

export interface CheckWork {
  readonly texts: RulebookTexts;
  /** CCYYMMDD */
  readonly today: string;
  readonly versions: readonly NamedVersion[];
  /** The texts that were edited, when they are known. */
  readonly before: RulebookTexts | undefined;
  /** Rows of the reference files in use. */
  readonly references: readonly SourceFile[];
}

export type RulesThread = typeof setUp;

const setUp = () => ({
  check: ({ texts, today, versions, before, references }: CheckWork): CheckOutcome =>
    checkTexts(texts, today, versions, before, references),
  impact: (work: ImpactWork, { signal, onProgress }: TaskContext): Promise<MadeImpact> =>
    makeImpact(work, { signal, onProgress }),
  examples: (source: RulebookSource): ExamplesRun => examplesRun(source),
  mutants: (source: RulebookSource, context: TaskContext): Promise<MutantsTried> => mutantsTried(source, context),
});

serveTasks(setUp);
