/** Reconciliations in a thread of their own: the event loop goes on answering. */
import { runInThread, threadFile } from '#base/threads';
import { UserError } from '#base/user-error';
import { RequestError } from '#extract/request';
import type { WorkControl } from '../jobs/job-queue.ts';
import type { ReconcileThread } from './reconcile-thread.ts';
import type { MadeReconciliation, ReconciliationWork } from './reconcile-work.ts';

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
