/** `/ssids/replacements`: which numbers were replaced; a file of the state is followed, a retirement undone. */
import type { Static } from 'typebox';
import { amount } from '#base/text';
import type { Done, ReplacementList } from '#service/schemas/replacement';
import { frame } from '../frame.ts';
import { html } from '../html.ts';
import { refusalBox, table, tokenField } from '../parts.ts';
import type { Person } from '../sessions.ts';
import { MOST_LISTED, type Page, RefusedError, type Visit } from '../visit.ts';
import { day, moment } from '../words.ts';
import { PLACE } from './shown.ts';

type Shown = Static<typeof ReplacementList>;
type Double = NonNullable<Shown['replacements'][number]['doubles']>[number];

const undoForm = (person: Person, retired: string): string =>
  html`<form method="post" action="/ssids/replacements/${retired}/undo">!${tokenField(person)}<input name="why" size="20" maxlength="500" required autocomplete="off" placeholder="why" aria-label="Why the retirement of ${retired} is undone"> <button aria-label="Undo the retirement of ${retired}">Undo</button></form>`;

const movedWords = (moved: number | undefined): string =>
  moved === undefined ? '' : html`${amount(moved, 'record')} joined.`;

/** Which of two records with one key is used. */
const doubleShown = ({ recordType, holds, replaced }: Double): string =>
  html`Of two ${recordType} records with one key, ${holds} is used, ${replaced} is not.`;

interface Said {
  /** What was done just now. */
  readonly done?: string;
  readonly refusal?: string;
  readonly typed?: string;
}

export const view = (
  person: Person,
  { replacements, undone, next }: Shown,
  { done = '', refusal = '', typed = '' }: Said = {},
): string =>
  frame({
    title: 'Which numbers were replaced?',
    person,
    above: [PLACE],
    main: html`!${refusal}!${done}<p><a class="button" href="/ssids/retire">Retire a number</a></p>
!${
      replacements.length > 0
        ? html`!${table(
            'Retired numbers',
            [
              { name: 'Retired SSID' },
              { name: 'Replacement SSID' },
              { name: 'From' },
              { name: 'Why' },
              { name: 'Records' },
              { name: 'By' },
              { name: 'Undo' },
            ],
            replacements.map(({ retired, replacement, active, day: from, why, by, at, moved, doubles = [] }) => [
              retired,
              active === replacement ? replacement : `${replacement}, now ${active}`,
              day(from),
              why,
              { html: html`!${movedWords(moved)}!${doubles.map((double) => html`<br>!${doubleShown(double)}`)}` },
              `${by}, ${moment(at)}`,
              { html: undoForm(person, retired) },
            ]),
          )}
<p class="hint">Undo makes both students what they were, as long as nobody has sent anything for the replacement since. The lines of a file are undone one by one.</p>`
        : html`<p>None of your students has a number that replaces another one.</p>`
    }
!${next === undefined ? '' : html`<p><a href="${next.replace('/v1/ssid/', '/ssids/')}">More of them</a></p>`}
!${
      undone.length > 0
        ? table(
            'Undone, latest first',
            [{ name: 'SSID' }, { name: 'Had been replaced by' }, { name: 'Why' }, { name: 'By' }],
            undone.map(({ retired, replacement, why, by, at }) => [
              ...[retired, replacement, why],
              `${by}, ${moment(at)}`,
            ]),
          )
        : ''
    }
<section aria-labelledby="follow"><h2 id="follow">Follow the state's Replacement SSID extract</h2>
<form method="post" action="/ssids/replacements">!${tokenField(person)}
<p><label for="lines">Its lines: Reporting LEA, School of Attendance, Local Student ID, Retired SSID, Replacement SSID</label></p>
<p><textarea id="lines" name="lines" rows="4" cols="60" required>${typed}</textarea></p>
<p class="hint">All lines are followed, or none. What is known already changes nothing.</p>
<p><button>Retire these numbers</button></p></form></section>`,
  });

export const listOf = (visit: Visit): Promise<Shown> => visit.list<Shown>('/v1/ssid/replacements', MOST_LISTED);

/** What became of records, and which of two with one key is used. */
export const doneWords = (sentence: string, { moved, doubles }: Static<typeof Done>): string =>
  html`<p class="answer" role="status">${sentence} !${movedWords(moved)}!${doubles.map((double) => html` !${doubleShown(double)}`)}</p>`;

/** @param work gives what is said of it */
async function orRefused(visit: Visit, work: () => Promise<string>, typed = '') {
  try {
    const done = await work();
    return view(visit.person, await listOf(visit), { done });
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    visit.reply.code(error.refusal.status);
    return view(visit.person, await listOf(visit), { refusal: refusalBox(error.refusal), typed });
  }
}

export const replacementPages: readonly Page[] = [
  {
    path: '/ssids/replacements',
    get: async (visit) => view(visit.person, await listOf(visit)),
    post(visit) {
      const payload = String(visit.form['lines'] ?? '');
      const url = `/v1/ssid/replacements/file${visit.person.key.leas === 'all' ? '?reportingLEA=all' : ''}`;
      const headers = { 'content-type': 'text/plain' };
      const follow = async (): Promise<string> => {
        const { body } = await visit.ask<Static<typeof Done>>({ method: 'POST', url, headers, payload });
        const known = body.knownBefore > 0 ? ` ${amount(body.knownBefore, 'line')} said what was known.` : '';
        return doneWords(`${amount(body.retired, 'number')} retired.${known}`, body);
      };
      return orRefused(visit, follow, payload);
    },
  },
  {
    path: '/ssids/replacements/:ssid/undo',
    post: (visit) =>
      orRefused(visit, async () => {
        await visit.ask({
          ...{ method: 'POST', url: `/v1/ssid/replacements/${visit.part('ssid')}/undo` },
          payload: { why: String(visit.form['why'] ?? '').trim() },
        });
        return html`<p class="answer" role="status">${visit.part('ssid')} is active again. Both students are what they were before.</p>`;
      }),
  },
];
