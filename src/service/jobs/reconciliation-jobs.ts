/** Reconciliations as jobs: a queue of their own; their file lies in the folder of the job until it is removed. */
import { join } from 'node:path';
import { UserError } from '#base/user-error';
import type { ExtractRequest } from '#extract/request';
import { plainSource } from '#pipeline/impact';
import type { MadeReconciliation, ReconciliationWork } from '../reconciliations/reconcile-work.ts';
import type { RulesHolder } from '../rules/rules-holder.ts';
import type { JobDefinition, WriteFiles } from './job-queue.ts';

/** Where the files of a reconciliation are. */
export interface ReconciliationFiles {
  readonly folder: string;
}

/** How reconciliations are made, by the rules in effect when their turn comes. */
export const reconciliationJobs = (
  rules: Pick<RulesHolder, 'current'>,
  reconcile: WriteFiles<ReconciliationWork, MadeReconciliation>,
): JobDefinition<'reconciliation', ReconciliationFiles> => ({
  kind: 'reconciliation',
  endings: { folder: '' },
  async make({ at, encoding, request, runDate, requestBecause, runDateBecause, snapshot }, { folder }, control, note) {
    const { rulebook } = await rules.current();
    await note({ rulebookHash: rulebook.hash });
    const made = await reconcile(
      {
        ...{ path: join(folder, at), encoding, folder, rulebook: plainSource(rulebook), runDate },
        ...{ request: request as ExtractRequest, snapshot: snapshot as number },
        because: { request: requestBecause, runDate: runDateBecause },
      },
      control,
    );
    return made as object;
  },
  failed:
    'The files could not be reconciled. The log of the service has the cause, with the id of this reconciliation.',
  says: (error) => (error instanceof UserError ? error.message : undefined),
});
