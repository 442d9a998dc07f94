/** Searches for anomalies as jobs; what is found stands in the store. */
import { UserError } from '#base/user-error';
import { plainSource } from '#pipeline/impact';
import { StoreBusyError } from '#store/store';
import type { RulesHolder } from '../rules/rules-holder.ts';
import type { SSIDWork } from '../ssid/ssid-work.ts';
import type { JobDefinition } from './job-queue.ts';

/** How they are made, by the rules in effect when their turn comes. */
export const anomalySearchJobs = (
  { search }: Pick<SSIDWork, 'search'>,
  rules: Pick<RulesHolder, 'current'>,
  clock: { readonly today: () => string; readonly now: () => Date },
): JobDefinition<'anomalySearch', object> => ({
  kind: 'anomalySearch',
  endings: {},
  isFinal: true,
  async make(job, _, control, note) {
    const { rulebook } = await rules.current();
    await note({ rulebookHash: rulebook.hash });
    const work = { job, rulebook: plainSource(rulebook), today: clock.today(), at: clock.now().toISOString() };
    return { ...(await search(work, control)) };
  },
  failed: 'The students could not be looked at. The log of the service has the cause, with the id of this search.',
  says: (error) => (error instanceof UserError ? error.message : undefined),
  isPassing: (error) => error instanceof StoreBusyError,
});
