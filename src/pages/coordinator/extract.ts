/** `/extracts/ID`: an extract that was requested: how far it is, and when it is complete, what is in it. */
import type { Manifest } from '#audit/manifest';
import { rowAddress } from '../auditor/student.ts';
import { frame } from '../frame.ts';
import { html } from '../html.ts';
import { progress, refusalBox, table, tokenField } from '../parts.ts';
import { purposeField } from '../purpose-field.ts';
import type { Person } from '../sessions.ts';
import { type Page, pageAt, RefusedError, type Visit } from '../visit.ts';
import { day, moment, number, requestWords, scopeWords, size } from '../words.ts';
import { deliveriesPart } from './deliveries.ts';
import { downloads } from './downloads.ts';
import { hasEnded, type ShownExtract, type ShownField, type ShownReport, type ShownRow } from './shown.ts';

interface Content {
  readonly fields: readonly ShownField[];
  readonly reports: readonly ShownReport[];
  readonly rows: readonly ShownRow[];
  readonly next?: string | undefined;
  readonly search: Readonly<Record<string, string>>;
}

const ABOVE = [['Extracts', '/extracts']] as const;
const SEARCHED = ['school', 'grade', 'field', 'value'] as const;

export function view(person: Person, extract: ShownExtract, content?: Content, refusal = ''): string {
  const { id, name, request, status, failure, requestedAt } = extract;
  const facts = html`<p class="hint">${scopeWords(request)}. Requested ${moment(requestedAt)}, made as of ${day(extract.runDate)}, ${extract.columns} columns.${name === undefined ? '' : ` File name: ${name}.`}</p>`;
  return frame({
    title: requestWords(request),
    person,
    above: ABOVE,
    ...(!hasEnded(extract) && { modules: ['progress.js'], again: 5 }),
    main: html`!${refusal}!${
      hasEnded(extract)
        ? status === 'Complete'
          ? completeParts(person, extract, content)
          : html`<p class="answer">The extract ${status === 'Failed' ? `failed. ${failure ?? ''}` : 'was canceled.'}</p>`
        : html`<div role="status" data-job="/extracts/${id}/progress"><p class="answer">The extract is being made: ${status}.</p>
!${progress('How far the extract is', extract.progress)}</div>
<form method="post" action="/extracts/${id}/cancel">!${tokenField(person)}<p><button>Cancel the request</button></p></form>`
    }
!${facts}!${deliveriesPart(extract.deliveries)}
<details><summary>Numbers that identify it</summary><dl><dt>Id</dt><dd><code>${id}</code></dd><dt>Rulebook</dt><dd><code>${extract.rulebook}</code></dd>
<dt>SHA-256 of the file</dt><dd><code>${extract.sha256 ?? 'not made yet'}</code></dd></dl></details>`,
  });
}

function completeParts(
  person: Person,
  { id, rows = 0, bytes = 0, warnings = [], notApplied = [] }: ShownExtract,
  content?: Content,
): string {
  const address = `/extracts/${id}`;
  return html`<p class="answer">The file is ready: ${number(rows)} ${rows === 1 ? 'row' : 'rows'}, ${size(bytes)}.</p>
!${warnings.map(({ message }) => html`<p class="warned">${message}</p>`)}
!${notApplied.map(({ message }) => html`<p class="hint">${message}</p>`)}
!${downloads(id)}
<ul><li><a href="${address}/manifest">Manifest</a>: what it was made from, and its hashes</li>
<li><a href="${address}/trace">Trace</a>: why each value is what it is, a line for each row</li>
!${(content?.reports ?? []).map(({ name, says }) => html`<li><a href="${address}/reports/${name}">${says}</a> (CSV)</li>`)}</ul>
!${content ? fieldsPart(content.fields) + rowsPart(person, id, content) : ''}`;
}

/** On one page. */
const MOST_ROWS = 100;

/** Of a field with more values, counts say nothing at a glance. */
const MOST_VALUES = 12;

const fieldsPart = (fields: readonly ShownField[]): string =>
  html`<section aria-labelledby="fields"><h2 id="fields">Derived fields</h2>
!${table(
    'How many rows have each value',
    [{ name: 'Field' }, { name: 'Values' }, { name: 'Blank', isNumber: true }],
    fields.map(({ number: no, name, values = [], blank }) => [
      `${no} ${name}`,
      values.length > MOST_VALUES
        ? `${number(values.length)} different values`
        : {
            html: values
              .map(({ value, rows }) => html`<span class="count"><code>${value}</code> ${number(rows)}</span>`)
              .join(' '),
          },
      number(blank),
    ]),
  )}</section>`;

function rowsPart(person: Person, id: string, { rows, next, search, fields }: Content): string {
  // Days are looked up in the file; what fits beside each other are codes and labels.
  const short = fields.filter(({ values }) => values !== undefined);
  return html`<section aria-labelledby="rows"><h2 id="rows">Rows</h2>
<form method="post" action="/extracts/${id}/students" class="search">!${tokenField(person)}<label for="ssid">SSID</label> <input id="ssid" name="ssid" inputmode="numeric" pattern="[0-9]{10}" required size="12"> !${purposeField(person)}<button>Find the student</button></form>
<form method="get" action="/extracts/${id}" class="search">
<label for="school">School</label> <input id="school" name="school" value="${search['school'] ?? ''}" size="8">
<label for="grade">Grade</label> <input id="grade" name="grade" value="${search['grade'] ?? ''}" size="3">
<label for="field">Field</label> <select id="field" name="field"><option value="">any</option>!${fields.map(
    ({ number: no, name }) =>
      html`<option value="${no}"!${no === search['field'] ? ' selected' : ''}>${no} ${name}</option>`,
  )}</select>
<label for="value">is</label> <input id="value" name="value" value="${search['value'] ?? ''}" size="10">
<button>Search</button></form>
!${
    rows.length === 0
      ? html`<p>No row is like that.</p>`
      : table(
          'Rows in the order of the file',
          [
            { name: 'SSID' },
            { name: 'School' },
            { name: 'Grade' },
            ...short.map(({ number: no, name }) => ({ name: `${no} ${name}` })),
          ],
          rows.map((row) => [
            { html: html`<a href="${rowAddress(id, row)}"><code>${row.ssid}</code></a>` },
            row.school,
            row.grade,
            ...short.map(({ key }) => row.columns[key] ?? ''),
          ]),
        )
  }
!${next === undefined ? '' : html`<p><a href="${next}">More rows</a></p>`}</section>`;
}

async function contentOf(visit: Visit, { id, rulebook }: ShownExtract, search: Content['search']): Promise<Content> {
  const address = `/v1/extracts/${id}`;
  const [manifest, reports, rows] = await Promise.all([
    visit.ask<Manifest>(`${address}/manifest`),
    visit.ask<{ reports: ShownReport[] }>(`${address}/reports`),
    visit.list<{ rows: ShownRow[] }>(`${address}/rows`, MOST_ROWS, search),
  ]);
  const { columns } = visit.app.explanations.by(rulebook).rulebook.schemas.output;
  return {
    fields: manifest.body.fields.map((field) => ({
      ...field,
      key: columns.find(({ no }) => no === field.number)?.key ?? '',
    })),
    reports: reports.body.reports,
    rows: rows.rows,
    next: rows.next && pageAt(rows.next).replace(/^(\/extracts\/[^/]+)\/rows/, '$1'),
    search,
  };
}

/** What a search asks for; a field without a value, and a value without a field, are no search. */
function searchOf({ query }: Visit): Content['search'] {
  const given = Object.fromEntries(SEARCHED.flatMap((name) => (query[name] ? [[name, query[name]]] : [])));
  if ((given['field'] === undefined) !== (given['value'] === undefined)) {
    delete given['field'];
    delete given['value'];
  }
  return given;
}

export const extract: Page = {
  path: '/extracts/:id',
  async get(visit) {
    const { person } = visit;
    const { body } = await visit.ask<ShownExtract>(`/v1/extracts/${visit.part('id')}`);
    if (body.status !== 'Complete') return view(person, body);
    const search = searchOf(visit);
    try {
      return view(person, body, await contentOf(visit, body, search));
    } catch (error) {
      if (!(error instanceof RefusedError) || error.refusal.status !== 400) throw error;
      visit.reply.code(400);
      return view(person, body, undefined, refusalBox(error.refusal));
    }
  },
};
