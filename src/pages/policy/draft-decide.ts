/** `/drafts/ID/decide`: who decides: submit, approve, publish now or at a day, and what each would do. */

import { counted } from '#base/text';
import { html } from '../html.ts';
import type { Person } from '../sessions.ts';
import { type Form, type Page, type Refusal, RefusedError, type Visit } from '../visit.ts';
import { moment, number } from '../words.ts';
import { besideField, refusalOf } from './asked.ts';
import { approveForm, stepForm } from './decisions.ts';
import { askDraft, changeDraft, checkWords, draftFrame, draftRoute } from './draft-frame.ts';
import { midnight } from './midnight.ts';
import type { ShownDifferences, ShownDraft, ShownVersions } from './shown.ts';
import { DAY_SIZE } from './sizes.ts';
import { isMine, isOpen } from './waiting.ts';
import { differencesList, mayChangeRules, shortHash } from './words.ts';

interface Shown {
  readonly person: Person;
  readonly draft: ShownDraft;
  readonly versions: ShownVersions;
  readonly differences: ShownDifferences | undefined;
  readonly given: Form;
  readonly refusal?: Refusal;
}

const ANSWERS = {
  draft: 'Its author has not submitted it yet.',
  submitted: 'It waits for approval.',
  approved: 'It is approved, and can be published.',
  published: 'It is published.',
  deleted: 'It is deleted.',
} as const;

export function view(shown: Shown): string {
  const { person, draft, refusal } = shown;
  const { state, approvals, approvalsNeeded, impactRead } = draft;
  return draftFrame({
    person,
    draft,
    title: 'Who decides about this draft?',
    step: 'decide',
    refusal,
    main: html`<p class="answer">${ANSWERS[state]}</p>
<ul>
<li>Check: ${checkWords(draft)}.</li>
<li>Read: !${
      impactRead.length === 0
        ? html`nobody has read what it does. <a href="/drafts/${draft.id}/impact">Ask for a report</a>.`
        : impactRead.map(
            ({ by, at, impact, numbers }) =>
              html`<a href="/drafts/${draft.id}/impact/${impact}">by ${by.name}, ${moment(at)}</a>: ${counted(numbers.values, 'value')} in ${counted(numbers.changed, 'row')}, ${counted(numbers.appeared, 'row')} new, ${number(numbers.disappeared)} gone. `,
          )
    }</li>
<li>Approved: ${String(approvals.length)} of ${String(approvalsNeeded)}!${approvals.map(({ name, at }) => html`, by ${name}, ${moment(at)}`)}.</li>
</ul>
!${mayChangeRules(person) ? stepsFor(shown) : ''}`,
  });
}

function stepsFor(shown: Shown): string {
  const { person, draft } = shown;
  const { state } = draft;
  const mine = isMine(draft, person);
  return html`!${isOpen(draft) ? rebasePart(shown) : ''}
!${
    state === 'draft' && mine
      ? html`<h2>Submit it</h2><p>Others see that it waits for them. You can take it back as long as it is not published.</p>!${stepForm(person, draft, { step: 'submit', words: 'Submit for approval' })}`
      : ''
  }
!${state === 'submitted' && !mine ? html`<p>Read <a href="/drafts/${draft.id}/impact">what it does</a> first; the approval rests on a report that you read.</p>` : ''}
!${approveForm(person, draft)}
!${state === 'approved' ? publishPart(shown) : ''}
!${
    (state === 'submitted' || state === 'approved') && mine
      ? html`<h2>Take it back</h2><p>You can change it again. Approvals are removed.</p>!${stepForm(person, draft, { step: 'reopen', words: 'Take it back' })}`
      : ''
  }
!${state === 'published' ? publishedPart(shown) : ''}
!${
    state === 'draft' && mine
      ? html`<details><summary>Delete the draft</summary><p>It can be read afterwards, and not be used any more. This cannot be undone.</p>!${stepForm(person, draft, { step: 'delete', words: 'Delete the draft' })}</details>`
      : ''
  }`;
}

/** Only for its author, when other rules took effect since the draft was made. */
function rebasePart({ person, draft, versions }: Shown): string {
  const now = versions.versions.find(({ inEffect }) => inEffect);
  const bases = [now?.sha256, ...versions.scheduled.map(({ rulebook }) => rulebook)];
  if (!now || bases.includes(draft.from) || !isMine(draft, person)) return '';
  return html`<section aria-labelledby="rebase"><h2 id="rebase">Put it on top of what is in force</h2>
<p>The draft was made from version ${shortHash(draft.from)}, and ${shortHash(now.sha256)} is in force by now. Published as it is, it would undo what changed since. Check, readings and approvals are removed.</p>
!${stepForm(person, draft, {
    step: 'rebase',
    words: 'Put my changes on top of it',
    content: html`<p><label for="choice">Where both changed the same place</label> <select id="choice" name="choice"><option value="">say so, and change nothing</option><option value="mine">my text stays</option><option value="theirs">the text in force stays</option></select></p>`,
  })}</section>`;
}

const publishPart = ({ person, draft, differences, given, refusal }: Shown): string =>
  html`<section aria-labelledby="publish"><h2 id="publish">Publish it</h2>
<p>From then on every extract is made by it. Extracts that are being made are finished by the rules that they began with. You can go back to the version before at any time.</p>
!${differences ? differencesList(differences) : ''}
!${stepForm(person, draft, {
    step: 'publish',
    words: 'Publish',
    content: html`<p><label for="at">From the beginning of this day in California; nothing means now</label> <input id="at" name="at" size="${String(DAY_SIZE)}" placeholder="now" value="${String(given['at'] ?? '')}">!${besideField(refusal, '/at')}</p>`,
  })}</section>`;

function publishedPart({ person, draft, versions }: Shown): string {
  const scheduled = versions.scheduled.some(({ rulebook }) => rulebook === draft.rulebook);
  const inForce = versions.versions.some(({ sha256, inEffect }) => inEffect && sha256 === draft.rulebook);
  return html`<p>!${scheduled ? html`It takes effect at a day. <a href="/rules/versions">What takes effect</a> shows when, and it can be withdrawn there.` : html`To go back to the rules before it, choose them under <a href="/rules/versions">Which rules held when</a>.`}</p>
<p><a href="/drafts/${draft.id}/students">Look at a student under both versions</a></p>
!${inForce ? '' : html`<details><summary>Change it again</summary><p>This is possible when it never took effect: it was withdrawn, or held back.</p>!${stepForm(person, draft, { step: 'reopen', words: 'Reopen the draft' })}</details>`}`;
}

async function shownTo(visit: Visit, given: Form): Promise<Shown> {
  const draft = await askDraft(visit);
  const versions = (await visit.ask<ShownVersions>('/v1/rulebook/versions')).body;
  let differences: ShownDifferences | undefined;
  // Files that cannot be used are told under "What breaks".
  if (draft.state === 'approved')
    await refusalOf(
      visit.ask<ShownDifferences>(`${draftRoute(visit)}/differences`).then(({ body }) => {
        differences = body;
      }),
    );
  return { person: visit.person, draft, versions, differences, given };
}

const choicesFor = (draft: ShownDraft, choice: string): object =>
  choice === '' ? {} : { choices: Object.fromEntries(draft.changes.map(({ path }) => [path, choice])) };

async function take(visit: Visit): Promise<unknown> {
  const { form } = visit;
  const text = (name: string): string => String(form[name] ?? '').trim();
  switch (text('do')) {
    case 'submit':
      return changeDraft(visit, 'POST', '/submit');
    case 'approve':
      return changeDraft(visit, 'POST', '/approve');
    case 'reopen':
      return changeDraft(visit, 'POST', '/reopen', text('why') === '' ? undefined : { why: text('why') });
    case 'rebase':
      return changeDraft(visit, 'POST', '/rebase', choicesFor(await askDraft(visit), text('choice')));
    case 'publish':
      return changeDraft(visit, 'POST', '/publish', text('at') === '' ? undefined : { at: midnight(text('at')) });
    case 'delete':
      return changeDraft(visit, 'DELETE', '');
    default:
      throw new RefusedError({ status: 400, code: 'CENR_REQUEST_INVALID', title: 'There is no such step' });
  }
}

export const draftDecide: Page = {
  path: '/drafts/:id/decide',
  get: async (visit) => view(await shownTo(visit, {})),
  async post(visit) {
    const refusal = await refusalOf(take(visit));
    if (!refusal) return visit.go(`/drafts/${visit.part('id')}/decide`);
    visit.reply.code(refusal.status);
    return view({ ...(await shownTo(visit, visit.form)), refusal });
  },
};
