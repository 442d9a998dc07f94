/** `/extracts`: Submitted Extracts, newest first. */
import { frame } from '../frame.ts';
import { html } from '../html.ts';
import { link, table } from '../parts.ts';
import type { Person } from '../sessions.ts';
import type { Page } from '../visit.ts';
import { moment, number, requestWords, scopeWords } from '../words.ts';
import { formLinks } from './downloads.ts';
import { hasEnded, type ShownExtract } from './shown.ts';
import { nextPage } from './uploads.ts';

export const view = (person: Person, extracts: readonly ShownExtract[], next: string | undefined): string =>
  frame({
    title: 'Submitted Extracts',
    person,
    ...(extracts.some((extract) => !hasEnded(extract)) && { again: 5, modules: ['again.js'] }),
    main: html`<p><a class="button" href="/extracts/new">Request an extract</a></p>
!${
      extracts.length > 0
        ? table(
            'Extracts, newest first',
            [
              { name: 'Requested' },
              { name: 'Request' },
              { name: 'Whose rows' },
              { name: 'Status' },
              { name: 'Rows', isNumber: true },
              { name: 'Download' },
            ],
            extracts.map((extract) => [
              link(moment(extract.requestedAt), `/extracts/${extract.id}`),
              requestWords(extract.request),
              scopeWords(extract.request),
              statusWords(extract),
              extract.rows === undefined ? '' : number(extract.rows),
              extract.status === 'Complete' ? { html: formLinks(extract.id) } : '',
            ]),
          )
        : html`<p>No extract was requested yet.</p>`
    }
!${next === undefined ? '' : html`<p><a href="${next}">Older extracts</a></p>`}`,
  });

export const statusWords = ({ status, progress }: ShownExtract): string =>
  status === 'Processing' ? `Processing, ${progress} %` : status;

export const extracts: Page = {
  path: '/extracts',
  async get(visit) {
    const { after } = visit.query;
    const asked = after === undefined ? '' : `&after=${encodeURIComponent(after)}`;
    const { body } = await visit.ask<{ extracts: ShownExtract[]; next?: string }>(`/v1/extracts?limit=50${asked}`);
    return view(visit.person, body.extracts, nextPage(body.next));
  },
};
