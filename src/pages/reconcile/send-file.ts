/** `/reconciliations/new`: the file that CALPADS made, by drag or choice. */
import type { Readable } from 'node:stream';
import { whyNoEmail } from '#service/outbox/mail';
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
  /** Whether an e-mail says when it is done, as the address has it: the form holds nothing but the file. */
  readonly emails: boolean;
  /** Why the person gets none, if they do not. */
  readonly noEmail: string | undefined;
  readonly refusal?: string;
}

const EMAIL = 'emailWhenDone';

/** Whether an e-mail comes, and the link to the same page that says otherwise. */
function emailPart({ person, extract, emails, noEmail }: Shown): string {
  const of = extract ? { extract: extract.id } : {};
  const address = (chosen: object): string => {
    const query = new URLSearchParams({ ...of, ...chosen }).toString();
    return `/reconciliations/new${query === '' ? '' : `?${query}`}`;
  };
  if (noEmail !== undefined) return html`<p class="hint">No e-mail says when it is done: ${noEmail}.</p>`;
  return emails
    ? html`<p>An e-mail to ${person.key.email ?? ''} says when it is done, and where; it never has the file. <a href="${address({})}">Send none</a></p>`
    : html`<p><a href="${address({ [EMAIL]: 'true' })}">Send an e-mail to ${person.key.email ?? ''} when it is done</a></p>`;
}

export function view(shown: Shown): string {
  const { person, extract, emails, refusal = '' } = shown;
  const query = new URLSearchParams({
    token: person.token,
    ...(extract && { extract: extract.id }),
    ...(emails && { [EMAIL]: 'true' }),
  });
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
!${emailPart(shown)}
<form class="drop" method="post" enctype="multipart/form-data" action="/reconciliations/new?${query.toString()}">
<p><label for="file">The CENR file: text, CSV or a workbook, of any year</label></p>
<p><input id="file" name="file" type="file" required></p>
<p class="hint">The file is kept with what is found until you remove it.</p>
<p><button>Compare</button> <span role="status" data-upload></span></p>
</form>`,
  });
}

async function shownTo(visit: Visit): Promise<Shown> {
  const { person, app, query } = visit;
  const noEmail = whyNoEmail(app.config, person.key);
  return { person, extract: await extractOf(visit), emails: query[EMAIL] === 'true' && noEmail === undefined, noEmail };
}

async function extractOf(visit: Visit): Promise<ShownExtract | undefined> {
  const { extract } = visit.query;
  if (extract === undefined) return undefined;
  return (await visit.ask<ShownExtract>(`/v1/extracts/${encodeURIComponent(extract)}`)).body;
}

export const sendFile: Page = {
  path: '/reconciliations/new',
  takesFiles: true,
  get: async (visit) => view(await shownTo(visit)),
  async post(visit) {
    const shown = await shownTo(visit);
    const { extract, emails } = shown;
    const asked = new URLSearchParams(extract ? queryOfRequest(extract.request, extract.runDate) : '');
    if (emails) asked.set(EMAIL, 'true');
    try {
      const { headers } = await visit.ask({
        method: 'POST',
        url: `/v1/reconciliations?${asked.toString()}`,
        headers: { 'content-type': String(visit.request.headers['content-type']) },
        payload: visit.request.body as Readable,
      });
      return visit.go(pageAt(String(headers.location)));
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
      visit.reply.code(error.refusal.status);
      return view({ ...shown, refusal: refusedBox(error.refusal) });
    }
  },
};
