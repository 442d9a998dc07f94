/** The pages of reconciliations, and their files. */
import { hasEnded } from '../coordinator/shown.ts';
import type { Page, Visit } from '../visit.ts';
import { reconciledExtract, reconciledRows } from './reconciled-rows.ts';
import { reconciliation } from './reconciliation.ts';
import { reconciliations } from './reconciliations.ts';
import { sendFile } from './send-file.ts';
import type { ShownReconciliation } from './shown.ts';

const addressOf = (visit: Visit): string => `/v1/reconciliations/${visit.part('id')}`;

const file = (name: string): Page => ({
  path: `/reconciliations/:id/${name}`,
  get: (visit) => visit.passOn(`${addressOf(visit)}/${name}`),
});

export const reconcilePages: readonly Page[] = [
  reconciliations,
  sendFile,
  reconciliation,
  reconciledRows,
  reconciledExtract,
  file('list'),
  file('workbook'),
  file('manifest'),
  {
    path: '/reconciliations/:id/corrections/:name',
    get: (visit) => visit.passOn(`${addressOf(visit)}/corrections/${visit.part('name')}`),
  },
  {
    path: '/reconciliations/:id/progress',
    get: (visit) =>
      visit.follow(async () => {
        const { body } = await visit.ask<ShownReconciliation>(addressOf(visit));
        return { percent: body.progress, hasEnded: hasEnded(body) };
      }),
  },
  {
    path: '/reconciliations/:id/remove',
    async post(visit) {
      await visit.ask({ method: 'DELETE', url: addressOf(visit) });
      return visit.go(`/reconciliations/${visit.part('id')}`);
    },
  },
];
