/** `/extracts/ID`: an extract that was requested: how far it is, and when it is complete, what is in it. */
import type { Manifest } from '#audit/manifest';
import { amount } from '#base/text';
import type { ValuesWithGrounds } from '#service/schemas/grounds';
import { extractIdentified } from '../auditor/of-extract.ts';
import { frame } from '../frame.ts';
import { html } from '../html.ts';
import { progress, refusalBox, table, tokenField } from '../parts.ts';
import { plot } from '../plot.ts';
import { maySend } from '../reconcile/reconciliations.ts';
import type { Person } from '../sessions.ts';
import { type Page, pageAt, RefusedError, type Visit } from '../visit.ts';
import { day, moment, number, requestWords, ruleWords, scopeWords, size } from '../words.ts';
import { againForm } from './again.ts';
import { deliveriesPart } from './deliveries.ts';
import { differencesOf, differenceWords } from './differences.ts';
import { downloads } from './downloads.ts';
import { groundsLinks } from './grounds.ts';
import { askedFor, rowsPart, type ShownRows, searchOf } from './rows.ts';
import {
  hasEnded,
  type ShownCounts,
  type ShownDifferences,
  type ShownExtract,
  type ShownReport,
  type ShownRow,
} from './shown.ts';

interface Content extends ShownRows {
  readonly reports: readonly ShownReport[];
  /** What comes for its students. */
  readonly horizons: readonly ShownReport[];
  /** Values that several rules give. */
  readonly behind: ValuesWithGrounds;
  /** Since the last extract of the same request. */
  readonly changed: ShownDifferences | undefined;
}

const ABOVE = [['Extracts', '/extracts']] as const;

export function view(person: Person, extract: ShownExtract, content?: Content, refusal = ''): string {
  const { id, name, request, status, failure, requestedAt } = extract;
  const facts = html`<p class="hint">${scopeWords(request)}. Requested ${moment(requestedAt)}, made as of ${day(extract.runDate)}, ${extract.columns} columns.${name === undefined ? '' : ` File name: ${name}.`}</p>`;
  return frame({
    title: requestWords(request),
    person,
    identified: extractIdentified(extract),
    above: ABOVE,
    ...(!hasEnded(extract) && { modules: ['progress.js'], again: 5 }),
    main: html`!${refusal}!${
      hasEnded(extract)
        ? status === 'Complete'
          ? completeParts(person, extract, facts, content)
          : html`<p class="answer">The extract ${status === 'Failed' ? `failed. ${failure ?? ''}` : 'was canceled.'}</p>`
        : html`<div role="status" data-job="/extracts/${id}/progress"><p class="answer">The extract is being made: ${status}.</p>
!${progress('How far the extract is', extract.progress)}</div>
<form method="post" action="/extracts/${id}/cancel">!${tokenField(person)}<p><button>Cancel the request</button></p></form>`
    }
!${status === 'Complete' ? '' : facts + (hasEnded(extract) ? againForm(person, extract) : '')}!${deliveriesPart(extract.deliveries)}
<details><summary>Numbers that identify it</summary><dl><dt>Id</dt><dd><code>${id}</code></dd><dt>Rulebook</dt><dd><code>${extract.rulebook}</code></dd>
<dt>SHA-256 of the file</dt><dd><code>${extract.sha256 ?? 'not made yet'}</code></dd></dl></details>`,
  });
}

function completeParts(person: Person, extract: ShownExtract, facts: string, content?: Content): string {
  const { id, rows = 0, bytes = 0, warnings = [], notApplied = [] } = extract;
  const address = `/extracts/${id}`;
  return html`<p class="answer">The file is ready: ${amount(rows, 'row')}, ${size(bytes)}.</p>
!${warnings.map(({ message }) => html`<p class="warned">${message}</p>`)}
!${notApplied.map(({ message }) => html`<p class="hint">${ruleWords(message)}</p>`)}
!${facts}!${downloads(id)}!${againForm(person, extract)}
<p class="hint">Make again takes the records, the rules and the run date of today. This extract was made as of ${day(extract.runDate)}.</p>
<p><a class="button" href="${address}/sample">Draw a sample</a> <a class="button" href="${address}/exceptions">Exceptions</a> <a class="button" href="${address}/proof">Can you prove it?</a> <a class="button" href="${address}/missing">Students who are not in the extract</a>!${content ? html` <a class="button" href="#rows">Find a student</a>` : ''}</p>
!${maySend(person) ? html`<p><a href="/reconciliations/new?extract=${id}">Compare it with the file of the state</a>: why do they differ?</p>` : ''}
<ul><li><a href="${address}/manifest">Manifest</a>: what it was made from, and its hashes</li>
<li><a href="${address}/trace">Trace</a>: why each value is what it is, a line for each row</li>
!${(content?.reports ?? []).map(({ name, says }) => html`<li><a href="${address}/reports/${name}">${says}</a> (CSV)</li>`)}!${(content?.horizons ?? []).map(({ name, says }) => html`<li><a href="${address}/horizons/${name}">${says}</a></li>`)}!${content ? groundsLinks(id, content.behind) : ''}</ul>
!${content ? changedPart(id, content.changed) + countsPart(content) + rowsPart(person, id, content) : ''}`;
}

const changedPart = (id: string, changed: ShownDifferences | undefined): string =>
  html`<section aria-labelledby="changed"><h2 id="changed">What changed since the last extract of this request</h2>
!${
    changed
      ? html`<p>The last one was requested ${moment(changed.from.requestedAt)}. ${differenceWords(changed.counts)}</p>
<ul>!${changed.madeOtherwise.map(({ sentence }) => html`<li>${sentence}</li>`)}</ul>
<p><a href="/extracts/${id}/differences?kind=new&amp;students=true">New students</a>, <a href="/extracts/${id}/differences">all that changed</a></p>`
      : html`<p>There is no earlier one. <a href="/extracts/${id}/differences">Compare with another extract</a></p>`
  }</section>`;

/** On one page. */
const MOST_ROWS = 100;

/** Rows of the extract on this page. */
const rowsAddress = (search: Readonly<Record<string, string>>): string =>
  `?${new URLSearchParams(search).toString()}#rows`;

/** How many rows have each value: each is a link to these rows. */
function countsPart({ counts, fields }: Content): string {
  const plots = counts
    .filter(({ values, blank }) => values.length + Math.sign(blank) > 1)
    .map(({ field, name, values, blank }) => {
      const bars = [...values, ...(blank > 0 ? [{ value: '', rows: blank }] : [])].map((each) => ({
        value: each.value,
        meaning: 'meaning' in each ? each.meaning : undefined,
        count: each.rows,
        address: rowsAddress({ field, value: each.value }),
      }));
      return plot(`${field} ${name}`, 'Rows', bars);
    });
  return html`<section aria-labelledby="counts"><h2 id="counts">How many rows have each value</h2>
<div class="plots">!${plots}</div>
<details><summary>Which rule decided how many rows</summary>!${table(
    'Rows by deciding rule',
    [{ name: 'Field' }, { name: 'Rules, in their order' }, { name: 'Two schools' }],
    fields.map(({ number: no, name, rules }) => [
      `${no} ${name}`,
      {
        html: rules
          .map(
            ({ name: rule, rows }) =>
              html`<span class="count"><a href="${rowsAddress({ field: no, rule })}">${ruleWords(rule)}</a> ${number(rows)}</span> `,
          )
          .join(''),
      },
      {
        html: html`<a href="${rowsAddress({ field: no, differs: 'true' })}">Students whose rows differ<span class="unseen"> in field ${no}</span></a>`,
      },
    ]),
  )}</details></section>`;
}

async function contentOf(visit: Visit, { id, rulebook }: ShownExtract): Promise<Content> {
  const address = `/v1/extracts/${id}`;
  const [manifest, counts, reports, horizons, behind, changed] = await Promise.all([
    visit.ask<Manifest>(`${address}/manifest`),
    visit.ask<{ fields: ShownCounts[] }>(`${address}/counts`),
    visit.ask<{ reports: ShownReport[] }>(`${address}/reports`),
    visit.ask<{ horizons: ShownReport[] }>(`${address}/horizons`),
    visit.ask<ValuesWithGrounds>(`${address}/grounds`),
    // What cannot be compared is told where it is asked for.
    differencesOf(visit, { limit: '0' }).catch((error) => {
      if (error instanceof RefusedError) return undefined;
      throw error;
    }),
  ]);
  const { columns, names = [] } = (await visit.app.explanations.by(rulebook)).rulebook.schemas.output;
  const fields = manifest.body.fields.map((field) => ({
    ...field,
    key: columns.find(({ no }) => no === field.number)?.key ?? '',
  }));
  const search = searchOf(visit.query, counts.body.fields, fields);
  const { rows, next } = await visit.list<{ rows: ShownRow[] }>(`${address}/rows`, MOST_ROWS, askedFor(search));
  return {
    fields,
    counts: counts.body.fields,
    reports: reports.body.reports,
    horizons: horizons.body.horizons,
    behind: behind.body,
    changed,
    rows,
    next: next && pageAt(next).replace(/^(\/extracts\/[^/]+)\/rows/, '$1'),
    search,
    names,
  };
}

export const extract: Page = {
  path: '/extracts/:id',
  async get(visit) {
    const { person } = visit;
    const { body } = await visit.ask<ShownExtract>(`/v1/extracts/${visit.part('id')}`);
    if (body.status !== 'Complete') return view(person, body);
    try {
      return view(person, body, await contentOf(visit, body));
    } catch (error) {
      if (!(error instanceof RefusedError) || error.refusal.status !== 400) throw error;
      visit.reply.code(400);
      return view(person, body, undefined, refusalBox(error.refusal));
    }
  },
};
