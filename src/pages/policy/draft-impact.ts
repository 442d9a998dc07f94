/** `/drafts/ID/impact`: reports on what a draft does, and asking for one. */

import { choicesOf } from '../coordinator/choices.ts';
import { html } from '../html.ts';
import { link, table } from '../parts.ts';
import type { Person } from '../sessions.ts';
import { type Form, type Page, type Refusal, RefusedError, type Visit } from '../visit.ts';
import { moment, requestWords, scopeWords } from '../words.ts';
import { besideField } from './asked.ts';
import { askDraft, draftForm, draftFrame, draftRoute } from './draft-frame.ts';
import type { ShownDraft, ShownImpact } from './shown.ts';
import { DAY_SIZE } from './sizes.ts';
import { isOpen } from './waiting.ts';
import { mayChangeRules } from './words.ts';

interface Shown {
  readonly person: Person;
  readonly draft: ShownDraft;
  readonly impacts: readonly ShownImpact[];
  /** Academic years for which there are enrollments, newest first. */
  readonly years: readonly string[];
  readonly given: Form;
  readonly refusal?: Refusal;
}

export function view({ person, draft, impacts, years, given, refusal }: Shown): string {
  const address = `/drafts/${draft.id}/impact`;
  const text = (name: string): string => String(given[name] ?? '');
  const isCurrent = ({ rulebook, against }: ShownImpact): boolean =>
    rulebook === draft.rulebook && against === draft.from;
  return draftFrame({
    person,
    draft,
    title: 'What would this draft do?',
    step: 'impact',
    refusal,
    main: html`<p class="answer">${
      impacts.some((one) => isCurrent(one) && one.status === 'Complete')
        ? 'A report on these files is ready: read it.'
        : 'No report on the files as they are is ready.'
    }</p>
!${
      impacts.length > 0
        ? table(
            'Reports, newest first',
            [{ name: 'Asked for' }, { name: 'By' }, { name: 'Of' }, { name: 'Status' }, { name: 'About' }],
            impacts.map((one) => [
              link(moment(one.requestedAt), `${address}/${one.id}`),
              one.by.name,
              `${requestWords(one.request)}, ${scopeWords(one.request)}`,
              one.status,
              isCurrent(one) ? 'the draft as it is' : 'the draft before it was changed',
            ]),
          )
        : ''
    }
!${
      mayChangeRules(person) && isOpen(draft)
        ? html`<section aria-labelledby="ask"><h2 id="ask">Ask for a report</h2>
<p>It compares an extract by the draft with one by the version that the draft was made from, student by student. Whoever approves reads one about the newest academic year, of all schools and grades.</p>
!${
            years.length === 0
              ? html`<p>There are no enrollments yet to report on.</p>`
              : draftForm(
                  person,
                  draft,
                  address,
                  html`<p><label for="year">Academic Year</label> <select id="year" name="year">!${years.map((year) => html`<option!${year === text('year') ? ' selected' : ''}>${year}</option>`)}</select>!${besideField(refusal, '/request')}</p>
<p><label for="run-date">As if made on</label> <input id="run-date" name="runDate" size="${String(DAY_SIZE)}" placeholder="today" value="${text('runDate')}">!${besideField(refusal, '/runDate')}</p>
<p><button>Ask for a report</button></p>`,
                )
          }</section>`
        : ''
    }
<p><a href="/drafts/${draft.id}/students">Try it with one student</a></p>`,
  });
}

/** Academic years with enrollments within reach, newest first. */
export async function yearsOf(visit: Visit): Promise<string[]> {
  const choices = await choicesOf(visit.app, visit.person.key.leas);
  const years = [...choices.values()].flatMap((of) => of.years.map(([year]) => year));
  return [...new Set(years)].sort().reverse();
}

async function shownTo(visit: Visit, given: Form): Promise<Shown> {
  const draft = await askDraft(visit);
  const { impacts } = (await visit.ask<{ impacts: ShownImpact[] }>(`${draftRoute(visit)}/impact`)).body;
  return { person: visit.person, draft, impacts, years: await yearsOf(visit), given };
}

export const draftImpact: Page = {
  path: '/drafts/:id/impact',
  get: async (visit) => view(await shownTo(visit, {})),
  async post(visit) {
    const { year, runDate } = visit.form;
    const day = String(runDate ?? '').trim();
    const payload = {
      request: { reportingLEAs: visit.person.key.leas, academicYear: year },
      ...(day !== '' && { runDate: day }),
    };
    try {
      const { body } = await visit.ask<ShownImpact>({ method: 'POST', url: `${draftRoute(visit)}/impact`, payload });
      return visit.go(`/drafts/${visit.part('id')}/impact/${body.id}`);
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
      visit.reply.code(error.refusal.status);
      return view({ ...(await shownTo(visit, visit.form)), refusal: error.refusal });
    }
  },
};
