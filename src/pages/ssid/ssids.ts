/** `/ssids`: students without a number go in, and where everything else about numbers is. */
import type { Readable } from 'node:stream';
import { hasEnded } from '../coordinator/shown.ts';
import { frame } from '../frame.ts';
import { html } from '../html.ts';
import { link, refusalBox, table } from '../parts.ts';
import type { Person } from '../sessions.ts';
import { MOST_LISTED, type Page, pageAt, RefusedError, type Visit } from '../visit.ts';
import { moment, number } from '../words.ts';
import { ANOMALIES, ANOMALIES_TITLE } from './anomaly-shown.ts';
import { extractForms } from './downloads.ts';
import { type ShownMatch, TITLE } from './shown.ts';
import { WAITING_TITLE } from './waiting.ts';

interface Shown {
  readonly matches: readonly ShownMatch[];
  readonly next?: string | undefined;
  readonly refusal?: string;
}

const statusWords = ({ status, progress, requests = 0, assigned = 0 }: ShownMatch): string => {
  if (status === 'Processing') return `Processing, ${progress} %`;
  if (status !== 'Complete') return status === 'Cancelled' ? 'Removed' : status;
  return assigned >= requests ? 'All have a number' : 'Ready to choose';
};

export const view = (person: Person, { matches, next, refusal = '' }: Shown): string =>
  frame({
    title: TITLE,
    person,
    modules: ['upload.js', ...(matches.every(hasEnded) ? [] : ['again.js'])],
    ...(matches.every(hasEnded) ? {} : { again: 5 }),
    main: html`!${refusal}
<p>Look first whether a new student has a number already. Send their enrollments (SENR), all with a blank SSID: each student is compared with everybody in the store, you choose, and the numbers come back.</p>
<form class="drop" method="post" enctype="multipart/form-data" action="/ssids?${new URLSearchParams({ token: person.token }).toString()}">
<p><label for="file">Enrollments (SENR) without an SSID</label></p>
<p><input id="file" name="file" type="file" required></p>
<p class="hint">Nothing is loaded before you choose. A file with a line that has an SSID or a fault is refused as a whole, and the lines are named.</p>
<p><button>Look who they are</button> <span role="status" data-upload></span></p>
</form>
!${
      matches.length > 0
        ? table(
            'Files that were sent, newest first',
            [
              { name: 'Sent' },
              { name: 'File' },
              { name: 'Status' },
              { name: 'Students', isNumber: true },
              { name: 'Nobody like them', isNumber: true },
            ],
            matches.map((match) => [
              link(moment(match.requestedAt), `/ssids/matches/${match.id}`),
              match.file,
              statusWords(match),
              match.requests === undefined ? '' : number(match.requests),
              match.withoutCandidate === undefined ? '' : number(match.withoutCandidate),
            ]),
          )
        : ''
    }
!${next === undefined ? '' : html`<p><a href="${next}">Older ones</a></p>`}
<p><a href="/ssids/waiting">${WAITING_TITLE}</a> They were loaded without one, and need not be sent again.</p>
!${extractForms(person)}
<p><a href="/ssids/extracts">Extracts that were made</a></p>
<section aria-labelledby="two"><h2 id="two">A student with two numbers</h2>
<p><a class="button" href="/ssids/retire">Retire a number</a> <a href="/ssids/replacements">Which numbers were replaced?</a> <a href="${ANOMALIES}">${ANOMALIES_TITLE}</a></p></section>`,
  });

async function listed(visit: Visit): Promise<Shown> {
  const { matches, next } = await visit.list<{ matches: ShownMatch[] }>('/v1/ssid/matches', MOST_LISTED);
  return { matches, next: next?.replace('/v1/ssid/matches', '/ssids') };
}

export const ssids: Page = {
  path: '/ssids',
  takesFiles: true,
  get: async (visit) => view(visit.person, await listed(visit)),
  async post(visit) {
    try {
      const { headers } = await visit.ask({
        method: 'POST',
        url: `/v1/ssid/matches${visit.person.key.leas === 'all' ? '?reportingLEA=all' : ''}`,
        headers: { 'content-type': String(visit.request.headers['content-type']) },
        payload: visit.request.body as Readable,
      });
      return visit.go(pageAt(String(headers.location)).replace('/ssid/', '/ssids/'));
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
      visit.reply.code(error.refusal.status);
      return view(visit.person, { ...(await listed(visit)), refusal: refusalBox(error.refusal) });
    }
  },
};
