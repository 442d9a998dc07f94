/** `/extracts/ID/grounds/FIELD?value=…`: what is behind a value of a field, by cause, each student once over schools. */
import type { GroundCounts, ValuesWithGrounds } from '#service/schemas/grounds';
import { identifiedOf } from '../auditor/of-extract.ts';
import { surveyed } from '../auditor/survey.ts';
import { frame } from '../frame.ts';
import { html } from '../html.ts';
import { type Cell, table } from '../parts.ts';
import type { Person } from '../sessions.ts';
import type { Page } from '../visit.ts';
import { number, ruleWords } from '../words.ts';

interface Shown {
  readonly person: Person;
  readonly extract: string;
  readonly identified: string;
  readonly counts: GroundCounts;
}

type Asked = Pick<GroundCounts, 'field' | 'name' | 'value'>;

/** The question that the page answers. */
export const groundsQuestion = ({ field, name, value }: Asked): string =>
  `What makes students ${value === '' ? 'blank' : value} in field ${field}${name === '' ? '' : `, ${name}`}?`;

/** The address of the page, or of a file below it. */
export const groundsAddress = (extract: string, { field, value }: Pick<Asked, 'field' | 'value'>, file = ''): string =>
  `/extracts/${extract}/grounds/${field}${file}?${new URLSearchParams({ value }).toString()}`;

/** Links to what is behind values, beside those to horizons. */
export const groundsLinks = (extract: string, { grounds }: ValuesWithGrounds): string =>
  grounds
    .map((each) => html`<li><a href="${groundsAddress(extract, each)}">${groundsQuestion(each)}</a></li>`)
    .join('');

export function view({ person, extract, identified, counts }: Shown): string {
  const { grounds, students, rows } = counts;
  const cause = ({ rule, codes, meanings }: GroundCounts['grounds'][number]): Cell[] => [
    ruleWords(rule),
    codes.join(' '),
    meanings.join(', '),
  ];
  const causes = [{ name: 'Rule' }, { name: 'Code' }, { name: 'Meaning' }];
  const bySchool = grounds.flatMap((ground) =>
    ground.schools.map((school): Cell[] => [
      ...[school.reportingLEA, school.school],
      ...cause(ground),
      number(school.students),
    ]),
  );
  const counted = (name: string) => ({ name, isNumber: true as const });
  return frame({
    title: groundsQuestion(counts),
    person,
    identified,
    above: [
      ['Extracts', '/extracts'],
      ['Extract', `/extracts/${extract}`],
    ],
    main: html`<p class="answer">Students with this value: ${number(students)}, in ${number(rows)} rows.</p>
<p>A student counts once in a line, however many schools. One with several causes counts in each of them.</p>
!${table(
      'Students by cause',
      [...causes, counted('Students'), counted('By this alone'), counted('Rows')],
      grounds.map((ground): Cell[] => [
        ...cause(ground),
        ...[ground.students, ground.alone, ground.rows].map((count) => number(count)),
      ]),
    )}
<details><summary>By school, ${number(bySchool.length)} lines</summary>!${table(
      'Students by school and cause, each once in a line',
      [{ name: 'Reporting LEA' }, { name: 'School of Attendance' }, ...causes, counted('Students')],
      bySchool,
    )}</details>
<p><a class="button" href="${groundsAddress(extract, counts, '/workbook')}">Download as a workbook</a></p>
<ul><li>For other programs: <a href="${groundsAddress(extract, counts, '/list')}">CSV</a>, a line for each cause at each school</li></ul>`,
  });
}

export const grounds: Page = {
  path: '/extracts/:id/grounds/:field',
  async get(visit) {
    const { person, params, query } = visit;
    const { id: extract = '', field = '' } = params;
    const value = query['value'] ?? '';
    const address = `/v1/extracts/${visit.part('id')}/grounds/${visit.part('field')}`;
    return surveyed<GroundCounts>(
      visit,
      `${address}?${new URLSearchParams({ value }).toString()}`,
      {
        which: `grounds?${new URLSearchParams({ field, value }).toString()}`,
        title: groundsQuestion({ field, name: '', value }),
        address: groundsAddress(extract, { field, value }),
      },
      async (counts) => view({ person, extract, identified: await identifiedOf(visit), counts }),
    );
  },
};
