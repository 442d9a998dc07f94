/**
 * `/extracts/ID/sample`: draw a sample. The method is a form, and stands in the address: whoever opens it, or types the
 * same into `cenr sample-rows`, draws the same. No address has a student in it.
 */
import type { Manifest } from '#audit/manifest';
import { MOST_DRAWN, MOST_SEED } from '#audit/sample';
import type { ExtractSample } from '#service/schemas/sample';
import { frame } from '../frame.ts';
import { html } from '../html.ts';
import { type Cell, refusalBox, select, table } from '../parts.ts';
import { purposeAsked } from '../purpose-field.ts';
import type { Person } from '../sessions.ts';
import { type Page, type Params, RefusedError } from '../visit.ts';
import { number } from '../words.ts';
import { identifiedOf } from './of-extract.ts';
import { rowAddress } from './student.ts';
import { surveyed } from './survey.ts';

/** So many are drawn where nothing else is said. */
const USUAL = '25';
/** A seed that nobody chose: the beginning of the extract's own SHA-256. */
const SEED_DIGITS = 16;

const TITLE = 'Draw a sample';

/** What a sample is drawn by, as the address has it. */
const ASKED = ['seed', 'rows', 'of', 'by', 'field', 'only'] as const;

/** Ways to draw that need a field. */
const OF_A_FIELD = ['value', 'rule'];

/** What REST is asked for: fields of the form that were left blank, or that do not go with the others, are left out. */
export function sampleAsked(query: Params): Params {
  const { by = '', of = '' } = query;
  const given = ASKED.flatMap((name) => {
    const value = query[name] ?? '';
    const isMeant =
      value !== '' &&
      !(of === 'missing' && (name === 'field' || name === 'only')) &&
      !(name === 'field' && !OF_A_FIELD.includes(by));
    return isMeant ? [[name, value] as const] : [];
  });
  return Object.fromEntries(given);
}

const queryOf = (asked: Params): string => new URLSearchParams(asked).toString();

interface Shown {
  readonly person: Person;
  readonly id: string;
  readonly identified: string;
  readonly query: Params;
  readonly manifest: Pick<Manifest, 'file' | 'fields'>;
  /** Absent as long as nothing was asked for. */
  readonly drawn?: ExtractSample | undefined;
  /** HTML of what was refused. */
  readonly refusal?: string | undefined;
}

export function view({ person, id, identified, query, manifest, drawn, refusal = '' }: Shown): string {
  return frame({
    title: TITLE,
    person,
    identified,
    above: [
      ['Extracts', '/extracts'],
      ['Extract', `/extracts/${id}`],
    ],
    main: html`<p>Say how, and anybody with the extract and this page can draw the same.</p>
!${refusal}!${methodForm(id, query, manifest)}!${drawn ? drawnPart(person, id, query, drawn) : ''}`,
  });
}

function methodForm(id: string, query: Params, { file, fields }: Shown['manifest']): string {
  const { seed = file.sha256.slice(0, SEED_DIGITS), rows = USUAL, of = '', by = '', field = '', only = '' } = query;
  const choices = fields.map(({ number: no, name }) => ({ value: no, words: `${no} ${name}` }));
  const row = (content: string, hint = ''): string =>
    html`<p>!${content}!${hint === '' ? '' : html`<br><span class="hint">${hint}</span>`}</p>`;
  return html`<form method="get" action="/extracts/${id}/sample">
!${row(
    select('of', 'Draw from', of, { value: '', words: 'the rows of the extract' }, [
      { value: 'missing', words: 'students with an enrollment and without a row' },
    ]),
  )}
!${row(html`<label for="size">How many</label> <input id="size" name="rows" value="${rows}" inputmode="numeric" pattern="[0-9]{1,3}" required>`, `${MOST_DRAWN} at most`)}
!${row(
    html`<label for="seed">Seed</label> <input id="seed" name="seed" value="${seed}" maxlength="${String(MOST_SEED)}" size="24" required autocomplete="off">`,
    'Any text. The other side needs it to draw the same. The one proposed begins the SHA-256 of the extract, so nobody chose it.',
  )}
!${row(
    select('by', 'Draw from each', by, { value: '', words: 'no group: from all alike' }, [
      { value: 'school', words: 'school' },
      { value: 'grade', words: 'grade' },
      { value: 'value', words: 'value of a field' },
      { value: 'rule', words: 'rule that decided a field' },
      { value: 'reason', words: 'reason that keeps students out (without a row)' },
    ]),
  )}
!${row(
    select('field', 'Field', field, { value: '', words: 'none' }, choices),
    'Needed to draw from each of its values or rules, which rows have and students without one do not.',
  )}
!${row(select('only', 'Workpapers test', only, { value: '', words: 'all derived fields' }, choices))}
<p><button>Draw</button></p></form>`;
}

function drawnPart(person: Person, id: string, query: Params, { sample, rows, students }: ExtractSample): string {
  const { population, strata, by, field } = sample;
  const count = rows.length + students.length;
  const isOfRows = population.of.startsWith('rows');
  const asked = queryOf(sampleAsked(query));
  return html`<section aria-labelledby="drawn"><h2 id="drawn">What was drawn</h2>
<p class="answer">${number(count)} of ${number(population.size)} ${population.of}.</p>
!${purposeAsked(person)}
!${
    count === 0
      ? html`<p>There is nothing to draw from.</p>`
      : html`<p><a class="button" href="/extracts/${id}/workpapers?${asked}">Make the workpapers</a> <a class="button" href="/extracts/${id}/workpapers.xlsx?${asked}">Workpapers as a workbook</a></p>`
  }
<details><summary>The method, for whoever draws it again</summary><p>${sample.method}</p>
!${isOfRows ? html`<p>On the command line: <code>${commandOf(sample)}</code></p>` : html`<p>Students without a row are drawn by the service, not on the command line.</p>`}</details>
!${
    by === undefined
      ? ''
      : table(
          `Drawn by ${by}${field === undefined ? '' : ` of field ${field}`}`,
          [{ name: by }, { name: isOfRows ? 'Rows' : 'Students', isNumber: true }, { name: 'Drawn', isNumber: true }],
          strata.map(({ value, population: of, drawn }) => [stratumCell(value), number(of), number(drawn)]),
        )
  }
!${rows.length > 0 ? rowTable(id, rows) : ''}!${
    students.length > 0
      ? table(
          'Students that were drawn',
          [{ name: 'SSID' }, ...(by === undefined ? [] : [{ name: by }])],
          students.map(({ ssid, stratum }) => [
            { html: html`<a href="/extracts/${id}/students/${ssid}"><code>${ssid}</code></a>` },
            ...(by === undefined ? [] : [stratumCell(stratum)]),
          ]),
        )
      : ''
  }</section>`;
}

/** A reason is a sentence. */
const stratumCell = (value: string): Cell => ({
  html: value.includes(' ') ? html`<span class="sentence">${value}</span>` : html`${value === '' ? 'blank' : value}`,
});

/** Quoted for a shell. */
const quoted = (text: string): string => (/^[\w.:-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);

const commandOf = ({ size, seed, by, field }: ExtractSample['sample']): string =>
  [
    `cenr sample-rows EXTRACT --rows ${size} --seed ${quoted(seed)}`,
    ...(by === undefined ? [] : [`--by ${by}`]),
    ...(field === undefined ? [] : [`--field ${field}`]),
    ...(by === 'rule' ? ['--trace TRACE'] : []),
  ].join(' ');

const rowTable = (id: string, rows: ExtractSample['rows']): string =>
  table(
    'Rows that were drawn, in the order of the file',
    [
      { name: 'SSID' },
      { name: 'Line', isNumber: true },
      { name: 'LEA' },
      { name: 'School' },
      { name: 'Grade' },
      { name: 'Number by which it was drawn' },
    ],
    rows.map((row) => [
      { html: html`<a href="${rowAddress(id, row)}"><code>${row.ssid}</code></a>` },
      number(row.number),
      row.reportingLEA,
      row.school,
      row.grade,
      { html: html`<code>${row.hash.slice(0, SEED_DIGITS)}…</code>` },
    ]),
  );

export const sample: Page = {
  path: '/extracts/:id/sample',
  async get(visit) {
    const { person, query, params } = visit;
    const address = `/v1/extracts/${visit.part('id')}`;
    const { body: manifest } = await visit.ask<Manifest>(`${address}/manifest`);
    const identified = await identifiedOf(visit);
    const shown = { person, id: params['id'] as string, identified, query, manifest };
    if (query['seed'] === undefined) return view(shown);
    const { only: _, ...asked } = sampleAsked(query);
    const page = `/extracts/${shown.id}/sample?${queryOf(sampleAsked(query))}`;
    try {
      return await surveyed<ExtractSample>(
        visit,
        `${address}/sample?${queryOf(asked)}`,
        { which: 'missing', title: TITLE, address: page },
        (drawn) => view({ ...shown, drawn }),
      );
    } catch (error) {
      if (!(error instanceof RefusedError) || error.refusal.status !== 400) throw error;
      visit.reply.code(400);
      return view({ ...shown, refusal: refusalBox(error.refusal) });
    }
  },
};
