/** `/uploads`: what was uploaded, newest first. */
import { frame } from '../frame.ts';
import { html } from '../html.ts';
import { link, table } from '../parts.ts';
import type { Person } from '../sessions.ts';
import { MOST_LISTED, type Page, pageAt } from '../visit.ts';
import { moment, number } from '../words.ts';
import type { ShownUpload } from './shown.ts';

export const view = (person: Person, uploads: readonly ShownUpload[], next: string | undefined): string =>
  frame({
    title: 'What was uploaded?',
    person,
    main: html`<p><a class="button" href="/uploads/new">Upload files</a></p>
!${
      uploads.length > 0
        ? table(
            'Uploads, newest first',
            [
              { name: 'Received' },
              { name: 'Files' },
              { name: 'Sender' },
              { name: 'Lines', isNumber: true },
              { name: 'Added', isNumber: true },
              { name: 'Replaced', isNumber: true },
              { name: 'Rejected', isNumber: true },
            ],
            uploads.map(({ id, receivedAt, files, sender, linesRead, counts }) => [
              link(moment(receivedAt), `/uploads/${id}`),
              files.map(({ name }) => name).join(', '),
              sender,
              number(linesRead),
              number(counts.added),
              number(counts.replaced),
              number(counts.rejected),
            ]),
          )
        : html`<p>Nothing was uploaded yet. Files from the student information system go in here.</p>`
    }
!${next === undefined ? '' : html`<p><a href="${next}">Older uploads</a></p>`}`,
  });

export const uploads: Page = {
  path: '/uploads',
  async get(visit) {
    const { uploads, next } = await visit.list<{ uploads: ShownUpload[] }>('/v1/uploads', MOST_LISTED);
    return view(visit.person, uploads, next && pageAt(next));
  },
};
