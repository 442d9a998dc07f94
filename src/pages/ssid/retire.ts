/** `/ssids/retire`: two numbers of one student, side by side; one of them is retired. */
import type { Static } from 'typebox';
import type { Comparison, Done } from '#service/schemas/replacement';
import { frame } from '../frame.ts';
import { html } from '../html.ts';
import { refusalBox, tokenField } from '../parts.ts';
import type { Person } from '../sessions.ts';
import { type Form, type Page, RefusedError, type Visit } from '../visit.ts';
import { day, number } from '../words.ts';
import { ANOMALIES, ANOMALIES_TITLE } from './anomaly-shown.ts';
import { doneWords, listOf, view as replacementsView } from './replacements.ts';
import { agreementCell, PLACE, partOf, personWords } from './shown.ts';

export type ShownComparison = Static<typeof Comparison>;
type Side = ShownComparison['retired'];

const TITLE = 'Which of two numbers does a student keep?';
/** Of what the service takes. */
const MOST_WHY = 500;
const NUMBER = /^\d{10}$/;

interface Shown {
  readonly given: Form;
  readonly found?: ShownComparison;
  readonly refusal?: string;
}

export function view(person: Person, { given, found, refusal = '' }: Shown): string {
  const text = (name: string): string => String(given[name] ?? '').trim();
  const field = (name: string, words: string): string =>
    html`<p><label for="${name}">${words}</label> <input id="${name}" name="${name}" value="${text(name)}" size="11" maxlength="10" pattern="[0-9]{10}" inputmode="numeric" autocomplete="off" required></p>`;
  return frame({
    title: TITLE,
    person,
    above: [PLACE],
    main: html`!${refusal}
<form method="post" action="/ssids/retire">!${tokenField(person)}
!${field('retired', 'The number to retire')}
!${field('replacement', 'The number that the student keeps')}
!${findingField(text('finding'))}<p><button>Show both students</button> <span class="hint">Nothing is done before you confirm it.</span></p></form>
!${found ? comparison(person, found, { why: text('why'), finding: text('finding') }) : ''}`,
  });
}

/** The finding that led here, which is settled by retiring. */
const findingField = (id: string): string =>
  id === '' ? '' : html`<input type="hidden" name="finding" value="${id}">`;

interface AskedFor {
  readonly why: string;
  readonly finding: string;
}

function comparison(person: Person, found: ShownComparison, { why, finding }: AskedFor): string {
  const { retired, replacement, score, reason, parts } = found;
  const head = ({ ssid }: Side, words: string): string =>
    html`<th scope="col"><span class="code">${ssid}</span><br><small>${words}</small></th>`;
  const row = (name: string, of: (side: Side) => string): string =>
    html`<tr><th scope="row">${name}</th><td>${of(retired)}</td><td>${of(replacement)}</td></tr>
`;
  const dated = (text = ''): string => (text === '' ? '' : day(text));
  return html`<section aria-labelledby="both"><h2 id="both">Both students</h2>
<p class="answer">They are alike with a score of ${String(score)} of 100: ${reason}.</p>
<div class="table" role="region" aria-label="Both students" tabindex="0"><table>
<caption>Side by side</caption>
<thead><tr><th scope="col">Part</th>!${head(retired, 'to retire')}!${head(replacement, 'stays')}</tr></thead>
<tbody>!${parts.map(
    (part) =>
      html`<tr><th scope="row">${part.name}</th><td>${retired.person ? partOf(retired.person, part.part) : ''}</td><td>!${agreementCell(part, replacement.person ? partOf(replacement.person, part.part) : '')}</td></tr>
`,
  )}!${row('Gender', ({ person: who }) => who?.gender ?? '')}!${row('LEAs', ({ leas }) => leas.join(', '))}!${row('Last school', ({ lastSchool = '' }) => lastSchool)}!${row('Last grade', ({ lastGrade = '' }) => lastGrade)}!${row('Local student ID', ({ localStudentID = '' }) => localStudentID)}!${row('Last enrollment', ({ lastStartDate, lastExitDate }) => (lastStartDate ? `from ${dated(lastStartDate)}${lastExitDate ? ` to ${dated(lastExitDate)}` : ''}` : ''))}!${row('Records', ({ records }) => number(records))}</tbody>
</table></div>
<h2>What will change</h2>
<ul>
<li>${amount(retired.records)} of ${retired.ssid} ${retired.records === 1 ? 'joins' : 'join'} the history of ${replacement.ssid}${retired.person ? `, ${personWords(retired.person)}` : ''}.</li>
<li>Of two records with one key the one that was loaded last holds; the result names both.</li>
<li>Extracts have one student from then on. Extracts of before can still be verified.</li>
<li>It can be undone as long as nobody has sent anything for ${replacement.ssid} since.</li>
</ul>
<form method="post" action="/ssids/retire">!${tokenField(person)}
<input type="hidden" name="retired" value="${retired.ssid}"><input type="hidden" name="replacement" value="${replacement.ssid}"><input type="hidden" name="step" value="retire">!${findingField(finding)}
<p><label for="why">Why, for whoever asks later</label> <input id="why" name="why" value="${why}" size="50" maxlength="500" required></p>
<p><button>Retire ${retired.ssid}</button></p></form></section>`;
}

const amount = (records: number): string => `${number(records)} ${records === 1 ? 'record' : 'records'}`;

const refusedForm = (message: string): RefusedError =>
  new RefusedError({ status: 400, code: 'CENR_REQUEST_INVALID', title: 'This cannot be looked for', detail: message });

async function comparedFor(
  visit: Visit,
  { retired, replacement }: Readonly<Record<'retired' | 'replacement', string>>,
) {
  for (const ssid of [retired, replacement])
    if (!NUMBER.test(ssid)) throw refusedForm(`Found "${ssid}", expected an SSID of ten digits.`);
  return (await visit.ask<ShownComparison>(`/v1/ssid/replacements/${retired}/by/${replacement}`)).body;
}

/** Resolves the finding that led here, and says so; `''` for none. */
async function settledBy(visit: Visit, finding: string, how: string): Promise<string> {
  if (finding === '') return '';
  const url = `/v1/anomalies/${encodeURIComponent(finding)}/changes`;
  const back = html`<a href="${ANOMALIES}">${ANOMALIES_TITLE}</a>`;
  try {
    await visit.ask({ method: 'POST', url, payload: { becomes: 'resolved', why: how.slice(0, MOST_WHY) } });
    return html`<p>The finding is settled. !${back}</p>`;
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    return html`<p>The finding is not settled: ${error.refusal.detail ?? error.refusal.title} !${back}</p>`;
  }
}

export const retire: Page = {
  path: '/ssids/retire',
  get: async (visit) => view(visit.person, { given: {} }),
  async post(visit) {
    const given = visit.form;
    const text = (name: string): string => String(given[name] ?? '').trim();
    const asked = { retired: text('retired'), replacement: text('replacement') };
    let found: ShownComparison | undefined;
    try {
      found = await comparedFor(visit, asked);
      if (text('step') !== 'retire') return view(visit.person, { given, found });
      const why = text('why');
      const payload = { ...asked, why };
      const { body } = await visit.ask<Static<typeof Done>>({ method: 'POST', url: '/v1/ssid/replacements', payload });
      const { retired, replacement } = asked;
      const settled = await settledBy(visit, text('finding'), `${retired} retired in favor of ${replacement}: ${why}`);
      const done = doneWords(`${retired} is retired; ${replacement} replaces it.`, body);
      return replacementsView(visit.person, await listOf(visit), { done: html`!${done}!${settled}` });
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
      visit.reply.code(error.refusal.status);
      return view(visit.person, { given, ...(found && { found }), refusal: refusalBox(error.refusal) });
    }
  },
};
