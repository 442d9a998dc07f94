/** `/uploads/new`: several files by drag or choice. */
import type { Readable } from 'node:stream';
import { frame } from '../frame.ts';
import { html } from '../html.ts';
import { refusalBox } from '../parts.ts';
import type { Person } from '../sessions.ts';
import { type Page, pageAt, RefusedError, type Visit } from '../visit.ts';

interface Shown {
  readonly person: Person;
  /** LEAs to choose from; none where the key says which. */
  readonly leas: readonly string[];
  readonly chosen?: string;
  readonly refusal?: string;
}

export const view = ({ person, leas, chosen, refusal = '' }: Shown): string =>
  frame({
    title: 'Which files come in?',
    person,
    above: [['Uploads', '/uploads']],
    modules: ['upload.js'],
    main: html`!${refusal}
!${
      leas.length > 0
        ? html`<form method="get" action="/uploads/new"><p><label for="lea">Reporting LEA that sends the files</label>
<input id="lea" name="lea" list="leas" value="${chosen ?? ''}" required pattern="all|[0-9]{7}"> <button>Files are of this LEA</button></p>
<datalist id="leas"><option value="all">!${leas.map((lea) => html`<option value="${lea}">`)}</datalist></form>`
        : ''
    }
!${
      leas.length > 0 && chosen === undefined
        ? html`<p>First say whose files they are: the seven digits of an LEA, or <code>all</code> for a county or the state.</p>`
        : html`<form class="drop" method="post" enctype="multipart/form-data" action="!${address(person, chosen)}">
<p><label for="file">Files from your student information system, as they are or compressed with gzip</label></p>
<p><input id="file" name="file" type="file" multiple required></p>
<p class="hint">SENR, SINF, SPRG, SELA, SWDS and MEPS files. What they are called does not matter.</p>
<p><button>Upload</button> <span role="status" data-upload></span></p>
<p><button formaction="!${address(person, chosen, true)}">Upload, and give SSIDs to students without one</button> <span class="hint">Enrollments (SENR) with a blank SSID wait otherwise. <a href="/ssids">Look first</a> whether these students have a number: nobody is compared here.</span></p>
</form>`
    }`,
  });

function address({ token }: Person, lea: string | undefined, assigns = false): string {
  const query = { token, ...(lea !== undefined && { lea }), ...(assigns && { assign: 'true' }) };
  return html`/uploads/new?${new URLSearchParams(query).toString()}`;
}

const choice = async (visit: Visit): Promise<Pick<Shown, 'leas' | 'chosen'>> => {
  const { key } = visit.person;
  if (key.leas !== 'all') return { leas: [] };
  const leas = await visit.app.store.forLEAs('all').leas();
  const { lea } = visit.query;
  return { leas, ...(lea !== undefined && { chosen: lea }) };
};

export const uploadFiles: Page = {
  path: '/uploads/new',
  takesFiles: true,
  get: async (visit) => view({ person: visit.person, ...(await choice(visit)) }),
  async post(visit) {
    const { lea, assign } = visit.query;
    const query = new URLSearchParams({
      ...(lea !== undefined && { reportingLEA: lea }),
      ...(assign === 'true' && { assignBlankSSIDs: 'true' }),
    });
    try {
      const { headers } = await visit.ask({
        method: 'POST',
        url: `/v1/uploads?${query.toString()}`,
        headers: {
          'content-type': String(visit.request.headers['content-type']),
          prefer: 'respond-async',
        },
        payload: visit.request.body as Readable,
      });
      return visit.go(pageAt(String(headers.location)).replace(/\/status$/, ''));
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
      visit.reply.code(error.refusal.status);
      return view({ person: visit.person, ...(await choice(visit)), refusal: refusalBox(error.refusal) });
    }
  },
};
