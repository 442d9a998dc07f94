/** `/extracts/ID/workpapers`: the rows of a sample with their evidence, to be printed and worked through by hand. */
import { FORM_TYPES } from '#extract/forms/form';
import type { RowPaper, SourceLine, StudentPaper, Workpapers } from '#service/schemas/workpapers';
import { frame } from '../frame.ts';
import { html } from '../html.ts';
import { type Cell, table } from '../parts.ts';
import { purposeAsked } from '../purpose-field.ts';
import type { Person } from '../sessions.ts';
import type { Page, Params, Visit } from '../visit.ts';
import { day, number } from '../words.ts';
import { rowAddress } from './addresses.ts';
import { formerlyWords, placeWords } from './records.ts';
import { sampleAsked } from './sample.ts';
import { surveyed } from './survey.ts';

const TITLE = 'Do these rows hold against their sources?';

export function view(person: Person, id: string, asked: Params, papers: Workpapers): string {
  const { extract, sample, rows, students } = papers;
  const query = new URLSearchParams(asked).toString();
  const { population, by, field, strata } = sample;
  return frame({
    title: TITLE,
    person,
    modules: ['print.js'],
    identified: whichWords(extract),
    above: [
      ['Extracts', '/extracts'],
      ['Extract', `/extracts/${id}`],
      ['Sample', `/extracts/${id}/sample?${query}`],
    ],
    main: html`<p class="answer">Workpapers for ${number(rows.length + students.length)} of ${number(population.size)} ${population.of}.</p>
!${purposeAsked(person)}
<p class="screen"><button type="button" data-print hidden>Print</button> <a class="button" href="/extracts/${id}/workpapers.xlsx?${query}">The same as a workbook</a> <span class="hint">Or print this page with your browser: it has no navigation on paper.</span></p>
<section aria-labelledby="method"><h2 id="method">Method</h2>
<dl><dt>Seed</dt><dd><code>${sample.seed}</code></dd>
<dt>Drawn by</dt><dd>${by === undefined ? 'no strata' : `${by}${field === undefined ? '' : ` of field ${field}`}`}</dd>
<dt>How</dt><dd>${sample.method}</dd></dl>
!${
      by === undefined
        ? ''
        : html`<details><summary>${number(strata.length)} strata</summary>!${table(
            'Strata',
            [{ name: by }, { name: 'Population', isNumber: true }, { name: 'Drawn', isNumber: true }],
            strata.map(({ value, population: of, drawn }) => [
              value === '' ? 'blank' : value,
              number(of),
              number(drawn),
            ]),
          )}</details>`
    }
<p>Prepared by <span class="byhand"></span> on <span class="byhand short"></span></p>
<p>Reviewed by <span class="byhand"></span> on <span class="byhand short"></span></p></section>
!${rows.map((row, i) => rowPart(id, row, i + 1))}!${students.map((student, i) => studentPart(id, student, i + 1))}
<section aria-labelledby="which"><h2 id="which">What they are of</h2><p class="hint">!${whichWords(extract)} Manifest <code>${extract.manifestSha256}</code>, one hash of all rows (Merkle root) <code>${extract.merkleRoot}</code>.</p></section>`,
  });
}

const whichWords = ({ id, sha256, runDate, rulebook }: Workpapers['extract']): string =>
  html`Extract <code>${id}</code>, SHA-256 <code>${sha256}</code>, made as of ${day(runDate)} by ${rulebook.name} ${rulebook.version}, <code>${rulebook.sha256}</code>.`;

/** An empty box, to be ticked on paper. */
const BOX: Cell = { html: '<span class="tick"><span class="unseen">to be ticked</span></span>' };
const BY_HAND: Cell = { html: '<span class="unseen">to be filled in</span>' };

const HAND_COLUMNS = [{ name: 'Tick' }, { name: 'Prepared' }, { name: 'Reviewed' }];
const HAND_CELLS = [BOX, BY_HAND, BY_HAND];

function rowPart(id: string, row: RowPaper, no: number): string {
  const { number: line, stratum, ssid, reportingLEA, school, grade, fields, proof } = row;
  const name = `${no}. Line ${number(line)} of the extract`;
  return html`<section class="workpaper" aria-labelledby="row-${String(no)}"><h2 id="row-${String(no)}">${name}</h2>
<p>SSID <a href="${rowAddress(id, row)}"><code>${ssid}</code></a>, LEA ${reportingLEA}, school ${school}, grade ${grade}!${
    stratum === '' ? '' : html`, drawn for ${stratum}`
  }. !${formerlyWords(row.formerly)}${row.qualification}</p>
!${table(
    `Values of row ${no}`,
    [{ name: 'Field' }, { name: 'Value' }, { name: 'Why' }, { name: 'Published' }, ...HAND_COLUMNS],
    fields.map(({ field, name: of, value, short, published }) => [
      `${field} ${of}`,
      { html: value === '' ? 'blank' : html`<code>${value}</code>` },
      { html: html`<span class="sentence">${short}</span>` },
      published ? `${published.page}, element ${published.element}` : '',
      ...HAND_CELLS,
    ]),
  )}
!${lineTable(`Source lines of row ${no}`, row.lines)}
<details><summary>Proof that the row is in the extract</summary><p>Leaf ${number(proof.index + 1)} of ${number(proof.rows)}, root <code>${proof.root}</code>!${
    proof.salt === undefined ? '' : html`, salt <code>${proof.salt}</code>`
  }.</p><p>Path: <code>${proof.path.join(' ')}</code></p></details></section>`;
}

const lineTable = (caption: string, lines: readonly SourceLine[]): string =>
  table(
    caption,
    [{ name: 'Sent' }, { name: 'The line' }, { name: 'Used for' }, ...HAND_COLUMNS],
    lines.map(({ sent, text, usedFor, recordType }) => [
      sent ? placeWords({ recordType, sent, values: {} }) : `${recordType}, by another LEA`,
      { html: html`<code>${text}</code>` },
      usedFor.join(', '),
      ...HAND_CELLS,
    ]),
  );

const studentPart = (
  id: string,
  { ssid, formerly, short, enrollments, rejections }: StudentPaper,
  no: number,
): string =>
  html`<section class="workpaper" aria-labelledby="student-${String(no)}"><h2 id="student-${String(no)}">${no}. A student without a row</h2>
<p>SSID <a href="/extracts/${id}/students/${ssid}"><code>${ssid}</code></a>. !${formerlyWords(formerly)}${short}</p>
!${lineTable(
    `Enrollments of student ${no}`,
    enrollments.map(({ line }) => line),
  )}
!${enrollments.length > 0 ? html`<ul>!${enrollments.map(({ says }) => html`<li>${says}</li>`)}</ul>` : ''}!${
    rejections.length > 0
      ? html`<p>Rejected records of the student:</p><ul>!${rejections.map(({ file, line, message }) => html`<li>${file} line ${String(line)}: ${message}</li>`)}</ul>`
      : ''
  }</section>`;

const addressOf = (visit: Visit, asked: Params): string =>
  `/v1/extracts/${visit.part('id')}/workpapers?${new URLSearchParams(asked).toString()}`;

export const workpapers: Page = {
  path: '/extracts/:id/workpapers',
  async get(visit) {
    const asked = sampleAsked(visit.query);
    const id = visit.params['id'] as string;
    const address = `/extracts/${id}/workpapers?${new URLSearchParams(asked)}`;
    return surveyed<Workpapers>(visit, addressOf(visit, asked), { which: 'missing', title: TITLE, address }, (body) =>
      view(visit.person, id, asked, body),
    );
  },
};

export const workpaperBook: Page = {
  path: '/extracts/:id/workpapers.xlsx',
  get: (visit) => visit.passOn(addressOf(visit, sampleAsked(visit.query)), FORM_TYPES.xlsx),
};
