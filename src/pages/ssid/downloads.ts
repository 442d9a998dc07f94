/** Lists about numbers to download: the form that asks for them, and what sends them. */
import { FORM_TYPES } from '#extract/forms/form';
import { html } from '../html.ts';
import { NOT_FOUND, type Page, RefusedError } from '../visit.ts';

const FORMS = [
  ['text', 'Text'],
  ['csv', 'CSV'],
  ['xlsx', 'Workbook'],
] as const;

/** @param title of the part */
export const downloads = (title: string): string =>
  html`<section aria-labelledby="extract"><h2 id="extract">SSID extract</h2>
<p>${title}, for your student information system to import.</p>
<form method="get" action="/ssids/extract"><p><label for="as-of">Enrolled on</label> <input id="as-of" name="asOf" type="date"> <span class="hint">nothing: today</span></p>
<p>!${FORMS.map(([form, words]) => html`<button name="as" value="${form}">${words}</button> `)}</p></form></section>`;

export const replacementLinks = (): string =>
  html`<p>Replacement SSID extract, for your student information system: !${FORMS.map(([form, words]) => html`<a href="/ssids/replacements/file?as=${form}">${words}</a> `)}</p>`;

export const numberLinks = (upload: string): string =>
  html`!${FORMS.map(([form, words]) => html`<a href="/uploads/${upload}/numbers?as=${form}">${words}</a> `)}`;

export const candidateLinks = (id: string): string =>
  html`<p class="hint">All candidates as a file: <a href="/ssids/matches/${id}/candidates?as=text">text</a> or <a href="/ssids/matches/${id}/candidates?as=csv">CSV</a></p>`;

const download = (path: string, address: (parts: Readonly<Record<string, string>>) => string): Page => ({
  path,
  async get(visit) {
    const { as: form = 'text', asOf = '' } = visit.query;
    const known = FORMS.find(([name]) => name === form)?.[0];
    if (known === undefined) throw new RefusedError(NOT_FOUND);
    const day = asOf === '' ? '' : `?${new URLSearchParams({ asOf }).toString()}`;
    return visit.passOn(`${address(visit.params)}${day}`, FORM_TYPES[known]);
  },
});

export const downloadPages: readonly Page[] = [
  download('/ssids/extract', () => '/v1/ssid/extract'),
  download('/ssids/replacements/file', () => '/v1/ssid/replacements/file'),
  download('/uploads/:id/numbers', ({ id = '' }) => `/v1/uploads/${encodeURIComponent(id)}/numbers`),
  download('/ssids/matches/:id/candidates', ({ id = '' }) => `/v1/ssid/matches/${encodeURIComponent(id)}/candidates`),
];
