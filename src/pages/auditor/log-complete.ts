/**
 * Whether the access log is complete, and the form that has it verified: a part of the page that searches it, and of the
 * administrator's first page.
 */
import type { LogVerification } from '#service/schemas/access-log';
import { html } from '../html.ts';
import { progress, tokenField } from '../parts.ts';
import type { Person } from '../sessions.ts';
import type { Page, Visit } from '../visit.ts';
import { moment, number } from '../words.ts';
import { LOG_PATH } from './addresses.ts';

const VERIFY_PATH = `${LOG_PATH}/verification`;

/** Pages that have this part, where a person goes on. */
const PLACES = [LOG_PATH, '/admin'] as const;
type Place = (typeof PLACES)[number];

const entriesWords = (from: number, through: number): string =>
  from === through ? `Log entry ${number(from)} is` : `Log entries ${number(from)} to ${number(through)} are`;

function answerOf({ status, outcome, verifiedAt = '', chains, ...one }: LogVerification): string {
  if (status === 'None') return html`<p>Nobody verified it since the service began. Verify it to find out.</p>`;
  if (status === 'Processing') return html`<p>Every log entry is being held to the one before it.</p>`;
  const when = html`<p class="hint">Verified ${moment(verifiedAt)}.</p>`;
  if (outcome === 'unknown')
    return html`<p class="warned">It cannot be told: the log could not be read. The service's own log says why.</p>!${when}`;
  return `${chains ? chainsOf(chains) : chainOf(one)}${when}`;
}

type Chain = Pick<LogVerification, 'begins' | 'entries' | 'fault'>;

/** What came out of one chain. */
function chainOf({ begins = 1, entries = 0, fault }: Chain): string {
  if (fault)
    return html`<p class="warned"><strong>No.</strong> Log entry ${number(fault.entry)} is not valid: ${fault.reason}. ${
      entries < begins ? 'No log entry before it is here.' : `${entriesWords(begins, entries)} intact.`
    } Keep the files as they are, and compare them with a backup.</p>`;
  return html`<p><strong>${begins > 1 ? 'What is here is.' : 'Yes.'}</strong> ${entriesWords(begins, entries)} intact: none was changed, removed, added or moved.${
    begins > 1
      ? html` Those before ${number(begins)} are not here: their files were moved to another folder, or removed. <code>cenr audit verify --archive</code> verifies them too.`
      : ''
  }</p>`;
}

/** What came out of the chains that services write beside each other: those with a fault first. */
function chainsOf(chains: NonNullable<LogVerification['chains']>): string {
  const shown = chains
    .toSorted((a, b) => Number(b.fault !== undefined) - Number(a.fault !== undefined))
    .map(
      (each) =>
        html`<dt>${each.chain === undefined ? 'The log from before' : `Chain ${each.chain}`}</dt><dd>!${chainOf(each)}</dd>`,
    );
  return html`<p>Each service writes a chain of its own. The database knows how long each is.</p><dl>!${shown.join('')}</dl>`;
}

/**
 * @param verification absent for whoever does not see all LEAs
 * @param on the page that it is a part of
 */
export const logPart = (person: Person, verification: LogVerification | undefined, on: Place): string =>
  html`<section aria-labelledby="complete"><h2 id="complete">Is the access log complete?</h2>
!${
    verification
      ? html`!${answerOf(verification)}
!${
          verification.status === 'Processing'
            ? html`!${progress('How far it is', verification.progress)}<p><a class="button" href="${on}#complete">Look again</a></p>`
            : html`<form method="post" action="${VERIFY_PATH}">!${tokenField(person)}<input type="hidden" name="on" value="${on}"><button>Verify the access log</button></form>`
        }`
      : html`<p>It is one log of all LEAs; whoever sees all of them can verify it.</p>`
  }
!${on === LOG_PATH ? '' : html`<p><a href="${LOG_PATH}">Search the access log</a></p>`}</section>`;

/** What is known of it; nothing is asked for whoever does not see all LEAs. */
export const knownOfLog = async (visit: Visit): Promise<LogVerification | undefined> =>
  visit.person.key.leas === 'all' ? (await visit.ask<LogVerification>('/v1/access-log/verification')).body : undefined;

export const verifyLog: Page = {
  path: VERIFY_PATH,
  async post(visit) {
    await visit.ask({ method: 'POST', url: '/v1/access-log/verification' });
    return visit.go(`${PLACES.find((place) => place === visit.form['on']) ?? LOG_PATH}#complete`);
  },
};
