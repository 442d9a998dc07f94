/** `/ssids/matches/ID/confirm` and `/assign`: what will happen by a choice, and that it happens. */
import { frame } from '../frame.ts';
import { html } from '../html.ts';
import { refusalBox, tokenField } from '../parts.ts';
import type { Person } from '../sessions.ts';
import { type Page, RefusedError, type Visit } from '../visit.ts';
import { matchPage } from './match.ts';
import { chosenIn, NEW, PLACE, personWords, type ShownRequest, TITLE } from './shown.ts';

function whatHappens({ person, candidates }: ShownRequest, ssid: string): string {
  const who = personWords(person);
  if (ssid === NEW)
    return candidates.length > 0
      ? `${who} gets a new number, as a student who is none of the ${candidates.length === 1 ? 'candidates: the one' : `${candidates.length} candidates: they`} shown.`
      : `${who} gets a new number.`;
  const candidate = candidates.find((one) => one.ssid === ssid);
  if (candidate?.own !== false)
    return `${who} is the student with the number ${ssid}, and the enrollment joins that history.`;
  return `${who} is the student with the number ${ssid}, who was last at LEA ${candidate.lastLEA}. Ask that LEA before you confirm: the enrollment joins that history.`;
}

function view(person: Person, id: string, chosen: readonly (readonly [ShownRequest, string])[]): string {
  const address = `/ssids/matches/${id}`;
  return frame({
    title: 'Is this what you chose?',
    person,
    above: [PLACE, [TITLE, address]],
    main: html`<p class="answer">${chosen.length === 1 ? 'One student gets a number' : `${chosen.length} students get a number`}, and their records are loaded with it.</p>
<ul>!${chosen.map(([request, ssid]) => html`<li>!${html`${whatHappens(request, ssid)}`} <span class="hint">Line ${request.line}</span></li>`)}</ul>
<p>A number that was given is not taken back. When it turns out that a student had one already, one of the two can be retired, and both histories become one.</p>
<form method="post" action="${address}/assign">!${tokenField(person)}
!${chosen.map(([{ line }, ssid]) => html`<input type="hidden" name="line-${line}" value="${ssid}">`)}
<p><button>Give these numbers</button> <a href="${address}">Back, and choose again</a></p></form>`,
  });
}

const NOTHING = refusalBox({
  status: 400,
  code: 'CENR_REQUEST_INVALID',
  title: 'Nothing was chosen',
  fix: 'Choose a candidate or a new number for at least one student.',
});

/** All requests that a choice names, wherever in the list they stand. */
async function requestsNamed(visit: Visit, lines: ReadonlyMap<string, string>): Promise<readonly ShownRequest[]> {
  const found: ShownRequest[] = [];
  let address: string | undefined = `/v1/ssid/matches/${visit.part('id')}/candidates?limit=200`;
  while (address !== undefined && found.length < lines.size) {
    const { requests, next }: { requests: ShownRequest[]; next?: string } = (
      await visit.ask<{ requests: ShownRequest[]; next?: string }>(address)
    ).body;
    found.push(...requests.filter(({ line }) => lines.has(line)));
    address = next;
  }
  return found;
}

async function assign(visit: Visit, chosen: ReadonlyMap<string, string>, payload: object | string) {
  const id = visit.part('id');
  try {
    await visit.ask({
      method: 'POST',
      url: `/v1/ssid/matches/${id}/assignments`,
      headers: { 'content-type': typeof payload === 'string' ? 'text/plain' : 'application/json' },
      payload,
    });
    return visit.go(`/ssids/matches/${id}`);
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    visit.reply.code(error.refusal.status);
    return matchPage(visit, { chosen, refusal: refusalBox(error.refusal) });
  }
}

export const confirmPages: readonly Page[] = [
  {
    path: '/ssids/matches/:id/confirm',
    async post(visit) {
      const chosen = chosenIn(visit.form);
      if (chosen.size === 0) {
        visit.reply.code(400);
        return matchPage(visit, { refusal: NOTHING });
      }
      const requests = await requestsNamed(visit, chosen);
      return view(
        visit.person,
        visit.part('id'),
        requests.map((request) => [request, chosen.get(request.line) as string]),
      );
    },
  },
  {
    path: '/ssids/matches/:id/assign',
    post(visit) {
      const chosen = chosenIn(visit.form);
      return assign(visit, chosen, { choices: [...chosen].map(([line, ssid]) => ({ line, ssid })) });
    },
  },
  {
    path: '/ssids/matches/:id/response',
    post: (visit) => assign(visit, new Map(), String(visit.form['response'] ?? '')),
  },
];
