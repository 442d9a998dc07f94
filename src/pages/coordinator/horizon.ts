/** `/extracts/ID/horizons/NAME`: what comes for the students of an extract, year by year, and for whom. */
import type { HorizonCounts } from '#extract/horizons/counts-shape';
import type { HorizonStudents } from '#service/schemas/horizon';
import { studentAddress } from '../auditor/addresses.ts';
import { identifiedOf } from '../auditor/of-extract.ts';
import { frame } from '../frame.ts';
import { html } from '../html.ts';
import { type Cell, table } from '../parts.ts';
import { plot } from '../plot.ts';
import { purposeAsked } from '../purpose-field.ts';
import type { Person } from '../sessions.ts';
import { type Page, pageAt } from '../visit.ts';
import { day, number } from '../words.ts';

/** On one page. */
const MOST = 100;

interface Shown {
  readonly person: Person;
  readonly extract: string;
  readonly identified: string;
  readonly counts: HorizonCounts;
  /** The period whose students are asked for, and these students. */
  readonly period?: string | undefined;
  readonly students?: HorizonStudents | undefined;
}

export function view({ person, extract, identified, counts, period, students }: Shown): string {
  const { name, says, asOf, periods, leaving, cannotTell } = counts;
  const address = `/extracts/${extract}/horizons/${name}`;
  const addressOf = (each: string): string => `${address}?${new URLSearchParams({ period: each }).toString()}#students`;
  const [now] = periods;
  // Years say the same, each of itself.
  const firstYear = periods.findIndex((each) => isYear(each.period));
  const bars = periods.map((each, i) => ({
    value: each.period,
    meaning: isYear(each.period) && i > firstYear ? undefined : each.says,
    count: each.students,
    address: addressOf(each.period),
  }));
  return frame({
    title: says,
    person,
    identified,
    above: [
      ['Extracts', '/extracts'],
      ['Extract', `/extracts/${extract}`],
    ],
    main: html`<p class="answer">${now?.says ?? ''}: ${number(now?.students ?? 0)}, as of ${day(asOf.replaceAll('-', ''))}.</p>
!${leaving === undefined ? '' : html`<p>${leaving}</p>`}
!${purposeAsked(person)}
<section aria-labelledby="years"><h2 id="years">Year by year</h2>
!${plot('Students, each once', 'Students', bars, 'Academic year')}</section>
!${schoolsPart(counts)}
<p><a class="button" href="${address}/workbook">Download as a workbook</a></p>
<ul><li>The workbook has the counts by school and grade, and the students with the days that decide it.</li>
<li>For other programs: <a href="${address}/list">CSV</a>, a line for each student at each school and grade</li></ul>
!${
      cannotTell.length === 0
        ? ''
        : html`<section aria-labelledby="cannot"><h2 id="cannot">What the extract cannot tell</h2>
<ul>!${cannotTell.map((sentence) => html`<li>${sentence}</li>`)}</ul></section>`
    }
!${studentsPart(extract, address, counts, period, students)}`,
  });
}

const isYear = (period: string): boolean => /^\d/.test(period);

/** Schools, and folded below them their parts. A column with one value in all lines, such as the LEA, is left out. */
function schoolsPart({ by, periods, cells }: HorizonCounts): string {
  const places = by.flatMap((_, i) => (new Set(cells.flatMap(({ values }) => values[i] ?? [])).size > 1 ? i : []));
  const columnsOf = (shown: readonly number[]) => [
    ...shown.map((i) => ({ name: by[i] ?? '' })),
    ...periods.map(({ period }) => ({ name: period, isNumber: true as const })),
  ];
  const lineOf =
    (shown: readonly number[]) =>
    ({ values, students }: HorizonCounts['cells'][number]): Cell[] => [
      ...shown.map((i, at) => values[i] ?? (at === 0 || values[i - 1] !== undefined ? 'Total' : '')),
      ...students.map(number),
    ];
  // Of totals that would look the same, the one over all is enough.
  const least = places[0] ?? 0;
  const schools = cells.filter(({ values: { length } }) => length < by.length && (length === 0 || length > least));
  const parts = cells.filter(({ values }) => values.length === by.length);
  const last = by.at(-1) ?? '';
  // The schools are all that tells the lines of the first table apart.
  const ofSchools = places.length > 1 ? places.filter((i) => i < by.length - 1) : places;
  return html`<section aria-labelledby="schools"><h2 id="schools">By school and grade</h2>
!${table('Students of each school, each once in a line', columnsOf(ofSchools), schools.map(lineOf(ofSchools)))}
<details><summary>By ${last}, ${number(parts.length)} lines</summary>!${table(`Students by ${by.join(', ')}`, columnsOf(places), parts.map(lineOf(places)))}</details></section>`;
}

function studentsPart(
  extract: string,
  address: string,
  { periods }: HorizonCounts,
  period: string | undefined,
  students: HorizonStudents | undefined,
): string {
  if (!students) return '';
  const says = periods.find((each) => each.period === period)?.says ?? '';
  return html`<section aria-labelledby="students"><h2 id="students">${says}</h2>
<p><a href="${address}">Hide the students</a></p>
!${table(
    'Students at each school and grade, and the days that decide it',
    [{ name: 'SSID' }, ...students.columns.map(({ name }) => ({ name }))],
    students.students.map(({ ssid, values }): Cell[] => [
      { html: html`<a href="${studentAddress(extract, ssid)}"><code>${ssid}</code></a>` },
      ...values,
    ]),
  )}
!${students.next === undefined ? '' : html`<p><a href="${pageAt(students.next).replace(/\/students\?/, '?')}#students">More students</a></p>`}</section>`;
}

export const horizon: Page = {
  path: '/extracts/:id/horizons/:name',
  async get(visit) {
    const { person, params, query } = visit;
    const { period } = query;
    const address = `/v1/extracts/${visit.part('id')}/horizons/${visit.part('name')}`;
    const counts = (await visit.ask<HorizonCounts>(address)).body;
    const students =
      period === undefined ? undefined : await visit.list<HorizonStudents>(`${address}/students`, MOST, { period });
    const identified = await identifiedOf(visit);
    return view({ person, extract: params['id'] as string, identified, counts, period, students });
  },
};
