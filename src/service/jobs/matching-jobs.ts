/** Matches of requests for SSIDs as jobs: a queue of their own; their file lies in the folder of the job until removed. */
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '#base/user-error';
import { plainSource } from '#pipeline/impact';
import type { RulesHolder } from '../rules/rules-holder.ts';
import type { SSIDWork } from '../ssid/ssid-work.ts';
import type { JobDefinition } from './job-queue.ts';

/** Where the files of a match are. */
export interface MatchingFiles {
  readonly folder: string;
}

/** How matches are made, by the parameters in effect when their turn comes. */
export const matchingJobs = (
  { match }: Pick<SSIDWork, 'match'>,
  rules: Pick<RulesHolder, 'current'>,
  today: () => string,
): JobDefinition<'matching', MatchingFiles> => ({
  kind: 'matching',
  endings: { folder: '' },
  async make(job, { folder }, control, note) {
    const { rulebook } = await rules.current();
    await note({ rulebookHash: rulebook.hash });
    // What was made before, by a process that died, is made anew.
    for (const name of await readdir(folder))
      if (name !== job.at.split('/')[0]) await rm(join(folder, name), { recursive: true, force: true });
    return match({ job, folder, rulebook: plainSource(rulebook), today: today() }, control);
  },
  failed: 'The requests could not be matched. The log of the service has the cause, with the id of this match.',
  says: (error) => (error instanceof UserError ? error.message : undefined),
});
