/** `/reconciliations`: files of the state that were compared with the records, newest first. */

import { hasEnded } from '../coordinator/shown.ts';
import { frame } from '../frame.ts';
import { html } from '../html.ts';
import { link, table } from '../parts.ts';
import type { Person } from '../sessions.ts';
import { MOST_LISTED, type Page, pageAt } from '../visit.ts';
import { moment, number, requestWords, scopeWords } from '../words.ts';
import type { ShownReconciliation } from './shown.ts';

/** Whether a person may send a file, and remove one. */
export const maySend = ({ key }: Person): boolean => key.role === 'vendor' || key.role === 'admin';

export const view = (person: Person, all: readonly ShownReconciliation[], next: string | undefined): string =>
  frame({
    title: "Which of the state's files were compared?",
    person,
    ...(all.some((one) => !hasEnded(one)) && { again: 5, modules: ['again.js'] }),
    main: html`!${maySend(person) ? html`<p><a class="button" href="/reconciliations/new">Compare a file of the state</a></p>` : ''}
!${
      all.length > 0
        ? table(
            'Comparisons, newest first',
            [
              { name: 'Requested' },
              { name: 'File' },
              { name: 'Request' },
              { name: 'Whose rows' },
              { name: 'Status' },
              { name: 'Rows that differ', isNumber: true },
            ],
            all.map((one) => [
              link(moment(one.requestedAt), `/reconciliations/${one.id}`),
              one.file,
              requestWords(one.request),
              scopeWords(one.request),
              one.status === 'Processing' ? `Processing, ${one.progress} %` : one.status,
              one.counts ? number(one.counts.changed + one.counts.nearest + one.counts.onlyTheirs) : '',
            ]),
          )
        : html`<p>None was compared yet. Download the CENR file from CALPADS, and send it here: the page says for every difference which record makes it, and what to send.</p>`
    }
!${next === undefined ? '' : html`<p><a href="${next}">Older ones</a></p>`}`,
  });

export const reconciliations: Page = {
  path: '/reconciliations',
  async get(visit) {
    const { reconciliations: all, next } = await visit.list<{ reconciliations: ShownReconciliation[] }>(
      '/v1/reconciliations',
      MOST_LISTED,
    );
    return view(visit.person, all, next && pageAt(next));
  },
};
