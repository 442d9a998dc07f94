/** What policy staff find on the first page: what is in force, what comes next, drafts, and what waits for them. */
import { html } from '../html.ts';
import { link, table } from '../parts.ts';
import type { Person } from '../sessions.ts';
import { moment } from '../words.ts';
import { isOpen, type PolicyHome, waitingFor } from './waiting.ts';
import { activationWords, mayChangeRules } from './words.ts';

export function policyPart(person: Person, shown: PolicyHome): string {
  const { rules, versions, drafts } = shown;
  const waiting = waitingFor(person, shown);
  const open = drafts.filter(isOpen);
  return html`<section aria-labelledby="in-force"><h2 id="in-force">What is in force</h2>
<p class="answer"><a href="/rules">${rules.name} ${rules.version}</a>!${rules.activation ? html`, since ${activationWords(rules.activation)}` : ''}</p>
!${
    versions.scheduled.length > 0
      ? html`<p>Next: !${versions.scheduled.map(({ from, reason }) => html`<a href="/rules/versions">${moment(from)}</a> ${reason ?? ''} `)}</p>`
      : html`<p>Nothing else is scheduled.</p>`
  }</section>
!${
    mayChangeRules(person)
      ? html`<section aria-labelledby="waiting"><h2 id="waiting">Waiting for you</h2>
!${waiting.length > 0 ? html`<ul>!${waiting.map(({ says, address }) => html`<li><a href="${address}">${says}</a></li>`)}</ul>` : html`<p>Nothing waits for you.</p>`}</section>`
      : ''
  }
<section aria-labelledby="drafts"><h2 id="drafts">Drafts</h2>
!${
    open.length > 0
      ? table(
          'Drafts on their way',
          [{ name: 'Draft' }, { name: 'Author' }, { name: 'State' }, { name: 'Changed' }],
          open.map(({ id, title, author, state, changedAt }) => [
            link(title, `/drafts/${id}`),
            author.name,
            state,
            moment(changedAt),
          ]),
        )
      : html`<p>No draft is on its way.</p>`
  }
<p>!${mayChangeRules(person) ? html`<a class="button" href="/drafts/new">Make a draft</a> ` : ''}<a href="/drafts">All drafts</a></p></section>`;
}
