/** The thread of reconcile-threads.ts. */
import { serveTasks, type TaskContext } from '#base/serve-tasks';
import type { LookedAt } from '#pipeline/reconcile';
import {
  type LookWork,
  lookAtFile,
  type MadeReconciliation,
  makeReconciliation,
  type ReconciliationWork,
} from './reconcile-work.ts';

export type ReconcileThread = typeof setUp;

const setUp = () => ({
  reconcile: (
    work: ReconciliationWork & { readonly storeDir: string; readonly version: string },
    { signal, onProgress }: TaskContext,
  ): Promise<MadeReconciliation> => makeReconciliation(work, { signal, onProgress }),
  look: (work: LookWork): Promise<LookedAt> => lookAtFile(work),
});

serveTasks(setUp);
