/** `/extracts/ID/rows/SSID/SCHOOL/GRADE`: why a row has its values. Prints as a page of evidence. */
import type { FieldExplanation, RowExplanation } from '#explain/explanation';
import { frame } from '../frame.ts';
import { html } from '../html.ts';
import { table } from '../parts.ts';
import { purposeAsked } from '../purpose-field.ts';
import type { Person } from '../sessions.ts';
import type { Page } from '../visit.ts';
import { day } from '../words.ts';
import { conditionTree, fieldEvidence, recordLines } from './evidence.ts';

export function view(person: Person, extract: string, row: RowExplanation, open: string | undefined): string {
  const { qualification, otherEnrollments, rulebook, runDate, window } = row;
  const derived = row.fields.filter(({ rule }) => rule);
  const copied = row.fields.filter(({ rule }) => !rule);
  return frame({
    title: 'Why does this row have its values?',
    person,
    above: [
      ['Extracts', '/extracts'],
      ['Extract', `/extracts/${extract}`],
      ['Student', `/extracts/${extract}/students/${row.ssid}`],
    ],
    main: html`<p class="answer">SSID <code>${row.ssid}</code>, LEA ${row.reportingLEA}, school ${row.school}, grade ${row.grade}.</p>
<p>${qualification.sentence}</p>
!${purposeAsked(person)}
<details><summary>The enrollment, and each condition of the selection</summary>!${recordLines(qualification.record)}
<ul class="tree">!${conditionTree(qualification.conditions)}</ul>
!${otherEnrollments.map(({ short }) => html`<p>Another enrollment: ${short}</p>`)}</details>
<section aria-labelledby="derived"><h2 id="derived">Derived fields</h2>
!${derived.map((field) => fieldEvidence(field, field.field === open))}</section>
<section aria-labelledby="copied"><h2 id="copied">Fields that are copied</h2>
!${table(
      'Fields that are copied',
      [{ name: 'Field' }, { name: 'Value' }, { name: 'From' }],
      copied.map((field) => [`${field.field} ${field.name}`, { html: html`<code>${field.value}</code>` }, from(field)]),
    )}</section>
!${
      row.secondOpinion
        ? html`<p>${
            row.secondOpinion.agree
              ? `${row.secondOpinion.second.engine} ${row.secondOpinion.second.version}, another program, worked out the same from the same rules.`
              : `${row.secondOpinion.second.engine} ${row.secondOpinion.second.version}, another program, worked out something else from the same rules: tell whoever runs the service.`
          }</p>`
        : ''
    }
<p class="hint">Window ${day(window.start)} to ${day(window.end)}, made as of ${day(runDate)}, by ${rulebook.name} ${rulebook.version}, <code>${rulebook.sha256}</code>, extract <code>${extract}</code>.</p>`,
  });
}

function from({ copied }: FieldExplanation): string {
  if (copied?.from === 'record') return `${copied.columnNumber} ${copied.columnName}`;
  return copied?.from === 'layout' ? 'the same in every row' : 'the loading of the record';
}

export const row: Page = {
  path: '/extracts/:id/rows/:ssid/:school/:grade',
  async get(visit) {
    const { query, person } = visit;
    const [id, ssid, school, grade] = ['id', 'ssid', 'school', 'grade'].map((name) => visit.part(name));
    const which = query['reportingLEA'];
    const { body } = await visit.ask<RowExplanation>(
      `/v1/extracts/${id}/rows/${ssid}/${school}/${grade}/explanation${which === undefined ? '' : `?reportingLEA=${encodeURIComponent(which)}`}`,
    );
    return view(person, id as string, body, query['field']);
  },
};
