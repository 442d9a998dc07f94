/**
 * `/extracts/ID/rows/SSID/SCHOOL/GRADE`: why a row has its values: every field in a sentence, and the one that is asked for
 * (`?field=`) in full. `…/evidence`: the same to print, every derived field in full, or only the one that is asked for.
 */
import type { FieldExplanation, RowExplanation } from '#explain/explanation';
import { frame } from '../frame.ts';
import { html } from '../html.ts';
import { table } from '../parts.ts';
import { purposeAsked } from '../purpose-field.ts';
import type { Person } from '../sessions.ts';
import type { Page, Visit } from '../visit.ts';
import { moment } from '../words.ts';
import { rowPath, studentAddress } from './addresses.ts';
import {
  type Around,
  conditionTree,
  copiedFrom,
  fieldEvidence,
  fieldName,
  identification,
  rowOpinionWords,
} from './evidence.ts';
import { formerlyWords, namedBy, recordLines } from './records.ts';

interface Shown {
  readonly person: Person;
  readonly extract: string;
  readonly row: RowExplanation;
  readonly around: Around;
  /** A field in full, as both engines see it. */
  readonly open?: { readonly field: FieldExplanation; readonly row: RowExplanation } | undefined;
}

const isDerived = ({ rule }: FieldExplanation): boolean => rule !== undefined;

/** The address of this row, with a field or without one. */
function address({ extract, row }: Shown, page: '' | '/evidence', field?: string): string {
  const query = new URLSearchParams({
    reportingLEA: row.reportingLEA,
    ...(field !== undefined && { field }),
  });
  return `${rowPath(extract, row)}${page}?${query.toString()}${field === undefined || page !== '' ? '' : `#${anchor(field)}`}`;
}

const anchor = (field: string): string => `field-${field}`;

const whose = ({ ssid, reportingLEA, school, grade, formerly }: RowExplanation): string =>
  html`SSID <code>${ssid}</code>, LEA ${reportingLEA}, school ${school}, grade ${grade}. !${formerlyWords(formerly)}`;

export function view(shown: Shown): string {
  const { person, extract, row, around } = shown;
  const { qualification, otherEnrollments, laws = [] } = row;
  return frame({
    title: 'Why does this row have its values?',
    person,
    identified: identification(extract, row),
    above: [
      ['Extracts', '/extracts'],
      ['Extract', `/extracts/${extract}`],
      ['Student', around.student],
    ],
    main: html`<p class="answer">!${whose(row)}</p>
<p>${qualification.sentence}</p>
!${laws.map(({ sentence }) => html`<p class="warned">${sentence}</p>`)}
<p><a class="button" href="${address(shown, '/evidence')}">Print evidence</a></p>
!${purposeAsked(person)}
<details><summary>The enrollment, and each condition of the selection</summary>!${recordLines(qualification.record, around.named, around.student)}
<ul class="tree">!${conditionTree(qualification.conditions)}</ul>
!${otherEnrollments.map(({ short }) => html`<p>Another enrollment: ${short}</p>`)}</details>
<section aria-labelledby="derived"><h2 id="derived">Derived fields</h2>
!${row.fields.filter(isDerived).map((field) => fieldPart(field, shown))}</section>
!${copiedPart(row)}
<p class="hint screen">!${identification(extract, row)}</p>`,
  });
}

/** A field in its sentence, or in full when it is open. */
function fieldPart(field: FieldExplanation, shown: Shown): string {
  const { open, around, row } = shown;
  const { field: no } = field;
  if (open?.field.field !== no)
    return html`<div class="field" id="${anchor(no)}"><h3><a href="${address(shown, '', no)}">!${fieldName(field)}</a></h3><p>${field.short}</p></div>`;
  const time = `${around.student}?${new URLSearchParams({ field: no, row: [row.reportingLEA, row.school, row.grade].join('-') }).toString()}#time`;
  return html`<details class="field" id="${anchor(no)}" open><summary><h3>!${fieldName(field)}</h3></summary>
!${fieldEvidence(open.field, around, open.row.secondOpinion)}
<p><a href="${time}">Show it on the student's line of time</a>, <a href="${address(shown, '/evidence', no)}">print evidence of this field</a></p></details>`;
}

const copiedPart = ({ fields }: RowExplanation): string => {
  const copied = fields.filter((field) => !isDerived(field));
  return copied.length === 0
    ? ''
    : html`<section aria-labelledby="copied"><h2 id="copied">Fields that are copied</h2>
!${table(
        'Fields that are copied',
        [{ name: 'Field' }, { name: 'Value' }, { name: 'From' }],
        copied.map((field) => [
          `${field.field} ${field.name}`,
          { html: html`<code>${field.value}</code>${field.meaning === undefined ? '' : ` ${field.meaning}`}` },
          copiedFrom(field),
        ]),
      )}</section>`;
};

/** To print: identification on top of every page, and no navigation. */
export function evidenceView(shown: Shown, now: string): string {
  const { person, extract, row, around } = shown;
  const { qualification, otherEnrollments, laws = [], secondOpinion, fields } = row;
  const derived = fields.filter(isDerived);
  const [only] = derived;
  const isOne = fields.length === 1 && only !== undefined;
  const title = isOne ? `Evidence: why field ${only.field} has its value` : 'Evidence: why a row has its values';
  const enrollmentPart = html`<section aria-labelledby="enrollment"><h2 id="enrollment">The enrollment</h2>!${recordLines(qualification.record, around.named, around.student)}
<ul class="tree">!${conditionTree(qualification.conditions)}</ul>
!${otherEnrollments.map(({ short }) => html`<p>Another enrollment: ${short}</p>`)}</section>`;
  const fieldsPart = html`<h2>${isOne ? 'The field' : 'Derived fields'}</h2>
!${derived.map(
    (field) =>
      html`<section aria-labelledby="${anchor(field.field)}" class="evidence"><h3 id="${anchor(field.field)}">!${fieldName(field)}</h3>!${fieldEvidence(field, around, secondOpinion)}</section>`,
  )}`;
  return frame({
    title,
    person,
    identified: html`!${identification(extract, row)} Made ${moment(now)}.`,
    above: [
      ['Extracts', '/extracts'],
      ['Extract', `/extracts/${extract}`],
      ['Student', around.student],
      ['Row', address(shown, '')],
    ],
    modules: ['print.js'],
    main: html`<p class="screen"><button type="button" data-print hidden>Print</button> <span class="hint">Or print this page with your browser: it has no navigation on paper.</span></p>
<p class="answer">!${whose(row)}</p><p>${qualification.sentence}</p>
!${laws.map(({ sentence }) => html`<p class="warned">${sentence}</p>`)}
!${secondOpinion ? html`<p>${rowOpinionWords(secondOpinion)}</p>` : ''}
!${isOne ? html`!${fieldsPart}!${enrollmentPart}` : html`!${enrollmentPart}!${fieldsPart}`}
!${copiedPart(row)}
<p class="hint screen">!${identification(extract, row)}</p>`,
  });
}

/** How much of a row is asked for. */
interface Asked {
  readonly field?: string | undefined;
  /** Whether also what takes long: why not, what would change it, the second opinion. */
  readonly inFull: boolean;
}

async function explained(visit: Visit, { field, inFull }: Asked): Promise<RowExplanation> {
  const [id, ssid, school, grade] = ['id', 'ssid', 'school', 'grade'].map((name) => visit.part(name));
  const { reportingLEA } = visit.query;
  const query = new URLSearchParams({
    ...(reportingLEA !== undefined && { reportingLEA }),
    ...(field !== undefined && { field }),
    ...(!inFull && { secondOpinion: 'false', whyNot: 'false', changes: 'false' }),
  });
  const path = `/v1/extracts/${id}/rows/${ssid}/${school}/${grade}/explanation`;
  return (await visit.ask<RowExplanation>(`${path}?${query.toString()}`)).body;
}

async function shownWith(visit: Visit, explanation: RowExplanation): Promise<Shown> {
  const { person, params } = visit;
  const extract = params['id'] as string;
  const { schemas } = (await visit.app.explanations.by(explanation.rulebook.sha256)).rulebook;
  const around = { named: namedBy(schemas), student: studentAddress(extract, explanation.ssid) };
  return { person, extract, row: explanation, around };
}

const PATH = '/extracts/:id/rows/:ssid/:school/:grade';

export const row: Page = {
  path: PATH,
  async get(visit) {
    const { field } = visit.query;
    const shown = await shownWith(visit, await explained(visit, { inFull: false }));
    // A retired number leads to the page of the active one.
    if (shown.row.ssid !== visit.params['ssid']) return visit.go(address(shown, '', field));
    if (field === undefined) return view(shown);
    const open = await explained(visit, { field, inFull: true });
    const [only] = open.fields;
    return view({ ...shown, open: only && { field: only, row: open } });
  },
};

export const evidence: Page = {
  path: `${PATH}/evidence`,
  async get(visit) {
    const { field } = visit.query;
    const shown = await shownWith(visit, await explained(visit, { field, inFull: true }));
    if (shown.row.ssid !== visit.params['ssid']) return visit.go(address(shown, '/evidence', field));
    return evidenceView(shown, visit.app.clock().toISOString());
  },
};
