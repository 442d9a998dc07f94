/** Lists about numbers to download: the form that asks for them, and what sends them. */
import { FORM_TYPES } from '#extract/forms/form';
import { html } from '../html.ts';
import { tokenField } from '../parts.ts';
import type { Person } from '../sessions.ts';
import { NOT_FOUND, type Page, RefusedError } from '../visit.ts';

const FORMS = [
  ['text', 'Text'],
  ['csv', 'CSV'],
  ['xlsx', 'Workbook'],
] as const;

/** What asks for an SSID extract or a Replacement SSID extract; its page has the file. */
export const extractForms = (person: Person): string =>
  html`<section aria-labelledby="extract"><h2 id="extract">SSID extract</h2>
<form method="post" action="/ssids/extracts">!${tokenField(person)}<input type="hidden" name="list" value="ssids">
<p><label for="as-of">SSIDs of those who are enrolled on</label> <input id="as-of" name="asOf" type="date"> <span class="hint">nothing: today</span> <button>Make the SSID extract</button></p></form>
<form method="post" action="/ssids/extracts">!${tokenField(person)}<input type="hidden" name="list" value="replacements">
<p>Retired SSIDs, and what replaces them: <button>Make the Replacement SSID extract</button></p></form>
<p class="hint">As text, CSV or a workbook, for your student information system to import.</p></section>`;

/** Links to a file in each of its forms. */
export const fileLinks = (address: string): string =>
  html`!${FORMS.map(([form, words]) => html`<a href="${address}?as=${form}">${words}</a> `)}`;

export const numberLinks = (upload: string): string => fileLinks(`/uploads/${upload}/numbers`);

export const candidateLinks = (id: string): string =>
  html`<p class="hint">All candidates as a file: <a href="/ssids/matches/${id}/candidates?as=text">text</a> or <a href="/ssids/matches/${id}/candidates?as=csv">CSV</a></p>`;

const download = (path: string, address: (parts: Readonly<Record<string, string>>) => string): Page => ({
  path,
  async get(visit) {
    const { as: form = 'text' } = visit.query;
    const known = FORMS.find(([name]) => name === form)?.[0];
    if (known === undefined) throw new RefusedError(NOT_FOUND);
    return visit.passOn(address(visit.params), FORM_TYPES[known]);
  },
});

export const downloadPages: readonly Page[] = [
  download('/ssids/extracts/:id/file', ({ id = '' }) => `/v1/ssid/extracts/${encodeURIComponent(id)}/file`),
  download('/uploads/:id/numbers', ({ id = '' }) => `/v1/uploads/${encodeURIComponent(id)}/numbers`),
  download('/ssids/matches/:id/candidates', ({ id = '' }) => `/v1/ssid/matches/${encodeURIComponent(id)}/candidates`),
];
