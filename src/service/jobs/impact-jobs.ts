/** Impact reports as jobs: a queue beside that of extracts. */
import { type ExtractRequest, RequestError } from '#extract/request';
import type { ImpactJob } from '#publishing/job';
import { withReferences } from '#rulebook/load/reference-files';
import type { RulebookTexts } from '#rulebook/load/texts';
import type { Store } from '#store/store';
import type { RulesHolder } from '../rules/rules-holder.ts';
import type { ImpactFiles, ImpactWork, MadeImpact } from '../rules/rules-work.ts';
import { type JobDefinition, removeFiles, type WriteFiles } from './job-queue.ts';

/** How impact reports are made, against the version that the draft was made from. */
export const impactJobs = (
  store: Store,
  rules: Pick<RulesHolder, 'by' | 'current'>,
  writeImpact: WriteFiles<Omit<ImpactWork, 'storeDir'>, MadeImpact>,
): JobDefinition<'impact', ImpactFiles> => ({
  kind: 'impact',
  endings: { report: '.json', changes: '.ndjson' },
  isAnew: true,
  async make(job, files, control, note) {
    // Both with the reference files in use: they are no part of the change.
    const references = await store.references();
    const to = [...(await textsOf(store, job)), ...references.map(({ path, text = '' }) => ({ path, text }))];
    const { rulebook } = (await rules.by(job.against)) ?? (await rules.current());
    const from = withReferences(rulebook, references);
    await note({ against: rulebook.hash });
    const { runDate, snapshot } = job;
    const request = job.request as ExtractRequest;
    try {
      return await writeImpact({ from, to, request, runDate, snapshot: snapshot as number, files }, control);
    } catch (error) {
      await removeFiles(files);
      throw error;
    }
  },
  failed: 'The impact report could not be made. The log of the service has the cause, with the id of this report.',
});

async function textsOf(store: Store, { draft: id, hash, against }: ImpactJob): Promise<RulebookTexts> {
  const draft = await store.draft(id);
  // Only the latest files of a draft are kept.
  if (draft?.hash === hash && draft.from === against) return draft.texts;
  throw new RequestError('draft', 'the files of the draft changed before the report was started; request another');
}
