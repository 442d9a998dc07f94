/** `/extracts/ID/differences`: what changed since the last extract of the same request, or since another one. */
import { amount } from '#base/text';
import { extractIdentified } from '../auditor/of-extract.ts';
import { rowAddress } from '../auditor/student.ts';
import { frame } from '../frame.ts';
import { html } from '../html.ts';
import { type Cell, table } from '../parts.ts';
import type { Person } from '../sessions.ts';
import { MOST_LISTED, type Page, type Params, RefusedError, type Visit } from '../visit.ts';
import { day, moment, number, requestWords } from '../words.ts';
import type { ShownDifference, ShownDifferences, ShownExtract } from './shown.ts';

type Counts = ShownDifferences['counts'];

interface Shown {
  readonly person: Person;
  readonly extract: ShownExtract;
  /** None when there is nothing to compare with. */
  readonly found?: ShownDifferences | undefined;
  /** Finished extracts that it can be compared with. */
  readonly others: readonly ShownExtract[];
  readonly asked: Params;
}

const TITLE = 'What changed since an earlier extract?';
/** On one page. */
const MOST = 100;

/** What changed, in one sentence. */
export function differenceWords({ rowsBefore, rowsAfter, changed, ...counts }: Counts): string {
  const had = `It had ${amount(rowsBefore, 'row')}, this one has ${number(rowsAfter)}`;
  if (counts.new + counts.gone + changed === 0) return `Nothing: both have the same ${amount(rowsAfter, 'row')}.`;
  return `${had}: ${number(counts.new)} new (${amount(counts.newStudents, 'student')} who had none), ${number(counts.gone)} gone (${amount(counts.goneStudents, 'student')} who have none now), ${number(changed)} changed.`;
}

export function view({ person, extract, found, others, asked }: Shown): string {
  const { id, request } = extract;
  return frame({
    title: TITLE,
    person,
    identified: extractIdentified(extract),
    above: [
      ['Extracts', '/extracts'],
      [requestWords(request), `/extracts/${id}`],
    ],
    main: html`!${
      found
        ? foundParts(id, found, asked)
        : html`<p class="answer">There is no earlier finished extract of this request. Name one to compare with, or request it again when records have changed.</p>`
    }!${othersPart(id, others, found?.from.id)}`,
  });
}

const foundParts = (id: string, found: ShownDifferences, asked: Params): string =>
  html`<p class="answer">${differenceWords(found.counts)}</p>
<p>Compared with <a href="/extracts/${found.from.id}">the extract that was requested ${moment(found.from.requestedAt)}</a>, made as of ${day(found.from.runDate)}.</p>
!${
    found.madeOtherwise.length > 0
      ? html`<h2>What else is not the same</h2><ul>!${found.madeOtherwise.map(({ sentence }) => html`<li>${sentence}</li>`)}</ul>`
      : html`<p>Both were made from the same records, rules, request and run date.</p>`
  }
!${listsPart(id, found, asked)}
<section aria-labelledby="list"><h2 id="list">${listTitle(found.counts, asked)}</h2>
!${
    found.differences.length === 0
      ? html`<p>There is none.</p>`
      : table(
          'In ascending order of SSID',
          [{ name: 'SSID' }, { name: 'School' }, { name: 'Grade' }, { name: 'What' }, { name: 'Why' }],
          found.differences.map((difference) => differenceCells(id, found.from.id, difference)),
        )
  }
!${found.next === undefined ? '' : html`<p><a href="${address(id, { ...asked, after: new URL(found.next, 'http://cenr').searchParams.get('after') ?? '' })}">More rows</a></p>`}</section>`;

/** The lists there are, each with how much is in it. */
function listsPart(id: string, { counts, from }: ShownDifferences, asked: Params): string {
  const of = (which: Params): string =>
    address(id, { ...(asked['from'] !== undefined && { from: from.id }), ...which });
  const lists: readonly (readonly [words: string, count: number, which: Params])[] = [
    ['New students', counts.newStudents, { kind: 'new', students: 'true' }],
    ['New rows', counts.new, { kind: 'new' }],
    ['Students who are gone', counts.goneStudents, { kind: 'gone', students: 'true' }],
    ['Rows that are gone', counts.gone, { kind: 'gone' }],
    ['Changed rows', counts.changed, { kind: 'changed' }],
    ...counts.fields.map(
      ({ field, name, rows }) => [`Changed in ${field} ${name}`, rows, { field }] as [string, number, Params],
    ),
  ];
  const isShown = (which: Params): boolean =>
    ['kind', 'students', 'field'].every((name) => (which[name] ?? '') === (asked[name] ?? ''));
  return table(
    'What there is',
    [{ name: 'List' }, { name: 'How many', isNumber: true }],
    lists.map(([words, count, which]) => [
      count === 0
        ? words
        : { html: html`<a href="${of(which)}#list"!${isShown(which) ? ' aria-current="true"' : ''}>${words}</a>` },
      number(count),
    ]),
  );
}

function listTitle({ fields }: Counts, { kind, students, field }: Params): string {
  if (field !== undefined)
    return `Rows that changed in ${field} ${fields.find((each) => each.field === field)?.name ?? ''}`;
  if (kind === 'new') return students === undefined ? 'New rows' : 'New students';
  if (kind === 'gone') return students === undefined ? 'Rows that are gone' : 'Students who are gone';
  return kind === 'changed' ? 'Changed rows' : 'All of these rows';
}

function differenceCells(id: string, from: string, difference: ShownDifference): Cell[] {
  const { kind, ssid, school, grade, isStudent, fields = [], reason } = difference;
  const code = (text: string): Cell => ({ html: html`<code>${text}</code>` });
  const why = (words: string, extract: string): string =>
    html`<a href="${rowAddress(extract, difference)}">${words}</a>`;
  const missing = (words: string, extract: string): string =>
    html`<a href="/extracts/${extract}/students/${encodeURIComponent(ssid)}">${words}</a>`;
  const value = (text: string): string => (text === '' ? 'blank' : html`<code>${text}</code>`);
  const start = [code(ssid), school, grade];
  const because = reason ? html`<div>${reason.sentence}</div>` : '';
  if (kind === 'new')
    return [
      ...start,
      isStudent ? 'New student' : 'New row of a student who had another',
      { html: html`!${because}!${why('This row', id)} !${missing('Why no row then', from)}` },
    ];
  if (kind === 'gone')
    return [
      ...start,
      isStudent ? 'Student who is gone' : 'Gone row of a student who has another',
      { html: html`!${because}!${why('The row then', from)} !${missing('Why no row now', id)}` },
    ];
  return [
    ...start,
    {
      html: fields
        .map(
          ({ field, name, before, after }) => html`<div>${field} ${name}: !${value(before)} → !${value(after)}</div>`,
        )
        .join(''),
    },
    { html: html`!${because}!${why('This row', id)} !${why('The row then', from)}` },
  ];
}

const othersPart = (id: string, others: readonly ShownExtract[], from: string | undefined): string =>
  others.length === 0
    ? ''
    : html`<form method="get" action="/extracts/${id}/differences" class="search"><label for="from">Compare with another extract</label>
<select id="from" name="from">!${others.map(
        (other) =>
          html`<option value="${other.id}"!${other.id === from ? ' selected' : ''}>${moment(other.requestedAt)}: ${requestWords(other.request)}, ${amount(other.rows ?? 0, 'row')}</option>`,
      )}</select> <button>Compare</button></form>`;

const address = (id: string, query: Params): string =>
  `/extracts/${id}/differences?${new URLSearchParams(query).toString()}`;

const ASKED = ['from', 'kind', 'students', 'field'] as const;

/** What changed since the last extract of the same request; `undefined` when there is none. */
export async function differencesOf(visit: Visit, asked: Params): Promise<ShownDifferences | undefined> {
  try {
    const url = `/v1/extracts/${visit.part('id')}/differences?${new URLSearchParams(asked).toString()}`;
    return (await visit.ask<ShownDifferences>(url)).body;
  } catch (error) {
    const isNone = error instanceof RefusedError && error.refusal.status === 404 && asked['from'] === undefined;
    if (isNone) return undefined;
    throw error;
  }
}

export const differences: Page = {
  path: '/extracts/:id/differences',
  async get(visit) {
    const { query } = visit;
    const asked = Object.fromEntries(ASKED.flatMap((name) => (query[name] ? [[name, query[name]]] : [])));
    const id = visit.part('id');
    const { body: extract } = await visit.ask<ShownExtract>(`/v1/extracts/${id}`);
    const [found, list] = await Promise.all([
      differencesOf(visit, { limit: String(MOST), ...asked, ...(query['after'] && { after: query['after'] }) }),
      visit.ask<{ extracts: ShownExtract[] }>(`/v1/extracts?status=Complete&limit=${MOST_LISTED}`),
    ]);
    const others = list.body.extracts.filter((other) => other.id !== extract.id);
    return view({ person: visit.person, extract, found, others, asked });
  },
};
