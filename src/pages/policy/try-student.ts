/** `/drafts/ID/students`: choose a student; `/drafts/ID/students/SSID`: their rows by what the draft was made from, and by the draft. */

import { amount } from '#base/text';
import { html } from '../html.ts';
import { tokenField } from '../parts.ts';
import { keepPurpose } from '../purpose.ts';
import { purposeAsked, purposeField } from '../purpose-field.ts';
import type { Person } from '../sessions.ts';
import { type Page, type Refusal, RefusedError, type Visit } from '../visit.ts';
import { besideField } from './asked.ts';
import { askDraft, draftFrame, draftRoute } from './draft-frame.ts';
import { yearsOf } from './draft-impact.ts';
import type { ShownDraft, ShownTried } from './shown.ts';
import { DAY_SIZE } from './sizes.ts';

type Row = ShownTried['now']['rows'][number];

interface Shown {
  readonly person: Person;
  readonly draft: ShownDraft;
  readonly years: readonly string[];
  readonly year?: string | undefined;
  readonly ssid?: string;
  readonly tried?: ShownTried;
  readonly refusal?: Refusal;
}

export function view(shown: Shown): string {
  const { person, draft, ssid, tried, refusal } = shown;
  return draftFrame({
    person,
    draft,
    title: 'What do the rules say of a student, before and with this draft?',
    step: 'impact',
    refusal,
    main: html`!${tried && ssid !== undefined ? both(person, ssid, tried) : ''}!${chooser(shown)}`,
  });
}

const chooser = ({ person, draft, years, year, ssid = '', refusal }: Shown): string =>
  html`<section aria-labelledby="student"><h2 id="student">Choose a student</h2>
<form method="post" action="/drafts/${draft.id}/students">!${tokenField(person)}
<p><label for="ssid">SSID</label> <input id="ssid" name="ssid" size="${String(DAY_SIZE)}" inputmode="numeric" autocomplete="off" required value="${ssid}">!${besideField(refusal, 'ssid')}</p>
<p><label for="year">Academic Year</label> !${
    years.length > 0
      ? html`<select id="year" name="year">!${years.map((one) => html`<option!${one === year ? ' selected' : ''}>${one}</option>`)}</select>`
      : html`<input id="year" name="year" size="9" placeholder="2023-2024" required value="${year ?? ''}">`
  }</p>
<p>!${purposeField(person)}<button>Show both</button></p></form>
<p class="hint">Records are taken from the store as they are now; nothing is kept of this.</p></section>`;

const placeOf = ({ school, grade, reportingLEA }: Row): string =>
  `School ${school}, grade ${grade}, LEA ${reportingLEA}`;

function both(person: Person, ssid: string, { before, now }: ShownTried): string {
  const places = [...new Set([...before.rows, ...now.rows].map(placeOf))];
  const side = (rows: readonly Row[], place: string): Row | undefined => rows.find((row) => placeOf(row) === place);
  const changed = places.flatMap((place) => differing(side(before.rows, place), side(now.rows, place)));
  return html`<p class="answer">SSID <code>${ssid}</code>: ${changedWords(changed.length, before.rows.length, now.rows.length)}</p>
!${purposeAsked(person)}
!${before.missing === undefined ? '' : html`<p>Before, no row: ${before.missing}</p>`}
!${now.missing === undefined ? '' : html`<p>With the draft, no row: ${now.missing}</p>`}
!${places.map((place) => placePart(place, side(before.rows, place), side(now.rows, place)))}`;
}

function changedWords(values: number, before: number, now: number): string {
  if (before !== now) return `${amount(before, 'row')} before, ${now} with the draft.`;
  if (before === 0) return 'no row, before and with the draft.';
  if (values === 0) return 'the draft changes nothing.';
  return values === 1 ? 'one value is another.' : `${values} values are others.`;
}

type Field = Row['fields'][number];

const differing = (before: Row | undefined, now: Row | undefined): Field[] =>
  before && now
    ? now.fields.filter((field) => before.fields.find((one) => one.field === field.field)?.value !== field.value)
    : [];

function placePart(place: string, before: Row | undefined, now: Row | undefined): string {
  const derived = (row: Row | undefined): readonly Field[] => (row?.fields ?? []).filter(({ rule }) => rule);
  const numbers = [...new Set([...derived(before), ...derived(now)].map(({ field }) => field))];
  const of = (row: Row | undefined, number: string): Field | undefined =>
    row?.fields.find(({ field }) => field === number);
  const pairs = numbers.map((number) => [of(before, number), of(now, number)] as const);
  const isOther = ([a, b]: (typeof pairs)[number]): boolean => a?.value !== b?.value;
  const shown = (some: typeof pairs): string => some.map(([a, b]) => fieldPair(a, b)).join('');
  const [others, same] = [pairs.filter(isOther), pairs.filter((pair) => !isOther(pair))];
  return html`<section><h2>${place}</h2>
!${before ? '' : html`<p>There is no such row before.</p>`}!${now ? '' : html`<p>There is no such row with the draft.</p>`}
!${shown(others)}
!${same.length > 0 ? html`<details!${others.length === 0 ? ' open' : ''}><summary>${amount(same.length, 'field')} ${same.length === 1 ? 'is' : 'are'} the same</summary>!${shown(same)}</details>` : ''}</section>`;
}

function fieldPair(before: Field | undefined, now: Field | undefined): string {
  const { field = '', name = '' } = now ?? before ?? {};
  const half = (label: string, one: Field | undefined): string =>
    html`<div><h4>${label}: <code>${one ? (one.value === '' ? 'blank' : one.value) : 'no row'}</code></h4><p>${one?.sentence ?? ''}</p></div>`;
  return html`<section class="pair"><h3>${field} ${name}</h3><div class="both">!${half('Before', before)}!${half('With the draft', now)}</div></section>`;
}

async function shownTo(visit: Visit): Promise<Shown> {
  const [draft, years] = await Promise.all([askDraft(visit), yearsOf(visit)]);
  return { person: visit.person, draft, years, year: visit.query['academicYear'] };
}

export const tryStudent: readonly Page[] = [
  {
    path: '/drafts/:id/students',
    get: async (visit) => view(await shownTo(visit)),
    /** A number that is typed goes into the path: an address bar shows it, a log of queries does not. */
    async post(visit) {
      if (visit.form['purpose'] !== '') await keepPurpose(visit);
      const ssid = String(visit.form['ssid'] ?? '').replaceAll(/\s/g, '');
      const which = new URLSearchParams({ academicYear: String(visit.form['year'] ?? '') });
      return visit.go(`/drafts/${visit.part('id')}/students/${encodeURIComponent(ssid)}?${which.toString()}`);
    },
  },
  {
    path: '/drafts/:id/students/:ssid',
    async get(visit) {
      const shown = await shownTo(visit);
      const ssid = visit.params['ssid'] as string;
      const which = new URLSearchParams({ academicYear: shown.year ?? shown.years[0] ?? '' });
      try {
        const url = `${draftRoute(visit)}/students/${visit.part('ssid')}?${which.toString()}`;
        return view({ ...shown, ssid, tried: (await visit.ask<ShownTried>(url)).body });
      } catch (error) {
        if (!(error instanceof RefusedError)) throw error;
        visit.reply.code(error.refusal.status);
        return view({ ...shown, ssid, refusal: error.refusal });
      }
    },
  },
];
