/** `/uploads/ID`: what is wrong with an upload, and what to do about it. While it is loaded: how far that is. */
import { amount } from '#base/text';
import { SEVERITIES } from '#intake/problem';
import { frame } from '../frame.ts';
import { html } from '../html.ts';
import { uploadIdentified } from '../identified.ts';
import { progress, table } from '../parts.ts';
import type { Person } from '../sessions.ts';
import { numberLinks } from '../ssid/downloads.ts';
import { type Page, type Params, RefusedError, type Visit } from '../visit.ts';
import { moment, number } from '../words.ts';
import { noLines, sentLine } from './sent-line.ts';
import {
  hasEnded,
  type ShownCheck,
  type ShownJob,
  type ShownProblem,
  type ShownSummary,
  type ShownUpload,
} from './shown.ts';

/** Problems of one check. */
interface Group {
  readonly code: string;
  readonly count: number;
  readonly check: ShownCheck | undefined;
}

interface Shown {
  readonly person: Person;
  readonly upload: ShownUpload;
  readonly groups: readonly Group[];
  readonly problems: readonly ShownProblem[];
  readonly summary: ShownSummary;
  /** Whose problems are shown; all when it says nothing. */
  readonly chosen: Params;
  readonly next?: string | undefined;
}

const TITLE = 'What is wrong with this upload?';
const ABOVE = [['Uploads', '/uploads']] as const;

export function view(shown: Shown): string {
  const { person, upload, groups, problems, summary, chosen, next } = shown;
  const { code } = chosen;
  const { id, files, receivedAt, counts, linesRead, blankLines, warnings = [] } = upload;
  const address = `/uploads/${id}`;
  return frame({
    title: TITLE,
    person,
    identified: uploadIdentified(upload),
    above: ABOVE,
    main: html`<p class="answer">${amount(linesRead, 'line')}: ${number(counts.added)} added, ${number(counts.replaced)} replaced, ${number(counts.deleted)} deleted,
${number(counts.notUsed)} not used, ${number(counts.rejected)} rejected, ${number(blankLines)} blank.
${counts.rejected > 0 ? 'Rejected records are not stored: correct them and upload them again.' : ''}</p>
!${warnings.map(({ message }) => html`<p class="warned">${message}</p>`)}
<p class="hint">${files.map(({ name }) => name).join(', ')}, received ${moment(receivedAt)}, sent by ${upload.sender}.</p>
!${numbersPart(upload)}!${postingPart(summary)}
!${
      groups.length === 0
        ? html`<p>No problem was found.</p>`
        : html`<section aria-labelledby="checks"><h2 id="checks">By check</h2>
!${table(
            'Problems by check, the most severe first',
            [
              { name: 'Check' },
              { name: 'Problems', isNumber: true },
              { name: 'Severity' },
              { name: 'What it is' },
              { name: 'What to do' },
            ],
            groups.map(({ code: each, count, check }) => [
              {
                html: html`<a href="${address}?code=${each}#problems"!${each === code ? ' aria-current="true"' : ''}>${each}</a>`,
              },
              number(count),
              check?.problems[0]?.severity ?? '',
              check?.title ?? '',
              check?.problems[0]?.fix ?? '',
            ]),
          )}
<p><a class="button" href="${address}/problems.xlsx">Download as a workbook</a> <a class="button" href="${address}/problems.csv">Download all problems (CSV)</a></p></section>
<section aria-labelledby="problems"><h2 id="problems">${titleOf(chosen)}</h2>
!${filterForm(shown)}
!${problems.length === 0 ? html`<p>No problem is like that. <a href="${address}">Show all problems</a></p>` : ''}
!${noLines(problems)}
!${table(
            'Problems in the order of files and lines',
            [
              { name: 'Place' },
              { name: 'Field' },
              { name: 'Value' },
              { name: 'Check' },
              { name: 'Severity' },
              { name: 'What is wrong, and what to do' },
            ],
            problems.map((problem) => [
              `${problem.file} line ${number(problem.line)}`,
              `${problem.field} ${problem.fieldName}`,
              { html: html`<code>${problem.value}</code>` },
              problem.code,
              problem.severity,
              { html: html`${problem.message} !${sentLine(problem)}` },
            ]),
          )}
!${next === undefined ? '' : html`<p><a href="${next}">More problems</a></p>`}</section>`
    }`,
  });
}

/** The SSIDs that records got which were sent without one. */
function numbersPart({ id, assigned }: ShownUpload): string {
  if (!assigned) return '';
  const { drawn, before, joined } = assigned;
  return html`<section aria-labelledby="numbers"><h2 id="numbers">SSIDs that were given</h2>
<p>${amount(drawn, 'new SSID')}; ${amount(before, 'record')} of students who had one already.${joined > 0 ? ` ${amount(joined, 'record')} of earlier uploads that waited for an SSID joined ${joined === 1 ? 'its student' : 'their students'}.` : ''}</p>
<p>Line, local student ID and SSID, for your student information system: !${numberLinks(id)}</p></section>
`;
}

/** Whether CALPADS would post each file: one rejected record keeps the whole file out. */
const postingPart = ({ files }: ShownSummary): string =>
  html`<section aria-labelledby="posting"><h2 id="posting">What would CALPADS say?</h2>
<p>CALPADS posts a file only if nothing in it is rejected.</p><ul>!${files.map(({ name, rejectedRecords: rejected }) =>
    rejected === 0
      ? html`<li>It would post ${name}.</li>`
      : html`<li>It would post no record of <a href="?${new URLSearchParams({ file: name, severity: 'reject' }).toString()}#problems">${name}</a>: ${amount(rejected, 'rejected record')}.</li>`,
  )}</ul></section>`;

const CHOSEN = ['code', 'file', 'field', 'school', 'severity'] as const;

function titleOf(chosen: Params): string {
  const { code, file, field, school, severity } = chosen;
  if (code !== undefined && Object.keys(chosen).length === 1) return `Problems of ${code}`;
  const said = [
    ...(code === undefined ? [] : [code]),
    ...(file === undefined ? [] : [file]),
    ...(field === undefined ? [] : [`field ${field}`]),
    ...(school === undefined ? [] : [`school ${school}`]),
    ...(severity === undefined ? [] : [severity]),
  ];
  return said.length === 0 ? 'All problems' : `Problems: ${said.join(', ')}`;
}

function filterForm({ upload, groups, summary, chosen }: Shown): string {
  const select = (name: string, label: string, choices: readonly (readonly [value: string, words: string])[]): string =>
    html`<label for="${name}">${label}</label> <select id="${name}" name="${name}"><option value="">all</option>!${choices.map(
      ([value, words]) => html`<option value="${value}"!${value === chosen[name] ? ' selected' : ''}>${words}</option>`,
    )}</select> `;
  const fields = summary.fields.filter(({ field }) => field !== '');
  return html`<form method="get" action="/uploads/${upload.id}#problems" class="search">
!${select(
    'code',
    'Check',
    groups.map(({ code, count }) => [code, `${code} (${number(count)})`]),
  )}
!${select(
    'file',
    'File',
    summary.files
      .filter(({ problems }) => problems > 0)
      .map(({ name, problems }) => [name, `${name} (${number(problems)})`]),
  )}
!${select(
    'field',
    'Field',
    fields.map(({ field, name, problems }) => [field, `${field} ${name} (${number(problems)})`]),
  )}
!${
    summary.schools.length === 0
      ? ''
      : select(
          'school',
          'School',
          summary.schools.map(({ school, problems }) => [school, `${school} (${number(problems)})`]),
        )
  }
!${select(
    'severity',
    'Severity',
    SEVERITIES.map((severity) => [severity, severity]),
  )}
<button>Show</button></form>`;
}

const viewOfJob = (person: Person, job: ShownJob): string =>
  frame({
    title: TITLE,
    person,
    above: ABOVE,
    ...(!hasEnded(job) && { modules: ['progress.js'], again: 5 }),
    main:
      job.status === 'Failed' || job.status === 'Cancelled'
        ? html`<p class="answer">The upload ${job.status === 'Failed' ? 'failed' : 'was canceled'}: nothing of it was stored. ${job.failure ?? ''}</p>
<p><a class="button" href="/uploads/new">Upload files</a></p>`
        : html`<div role="status" data-job="/uploads/${job.id}/progress"><p class="answer">The files arrived at ${moment(job.requestedAt)}. Their records are being checked and stored.</p>
!${progress('How far the upload is', job.progress)}</div>`,
  });

const MOST = 100;

/** Checks of the rules in effect, asked for once: a page with many codes would ask for each at every visit. */
const CHECKS = new WeakMap<object, Map<string, Promise<ShownCheck | undefined>>>();

async function checkOf(visit: Visit, code: string): Promise<ShownCheck | undefined> {
  const { rulebook } = await visit.app.rules.current();
  const known = CHECKS.get(rulebook) ?? new Map<string, Promise<ShownCheck | undefined>>();
  CHECKS.set(rulebook, known);
  const found =
    known.get(code) ??
    visit.ask<ShownCheck>(`/v1/checks/${code}`).then(
      ({ body }) => body,
      (error) => {
        // The rules of now may no longer have it; another refusal says nothing of the check.
        if (!(error instanceof RefusedError) || error.refusal.status !== 404) known.delete(code);
        return undefined;
      },
    );
  known.set(code, found);
  return found;
}

async function groupsOf(visit: Visit, { problemCounts }: ShownUpload): Promise<Group[]> {
  const groups = await Promise.all(
    Object.entries(problemCounts).map(async ([code, count]) => ({ code, count, check: await checkOf(visit, code) })),
  );
  const rank = ({ check }: Group): number =>
    (SEVERITIES as readonly string[]).indexOf(check?.problems[0]?.severity ?? 'advice');
  return groups.sort((a, b) => rank(a) - rank(b) || b.count - a.count);
}

export const upload: Page = {
  path: '/uploads/:id',
  async get(visit) {
    const { person, query } = visit;
    const id = visit.part('id');
    const found = await visit.ask<ShownUpload>(`/v1/uploads/${id}`).catch((error) => {
      if (error instanceof RefusedError && error.refusal.status === 404) return undefined;
      throw error;
    });
    if (!found) return viewOfJob(person, (await visit.ask<ShownJob>(`/v1/uploads/${id}/status`)).body);
    const chosen = Object.fromEntries(CHOSEN.flatMap((name) => (query[name] ? [[name, query[name]]] : [])));
    const [groups, summary, problems] = await Promise.all([
      groupsOf(visit, found.body),
      visit.ask<ShownSummary>(`/v1/uploads/${id}/problem-summary`),
      visit.list<{ problems: ShownProblem[] }>(`/v1/uploads/${id}/problems`, MOST, { ...chosen, lines: 'true' }),
    ]);
    const next = problems.next === undefined ? undefined : new URL(problems.next, 'http://cenr').searchParams;
    next?.delete('limit');
    next?.delete('lines');
    return view({
      person,
      upload: found.body,
      groups,
      problems: problems.problems,
      summary: summary.body,
      chosen,
      next: next && `/uploads/${id}?${next.toString()}#problems`,
    });
  },
};
