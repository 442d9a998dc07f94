/** `/drafts/ID/impact/IMPACT`: what a draft does: counts, where, whose values and why, laws; and the approval. */
import { summaryOf } from '#authoring/impact/impact-text';
import type { ImpactReport, Sample } from '#authoring/impact/report';
import { lineHtml } from '#base/page/html';
import { amount, counted } from '#base/text';
import { hasEnded } from '../coordinator/shown.ts';
import { html } from '../html.ts';
import { type Cell, link, progress, table } from '../parts.ts';
import { plot } from '../plot.ts';
import { purposeAsked } from '../purpose-field.ts';
import type { Person } from '../sessions.ts';
import { type Page, RefusedError, type Visit } from '../visit.ts';
import { day, moment, number, requestWords, scopeWords } from '../words.ts';
import { approveForm } from './decisions.ts';
import { askDraft, draftFrame, draftRoute, mayEdit } from './draft-frame.ts';
import { exampleAddress } from './example-from-student.ts';
import type { ShownDraft, ShownImpact } from './shown.ts';

interface Shown {
  readonly person: Person;
  readonly draft: ShownDraft;
  readonly impact: ShownImpact;
}

const TITLE = 'What would this draft do?';
const AGAIN_SECONDS = 3;
const MOST_SAMPLES = 100;

export function view({ person, draft, impact }: Shown): string {
  const address = `/drafts/${draft.id}/impact/${impact.id}`;
  const { report } = impact;
  if (!report)
    return draftFrame({
      person,
      draft,
      title: TITLE,
      step: 'impact',
      ...(hasEnded(impact) ? {} : { modules: ['progress.js'], again: AGAIN_SECONDS }),
      main: hasEnded(impact)
        ? html`<p class="answer">The report is ${impact.status.toLowerCase()}.</p><p>${impact.failure ?? ''}</p><p><a href="/drafts/${draft.id}/impact">Ask for another one</a></p>`
        : html`<section data-job="${address}/progress" role="status"><p class="answer">The report is ${impact.status === 'Pending' ? 'waiting for its turn' : 'being made'}, asked for at ${moment(impact.requestedAt)}. Then it is shown here.</p>!${progress('How much of the report is made', impact.progress)}</section>`,
    });
  return draftFrame({
    person,
    draft,
    title: TITLE,
    step: 'impact',
    main: html`<p class="answer">${summaryOf(report)}</p>
!${impact.rulebook === draft.rulebook ? '' : html`<p class="warned">The draft has other files by now: this report is about those of before, and no approval can rest on it.</p>`}
!${purposeAsked(person)}
!${laws(report)}
!${fieldsPart(report)}
!${placesPart(report)}
!${reasonsPart(report)}
!${samplesPart(person, draft, report)}
<p>All changes: <a href="${address}/changes.csv">CSV</a>, <a href="${address}/changes.xlsx">workbook</a>. They hold student data.</p>
!${approveForm(person, draft)}
<p class="hint">${requestWords(report.request)}, ${scopeWords(report.request)}, as if made on ${day(report.runDate)}; ${amount(report.students, 'student')}. From version <code>${report.from.sha256}</code> to files <code>${report.to.sha256}</code>. Report <code>${impact.id}</code>, by ${impact.by.name}.</p>`,
  });
}

const laws = ({ laws: broken = [] }: ImpactReport): string =>
  broken.length === 0
    ? html`<p>All laws hold in the rows that change: what must be true of every row, whatever the rules say.</p>`
    : html`<div class="warned"><p>${broken.length === 1 ? 'A law is broken' : `${broken.length} laws are broken`}: two rules contradict each other.</p><ul>!${broken.map(
        ({ law, says, rows }) => html`<li>${law}: ${says} Rows that break it: ${number(rows)}.</li>`,
      )}</ul></div>`;

const valueWords = (value: string | null): string => (value === null ? 'no column' : value === '' ? 'blank' : value);

const fieldsPart = ({ fields }: ImpactReport): string =>
  fields.length === 0
    ? ''
    : html`<section aria-labelledby="values"><h2 id="values">Which values change</h2>
!${fields.map(({ field, name, rows, values }) =>
        table(
          `${field} ${name}: ${counted(rows, 'row')}`,
          [{ name: 'Before' }, { name: 'Now' }, { name: 'Rows', isNumber: true }],
          values.map((value) => [valueWords(value.old), valueWords(value.new), number(value.rows)]),
        ),
      )}</section>`;

const placesPart = ({ places }: ImpactReport): string =>
  places.length === 0
    ? ''
    : html`<section aria-labelledby="places"><h2 id="places">Where</h2>
<div class="plots">!${places.map(({ name, places: own }) =>
        plot(
          `By ${name}`,
          'Rows',
          own.map(({ value, rows }) => ({ value, count: rows })),
        ),
      )}</div></section>`;

function reasonsPart({ reasons, differences }: ImpactReport): string {
  const sentences = new Map(differences.map(({ id, sentence }) => [id, sentence]));
  return reasons.length === 0
    ? ''
    : html`<section aria-labelledby="reasons"><h2 id="reasons">Why they change</h2>
!${table(
        'Reasons',
        [{ name: 'Because' }, { name: 'Changes', isNumber: true }],
        reasons.map(({ because, changes }) => [
          {
            html: html`<span class="sentence">!${lineHtml(because.map((id) => sentences.get(id) ?? id).join('; together with: '))}</span>`,
          },
          number(changes),
        ]),
      )}</section>`;
}

/** A row that is gone has nothing that the draft gives. */
function exampleCell(draft: ShownDraft, { row, field }: Pick<Sample, 'row' | 'field'>, year: string | undefined): Cell {
  const { ssid = '', reportingLEA, schoolOfAttendance: school, gradeLevelCode: grade } = row;
  if (year === undefined) return '';
  const of = field === '' ? 'selection' : field;
  return link(
    'Make an example of it',
    exampleAddress(draft.id, ssid, { academicYear: year, of, ...(field !== '' && { reportingLEA, school, grade }) }),
  );
}

function samplesPart(person: Person, draft: ShownDraft, { samples, request }: ImpactReport): string {
  if (samples.length === 0) return '';
  const isMine = mayEdit(draft, person);
  const shown = samples.slice(0, MOST_SAMPLES);
  const { academicYear } = request;
  return html`<section aria-labelledby="students"><h2 id="students">Students whose rows change</h2>
!${table(
    'Some of each kind of change',
    [
      { name: 'Student' },
      { name: 'School, grade' },
      { name: 'Field' },
      { name: 'Why' },
      ...(isMine ? [{ name: 'Example' }] : []),
    ],
    shown.map(({ row, field, name, sentence, before, now }) => {
      const [ssid = '', ...place] = Object.values(row);
      return [
        academicYear === undefined
          ? ssid
          : link(ssid, `/drafts/${draft.id}/students/${ssid}?${new URLSearchParams({ academicYear }).toString()}`),
        place.join(', '),
        field === '' ? 'the row' : `${field} ${name}`,
        {
          html: html`<span class="sentence">!${lineHtml(sentence)}</span>!${
            before === undefined && now === undefined
              ? ''
              : html`<details><summary>The reasons before and now</summary><p class="sentence">Before: ${before ?? 'no row'}</p><p class="sentence">Now: ${now ?? 'no row'}</p></details>`
          }`,
        },
        ...(isMine ? [exampleCell(draft, { row, field }, academicYear)] : []),
      ];
    }),
  )}
!${samples.length > shown.length ? html`<p class="hint">The list of all changes has more.</p>` : ''}</section>`;
}

const impactRoute = (visit: Visit): string => `${draftRoute(visit)}/impact/${visit.part('impactId')}`;

export const impactReport: Page = {
  path: '/drafts/:id/impact/:impactId',
  async get(visit) {
    // Reading it is entered with the draft, which is shown as it is then.
    const { body } = await visit.ask<ShownImpact>(impactRoute(visit));
    return view({ person: visit.person, draft: await askDraft(visit), impact: body });
  },
};

export const impactProgress: Page = {
  path: '/drafts/:id/impact/:impactId/progress',
  get: (visit) =>
    visit.follow(async () => {
      // As a list has it: what is only followed is not read.
      const { impacts } = (await visit.ask<{ impacts: ShownImpact[] }>(`${draftRoute(visit)}/impact`)).body;
      const found = impacts.find(({ id }) => id === visit.params['impactId']);
      if (!found) throw new RefusedError(GONE);
      return { percent: found.progress, hasEnded: hasEnded(found) };
    }),
};

const GONE = { status: 404, code: 'CENR_NOT_FOUND', title: 'There is no such report' } as const;

export const impactChanges: readonly Page[] = (['csv', 'xlsx'] as const).map((format) => ({
  path: `/drafts/:id/impact/:impactId/changes.${format}`,
  get: (visit) => visit.passOn(`${impactRoute(visit)}/changes?format=${format}`),
}));
