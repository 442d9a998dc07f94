/** `/reconciliations/ID/rows`: the rows behind a cause, each with its fields, its cause, its reasons and its student. */
import { isSameRequest } from '#extract/same-request';
import { rowAddress, studentAddress } from '../auditor/addresses.ts';
import type { ShownExtract } from '../coordinator/shown.ts';
import { frame } from '../frame.ts';
import { html } from '../html.ts';
import { reconciliationIdentified } from '../identified.ts';
import { type Cell, table, tokenField } from '../parts.ts';
import { purposeAsked } from '../purpose-field.ts';
import type { Person } from '../sessions.ts';
import { MOST_LISTED, type Page, type Params, pageAt, type Visit } from '../visit.ts';
import { maySend } from './reconciliations.ts';
import { PLACE, type ShownCluster, type ShownReconciliation, type ShownRow, TITLE } from './shown.ts';

interface Shown {
  readonly person: Person;
  readonly shown: ShownReconciliation;
  readonly rows: readonly ShownRow[];
  readonly next: string | undefined;
  readonly asked: Params;
  /** The cause that the rows are of. */
  readonly cluster: ShownCluster | undefined;
  /** Our extract of the same request, which has the reasons of every row. */
  readonly extract: string | undefined;
}

const FOUND: Readonly<Record<ShownRow['found'], string>> = {
  both: 'Rows of both sides that differ',
  nearest: 'Rows that were matched with the nearest row of the student',
  onlyTheirs: "Rows that only the state's file has",
  onlyOurs: 'Rows that only our records have',
};
const HOW: Readonly<Record<ShownRow['found'], string>> = {
  both: '',
  nearest: 'Matched with our nearest row',
  onlyTheirs: 'Only the state has this row',
  onlyOurs: 'Only our records have this row',
};
/** On one page. */
const MOST = 50;

export function view({ person, shown, rows, next, asked, cluster, extract }: Shown): string {
  const { id } = shown;
  return frame({
    title: 'Which rows differ, and why?',
    person,
    identified: reconciliationIdentified(shown),
    above: [PLACE, [TITLE, `/reconciliations/${id}`]],
    main: html`<p class="answer">${answerOf(asked, cluster)}</p>
!${cluster ? html`<p>${cluster.firstAction}</p>` : ''}
!${purposeAsked(person)}
!${extract === undefined && maySend(person) ? extractForm(person, id) : ''}
!${
      rows.length === 0
        ? html`<p>There is no such row.</p>`
        : table(
            'In ascending order of SSID',
            [
              { name: 'SSID' },
              { name: 'School' },
              { name: 'Grade' },
              { name: "Place in the state's file" },
              { name: 'What differs' },
              { name: 'Why' },
              ...(extract === undefined ? [] : [{ name: 'See' }]),
            ],
            rows.map((row) => cellsOf(row, extract)),
          )
    }
!${next === undefined ? '' : html`<p><a href="${next}">More rows</a></p>`}`,
  });
}

function answerOf({ found, field }: Params, cluster: ShownCluster | undefined): string {
  if (cluster) return cluster.sentence;
  if (field !== undefined) return `Rows that differ in field ${field}`;
  return FOUND[found as ShownRow['found']] ?? 'All rows that differ';
}

const extractForm = (person: Person, id: string): string =>
  html`<form method="post" action="/reconciliations/${id}/extract">!${tokenField(person)}
<p>To see which records and rules make each row of ours, request our own extract of the same request, and come back.</p>
<p><button>Request our extract</button></p></form>`;

/** School and grade, whatever their columns are called. */
const placeOf = (row: ShownRow['row']): readonly string[] =>
  Object.entries(row).flatMap(([key, value]) => (key === 'ssid' || key === 'reportingLEA' ? [] : [value]));

function cellsOf(
  { found, row, place = '', fields, causes, matchedAlthough = [], because = '' }: ShownRow,
  extract?: string,
): Cell[] {
  const { ssid = '', reportingLEA = '' } = row;
  const [school = '', grade = ''] = placeOf(row);
  const value = (text: string): string => (text === '' ? 'blank' : html`<code>${text}</code>`);
  const how =
    HOW[found] === ''
      ? ''
      : html`<div>${HOW[found]}${matchedAlthough.length > 0 ? `, which has another ${matchedAlthough.join(' and ')}` : ''}.</div>`;
  return [
    { html: html`<code>${ssid}</code>` },
    school,
    grade,
    place === '' ? 'not there' : place,
    {
      html:
        how +
        (because === '' ? '' : html`<div>${because}</div>`) +
        fields
          .map(
            ({ field, name, theirs, ours }) =>
              html`<div>${field} ${name}: !${value(theirs)} in the state's file, !${value(ours)} in our records</div>`,
          )
          .join(''),
    },
    {
      html:
        causes.length === 0
          ? 'No single cause was found.'
          : causes
              .map(
                ({ sentence, or, sent }) =>
                  html`<div class="sentence">${sentence}${sent ? ` It was uploaded here in ${sent.file}, line ${sent.line}.` : ''}!${or.length > 0 ? html`<details><summary>Or it may be</summary><ul>!${or.map((other) => html`<li>${other}</li>`)}</ul></details>` : ''}</div>`,
              )
              .join(''),
    },
    ...(extract === undefined
      ? []
      : [
          {
            html: html`!${found === 'both' || found === 'onlyOurs' ? html`<a href="${rowAddress(extract, { ssid, reportingLEA, school, grade })}">Our row</a> ` : ''}<a href="${studentAddress(extract, ssid)}">Student</a>`,
          },
        ]),
  ];
}

/** Our finished extract of the same request, rules and run date. */
async function sameExtract(
  visit: Visit,
  { request, runDate, rulebook }: ShownReconciliation,
): Promise<string | undefined> {
  const { body } = await visit.ask<{ extracts: ShownExtract[] }>(`/v1/extracts?status=Complete&limit=${MOST_LISTED}`);
  return body.extracts.find(
    (one) => one.runDate === runDate && one.rulebook === rulebook && isSameRequest(one.request, request),
  )?.id;
}

const ASKED = ['cluster', 'found', 'field'] as const;

export const reconciledRows: Page = {
  path: '/reconciliations/:id/rows',
  async get(visit) {
    const { query, person } = visit;
    const asked = Object.fromEntries(ASKED.flatMap((name) => (query[name] ? [[name, query[name]]] : [])));
    const address = `/v1/reconciliations/${visit.part('id')}`;
    const { body: shown } = await visit.ask<ShownReconciliation>(address);
    const { cluster } = asked;
    const [{ rows, next }, clusters, extract] = await Promise.all([
      visit.list<{ rows: ShownRow[] }>(`${address}/rows`, MOST, asked),
      cluster === undefined ? undefined : clusterOf(visit, address, Number(cluster)),
      sameExtract(visit, shown),
    ]);
    return view({ person, shown, rows, next: next && pageAt(next), asked, cluster: clusters, extract });
  },
};

async function clusterOf(visit: Visit, address: string, number: number): Promise<ShownCluster | undefined> {
  let page: string | undefined = `${address}/clusters?limit=200`;
  while (page !== undefined) {
    const { body }: { body: { clusters: ShownCluster[]; next?: string } } = await visit.ask(page);
    const found = body.clusters.find(({ cluster }) => cluster === number);
    if (found) return found;
    page = body.next;
  }
  return undefined;
}

/** Requests our extract of the same request, and comes back when the browser does. */
export const reconciledExtract: Page = {
  path: '/reconciliations/:id/extract',
  async post(visit) {
    const { body } = await visit.ask<ShownReconciliation>(`/v1/reconciliations/${visit.part('id')}`);
    const { headers } = await visit.ask({
      method: 'POST',
      url: '/v1/extracts',
      headers: { 'content-type': 'application/json' },
      payload: JSON.stringify({ ...body.request, runDate: body.runDate, rulebook: body.rulebook }),
    });
    return visit.go(pageAt(String(headers.location)));
  },
};
