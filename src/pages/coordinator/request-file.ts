/** `/extracts/new`: the request of the Cumulative Enrollment Extract, in the steps and words of the portal. */
import { amount } from '#base/text';
import type { Counted } from '#pipeline/enrollment-counts';
import { withDashes } from '#records/days';
import { whyNoEmail } from '#service/outbox/mail';
import { frame } from '../frame.ts';
import { html } from '../html.ts';
import { refusalBox, tokenField } from '../parts.ts';
import type { Person } from '../sessions.ts';
import { type Form, type Page, pageAt, RefusedError, type Visit } from '../visit.ts';
import { type Choices, choicesOf } from './choices.ts';
import { nameAndEmail, nameAndEmailOf } from './name-and-email.ts';

interface Shown {
  readonly person: Person;
  readonly choices: Choices;
  readonly lea: string;
  readonly given: Form;
  /** CCYYMMDD */
  readonly today: string;
  /** Why the person gets no e-mail, if they do not. */
  readonly noEmail: string | undefined;
  readonly refusal?: string;
}

const TYPES = [
  ['year', 'Academic Year'],
  ['asOf', 'As-of Date'],
  ['range', 'Date Range'],
] as const;

const listOf = (given: Form[string]): readonly string[] => (given === undefined ? [] : [given].flat());

/** Boxes to check; none checked means all. */
const boxes = (name: string, legend: string, counts: Counted, chosen: readonly string[]): string =>
  html`<fieldset class="boxes"><legend>${legend}</legend>
<p class="hint">None checked means all. Beside each: how many enrollments it has.</p>
!${counts.map(
    ([value, count], i) =>
      html`<label for="${name}-${String(i)}"><input id="${name}-${String(i)}" type="checkbox" name="${name}" value="${value}"!${chosen.includes(value) ? ' checked' : ''}> <code>${value}</code> <small>${amount(count, 'enrollment')}</small></label>
`,
  )}</fieldset>`;

const options = (values: readonly string[], chosen: string): string =>
  values.map((value) => html`<option!${value === chosen ? ' selected' : ''}>${value}</option>`).join('');

export function view({ person, choices, lea, given, today, noEmail, refusal = '' }: Shown): string {
  const of = choices.get(lea);
  const years = (of?.years ?? []).map(([year]) => year).reverse();
  const type = String(given['type'] ?? 'year');
  const text = (name: string, otherwise = ''): string => String(given[name] ?? otherwise);
  return frame({
    title: 'Request an extract',
    person,
    above: [['Extracts', '/extracts']],
    modules: ['request.js'],
    main: html`!${refusal}
!${
      choices.size > 1
        ? html`<form method="get" action="/extracts/new"><p><label for="of">Whose enrollments</label> <select id="of" name="lea">!${options([...choices.keys()], lea)}</select> <button>Request for this LEA</button></p></form>`
        : ''
    }
!${
      of === undefined
        ? html`<p>There are no enrollments yet to make an extract of. <a href="/uploads/new">Upload files</a> first.</p>`
        : html`<form method="post" action="/extracts/new" class="request">!${tokenField(person)}
<p><label for="file-type">File Type</label> <input id="file-type" value="Cumulative Enrollment (CENR)" disabled></p>
<fieldset><legend>Parameter Type</legend>
!${TYPES.map(
            ([
              value,
              words,
            ]) => html`<label for="type-${value}"><input id="type-${value}" type="radio" name="type" value="${value}"!${value === type ? ' checked' : ''}> ${words}</label>
`,
          )}</fieldset>
<p><label for="lea">Reporting LEA</label> <input id="lea" name="lea" value="${lea}" readonly></p>
!${boxes('school', 'Schools', of.schools, listOf(given['school']))}
!${boxes('grade', 'Grade levels', of.grades, listOf(given['grade']))}
<div data-type="year"><p><label for="year">Academic Year</label> <select id="year" name="year">!${options(years, text('year', years[0]))}</select></p>
<p><label for="adjusted"><input id="adjusted" type="checkbox" name="adjusted" value="yes"!${given['adjusted'] === undefined ? '' : ' checked'}> Adjusted: only enrollments of that academic year</label></p></div>
<div data-type="asOf"><p><label for="as-of">As-of Date</label> <input id="as-of" name="asOf" type="date" value="${text('asOf', withDashes(today))}"></p></div>
<div data-type="range"><p><label for="from">First day</label> <input id="from" name="from" type="date" value="${text('from')}">
<label for="through">Last day</label> <input id="through" name="through" type="date" value="${text('through')}"></p></div>
<p class="hint" data-types>Fill in what belongs to the Parameter Type that you chose above. The others are not used.</p>
!${nameAndEmail(given, person.key.email, noEmail)}
<p><button>Request File</button></p>
</form>`
    }`,
  });
}

/** The body of POST /v1/extracts that the form asks for. */
function requestOf(form: Form): object {
  const schools = listOf(form['school']);
  const grades = listOf(form['grade']);
  const days =
    form['type'] === 'asOf'
      ? { asOf: form['asOf'] }
      : form['type'] === 'range'
        ? { from: form['from'], through: form['through'] }
        : { academicYear: form['year'], ...(form['adjusted'] !== undefined && { adjusted: true }) };
  return {
    reportingLEAs: [form['lea']],
    ...days,
    ...(schools.length > 0 && { schools }),
    ...(grades.length > 0 && { grades }),
    ...nameAndEmailOf(form),
  };
}

async function shownTo(visit: Visit, given: Form, asked: string | undefined): Promise<Shown> {
  const { app, person } = visit;
  const choices = await choicesOf(app, person.key.leas);
  const [first = ''] = choices.keys();
  const lea = asked !== undefined && choices.has(asked) ? asked : first;
  return { person, choices, lea, given, today: app.today(), noEmail: whyNoEmail(app.config, person.key) };
}

export const requestFile: Page = {
  path: '/extracts/new',
  get: async (visit) => view(await shownTo(visit, {}, visit.query['lea'])),
  async post(visit) {
    const { form } = visit;
    try {
      const { headers } = await visit.ask({
        method: 'POST',
        url: '/v1/extracts',
        headers: { 'content-type': 'application/json' },
        payload: JSON.stringify(requestOf(form)),
      });
      return visit.go(pageAt(String(headers.location)));
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
      visit.reply.code(error.refusal.status);
      return view({ ...(await shownTo(visit, form, String(form['lea']))), refusal: refusalBox(error.refusal) });
    }
  },
};
