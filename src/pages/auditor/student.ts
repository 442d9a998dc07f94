/** `/extracts/ID/students/SSID`: the rows of a student in an extract, and why there are no more. */
import type { MissingExplanation } from '#explain/explanation';
import type { ShownRow } from '../coordinator/shown.ts';
import { frame } from '../frame.ts';
import { html } from '../html.ts';
import { link, table } from '../parts.ts';
import { keepPurpose } from '../purpose.ts';
import { purposeAsked } from '../purpose-field.ts';
import type { Person } from '../sessions.ts';
import { type Page, RefusedError, type Visit } from '../visit.ts';
import { conditionTree, recordLines } from './evidence.ts';

const UNKNOWN = 'No record of this student was in the store when the extract was made, as far as you may see.';

interface Shown {
  readonly person: Person;
  readonly extract: string;
  readonly ssid: string;
  readonly rows: readonly ShownRow[];
  /** Absent when the store knew no record of the student. */
  readonly missing: MissingExplanation | undefined;
}

/** What tells a row from the others. */
type RowOf = Pick<ShownRow, 'ssid' | 'reportingLEA' | 'school' | 'grade'>;

export const rowAddress = (extract: string, { ssid, reportingLEA, school, grade }: RowOf): string =>
  `/extracts/${extract}/rows/${[ssid, school, grade].map(encodeURIComponent).join('/')}?${new URLSearchParams({ reportingLEA }).toString()}`;

export function view({ person, extract, ssid, rows, missing }: Shown): string {
  return frame({
    title: rows.length > 0 ? 'Which rows does this student have?' : 'Why is this student not in the extract?',
    person,
    above: [
      ['Extracts', '/extracts'],
      ['Extract', `/extracts/${extract}`],
    ],
    main: html`<p class="answer">SSID <code>${ssid}</code>. ${rows.length > 0 ? `${rows.length} ${rows.length === 1 ? 'row' : 'rows'} in the extract.` : (missing?.sentence ?? UNKNOWN)}</p>
!${purposeAsked(person)}
!${
      rows.length > 0
        ? table(
            'Rows of the student',
            [{ name: 'Row' }, { name: 'LEA' }, { name: 'School' }, { name: 'Grade' }],
            rows.map((row) => [
              link('Why does it have its values?', rowAddress(extract, row)),
              row.reportingLEA,
              row.school,
              row.grade,
            ]),
          )
        : ''
    }
<section aria-labelledby="enrollments"><h2 id="enrollments">Enrollments of the student</h2>
!${(missing?.enrollments ?? []).map(
      ({ record, sentence, conditions, inExtract }) =>
        html`<details!${inExtract ? '' : ' open'}><summary>${sentence}</summary>!${recordLines(record)}<ul class="tree">!${conditionTree(conditions)}</ul></details>`,
    )}
!${missing?.enrollments.length ? '' : html`<p>There is no enrollment.</p>`}</section>
!${
      missing && missing.rejections.length > 0
        ? html`<section aria-labelledby="rejected"><h2 id="rejected">Rejected records of the student</h2><ul>!${missing.rejections.map(
            ({ message }) => html`<li>${message}</li>`,
          )}</ul></section>`
        : ''
    }`,
  });
}

async function shownTo(visit: Visit): Promise<Shown> {
  const { person, params } = visit;
  const [id, ssid] = [params['id'] as string, params['ssid'] as string];
  const address = `/v1/extracts/${visit.part('id')}`;
  const missing = await visit.ask<MissingExplanation>(`${address}/missing/${visit.part('ssid')}`).then(
    (answer) => answer.body,
    (error) => {
      // Nothing is known of the student; an extract that is out of reach is refused below.
      if (error instanceof RefusedError && error.refusal.status === 404) return undefined;
      throw error;
    },
  );
  const { body } = await visit.ask<{ rows: ShownRow[] }>(`${address}/rows?ssid=${visit.part('ssid')}`);
  return { person, extract: id, ssid, rows: body.rows, missing };
}

export const student: Page = {
  path: '/extracts/:id/students/:ssid',
  get: async (visit) => view(await shownTo(visit)),
};

/** A number that is typed goes into the path: an address bar shows it, a log of queries does not. */
export const studentLookup: Page = {
  path: '/extracts/:id/students',
  async post(visit) {
    // A field that was left blank says nothing.
    if (visit.form['purpose'] !== '') keepPurpose(visit);
    const ssid = String(visit.form['ssid'] ?? '').replaceAll(/\s/g, '');
    return visit.go(`/extracts/${visit.part('id')}/students/${encodeURIComponent(ssid)}`);
  },
};
