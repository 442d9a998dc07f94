/** `/reconciliations/ID`: why the state's file and our records differ: the answer, the counts, the causes, what to send. */
import { whyNoEmail } from '#service/outbox/mail';
import { deliveriesPart } from '../coordinator/deliveries.ts';
import { hasEnded } from '../coordinator/shown.ts';
import { frame } from '../frame.ts';
import { html } from '../html.ts';
import { reconciliationIdentified } from '../identified.ts';
import { link, progress, table, tokenField } from '../parts.ts';
import type { Person } from '../sessions.ts';
import { type Form, type Page, pageAt, RefusedError, type Visit } from '../visit.ts';
import { day, moment, number, requestWords, scopeWords } from '../words.ts';
import { maySend } from './reconciliations.ts';
import {
  answerOf,
  formOf,
  PLACE,
  queryOf,
  refusedBox,
  requestFields,
  type ShownCluster,
  type ShownCorrections,
  type ShownFields,
  type ShownReconciliation,
  TITLE,
} from './shown.ts';

interface Content {
  readonly clusters: readonly ShownCluster[];
  readonly next: string | undefined;
  readonly fields: ShownFields;
  readonly corrections: ShownCorrections;
}

interface Asked {
  /** What was typed for another request. */
  readonly given?: Form;
  readonly refusal?: string;
}

/** On one page. */
const MOST = 50;
const MOST_UNREADABLE = 50;
const MOST_PLACES = 200;

export function view(person: Person, shown: ShownReconciliation, content?: Content, asked: Asked = {}): string {
  const { id, status, failure, file, requestedAt } = shown;
  const address = `/reconciliations/${id}`;
  const isDone = hasEnded(shown);
  return frame({
    title: TITLE,
    person,
    identified: reconciliationIdentified(shown),
    above: [PLACE],
    ...(isDone ? { modules: ['request.js'] } : { modules: ['progress.js'], again: 5 }),
    main: html`!${
      isDone
        ? content
          ? html`<p class="answer">${answerOf(shown)}</p>`
          : html`<p class="answer">${status === 'Failed' ? `The file could not be compared. ${failure ?? ''}` : 'What was found was removed, and the file with it.'}</p>`
        : html`<div role="status" data-job="${address}/progress"><p class="answer">The file is being compared with the records: ${status}. The answer comes next.</p>
!${progress('How far it is', shown.progress)}</div>`
    }
<p class="hint">${file}, sent ${moment(requestedAt)}.!${content ? html` Compared as: ${requestWords(shown.request)}. <a href="#request">What speaks for it, or correct it</a>` : ''}</p>
!${content ? completeParts(shown, content) : ''}
!${deliveriesPart(shown.deliveries)}!${status === 'Cancelled' ? '' : requestPart(person, shown, asked)}
!${status === 'Cancelled' || !maySend(person) ? '' : removePart(person, id, isDone)}
<details><summary>Numbers that identify it</summary><dl><dt>Id</dt><dd><code>${id}</code></dd><dt>Rulebook</dt><dd><code>${shown.rulebook}</code></dd></dl></details>`,
  });
}

const completeParts = (shown: ShownReconciliation, content: Content): string =>
  html`!${countsPart(shown)}!${placesPart(shown.id, content.fields)}!${clustersPart(shown.id, content)}!${unreadablePart(shown)}!${correctionsPart(shown.id, content.corrections)}!${fieldsPart(shown.id, content.fields.fields)}
<section aria-labelledby="downloads"><h2 id="downloads">Download</h2>
<p><a class="button" href="/reconciliations/${shown.id}/workbook">Download as a workbook</a></p>
<ul><li>The workbook has the sheets Summary, Clusters, Counts, Rows and Fields.</li>
<li>For other programs: <a href="/reconciliations/${shown.id}/list">NDJSON</a>, a line for each row that differs</li>
<li><a href="/reconciliations/${shown.id}/manifest">Manifest</a>: what was compared with what, with the hashes of both sides</li></ul></section>`;

/** Counts that add up: rows read = matched + only theirs + unreadable. */
function countsPart({ id, counts, zerosPutBack = {}, notes = [] }: ShownReconciliation): string {
  if (!counts) return '';
  const { read, same, onlyDays, changed, nearest, onlyTheirs, onlyOurs, unreadable, ours } = counts;
  const rows = (words: string, found: string, n: number) =>
    n === 0 ? words : link(words, `/reconciliations/${id}/rows?found=${found}`);
  const days =
    onlyDays > 0 ? ` (in ${number(onlyDays)} of them only Upload Date or Last Date Updated is another day)` : '';
  const zeros = Object.entries(zerosPutBack).map(([name, n]) => `${name} ${number(n)}`);
  return html`<section class="reconciled" aria-labelledby="counts"><h2 id="counts">How the rows were found</h2>
!${table(
    "Rows of the state's file",
    [{ name: 'Rows' }, { name: 'How many', isNumber: true }],
    [
      [`Matched, and the same${days}`, number(same)],
      [rows('Matched, and something differs', 'both', changed), number(changed)],
      [rows('Matched with the nearest row of the student', 'nearest', nearest), number(nearest)],
      [rows("Only in the state's file", 'onlyTheirs', onlyTheirs), number(onlyTheirs)],
      [unreadable === 0 ? 'Unreadable' : link('Unreadable', '#unreadable'), number(unreadable)],
      [{ html: '<strong>All rows read</strong>' }, { html: html`<strong>${number(read)}</strong>` }],
    ],
  )}
<p>Our extract of this request has ${number(ours)} rows. !${
    onlyOurs === 0
      ? 'All of them are in the file.'
      : html`<a href="/reconciliations/${id}/rows?found=onlyOurs">${number(onlyOurs)} of them ${onlyOurs === 1 ? 'is' : 'are'} not in the file</a>.`
  }</p>
!${zeros.length > 0 ? html`<p class="warned">A spreadsheet, it seems, took leading zeros off. They were put back: ${zeros.join(', ')}. Send the file as CALPADS gave it to be sure.</p>` : ''}
!${notes.map((says) => html`<p class="warned">${says}</p>`)}</section>`;
}

/** Rows by school that have a value, there and here: what a person counts in two systems. */
function placesPart(id: string, { places: { by, counts } }: ShownFields): string {
  if (counts.length === 0) return '';
  // A column with one value in all lines, such as the LEA, is left out.
  const shown = by.flatMap((_, i) => (new Set(counts.flatMap(({ values }) => values[i] ?? [])).size > 1 ? i : []));
  const places = shown.length > 0 ? shown : [by.length - 1];
  const groups = Map.groupBy(counts, ({ field }) => field ?? '');
  const parts = [...groups].map(([field, lines], i) => {
    const name = field === '' ? 'Rows' : `${field} ${lines[0]?.name}`;
    const columns = [
      ...(field === '' ? [] : [{ name: 'Value' }]),
      ...places.map((at) => ({ name: by[at] ?? '' })),
      ...["State's file", 'Our records', 'Difference'].map((each) => ({ name: each, isNumber: true as const })),
    ];
    const cells = lines
      .slice(0, MOST_PLACES)
      .map(({ value = '', values, theirs, ours }) => [
        ...(field === '' ? [] : [value === '' ? 'blank' : value]),
        ...places.map((at) => (values.length === 0 ? 'Total' : (values[at] ?? ''))),
        ...[number(theirs), number(ours), signed(ours - theirs)],
      ]);
    return html`<details!${i === 0 ? ' open' : ''}><summary>${name}</summary>!${table(`Rows by school: ${name}`, columns, cells)}
!${field === '' ? '' : html`<p><a href="/reconciliations/${id}/rows?field=${encodeURIComponent(field)}">The rows that differ in field ${field}</a></p>`}
!${lines.length > MOST_PLACES ? html`<p>These are the first ${number(MOST_PLACES)} lines; the workbook has all.</p>` : ''}</details>`;
  });
  return html`<section aria-labelledby="places"><h2 id="places">Which counts differ, by school?</h2>
<p class="hint">Rows with each value; only schools where the two counts differ. The causes below say why.</p>
!${parts}</section>`;
}

/** `+3`, `−3`, or `0`. */
const signed = (n: number): string => (n === 0 ? '0' : `${n > 0 ? '+' : '−'}${number(Math.abs(n))}`);

const unreadablePart = ({ unreadable = [], counts }: ShownReconciliation): string =>
  unreadable.length === 0
    ? ''
    : html`<section aria-labelledby="unreadable"><h2 id="unreadable">Lines that could not be read</h2>
!${table(
        'By place in the file',
        [{ name: 'Where' }, { name: 'Why' }],
        unreadable.slice(0, MOST_UNREADABLE).map(({ place, says }) => [place, says]),
      )}
!${(counts?.unreadable ?? 0) > MOST_UNREADABLE ? html`<p>These are the first; the workbook has more.</p>` : ''}</section>`;

const clustersPart = (id: string, { clusters, next }: Content): string =>
  clusters.length === 0
    ? ''
    : html`<section aria-labelledby="causes"><h2 id="causes">The causes, most rows first</h2>
<p class="hint">Each was found by changing one thing and working out the rows again, and proven by working them out once more.</p>
!${clusters.map(
        ({ cluster, rows, sentence, firstAction, cause }) =>
          html`<article class="cause" aria-labelledby="cause-${String(cluster)}"><h3 id="cause-${String(cluster)}">Cause ${String(cluster)}</h3>
<p>${sentence}</p>
<p><strong>What to do first:</strong> ${cause === null ? 'Open one of the rows, and see on which records it rests; two of them may be wrong at once.' : firstAction}</p>
<p><a href="/reconciliations/${id}/rows?cluster=${String(cluster)}">See ${rows === 1 ? 'the row' : 'these rows'}<span class="unseen"> of cause ${String(cluster)}</span></a></p></article>
`,
      )}
!${next === undefined ? '' : html`<p><a href="${next}#causes">More causes</a></p>`}</section>`;

const DRAFTS = [
  [
    'if-your-records-are-right',
    'If your records are right: send these to CALPADS',
    "They would make the state's records say what yours say.",
  ],
  [
    'if-the-state-is-right',
    'If the state is right: correct your own system, or load these here',
    'They would make your records say what the state says.',
  ],
] as const;

function correctionsPart(id: string, { files }: ShownCorrections): string {
  if (files.length === 0) return '';
  const address = `/reconciliations/${id}/corrections`;
  const parts = DRAFTS.map(([draft, words, hint]) => {
    const of = files.filter((file) => file.draft === draft);
    return of.length === 0
      ? ''
      : html`<h3>${words}</h3><p class="hint">${hint}</p>
!${table(
          words,
          [{ name: 'File' }, { name: 'What it does' }, { name: 'Lines', isNumber: true }],
          of.map(({ name, recordType, step, lines }) => [
            link(name, `${address}/${name}`),
            `${recordType} ${step}`,
            number(lines),
          ]),
        )}`;
  });
  return html`<section aria-labelledby="corrections"><h2 id="corrections">Which file would make them agree?</h2>
<p class="warned">These files are drafts. Check each line before you send it: the program cannot know which side is right. <a href="${address}/reasons.csv">The reason of every line (CSV)</a></p>
<p>Send deletions first, then changes, then additions, each as a file of its own.</p>
!${parts}</section>`;
}

const fieldsPart = (id: string, fields: ShownFields['fields']): string =>
  fields.length === 0
    ? ''
    : html`<details><summary>Which fields differ</summary>!${table(
        'Fields that differ, in most rows first',
        [{ name: 'Field' }, { name: 'Rows', isNumber: true }],
        fields.map(({ field, name, rows }) => [
          link(`${field} ${name}`, `/reconciliations/${id}/rows?field=${encodeURIComponent(field)}`),
          number(rows),
        ]),
      )}</details>`;

/** Which request made the file, what speaks for it, and how to say another. */
function requestPart(person: Person, shown: ShownReconciliation, { given, refusal = '' }: Asked): string {
  const { id, request, requestBecause, runDate, runDateBecause } = shown;
  const because = [...requestBecause, ...runDateBecause];
  return html`<section aria-labelledby="request"><h2 id="request">Which request made the file?</h2>
<p>It was taken to be: ${requestWords(request)}, ${scopeWords(request)}, made on ${day(runDate)}.</p>
!${because.length > 0 ? html`<ul>!${because.map((says) => html`<li>${says}</li>`)}</ul>` : html`<p>So it was said.</p>`}
!${refusal}
!${
    maySend(person)
      ? html`<details!${given ? ' open' : ''}><summary>It was another request</summary>
<form method="post" action="/reconciliations/${id}#request">!${tokenField(person)}
!${requestFields(given ?? formOf(request, runDate))}
<p><button>Compare again</button></p></form></details>`
      : ''
  }</section>`;
}

const removePart = (person: Person, id: string, isDone: boolean): string =>
  html`<details><summary>${isDone ? "Remove the state's file and what was found" : 'Cancel'}</summary>
<p>The file that you sent, the list of rows and the drafts are deleted from the disk. This cannot be undone; the file can be sent again.</p>
<form method="post" action="/reconciliations/${id}/remove">!${tokenField(person)}<p><button>${isDone ? 'Remove them' : 'Cancel and remove'}</button></p></form></details>`;

async function contentOf(visit: Visit): Promise<Content> {
  const address = `/v1/reconciliations/${visit.part('id')}`;
  const [{ clusters, next }, fields, corrections] = await Promise.all([
    visit.list<{ clusters: ShownCluster[] }>(`${address}/clusters`, MOST),
    visit.ask<ShownFields>(`${address}/fields`),
    visit.ask<ShownCorrections>(`${address}/corrections`),
  ]);
  return {
    clusters,
    next: next && pageAt(next).replace('/clusters?', '?'),
    fields: fields.body,
    corrections: corrections.body,
  };
}

async function shownTo(visit: Visit, asked?: Asked): Promise<string> {
  const { body } = await visit.ask<ShownReconciliation>(`/v1/reconciliations/${visit.part('id')}`);
  return view(visit.person, body, body.status === 'Complete' ? await contentOf(visit) : undefined, asked);
}

export const reconciliation: Page = {
  path: '/reconciliations/:id',
  get: (visit) => shownTo(visit),
  async post(visit) {
    // Of one that was told of by e-mail the next is told of too, while that can be.
    const { emailWhenDone } = (await visit.ask<ShownReconciliation>(`/v1/reconciliations/${visit.part('id')}`)).body;
    const tells = emailWhenDone === true && whyNoEmail(visit.app.config, visit.person.key) === undefined;
    try {
      const { headers } = await visit.ask({
        method: 'POST',
        url: `/v1/reconciliations/${visit.part('id')}/again?${queryOf(visit.form)}${tells ? '&emailWhenDone=true' : ''}`,
      });
      return visit.go(pageAt(String(headers.location)));
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
      visit.reply.code(error.refusal.status);
      return shownTo(visit, { given: visit.form, refusal: refusedBox(error.refusal) });
    }
  },
};
