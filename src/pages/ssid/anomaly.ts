/** `/ssids/anomalies/ID`: one that looks wrong, what can be done about it, and what became of it. */
import type { AnomalyView } from '#service/schemas/anomaly';
import { frame } from '../frame.ts';
import { html } from '../html.ts';
import { refusalBox, table, tokenField } from '../parts.ts';
import { purposeAsked } from '../purpose-field.ts';
import type { Person } from '../sessions.ts';
import { type Form, type Page, RefusedError, type Visit } from '../visit.ts';
import { moment } from '../words.ts';
import { ANOMALIES, ANOMALIES_TITLE, mayChange, sidesTable, stateWords } from './anomaly-shown.ts';
import { PLACE } from './shown.ts';

interface Asked {
  readonly given?: Form;
  readonly refusal?: string;
}

export function view(person: Person, anomaly: AnomalyView, { given = {}, refusal = '' }: Asked = {}): string {
  return frame({
    title: 'What can be done about this student?',
    person,
    above: [...(mayChange(person) ? [PLACE] : []), [ANOMALIES_TITLE, ANOMALIES]],
    main: html`!${refusal}<p class="answer">${anomaly.says}</p>
<p>!${stateWords(anomaly.state)}. <span class="code">${anomaly.kind}</span> ${anomaly.says === anomaly.title ? '' : anomaly.title}</p>
!${purposeAsked(person)}
!${sidesTable(anomaly)}
!${mayChange(person) ? actions(person, anomaly, given) : ''}
!${table(
      'What became of it, oldest first',
      [{ name: 'When' }, { name: 'By' }, { name: 'State' }, { name: 'Why, or how' }],
      anomaly.entries.map(({ at, by, state, why }) => [
        moment(at),
        by,
        { html: stateWords(state) },
        why || 'not shown',
      ]),
    )}
<details><summary>Check and number of this finding</summary><p>Check <code>${anomaly.code}</code>, finding <code>${anomaly.id}</code></p></details>`,
  });
}

function actions(person: Person, anomaly: AnomalyView, given: Form): string {
  const { id, state } = anomaly;
  if (state === 'resolved') return html`<p>It is settled. It is open again when it is found again.</p>`;
  const form = (becomes: string, title: string, label: string, hint: string): string =>
    html`<form method="post" action="${ANOMALIES}/${id}/changes">!${tokenField(person)}<input type="hidden" name="becomes" value="${becomes}">
<p><label for="why-${becomes}">${label}</label> <input id="why-${becomes}" name="why" value="${given['becomes'] === becomes ? String(given['why'] ?? '') : ''}" size="40" maxlength="500" required autocomplete="off"></p>
<p><button>${title}</button> <span class="hint">${hint}</span></p></form>`;
  return html`<section aria-labelledby="do"><h2 id="do">What becomes of it?</h2>
!${state === 'open' ? retireForms(person, anomaly) : ''}
!${state === 'open' ? form('reviewed', 'Review as correct', 'Why it is correct as it is, such as twins', 'It stays so until its records change.') : ''}
!${form('resolved', 'Resolve', 'How it was settled', 'It is open again when it is found again.')}</section>`;
}

/** A number never stands in a query: a form leads to the page. The first of several numbers is the one to keep. */
function retireForms(person: Person, { id, sides }: AnomalyView): string {
  const numbers = [...new Set(sides.map(({ ssid }) => ssid))];
  if (numbers.length < 2) return '';
  const [keep, ...others] = numbers as [string, ...string[]];
  if (numbers.includes(''))
    return html`<p>One of the students is another LEA's. Agree with that LEA which number is retired; the county or the state retires it.</p>`;
  return html`!${others.map(
    (
      ssid,
    ) => html`<form method="post" action="/ssids/retire">!${tokenField(person)}<input type="hidden" name="retired" value="${ssid}"><input type="hidden" name="replacement" value="${keep}">!${others.length === 1 ? html`<input type="hidden" name="finding" value="${id}">` : ''}
<p><button>Retire ${ssid}, keep ${keep}</button> <span class="hint">The next page shows both students and what will change. ${keep} has the oldest enrollment.</span></p></form>`,
  )}`;
}

async function anomalyPage(visit: Visit, asked: Asked = {}): Promise<string> {
  const { body } = await visit.ask<AnomalyView>(`/v1/anomalies/${visit.part('id')}`);
  return view(visit.person, body, asked);
}

export const anomaly: Page = { path: `${ANOMALIES}/:id`, get: (visit) => anomalyPage(visit) };

export const anomalyChange: Page = {
  path: `${ANOMALIES}/:id/changes`,
  async post(visit) {
    const given = visit.form;
    const payload = { becomes: String(given['becomes'] ?? ''), why: String(given['why'] ?? '').trim() };
    try {
      await visit.ask({ method: 'POST', url: `/v1/anomalies/${visit.part('id')}/changes`, payload });
      return visit.go(`${ANOMALIES}/${visit.part('id')}`);
    } catch (error) {
      if (!(error instanceof RefusedError) || error.refusal.status === 404) throw error;
      visit.reply.code(error.refusal.status);
      return anomalyPage(visit, { given, refusal: refusalBox(error.refusal) });
    }
  },
};
