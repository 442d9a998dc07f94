/**
 * Work on rules in threads of their own: the event loop goes on answering, and what takes too much memory or time ends
 * its thread and nothing else.
 */
import { runInThread, threadFile } from '#base/threads';
import { RequestError } from '#extract/request';
import type { RulebookSource } from '#rulebook/load/assemble';
import type { SourceFile } from '#rulebook/load/declarations';
import type { NamedVersion } from '#rulebook/load/namesakes';
import type { RulebookTexts } from '#rulebook/load/texts';
import type { MutantsTried } from '../schemas/examples.ts';
import type { ExamplesRun } from './example-work.ts';
import type { RulesThread } from './rules-thread.ts';
import type { CheckOutcome, ImpactWork, MadeImpact } from './rules-work.ts';

/**
 * Of a processor, however busy the machine is. The check of the shipped rulebook takes a second or two and less than half
 * of this memory.
 */
const CHECK_MS = 60_000;
const MOST_MEGABYTES = 512;
/** All mutants of the shipped rulebook take some twenty seconds. */
const MUTANTS_MS = 600_000;

const THREAD = {
  file: threadFile(import.meta.url, './rules-thread'),
  limits: { maxOldGenerationSizeMb: MOST_MEGABYTES },
  errors: [RequestError],
};

/** @throws GaveUpError */
export const checkInThread = (
  texts: RulebookTexts,
  today: string,
  versions: readonly NamedVersion[] = [],
  before?: RulebookTexts,
  references: readonly SourceFile[] = [],
): Promise<CheckOutcome> =>
  runInThread<RulesThread, 'check'>(
    THREAD,
    'check',
    { texts, today, versions, before, references },
    { timeLimit: CHECK_MS },
  );

/** @throws RequestError for a draft or a request that cannot be used; GaveUpError; the reason of `signal` */
export const impactInThread = (
  work: ImpactWork,
  how: { readonly signal: AbortSignal; readonly onProgress: (fraction: number) => void },
): Promise<MadeImpact> => runInThread<RulesThread, 'impact'>(THREAD, 'impact', work, how);

/** @throws GaveUpError */
export const examplesInThread = (source: RulebookSource): Promise<ExamplesRun> =>
  runInThread<RulesThread, 'examples'>(THREAD, 'examples', source, { timeLimit: CHECK_MS });

/** @throws GaveUpError; the reason of `signal` */
export const mutantsInThread = (
  source: RulebookSource,
  how: { readonly signal: AbortSignal; readonly onProgress: (fraction: number) => void },
): Promise<MutantsTried> =>
  runInThread<RulesThread, 'mutants'>(THREAD, 'mutants', source, { ...how, timeLimit: MUTANTS_MS });
