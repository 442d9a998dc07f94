/** The forms of an extract's file, as links and as addresses. */
import { FORM_NAMES, FORM_TYPES, FORMS, type Form } from '#extract/forms/form';
import { html } from '../html.ts';
import type { Page } from '../visit.ts';

const endingOf = (form: Form): string => (form === 'text' ? 'txt' : form);

const LABELS = 'labels=true';

/** `/extracts/ID/file.txt` and so on; with `?labels=true` the meanings of codes stand beside them. */
const fileAddress = (id: string, form: Form, labels = false): string =>
  `/extracts/${id}/file.${endingOf(form)}${labels ? `?${LABELS}` : ''}`;

/** A link for each form, in the cell of a table. */
export const formLinks = (id: string): string =>
  FORMS.map((form) => html`<a href="${fileAddress(id, form)}">${FORM_NAMES[form]}</a>`).join(' ');

/** All that can be downloaded of a file, and what each form is for. */
export const downloads = (id: string): string =>
  html`<p><a class="button" href="${fileAddress(id, 'text')}">Download</a> <a class="button" href="${fileAddress(id, 'xlsx')}">Download as a workbook</a></p>
<ul><li>The text has a line for each row, and carets between its columns, as CALPADS makes it.</li>
<li>The workbook has column names, real dates, and codes with their leading zeros. <a href="${fileAddress(id, 'xlsx', true)}">Workbook with the meanings of the codes</a></li>
<li>For other programs: <a href="${fileAddress(id, 'csv')}">CSV</a>, <a href="${fileAddress(id, 'csv', true)}">CSV with the meanings of the codes</a>, <a href="${fileAddress(id, 'parquet')}">Parquet</a></li></ul>`;

/** One address for each form: a link cannot say what a browser accepts. */
export const downloadPages: readonly Page[] = FORMS.map((form) => ({
  path: fileAddress(':id', form),
  get(visit) {
    const labels = visit.query['labels'] === 'true' ? `?${LABELS}` : '';
    return visit.passOn(`/v1/extracts/${visit.part('id')}/file${labels}`, FORM_TYPES[form]);
  },
}));
