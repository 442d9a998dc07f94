/** Whether the access log is complete: a part of the administrator's first page, and the form that has it verified. */
import type { LogVerification } from '#service/schemas/access-log';
import { LOG_PATH } from '../auditor/access-log.ts';
import { html } from '../html.ts';
import { progress, tokenField } from '../parts.ts';
import type { Person } from '../sessions.ts';
import type { Page } from '../visit.ts';
import { moment, number } from '../words.ts';

const VERIFY_PATH = '/admin/access-log';

const entriesWords = (from: number, through: number): string =>
  from === through ? `Log entry ${number(from)} is` : `Log entries ${number(from)} to ${number(through)} are`;

function answerOf({ status, outcome, begins = 1, entries = 0, fault, verifiedAt = '' }: LogVerification): string {
  if (status === 'None') return html`<p>Nobody verified it since the service began. Verify it to find out.</p>`;
  if (status === 'Processing') return html`<p>Every log entry is being held to the one before it.</p>`;
  const when = html`<p class="hint">Verified ${moment(verifiedAt)}.</p>`;
  if (outcome === 'unknown')
    return html`<p class="warned">It cannot be told: the log could not be read. The service's own log says why.</p>!${when}`;
  if (outcome === 'damaged' && fault)
    return html`<p class="warned"><strong>No.</strong> Log entry ${number(fault.entry)} is not valid: ${fault.reason}. ${
      entries < begins ? 'No log entry before it is here.' : `${entriesWords(begins, entries)} intact.`
    } Keep the files as they are, and compare them with a backup.</p>!${when}`;
  return html`<p><strong>${begins > 1 ? 'What is here is.' : 'Yes.'}</strong> ${entriesWords(begins, entries)} intact: none was changed, removed, added or moved.${
    begins > 1
      ? html` Those before ${number(begins)} are not here: their files were moved to another folder, or removed. <code>cenr audit verify --archive</code> verifies them too.`
      : ''
  }</p>!${when}`;
}

/** @param verification absent for whoever does not see all LEAs */
export const logPart = (person: Person, verification: LogVerification | undefined): string =>
  html`<section aria-labelledby="access-log"><h2 id="access-log">Is the access log complete?</h2>
!${
    verification
      ? html`!${answerOf(verification)}
!${
          verification.status === 'Processing'
            ? html`!${progress('How far it is', verification.progress)}<p><a class="button" href="/admin#access-log">Look again</a></p>`
            : html`<form method="post" action="${VERIFY_PATH}">!${tokenField(person)}<button>Verify the access log</button></form>`
        }`
      : html`<p>It is one log of all LEAs; whoever administers all of them can verify it.</p>`
  }
<p><a href="${LOG_PATH}">Search the access log</a></p></section>`;

export const verifyLog: Page = {
  path: VERIFY_PATH,
  async post(visit) {
    await visit.ask({ method: 'POST', url: '/v1/access-log/verification' });
    return visit.go('/admin#access-log');
  },
};
