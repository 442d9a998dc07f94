/** `/drafts/ID`: what a draft changes, in sentences, its words, and who did what with it. */

import { html } from '../html.ts';
import type { Person } from '../sessions.ts';
import type { Page, Refusal, Visit } from '../visit.ts';
import { moment } from '../words.ts';
import { besideField, refusalOf } from './asked.ts';
import { askDraft, changeDraft, draftForm, draftFrame, draftRoute, mayEdit } from './draft-frame.ts';
import type { ShownDifferences, ShownDraft } from './shown.ts';
import { TEXT_LINES } from './sizes.ts';
import { differencesList } from './words.ts';

interface Shown {
  readonly person: Person;
  readonly draft: ShownDraft;
  /** Absent while the files cannot be used; then why. */
  readonly differences: ShownDifferences | undefined;
  readonly unusable?: Refusal | undefined;
  readonly given?: { readonly title: string; readonly reason: string } | undefined;
  readonly refusal?: Refusal | undefined;
}

export function view({ person, draft, differences, unusable, given, refusal }: Shown): string {
  const { id, title, reason, reopened, createdAt, submittedAt, approvals } = draft;
  const { title: typed, reason: why } = given ?? { title, reason };
  return draftFrame({
    person,
    draft,
    title: 'What does this draft change?',
    refusal,
    main: html`<h2>What differs</h2>
!${differences ? differencesList(differences) : html`<p class="warned">The files cannot be used as they are. ${unusable?.detail ?? ''} <a href="/drafts/${id}/check">What breaks</a> says what is wrong, and where.</p>`}
!${reopened ? html`<p class="warned">${reopened.name} reopened it on ${moment(reopened.at)}${reopened.why === '' ? '.' : `: ${reopened.why}`}</p>` : ''}
<h2>Why</h2>
!${
      mayEdit(draft, person)
        ? draftForm(
            person,
            draft,
            `/drafts/${id}`,
            html`<p><label for="title">What changes</label><br><input id="title" name="title" size="60" maxlength="200" required value="${typed}">!${besideField(refusal, '/title')}</p>
<p><label for="reason">Why the rules change; it stays with the version</label><br><textarea id="reason" name="reason" rows="${String(TEXT_LINES)}" cols="60">${why}</textarea>!${besideField(refusal, '/reason')}</p>
<p><button>Keep these words</button></p>`,
          )
        : html`<p>${reason === '' ? 'No reason was given yet.' : reason}</p>`
    }
<h2>Who did what</h2>
<ul><li>${draft.author.name} made it on ${moment(createdAt)}.</li>
!${submittedAt === undefined ? '' : html`<li>${draft.author.name} submitted it on ${moment(submittedAt)}.</li>`}
!${approvals.map(({ name, at }) => html`<li>${name} approved it on ${moment(at)}.</li>`)}</ul>
<p><a href="/drafts/${id}/students">Try it with a student</a></p>
<p class="hint">Draft <code>${id}</code>, revision ${String(draft.revision)}, files <code>${draft.rulebook}</code>.</p>`,
  });
}

async function shownTo(visit: Visit): Promise<Shown> {
  const draft = await askDraft(visit);
  let differences: ShownDifferences | undefined;
  const unusable = await refusalOf(
    visit.ask<ShownDifferences>(`${draftRoute(visit)}/differences`).then(({ body }) => {
      differences = body;
    }),
  );
  return { person: visit.person, draft, differences, unusable };
}

export const draft: Page = {
  path: '/drafts/:id',
  get: async (visit) => view(await shownTo(visit)),
  async post(visit) {
    const given = { title: String(visit.form['title'] ?? ''), reason: String(visit.form['reason'] ?? '') };
    const refusal = await refusalOf(changeDraft(visit, 'PATCH', '', given));
    if (!refusal) return visit.go(`/drafts/${visit.part('id')}`);
    visit.reply.code(refusal.status);
    return view({ ...(await shownTo(visit)), given, refusal });
  },
};
