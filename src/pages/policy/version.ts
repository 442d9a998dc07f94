/** `/rules/versions/HASH`: a version, and going back to it, with what that undoes shown first. */

import { frame } from '../frame.ts';
import { html } from '../html.ts';
import { rulesIdentified } from '../identified.ts';
import { refusalBox, tokenField } from '../parts.ts';
import type { Person } from '../sessions.ts';
import type { Page, Refusal, Visit } from '../visit.ts';
import { moment } from '../words.ts';
import { besideField, ofForm, refusalOf } from './asked.ts';
import type { ShownPreview, ShownVersion } from './shown.ts';
import { TEXT_LINES } from './sizes.ts';
import { activationWords, differencesList, mayChangeRules, mayReadTests, versionWords } from './words.ts';

interface Shown {
  readonly person: Person;
  readonly version: ShownVersion;
  /** Of a version that can be gone back to, for whoever may look at it. */
  readonly preview?: ShownPreview | undefined;
  readonly reason?: string;
  readonly refusal?: Refusal | undefined;
}

export function view({ person, version, preview, reason = '', refusal }: Shown): string {
  const { sha256, publication, lastCompared, keptAt, activations, inEffect } = version;
  return frame({
    title: 'What is this version, and what would going back to it undo?',
    person,
    identified: rulesIdentified(version),
    above: [
      ['Rules', '/rules'],
      ['Versions', '/rules/versions'],
    ],
    main: html`!${refusal ? refusalBox(ofForm(refusal)) : ''}
<p class="answer">${versionWords(version)} ${inEffect ? 'is in force.' : 'is not in force.'}</p>
<p>It follows “${publication.page}” as updated on ${publication.updated}, last compared on ${lastCompared}, and was first kept on ${moment(keptAt)}. <a href="/rules/versions/${sha256}/words">Read it in words</a>.!${mayReadTests(person) ? html` <a href="/rules/ledger?version=${sha256}">What answers for it</a>.` : ''}</p>
!${activations.length > 0 ? html`<h2>When it took effect</h2><ul>!${activations.map((activation) => html`<li>${activationWords(activation)}</li>`)}</ul>` : html`<p>It was never in force.</p>`}
!${
      preview
        ? html`<section aria-labelledby="back"><h2 id="back">Going back to it</h2>
<p>These would be the differences from what is in force:</p>
!${differencesList(preview.undoes)}
!${preview.heldBack.map(({ says }) => html`<p class="warned">${says}</p>`)}
!${mayChangeRules(person) && activations.length > 0 ? goBack(person, sha256, reason, refusal) : ''}</section>`
        : ''
    }
<p class="hint">SHA-256 <code>${sha256}</code>.</p>`,
  });
}

const goBack = (person: Person, hash: string, reason: string, refusal: Refusal | undefined): string =>
  html`<form method="post" action="/rules/versions/${hash}">!${tokenField(person)}
<p>It takes effect at once, for the next request. A second person is asked to confirm it within a day. It can be undone by going back again.</p>
<p><label for="reason">Why</label><br><textarea id="reason" name="reason" rows="${String(TEXT_LINES)}" cols="60" required>${reason}</textarea>!${besideField(refusal, '/reason')}</p>
<p><button>Go back to this version</button></p></form>`;

async function shownTo(visit: Visit): Promise<Shown> {
  const address = `/v1/rulebook/versions/${visit.part('hash')}`;
  const version = (await visit.ask<ShownVersion>(address)).body;
  const { role } = visit.person.key;
  if (version.inEffect || role === 'vendor') return { person: visit.person, version };
  return { person: visit.person, version, preview: (await visit.ask<ShownPreview>(`${address}/restore`)).body };
}

export const version: Page = {
  path: '/rules/versions/:hash',
  get: async (visit) => view(await shownTo(visit)),
  async post(visit) {
    const reason = String(visit.form['reason'] ?? '');
    const url = `/v1/rulebook/versions/${visit.part('hash')}/restore`;
    const refusal = await refusalOf(visit.ask({ method: 'POST', url, payload: { reason } }));
    if (!refusal) return visit.go('/rules/versions');
    visit.reply.code(refusal.status);
    return view({ ...(await shownTo(visit)), reason, refusal });
  },
};
