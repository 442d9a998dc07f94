/** Reconciliations in a thread of their own: the event loop goes on answering. */
import { runInThread, threadFile } from '#base/threads';
import { UserError } from '#base/user-error';
import { RequestError } from '#extract/request';
import type { LookedAt } from '#pipeline/reconcile';
import type { WorkControl } from '../jobs/job-queue.ts';
import type { ReconcileThread } from './reconcile-thread.ts';
import type { LookWork, MadeReconciliation, ReconciliationWork } from './reconcile-work.ts';

const THREAD = {
  file: threadFile(import.meta.url, './reconcile-thread'),
  limits: {},
  errors: [RequestError, UserError],
};

/** @throws UserError for a file or a request that cannot be used; the reason of `signal` */
export const reconcileInThread = (
  work: ReconciliationWork & { readonly storeDir: string; readonly version: string },
  how: WorkControl,
): Promise<MadeReconciliation> => runInThread<ReconcileThread, 'reconcile'>(THREAD, 'reconcile', work, how);

/** @throws UserError for a file that is no CENR file, RequestError for a request that does not fit it */
export const lookInThread = (work: LookWork): Promise<LookedAt> =>
  runInThread<ReconcileThread, 'look'>(THREAD, 'look', work, {});
