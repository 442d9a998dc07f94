/** `/`: what came in last, what is in work, and what can be done. */
import { amount } from '#base/text';
import type { ShownExtract, ShownUpload } from './coordinator/shown.ts';
import { frame, mayOpen } from './frame.ts';
import { html } from './html.ts';
import { link, table } from './parts.ts';
import { policyPart } from './policy/home-part.ts';
import { type PolicyHome, policyHome } from './policy/waiting.ts';
import { maySend } from './reconcile/reconciliations.ts';
import type { Person } from './sessions.ts';
import type { Page } from './visit.ts';
import { moment, number, requestWords } from './words.ts';

interface Home {
  readonly person: Person;
  readonly upload?: ShownUpload | undefined;
  readonly extracts: readonly ShownExtract[];
  /** For whoever sees drafts. */
  readonly policy?: PolicyHome | undefined;
}

export function view({ person, upload, extracts, policy }: Home): string {
  const parts = [
    ...(mayOpen(person, '/uploads') ? [uploadPart(upload)] : []),
    ...(mayOpen(person, '/extracts') ? [extractPart(extracts)] : []),
    ...(mayOpen(person, '/reconciliations') ? [reconcilePart(person)] : []),
    ...(policy ? [policyPart(person, policy)] : []),
  ];
  return frame({
    title: 'What is there to do?',
    person,
    main:
      parts.length > 0
        ? parts.join('')
        : html`<p>There are no pages yet for what you may do; a key for it opens the REST service.</p>`,
  });
}

const uploadPart = (upload: ShownUpload | undefined): string =>
  html`<section aria-labelledby="last"><h2 id="last">The last upload</h2>
!${
    upload
      ? html`<p><a href="/uploads/${upload.id}">${upload.files.map(({ name }) => name).join(', ')}</a>, ${moment(upload.receivedAt)}:
${amount(upload.linesRead, 'line')}, ${number(upload.counts.rejected)} rejected.</p>`
      : html`<p>Nothing was uploaded yet.</p>`
  }
<p><a class="button" href="/uploads/new">Upload files</a></p></section>`;

const extractPart = (extracts: readonly ShownExtract[]): string =>
  html`<section aria-labelledby="extracts"><h2 id="extracts">Submitted Extracts</h2>
!${
    extracts.length > 0
      ? table(
          'The last extracts',
          [{ name: 'Request' }, { name: 'Status' }, { name: 'Rows', isNumber: true }],
          extracts.map(({ id, request, status, rows }) => [
            link(requestWords(request), `/extracts/${id}`),
            status,
            rows === undefined ? '' : number(rows),
          ]),
        )
      : html`<p>No extract was requested yet.</p>`
  }
<p><a class="button" href="/extracts/new">Request an extract</a></p></section>`;

const reconcilePart = (person: Person): string =>
  html`<section aria-labelledby="reconcile"><h2 id="reconcile">Reconcile</h2>
<p>Compare the CENR file that you downloaded from CALPADS with your records: which rows differ, why, and what to send.</p>
<p>!${maySend(person) ? html`<a class="button" href="/reconciliations/new">Compare a file of the state</a> ` : ''}<a href="/reconciliations">Comparisons so far</a></p></section>`;

const MOST = 5;

export const home: Page = {
  path: '/',
  async get(visit) {
    const { person } = visit;
    const [uploads, extracts, policy] = await Promise.all([
      mayOpen(person, '/uploads')
        ? visit.ask<{ uploads: ShownUpload[] }>('/v1/uploads?limit=1').then(({ body }) => body.uploads)
        : [],
      mayOpen(person, '/extracts')
        ? visit.ask<{ extracts: ShownExtract[] }>(`/v1/extracts?limit=${MOST}`).then(({ body }) => body.extracts)
        : [],
      mayOpen(person, '/drafts') ? policyHome(visit) : undefined,
    ]);
    return view({ person, upload: uploads[0], extracts, policy });
  },
};
