/** `/ssids/matches/ID`: for each student without a number the candidates side by side, and the choice. */
import { hasEnded } from '../coordinator/shown.ts';
import { frame } from '../frame.ts';
import { html } from '../html.ts';
import { progress, table, tokenField } from '../parts.ts';
import type { Person } from '../sessions.ts';
import { type Page, pageAt, type Visit } from '../visit.ts';
import { day, moment, number } from '../words.ts';
import { candidateLinks, extractForms } from './downloads.ts';
import {
  agreementCell,
  NEW,
  nameOf,
  PLACE,
  partOf,
  personWords,
  type ShownCandidate,
  type ShownMatch,
  type ShownRequest,
  TITLE,
} from './shown.ts';

export interface Listed {
  readonly requests: readonly ShownRequest[];
  readonly next?: string | undefined;
}

interface Asked {
  /** By line. */
  readonly chosen?: ReadonlyMap<string, string>;
  readonly refusal?: string;
}

/** Students on one page. */
const MOST = 20;

const students = (n: number): string => `${number(n)} ${n === 1 ? 'student' : 'students'}`;

function answerOf({ requests = 0, withoutCandidate = 0, assigned = 0 }: ShownMatch): string {
  const like = requests - withoutCandidate;
  const found = `For ${number(like)} of ${students(requests)} there is somebody like them; ${number(withoutCandidate)} ${withoutCandidate === 1 ? 'is' : 'are'} like nobody.`;
  return assigned > 0 ? `${found} ${number(assigned)} ${assigned === 1 ? 'has' : 'have'} a number by now.` : found;
}

export function view(person: Person, match: ShownMatch, listed?: Listed, asked: Asked = {}): string {
  const address = `/ssids/matches/${match.id}`;
  const isDone = hasEnded(match);
  return frame({
    title: TITLE,
    person,
    above: [PLACE],
    ...(isDone ? {} : { modules: ['progress.js'], again: 5 }),
    main: html`!${asked.refusal ?? ''}!${
      isDone
        ? listed
          ? html`<p class="answer">${answerOf(match)}</p>`
          : html`<p class="answer">${match.status === 'Failed' ? `The file could not be matched. ${match.failure ?? ''}` : 'What was found was removed, and the file with it. Numbers that were given stay.'}</p>`
        : html`<div role="status" data-job="${address}/progress"><p class="answer">The students are being compared with everybody in the store: ${match.status}. The candidates come next.</p>
!${progress('How far it is', match.progress)}</div>`
    }
<p class="hint">${match.file}, sent ${moment(match.requestedAt)}.</p>
!${listed ? content(person, match, listed, asked) : ''}`,
  });
}

function content(
  person: Person,
  { id }: ShownMatch,
  { requests, next }: Listed,
  { chosen = new Map() }: Asked,
): string {
  const address = `/ssids/matches/${id}`;
  const withNumber = requests.filter(({ assigned }) => assigned !== undefined);
  const waiting = requests.filter(({ assigned }) => assigned === undefined);
  return html`!${withNumber.length > 0 ? numbers(withNumber) : ''}
!${
    waiting.length > 0
      ? html`<form method="post" action="${address}/confirm">!${tokenField(person)}
!${waiting.map((request) => requestPart(request, chosen.get(request.line)))}
<p><button>Show what will happen</button> <span class="hint">Nothing is done before you confirm it.</span></p></form>`
      : ''
  }
!${next === undefined ? '' : html`<p><a href="${next}">More students</a></p>`}
!${candidateLinks(id)}
!${withNumber.length > 0 ? extractForms(person) : ''}
<details><summary>Choose by a response file, or remove this</summary>
<form method="post" action="${address}/response">!${tokenField(person)}
<p><label for="response">On each line the line of a student and the SSID that you chose, or NEW</label></p>
<p><textarea id="response" name="response" rows="4" cols="40" required placeholder="1,NEW"></textarea></p>
<p><button>Assign these at once</button></p></form>
<form method="post" action="${address}/remove">!${tokenField(person)}
<p><button>Remove the file and its candidates</button> <span class="hint">Numbers that were given stay.</span></p></form></details>`;
}

const ORIGINS = {
  new: 'a new number',
  chosen: 'you chose it',
  before: 'the number of an earlier request',
  waiting: '',
} as const;

const numbers = (requests: readonly ShownRequest[]): string =>
  table(
    'Students who have a number now',
    [{ name: 'Line' }, { name: 'Local Student ID' }, { name: 'Student' }, { name: 'SSID' }, { name: 'How' }],
    requests.map(({ line, localStudentID, person, assigned }) => [
      ...[line, localStudentID, personWords(person), assigned?.ssid ?? ''],
      ORIGINS[assigned?.origin ?? 'waiting'],
    ]),
  );

function requestPart(request: ShownRequest, chosen = ''): string {
  const { line, person, localStudentID, school, grade, enrollmentStartDate, candidates } = request;
  const radio = (value: string, words: string): string =>
    html`<label for="line-${line}-${value}"><input type="radio" id="line-${line}-${value}" name="line-${line}" value="${value}"!${value === chosen ? ' checked' : ''}> !${words}</label>`;
  return html`<section class="ssid-request" aria-labelledby="request-${line}"><h2 id="request-${line}">${personWords(person)}</h2>
<p class="hint">Line ${line}, local student ID ${localStudentID}, school ${school}, grade ${grade}, from ${day(enrollmentStartDate)}</p>
<fieldset><legend>Which number does ${nameOf(person)} get?</legend>
!${candidates.length > 0 ? candidateTable(request, radio) : html`<p>Nobody in the store is like this student.</p>`}
<p class="ssid-choices">!${radio(NEW, 'A new number')} !${radio('', 'Decide later')}</p></fieldset></section>`;
}

function candidateTable({ line, person, candidates }: ShownRequest, radio: (value: string, words: string) => string) {
  const [first] = candidates as readonly [ShownCandidate];
  const head = ({ ssid, score, own }: ShownCandidate): string =>
    html`<th scope="col">!${radio(ssid, html`<span class="code">${ssid}</span>`)}<br><small>score ${String(score)}, ${own ? 'a student of yours' : "another LEA's student"}</small></th>`;
  const last = (candidate: ShownCandidate): string =>
    candidate.own
      ? html`<td>LEA ${candidate.lastLEA}, school ${candidate.lastSchool}, grade ${candidate.lastGrade}<br>${candidate.lastExitDate === '' ? 'no exit' : `exit ${day(candidate.lastExitDate)}, ${candidate.lastExitReason}`}</td>`
      : html`<td>Ask LEA ${candidate.lastLEA}</td>`;
  return html`<div class="table" role="region" aria-label="Candidates of line ${line}" tabindex="0"><table>
<caption>Who it may be</caption>
<thead><tr><th scope="col">Part</th><th scope="col">As you sent it</th>!${candidates.map(head)}</tr></thead>
<tbody>!${first.parts.map(
    (
      { part, name },
      i,
    ) => html`<tr><th scope="row">${name}</th><td>${partOf(person, part) || 'blank'}</td>!${candidates.map(
      (candidate) =>
        html`<td>!${agreementCell(candidate.parts[i] as ShownCandidate['parts'][number], candidate.person ? partOf(candidate.person, part) : '')}</td>`,
    )}</tr>
`,
  )}<tr><th scope="row">Last enrolled</th><td></td>!${candidates.map(last)}</tr>
<tr><th scope="row">Why</th><td></td>!${candidates.map(({ reason }) => html`<td>${reason}</td>`)}</tr></tbody>
</table></div>`;
}

const addressOf = (visit: Visit): string => `/v1/ssid/matches/${visit.part('id')}`;

export const matchOf = async (visit: Visit): Promise<ShownMatch> =>
  (await visit.ask<ShownMatch>(addressOf(visit))).body;

/** The page as it is now, with what was chosen and refused. */
export async function matchPage(visit: Visit, asked: Asked = {}): Promise<string> {
  const match = await matchOf(visit);
  if (match.status !== 'Complete') return view(visit.person, match, undefined, asked);
  const { requests, next } = await visit.list<Listed & { readonly next?: string }>(
    `${addressOf(visit)}/candidates`,
    MOST,
  );
  return view(
    visit.person,
    match,
    { requests, next: next && pageAt(next).replace(/^\/ssid\/(.*)\/candidates/, '/ssids/$1') },
    asked,
  );
}

export const match: Page = {
  path: '/ssids/matches/:id',
  get: (visit) => matchPage(visit),
};

export const matchSteps: readonly Page[] = [
  {
    path: '/ssids/matches/:id/progress',
    get: (visit) =>
      visit.follow(async () => {
        const shown = await matchOf(visit);
        return { percent: shown.progress, hasEnded: hasEnded(shown) };
      }),
  },
  {
    path: '/ssids/matches/:id/remove',
    async post(visit) {
      await visit.ask({ method: 'DELETE', url: addressOf(visit) });
      return visit.go(`/ssids/matches/${visit.part('id')}`);
    },
  },
];
