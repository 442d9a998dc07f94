/** `/drafts`: drafts of the next version, newest first. `/drafts/new`: make one. */

import { frame } from '../frame.ts';
import { html } from '../html.ts';
import { link, refusalBox, table, tokenField } from '../parts.ts';
import type { Person } from '../sessions.ts';
import { type Form, MOST_LISTED, type Page, pageAt, type Refusal, RefusedError, type Visit } from '../visit.ts';
import { moment } from '../words.ts';
import { besideField, ofForm } from './asked.ts';
import type { ShownDraft, ShownSummary, ShownVersion, ShownVersions } from './shown.ts';
import { TEXT_LINES } from './sizes.ts';
import { mayChangeRules, versionWords } from './words.ts';

export const view = (person: Person, drafts: readonly ShownSummary[], next: string | undefined): string =>
  frame({
    title: 'Which changes of the rules are on their way?',
    person,
    main: html`!${mayChangeRules(person) ? html`<p><a class="button" href="/drafts/new">Make a draft</a></p>` : ''}
!${
      drafts.length > 0
        ? table(
            'Drafts, newest first',
            [{ name: 'Draft' }, { name: 'Author' }, { name: 'State' }, { name: 'Approvals' }, { name: 'Changed' }],
            drafts.map(({ id, title, author, state, approvals, approvalsNeeded, changedAt }) => [
              link(title, `/drafts/${id}`),
              author.name,
              state,
              `${approvals.length} of ${approvalsNeeded}`,
              moment(changedAt),
            ]),
          )
        : html`<p>There is no draft yet. A draft is a copy of the rules in which you change what is to change; nobody else notices before it is published.</p>`
    }
!${next === undefined ? '' : html`<p><a href="${next}">Older drafts</a></p>`}`,
  });

export const drafts: Page = {
  path: '/drafts',
  async get(visit) {
    const { drafts, next } = await visit.list<{ drafts: ShownSummary[] }>('/v1/rulebook/drafts', MOST_LISTED);
    return view(visit.person, drafts, next && pageAt(next).replace(/^\/rulebook/, ''));
  },
};

interface New {
  readonly person: Person;
  readonly versions: readonly ShownVersion[];
  readonly given: Form;
  readonly refusal?: Refusal;
}

export function newView({ person, versions, given, refusal }: New): string {
  const inForce = versions.find(({ inEffect }) => inEffect);
  const from = given['from'] ?? inForce?.sha256;
  return frame({
    title: 'What is to change, and why?',
    person,
    above: [['Drafts', '/drafts']],
    main: html`!${refusal ? refusalBox(ofForm(refusal)) : ''}
<form method="post" action="/drafts/new">!${tokenField(person)}
<p><label for="title">What changes</label><br><input id="title" name="title" size="60" maxlength="200" required value="${String(given['title'] ?? '')}">!${besideField(refusal, '/title')}</p>
<p><label for="reason">Why the rules change; it stays with the version</label><br><textarea id="reason" name="reason" rows="${String(TEXT_LINES)}" cols="60">${String(given['reason'] ?? '')}</textarea>!${besideField(refusal, '/reason')}</p>
<p><label for="from">A copy of</label> <select id="from" name="from">!${versions.map(
      (version) =>
        html`<option value="${version.sha256}"!${version.sha256 === from ? ' selected' : ''}>${versionWords(version)}${version.inEffect ? ', in force' : ''}</option>`,
    )}</select></p>
<p><button>Make the draft</button></p></form>`,
  });
}

async function shownTo(visit: Visit, given: Form): Promise<New> {
  const { versions } = (await visit.ask<ShownVersions>('/v1/rulebook/versions')).body;
  return { person: visit.person, versions, given };
}

export const newDraft: Page = {
  path: '/drafts/new',
  get: async (visit) => newView(await shownTo(visit, {})),
  async post(visit) {
    const { title = '', reason = '', from } = visit.form;
    try {
      const payload = { title, reason, ...(from !== undefined && { from }) };
      const { body } = await visit.ask<ShownDraft>({ method: 'POST', url: '/v1/rulebook/drafts', payload });
      return visit.go(`/drafts/${body.id}`);
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
      visit.reply.code(error.refusal.status);
      return newView({ ...(await shownTo(visit, visit.form)), refusal: error.refusal });
    }
  },
};
