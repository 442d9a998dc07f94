/** `/extracts/ID/again`: the same request anew, of the records and by the rules of now. */
import { html } from '../html.ts';
import { tokenField } from '../parts.ts';
import type { Person } from '../sessions.ts';
import { type Page, pageAt } from '../visit.ts';
import { requestWords } from '../words.ts';
import type { ShownExtract } from './shown.ts';

export const againForm = (person: Person, { id, request }: ShownExtract): string =>
  html`<form method="post" action="/extracts/${id}/again" class="again">!${tokenField(person)}<button aria-label="Make again: ${requestWords(request)}">Make again</button></form>`;

export const again: Page = {
  path: '/extracts/:id/again',
  async post(visit) {
    const { body } = await visit.ask<ShownExtract>(`/v1/extracts/${visit.part('id')}`);
    const { request, columns, name, emailWhenDone } = body;
    const { headers } = await visit.ask({
      method: 'POST',
      url: '/v1/extracts',
      headers: { 'content-type': 'application/json' },
      payload: JSON.stringify({
        ...request,
        columns,
        ...(name !== undefined && { name }),
        ...(emailWhenDone && { emailWhenDone }),
      }),
    });
    return visit.go(pageAt(String(headers.location)));
  },
};
