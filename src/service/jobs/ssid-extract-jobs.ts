/** SSID extracts and Replacement SSID extracts as jobs. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '#base/user-error';
import { plainSource } from '#pipeline/impact';
import type { RulesHolder } from '../rules/rules-holder.ts';
import type { SSIDExtractFiles, SSIDWork } from '../ssid/ssid-work.ts';
import type { JobDefinition } from './job-queue.ts';

/**
 * How they are made, by the rules in effect when their turn comes.
 * @param dir for what is laid aside
 */
export const ssidExtractJobs = (
  { list }: Pick<SSIDWork, 'list'>,
  rules: Pick<RulesHolder, 'current'>,
  today: () => string,
  dir: string,
): JobDefinition<'ssidExtract', SSIDExtractFiles> => ({
  kind: 'ssidExtract',
  endings: { rows: '.txt', about: '.json' },
  isAnew: true,
  async make(job, files, control, note) {
    const { rulebook } = await rules.current();
    await note({ rulebookHash: rulebook.hash });
    await mkdir(dir, { recursive: true, mode: 0o700 });
    const temporaryDir = await mkdtemp(join(dir, 'ssid-'));
    try {
      return {
        ...(await list({ job, files, rulebook: plainSource(rulebook), today: today(), temporaryDir }, control)),
      };
    } finally {
      await rm(temporaryDir, { recursive: true, force: true });
    }
  },
  failed: 'The list could not be made. The log of the service has the cause, with the id of this list.',
  says: (error) => (error instanceof UserError ? error.message : undefined),
});
