/** The forms by which a draft goes on: submit, approve, send back, rebase, publish, delete. */

import { html } from '../html.ts';
import type { Person } from '../sessions.ts';
import { draftForm } from './draft-frame.ts';
import type { ShownDraft } from './shown.ts';
import { TEXT_LINES } from './sizes.ts';
import { isMine, isOpen } from './waiting.ts';
import { mayChangeRules } from './words.ts';

/** A step as a button, with what it needs. */
export function stepForm(
  person: Person,
  draft: ShownDraft,
  { step, words, content = '' }: { readonly step: string; readonly words: string; readonly content?: string },
): string {
  return draftForm(
    person,
    draft,
    `/drafts/${draft.id}/decide`,
    html`!${content}<p><button name="do" value="${step}">${words}</button></p>`,
  );
}

/** What its author waits for. */
const waitingFor = ({ state }: ShownDraft): string =>
  state === 'draft'
    ? 'You wrote this draft: after you have submitted it under “Who decides”, somebody else approves it.'
    : 'You wrote this draft: now somebody else reads what it does, and approves it or sends it back.';

/** For whoever may approve the draft, and has not. */
export function approveForm(person: Person, draft: ShownDraft): string {
  const { state, approvals, author } = draft;
  if (!mayChangeRules(person)) return '';
  if (isMine(draft, person)) return isOpen(draft) ? html`<p>${waitingFor(draft)}</p>` : '';
  if (state === 'draft') return html`<p>It can be approved when ${author.name} has submitted it.</p>`;
  if (state !== 'submitted' || approvals.some(({ name }) => name === person.key.name)) return '';
  return html`<section aria-labelledby="approve"><h2 id="approve">Your decision</h2>
<p>Approving it says that you have read what it does, and that it is to take effect. It takes effect only when somebody publishes it.</p>
!${stepForm(person, draft, { step: 'approve', words: 'Approve the draft' })}
!${stepForm(person, draft, {
    step: 'reopen',
    words: 'Send it back',
    content: html`<p><label for="why">What ${author.name} should know</label><br><textarea id="why" name="why" rows="${String(TEXT_LINES)}" cols="60"></textarea></p>`,
  })}</section>`;
}
