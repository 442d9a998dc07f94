/** `/ssids/anomalies`: the students who look wrong, counted and listed; looking again. */
import type { Static } from 'typebox';
import type { AnomalyCounts, AnomalyList } from '#service/schemas/anomaly';
import type { AnomalySearch } from '#service/schemas/ssid-extract';
import { frame } from '../frame.ts';
import { html } from '../html.ts';
import { link, progress, refusalBox, select, table, tokenField } from '../parts.ts';
import { purposeAsked } from '../purpose-field.ts';
import type { Person } from '../sessions.ts';
import { type Page, type Params, RefusedError, type Visit } from '../visit.ts';
import { day, moment, number } from '../words.ts';
import { ANOMALIES, ANOMALIES_TITLE, mayChange, STATE_WORDS, sidesTable, stateWords } from './anomaly-shown.ts';
import { PLACE } from './shown.ts';

type Listed = Static<typeof AnomalyList>;
type Counted = Static<typeof AnomalyCounts>;
type Count = Counted['counts'][number];

interface Shown {
  /** As they were asked for; a state that is blank is any. */
  readonly filters: Params;
  readonly counted: Counted;
  readonly listed?: Listed | undefined;
  readonly refusal?: string;
}

/** Students on one page, and schools in the list of counts. */
const MOST = 25;
const MOST_SCHOOLS = 50;
const OPEN = 'open';

const addressOf = (filters: Params): string => `${ANOMALIES}?${new URLSearchParams(filters).toString()}`;

export function view(person: Person, { filters, counted, listed, refusal = '' }: Shown): string {
  return frame({
    title: ANOMALIES_TITLE,
    person,
    above: mayChange(person) ? [PLACE] : [],
    main: html`!${refusal}<p class="answer">${answerOf(counted)}</p>
!${searchForm(person, counted)}
!${counted.kinds.length > 0 ? content(person, filters, counted, listed) : ''}`,
  });
}

function answerOf({ searched, kinds }: Counted): string {
  if (!searched) return 'Nobody has looked yet, so nothing is known.';
  const open = kinds.filter(({ state }) => state === OPEN).reduce((sum, { count }) => sum + count, 0);
  if (open === 0) return 'Nobody looks wrong: nothing that was found is open.';
  return `${number(open)} ${open === 1 ? 'finding is' : 'findings are'} open. Not all of them need be wrong: say which are correct.`;
}

const crowdedWords = (crowded = 0): string =>
  crowded === 0
    ? ''
    : ` ${number(crowded)} students have a name or birth date that more than 500 share: each was compared only with the 50 whose names come next.`;

function searchForm(person: Person, { searched }: Counted): string {
  return html`<p class="hint">!${
    searched
      ? html`Last looked ${moment(searched.at)}, as of ${day(searched.day)}.${crowdedWords(searched.crowded)}`
      : 'Looking finds one student with two SSIDs, enrollments at two LEAs at once, and exits that do not agree with what follows.'
  }</p>
!${
    mayChange(person)
      ? html`<form method="post" action="${ANOMALIES}/search">!${tokenField(person)}<p><button>${searched ? 'Look again' : 'Look now'}</button> <span class="hint">On the same day only the students who changed since are looked at. A large store takes some minutes; the counts come next.</span></p></form>`
      : ''
  }`;
}

function content(person: Person, filters: Params, counted: Counted, listed: Listed | undefined): string {
  return html`!${kindTable(counted)}
!${schoolPart(counted.counts)}
!${purposeAsked(person)}
<section aria-labelledby="list"><h2 id="list">Who they are</h2>
!${filterForm(filters, counted)}
!${listed ? list(filters, listed) : ''}</section>`;
}

function kindTable({ kinds }: Counted): string {
  const rows = Map.groupBy(kinds, ({ kind, title }) => `${kind} ${title}`);
  return table(
    'By kind',
    [{ name: 'What' }, { name: 'Kind' }, ...STATE_WORDS.map(([, words]) => ({ name: words, isNumber: true as const }))],
    [...rows.values()].map((ofKind) => {
      const { kind, title } = ofKind[0] as Counted['kinds'][number];
      const countOf = (state: string): number => ofKind.find((one) => one.state === state)?.count ?? 0;
      return [
        title,
        link(kind, addressOf({ kind, state: OPEN })),
        ...STATE_WORDS.map(([state]) => number(countOf(state))),
      ];
    }),
  );
}

function schoolPart(counts: readonly Count[]): string {
  const open = counts.filter(({ state }) => state === OPEN).toSorted((a, b) => b.count - a.count);
  if (open.length === 0) return '';
  const more = open.length - MOST_SCHOOLS;
  return html`<details><summary>Open ones by LEA and school</summary>
!${table(
    'Most first; one at two schools counts for both',
    [{ name: 'School' }, { name: 'LEA' }, { name: 'Kind' }, { name: 'Open', isNumber: true }],
    open
      .slice(0, MOST_SCHOOLS)
      .map(({ kind, lea, school, count }) => [
        link(school, addressOf({ kind, state: OPEN, school })),
        lea,
        kind,
        number(count),
      ]),
  )}
!${more > 0 ? html`<p class="hint">${number(more)} more lines with fewer. Type a school below to see its own.</p>` : ''}</details>`;
}

function filterForm(filters: Params, { kinds }: Counted): string {
  const all = { value: '', words: 'all' };
  const codes = [...new Set(kinds.map(({ kind }) => kind))].map((value) => ({ value, words: value }));
  return html`<form method="get" action="${ANOMALIES}" class="search"><p>!${select('kind', 'Kind', filters['kind'] ?? '', all, codes)}!${select(
    'state',
    'State',
    filters['state'] ?? '',
    all,
    STATE_WORDS.map(([value, words]) => ({ value, words })),
  )}<label for="school">School</label> <input id="school" name="school" value="${filters['school'] ?? ''}" size="8" maxlength="7" pattern="[0-9]{7}" inputmode="numeric" autocomplete="off" placeholder="all"> <button>Show</button></p></form>`;
}

function list(filters: Params, { anomalies, next }: Listed): string {
  if (anomalies.length === 0) return html`<p>None is like this. <a href="${addressOf({ state: '' })}">Show all</a></p>`;
  const after = next && new URLSearchParams(next.replace(/^.*\?/, '')).get('after');
  return html`!${anomalies.map(
    (
      anomaly,
    ) => html`<section class="ssid-anomaly" aria-labelledby="one-${anomaly.id}"><h3 id="one-${anomaly.id}"><span class="code">${anomaly.kind}</span> ${anomaly.title}</h3>
<p>!${stateWords(anomaly.state)}. ${anomaly.says === anomaly.title ? '' : anomaly.says}</p>
!${sidesTable(anomaly)}
<p><a href="${ANOMALIES}/${anomaly.id}" aria-describedby="one-${anomaly.id}">Say what becomes of it</a></p></section>
`,
  )}
!${after ? html`<p><a href="${addressOf({ ...filters, after })}">More students</a></p>` : ''}`;
}

const NAMES = ['kind', 'state', 'school'] as const;

async function anomaliesPage(visit: Visit, refusal = ''): Promise<string> {
  const filters: Params = { state: OPEN, ...pick(visit.query) };
  const counted = (await visit.ask<Counted>('/v1/anomalies/counts')).body;
  const given = Object.fromEntries(Object.entries(filters).filter(([, value]) => value !== ''));
  try {
    const listed = await visit.list<Listed>('/v1/anomalies', MOST, given);
    return view(visit.person, { filters, counted, listed, refusal });
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    visit.reply.code(error.refusal.status);
    return view(visit.person, { filters, counted, refusal: refusal + refusalBox(error.refusal) });
  }
}

const pick = (query: Params): Params =>
  Object.fromEntries(NAMES.flatMap((name) => (query[name] === undefined ? [] : [[name, query[name]]])));

export const anomalies: Page = { path: ANOMALIES, get: (visit) => anomaliesPage(visit) };

const SEARCH = `${ANOMALIES}/search`;

/** How far a search is; a search that has ended leads to what was found. */
function searchView(person: Person, { id, status, progress: percent, failure = '' }: AnomalySearch): string {
  const address = `${SEARCH}/${id}`;
  const isDone = status === 'Failed';
  return frame({
    title: 'How far is the search?',
    person,
    above: [PLACE, [ANOMALIES_TITLE, ANOMALIES]],
    ...(isDone ? {} : { modules: ['progress.js'], again: 5 }),
    main: isDone
      ? html`<p class="answer">The students could not be looked at. ${failure}</p>`
      : html`<div role="status" data-job="${address}/progress"><p class="answer">The students are being looked at: ${status}. What was found comes next.</p>
!${progress('How far it is', percent)}</div>`,
  });
}

const searchOf = async (visit: Visit): Promise<AnomalySearch> =>
  (await visit.ask<AnomalySearch>(`/v1/anomalies/search/${visit.part('id')}`)).body;

export const anomalySearch: readonly Page[] = [
  {
    path: SEARCH,
    async post(visit) {
      try {
        // A small store needs no page in between.
        const { body } = await visit.ask<AnomalySearch>({
          ...{ method: 'POST', url: '/v1/anomalies/search', headers: { prefer: 'wait=1' } },
        });
        return visit.go(body.status === 'Complete' ? ANOMALIES : `${SEARCH}/${body.id}`);
      } catch (error) {
        if (!(error instanceof RefusedError)) throw error;
        visit.reply.code(error.refusal.status);
        return anomaliesPage(visit, refusalBox(error.refusal));
      }
    },
  },
  {
    path: `${SEARCH}/:id`,
    async get(visit) {
      const search = await searchOf(visit);
      return search.status === 'Complete' ? visit.go(ANOMALIES) : searchView(visit.person, search);
    },
  },
  {
    path: `${SEARCH}/:id/progress`,
    get: (visit) =>
      visit.follow(async () => {
        const { progress: percent, status } = await searchOf(visit);
        return { percent, hasEnded: status !== 'Pending' && status !== 'Processing' };
      }),
  },
];
