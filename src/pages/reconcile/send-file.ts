/** `/reconciliations/new`: the file that CALPADS made, by drag or choice. */
import type { Readable } from 'node:stream';
import type { ShownExtract } from '../coordinator/shown.ts';
import { frame } from '../frame.ts';
import { html } from '../html.ts';
import type { Person } from '../sessions.ts';
import { type Page, pageAt, RefusedError, type Visit } from '../visit.ts';
import { day, requestWords, scopeWords } from '../words.ts';
import { PLACE, queryOfRequest, refusedBox, TITLE } from './shown.ts';

interface Shown {
  readonly person: Person;
  /** Whose request is taken for that of the file. */
  readonly extract?: ShownExtract | undefined;
  readonly refusal?: string;
}

export function view({ person, extract, refusal = '' }: Shown): string {
  const query = new URLSearchParams({ token: person.token, ...(extract && { extract: extract.id }) });
  return frame({
    title: TITLE,
    person,
    above: [PLACE],
    modules: ['upload.js'],
    main: html`!${refusal}
<p>Send the Cumulative Enrollment (CENR) file that you downloaded from CALPADS. It is compared with the records that were uploaded here, row by row, and for each difference the page says which record makes it, and what to send.</p>
!${
      extract
        ? html`<p>It is taken to be of the request of <a href="/extracts/${extract.id}">this extract</a>: ${requestWords(extract.request)}, ${scopeWords(extract.request)}, made as of ${day(extract.runDate)}. <a href="/reconciliations/new">Work it out from the file instead</a></p>`
        : html`<p class="hint">The request that made the file is worked out from its rows. You see what speaks for it, and can correct it.</p>`
    }
<form class="drop" method="post" enctype="multipart/form-data" action="/reconciliations/new?${query.toString()}">
<p><label for="file">The CENR file: text, CSV or a workbook, of any year</label></p>
<p><input id="file" name="file" type="file" required></p>
<p class="hint">The file is kept with what is found until you remove it.</p>
<p><button>Compare</button> <span role="status" data-upload></span></p>
</form>`,
  });
}

async function extractOf(visit: Visit): Promise<ShownExtract | undefined> {
  const { extract } = visit.query;
  if (extract === undefined) return undefined;
  return (await visit.ask<ShownExtract>(`/v1/extracts/${encodeURIComponent(extract)}`)).body;
}

export const sendFile: Page = {
  path: '/reconciliations/new',
  takesFiles: true,
  get: async (visit) => view({ person: visit.person, extract: await extractOf(visit) }),
  async post(visit) {
    const extract = await extractOf(visit);
    try {
      const { headers } = await visit.ask({
        method: 'POST',
        url: `/v1/reconciliations?${extract ? queryOfRequest(extract.request, extract.runDate) : ''}`,
        headers: { 'content-type': String(visit.request.headers['content-type']) },
        payload: visit.request.body as Readable,
      });
      return visit.go(pageAt(String(headers.location)));
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
      visit.reply.code(error.refusal.status);
      return view({ person: visit.person, extract, refusal: refusedBox(error.refusal) });
    }
  },
};
