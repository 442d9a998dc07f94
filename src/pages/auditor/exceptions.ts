/** `/extracts/ID/exceptions`: the rows and students that an auditor looks at first, by kind. */
import type { Exceptional, Exceptions } from '#service/schemas/exception';
import { frame } from '../frame.ts';
import { html } from '../html.ts';
import { type Cell, link, table } from '../parts.ts';
import { purposeAsked } from '../purpose-field.ts';
import type { Person } from '../sessions.ts';
import { type Page, pageAt } from '../visit.ts';
import { number } from '../words.ts';
import { rowAddress } from './addresses.ts';
import { identifiedOf } from './of-extract.ts';
import { surveyed } from './survey.ts';

/** On one page. */
const MOST = 100;

const TITLE = 'What should be looked at first?';

export function view(
  person: Person,
  { id, identified }: { readonly id: string; readonly identified: string },
  kind: string | undefined,
  shown: Exceptions,
): string {
  return frame({
    title: TITLE,
    person,
    identified,
    above: [
      ['Extracts', '/extracts'],
      ['Extract', `/extracts/${id}`],
    ],
    main: madeParts(person, id, kind, shown),
  });
}

function madeParts(person: Person, id: string, kind: string | undefined, shown: Exceptions): string {
  const { counts, exceptions, next } = shown;
  const address = `/extracts/${id}/exceptions`;
  const all = counts.reduce((sum, { count }) => sum + count, 0);
  const chosen = counts.find((each) => each.kind === kind);
  return html`<p class="answer">${
    all === 0
      ? 'There is no exception: every row rests on records of its own LEA that no check warned of, and no rejected record cost a student the row.'
      : 'These need not be wrong. Each rests on something doubtful, so look at them first.'
  }</p>
!${table(
    'Exceptions by kind',
    [{ name: 'What' }, { name: 'How many', isNumber: true }],
    counts.map(({ kind: of, says, count }) => [
      count === 0 ? says : link(says, `${address}?kind=${of}`),
      number(count),
    ]),
  )}
!${
    all === 0
      ? ''
      : html`<p><a class="button" href="${address}/workbook">Download as a workbook</a> <a href="${address}/list">CSV</a></p>`
  }
!${purposeAsked(person)}
!${
    exceptions.length === 0
      ? ''
      : html`<section aria-labelledby="list"><h2 id="list">${chosen?.says ?? 'All of them'}</h2>
!${chosen ? html`<p><a href="${address}">Show all kinds</a></p>` : ''}
!${exceptionTable(id, exceptions)}
!${next === undefined ? '' : html`<p><a href="${pageAt(next)}">More</a></p>`}</section>`
  }`;
}

const exceptionTable = (id: string, exceptions: readonly Exceptional[]): string =>
  table(
    'Rows in the order of the extract, then students without a row',
    [{ name: 'SSID' }, { name: 'LEA' }, { name: 'School' }, { name: 'Grade' }, { name: 'Why' }, { name: 'Sent' }],
    exceptions.map(({ ssid, row, exceptions: of }): Cell[] => [
      {
        html: html`<a href="${row ? rowAddress(id, { ssid, ...row }) : `/extracts/${id}/students/${ssid}`}"><code>${ssid}</code></a>`,
      },
      row?.reportingLEA ?? '',
      row?.school ?? '',
      row?.grade ?? 'no row',
      { html: of.map(({ sentence }) => html`<div>${sentence}</div>`).join('') },
      {
        html: of
          .map(({ sent }) => html`<div>${sent ? `${sent.file} line ${sent.line}` : 'by another LEA'}</div>`)
          .join(''),
      },
    ]),
  );

export const exceptions: Page = {
  path: '/extracts/:id/exceptions',
  async get(visit) {
    const { person, params, query } = visit;
    const id = params['id'] as string;
    const { kind, after } = query;
    const asked = new URLSearchParams({ limit: String(MOST), ...(kind && { kind }), ...(after && { after }) });
    const address = `/extracts/${id}/exceptions${kind ? `?${new URLSearchParams({ kind })}` : ''}`;
    return surveyed<Exceptions>(
      visit,
      `/v1/extracts/${visit.part('id')}/exceptions?${asked}`,
      { which: 'exceptions', title: TITLE, address },
      async (shown) => view(person, { id, identified: await identifiedOf(visit) }, kind, shown),
    );
  },
};
