/** `/ssids/extracts`: SSID extracts and Replacement SSID extracts: asked for, how far one is, and its file. */

import type { SSIDExtract } from '#service/schemas/ssid-extract';
import { hasEnded } from '../coordinator/shown.ts';
import { frame } from '../frame.ts';
import { html } from '../html.ts';
import { link, progress, refusalBox, table } from '../parts.ts';
import type { Person } from '../sessions.ts';
import { MOST_LISTED, type Page, pageAt, RefusedError, type Visit } from '../visit.ts';
import { day, moment, number } from '../words.ts';
import { extractForms, fileLinks } from './downloads.ts';
import { PLACE } from './shown.ts';

const EXTRACTS = '/ssids/extracts';
const TITLE = 'Which numbers go into your student information system?';

const nameOf = ({ list, asOf = '' }: SSIDExtract): string =>
  list === 'ssids' ? `SSID extract, enrolled on ${day(asOf)}` : 'Replacement SSID extract';

interface Listed {
  readonly extracts: readonly SSIDExtract[];
  readonly next?: string;
}

const listView = (person: Person, { extracts, next }: Listed, refusal = ''): string =>
  frame({
    title: TITLE,
    person,
    above: [PLACE],
    ...(extracts.every(hasEnded) ? {} : { again: 5, modules: ['again.js'] }),
    main: html`!${refusal}!${extractForms(person)}
!${
      extracts.length > 0
        ? table(
            'Newest first',
            [{ name: 'Requested' }, { name: 'What' }, { name: 'Status' }, { name: 'Lines', isNumber: true }],
            extracts.map((one) => [
              link(moment(one.requestedAt), `${EXTRACTS}/${one.id}`),
              nameOf(one),
              one.status === 'Cancelled' ? 'Removed' : one.status,
              one.rows === undefined ? '' : number(one.rows),
            ]),
          )
        : ''
    }
!${next === undefined ? '' : html`<p><a href="${pageAt(next).replace('/ssid/', '/ssids/')}">Older ones</a></p>`}`,
  });

function view(person: Person, extract: SSIDExtract): string {
  const address = `${EXTRACTS}/${extract.id}`;
  const isDone = hasEnded(extract);
  const { status, rows = 0, failure = '', requestedAt } = extract;
  return frame({
    title: nameOf(extract),
    person,
    above: [PLACE, [TITLE, EXTRACTS]],
    ...(isDone ? {} : { modules: ['progress.js'], again: 5 }),
    main: html`!${
      isDone
        ? html`<p class="answer">${status === 'Complete' ? `It has ${number(rows)} ${rows === 1 ? 'line' : 'lines'}.` : status === 'Failed' ? `It could not be made. ${failure}` : 'It was removed.'}</p>`
        : html`<div role="status" data-job="${address}/progress"><p class="answer">It is being made: ${status}.</p>
!${progress('How far it is', extract.progress)}</div>`
    }
!${status === 'Complete' ? html`<p>For your student information system to import: !${fileLinks(`${address}/file`)}</p>` : ''}
<p class="hint">Requested ${moment(requestedAt)}.</p>`,
  });
}

const addressOf = (visit: Visit): string => `/v1/ssid/extracts/${visit.part('id')}`;
const extractOf = async (visit: Visit): Promise<SSIDExtract> => (await visit.ask<SSIDExtract>(addressOf(visit))).body;
const listed = (visit: Visit): Promise<Listed> => visit.list<Listed>('/v1/ssid/extracts', MOST_LISTED);

export const extractPages: readonly Page[] = [
  {
    path: EXTRACTS,
    get: async (visit) => listView(visit.person, await listed(visit)),
    async post(visit) {
      const { list = '', asOf = '' } = visit.form;
      const payload = { list, ...(asOf !== '' && { asOf }) };
      try {
        const { headers } = await visit.ask({ method: 'POST', url: '/v1/ssid/extracts', payload });
        return visit.go(pageAt(String(headers.location)).replace('/ssid/', '/ssids/'));
      } catch (error) {
        if (!(error instanceof RefusedError)) throw error;
        visit.reply.code(error.refusal.status);
        return listView(visit.person, await listed(visit), refusalBox(error.refusal));
      }
    },
  },
  { path: `${EXTRACTS}/:id`, get: async (visit) => view(visit.person, await extractOf(visit)) },
  {
    path: `${EXTRACTS}/:id/progress`,
    get: (visit) =>
      visit.follow(async () => {
        const shown = await extractOf(visit);
        return { percent: shown.progress, hasEnded: hasEnded(shown) };
      }),
  },
];
