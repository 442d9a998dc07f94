/** `/extracts`: Submitted Extracts, newest first. */
import { frame } from '../frame.ts';
import { html } from '../html.ts';
import { link, table } from '../parts.ts';
import type { Person } from '../sessions.ts';
import { MOST_LISTED, type Page, pageAt } from '../visit.ts';
import { moment, number, requestWords, scopeWords } from '../words.ts';
import { againForm } from './again.ts';
import { formLinks } from './downloads.ts';
import { hasEnded, type ShownExtract } from './shown.ts';

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
              { name: 'Again' },
            ],
            extracts.map((extract) => [
              link(moment(extract.requestedAt), `/extracts/${extract.id}`),
              `${extract.name === undefined ? '' : `${extract.name}: `}${requestWords(extract.request)}`,
              scopeWords(extract.request),
              statusWords(extract),
              extract.rows === undefined ? '' : number(extract.rows),
              extract.status === 'Complete' ? { html: formLinks(extract.id) } : '',
              hasEnded(extract) ? { html: againForm(person, extract) } : '',
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
    const { extracts, next } = await visit.list<{ extracts: ShownExtract[] }>('/v1/extracts', MOST_LISTED);
    return view(visit.person, extracts, next && pageAt(next));
  },
};
