/** What the pages of reconciliations have in common: the sentence, and the request as a form. */
import type { ExtractRequest } from '#extract/request';
import { withDashes } from '#records/days';
import type { Reconciliation } from '#service/schemas/reconciliation';
import { html } from '../html.ts';
import { refusalBox } from '../parts.ts';
import type { Form, Refusal } from '../visit.ts';
import { number } from '../words.ts';

export type { ShownCluster, ShownCorrections, ShownFields, ShownRow } from '#service/schemas/reconciliation';

export type ShownReconciliation = Omit<Reconciliation, 'request'> & { readonly request: ExtractRequest };

export const TITLE = "Why do the state's file and our records differ?";
export const PLACE = ['Reconcile', '/reconciliations'] as const;

const rows = (n: number): string => `${number(n)} ${n === 1 ? 'row' : 'rows'}`;

/** The answer in one sentence. */
export function answerOf({ counts, clusters = 0 }: Pick<ShownReconciliation, 'counts' | 'clusters'>): string {
  if (!counts) return '';
  const { read, changed, nearest, onlyTheirs, onlyOurs, unreadable } = counts;
  const differ = changed + nearest + onlyTheirs;
  const bad = unreadable > 0 ? ` ${rows(unreadable)} of the file could not be read.` : '';
  if (differ + onlyOurs === 0) return `They do not: all rows that could be compared say the same.${bad}`;
  const ours =
    onlyOurs > 0 ? ` ${rows(onlyOurs)} of our records ${onlyOurs === 1 ? 'is' : 'are'} not in the file.` : '';
  const groups = clusters === 1 ? 'one group' : `${number(clusters)} groups`;
  return `${number(differ)} of ${rows(read)} in the state's file differ from our records.${ours} All of this falls into ${groups} by cause.${bad}`;
}

/** Why a file was not compared, in the words of somebody who sent one. */
export function refusedBox(refusal: Refusal): string {
  const { status, code, errors = [] } = refusal;
  if (code === 'CENR_NOT_FOUND')
    return refusalBox({ status, code, title: 'The file has rows of an LEA that is not yours', fix: OWN_FILE });
  if (code !== 'CENR_REQUEST_INVALID') return refusalBox(refusal);
  return refusalBox({ status, code, title: 'The file was not compared', errors, fix: CORRECT });
}
const OWN_FILE = 'Send the file that CALPADS made for your own LEA.';
const CORRECT = 'Correct what is named, and compare again.';

const TYPES = [
  ['year', 'Academic Year'],
  ['asOf', 'As-of Date'],
  ['range', 'Date Range'],
] as const;

const typeOf = ({ academicYear, asOf }: Partial<ExtractRequest>): string =>
  academicYear !== undefined ? 'year' : asOf !== undefined ? 'asOf' : 'range';

const dashed = (text = ''): string => (/^\d{8}$/.test(text) ? withDashes(text) : text);

/** What a form for another request was filled in with, or is at first. */
export const formOf = (request: Partial<ExtractRequest>, runDate: string): Form => ({
  type: typeOf(request),
  year: request.academicYear ?? '',
  ...(request.adjusted && { adjusted: 'yes' }),
  asOf: dashed(request.asOf),
  from: dashed(request.from),
  through: dashed(request.through),
  schools: (request.schools ?? []).join(', '),
  grades: (request.grades ?? []).join(', '),
  runDate: dashed(runDate),
});

/** The fields of a request, in the words of the portal. */
export function requestFields(given: Form): string {
  const text = (name: string): string => String(given[name] ?? '');
  const type = text('type') || 'year';
  return html`<fieldset><legend>Parameter Type</legend>
!${TYPES.map(
    ([value, words]) =>
      html`<label for="type-${value}"><input id="type-${value}" type="radio" name="type" value="${value}"!${value === type ? ' checked' : ''}> ${words}</label>
`,
  )}</fieldset>
<div data-type="year"><p><label for="year">Academic Year</label> <input id="year" name="year" value="${text('year')}" size="10" placeholder="2023-2024"></p>
<p><label for="adjusted"><input id="adjusted" type="checkbox" name="adjusted" value="yes"!${given['adjusted'] === undefined ? '' : ' checked'}> Adjusted: only enrollments that belong to that year</label></p></div>
<div data-type="asOf"><p><label for="as-of">As-of Date</label> <input id="as-of" name="asOf" type="date" value="${text('asOf')}"></p></div>
<div data-type="range"><p><label for="from">First day</label> <input id="from" name="from" type="date" value="${text('from')}">
<label for="through">Last day</label> <input id="through" name="through" type="date" value="${text('through')}"></p></div>
<p><label for="schools">Schools, with commas between them; blank for all</label> <input id="schools" name="schools" value="${text('schools')}"></p>
<p><label for="grades">Grade levels, with commas between them; blank for all</label> <input id="grades" name="grades" value="${text('grades')}"></p>
<p><label for="run-date">Day on which the file was made</label> <input id="run-date" name="runDate" type="date" value="${text('runDate')}"></p>`;
}

/** The parameters of the route that a form asks for. */
export function queryOf(form: Form): string {
  const text = (name: string): string => String(form[name] ?? '').trim();
  const days =
    form['type'] === 'asOf'
      ? { asOf: text('asOf') }
      : form['type'] === 'range'
        ? { from: text('from'), through: text('through') }
        : { academicYear: text('year'), ...(form['adjusted'] !== undefined && { adjusted: 'true' }) };
  const lists = ['schools', 'grades'].flatMap((name): [string, string][] => {
    const codes = text(name)
      .split(/[\s,;]+/)
      .filter(Boolean);
    return codes.length > 0 ? [[name, codes.join(',')]] : [];
  });
  const runDate = text('runDate');
  return new URLSearchParams({ ...days, ...Object.fromEntries(lists), ...(runDate !== '' && { runDate }) }).toString();
}

/** The same of a request that is known. */
export const queryOfRequest = (request: ExtractRequest, runDate: string): string => {
  const query = new URLSearchParams(queryOf(formOf(request, runDate)));
  const { reportingLEAs, statuses = [] } = request;
  query.set('reportingLEA', reportingLEAs === 'all' ? 'all' : reportingLEAs.join(','));
  if (statuses.length > 0) query.set('statuses', statuses.join(','));
  return query.toString();
};
