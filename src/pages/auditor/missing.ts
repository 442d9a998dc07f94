/** `/extracts/ID/missing`: who has records in the window and no row, by reason. */
import { amount } from '#base/text';
import type { MissingList } from '#service/schemas/missing';
import { frame } from '../frame.ts';
import { html } from '../html.ts';
import { table } from '../parts.ts';
import { purposeAsked } from '../purpose-field.ts';
import type { Person } from '../sessions.ts';
import { type Page, pageAt } from '../visit.ts';
import { number } from '../words.ts';
import { studentAddress } from './addresses.ts';
import { identifiedOf } from './of-extract.ts';
import { findStudent } from './student.ts';
import { surveyed } from './survey.ts';

/** On one page. */
const MOST = 100;

const TITLE = 'Who is not in the extract?';

interface Shown extends MissingList {
  readonly person: Person;
  readonly extract: string;
  readonly identified: string;
  /** The reason that is asked for. */
  readonly reason?: string | undefined;
}

export function view({ person, extract, identified, reason: chosen, reasons, students, next }: Shown): string {
  const total = reasons.reduce((sum, reason) => sum + reason.students, 0);
  const address = `/extracts/${extract}/missing`;
  const says = (reason: string): string => reasons.find((each) => each.reason === reason)?.says ?? reason;
  return frame({
    title: TITLE,
    person,
    identified,
    above: [
      ['Extracts', '/extracts'],
      ['Extract', `/extracts/${extract}`],
    ],
    main: html`<p class="answer">${
      total === 0
        ? 'Nobody is missing: every student with a record in the window has a row.'
        : `${amount(total, 'student')} ${total === 1 ? 'has' : 'have'} records in the window, or a rejected enrollment, and no row.`
    }</p>
<p class="hint screen">!${identified}</p>
!${purposeAsked(person)}
!${findStudent(person, extract)}
!${
      total === 0
        ? ''
        : html`<section aria-labelledby="reasons"><h2 id="reasons">By reason</h2>
!${table(
            'Students by reason',
            [{ name: 'What keeps them out' }, { name: 'Students', isNumber: true }],
            reasons.map(({ reason, says: words, students: count }) => [
              {
                html: html`<a href="${address}?${new URLSearchParams({ reason }).toString()}#students"!${reason === chosen ? ' aria-current="true"' : ''}>${words}</a>`,
              },
              number(count),
            ]),
          )}
<p class="hint">Of a student with several enrollments, the one counts that comes closest to having a row.</p></section>
<section aria-labelledby="students"><h2 id="students">${chosen === undefined ? 'Students' : 'Students with this reason'}</h2>
!${chosen === undefined ? '' : html`<p>${says(chosen)} <a href="${address}">All reasons</a></p>`}
!${table(
            'Students without a row, by SSID',
            [
              { name: 'SSID' },
              { name: 'Enrollments', isNumber: true },
              ...(chosen === undefined ? [{ name: 'What keeps them out' }] : []),
            ],
            students.map(({ ssid, enrollments, reason }) => [
              { html: html`<a href="${studentAddress(extract, ssid)}"><code>${ssid}</code></a>` },
              number(enrollments),
              ...(chosen === undefined ? [says(reason)] : []),
            ]),
          )}
!${next === undefined ? '' : html`<p><a href="${pageAt(next)}#students">More students</a></p>`}</section>`
    }`,
  });
}

export const missing: Page = {
  path: '/extracts/:id/missing',
  async get(visit) {
    const { person, params, query } = visit;
    const extract = params['id'] as string;
    const { reason, after } = query;
    const asked = new URLSearchParams({ limit: String(MOST), ...(reason && { reason }), ...(after && { after }) });
    const address = `/extracts/${extract}/missing${reason ? `?${new URLSearchParams({ reason })}` : ''}`;
    return surveyed<MissingList>(
      visit,
      `/v1/extracts/${visit.part('id')}/missing?${asked}`,
      { which: 'missing', title: TITLE, address },
      async (body) => view({ person, extract, identified: await identifiedOf(visit), reason, ...body }),
    );
  },
};
