/** `/uploads/ID`: what is wrong with an upload, and what to do about it. While it is loaded: how far that is. */
import { frame } from '../frame.ts';
import { html } from '../html.ts';
import { progress, table } from '../parts.ts';
import type { Person } from '../sessions.ts';
import { type Page, RefusedError, type Visit } from '../visit.ts';
import { moment, number } from '../words.ts';
import { hasEnded, type ShownCheck, type ShownJob, type ShownProblem, type ShownUpload } from './shown.ts';

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
  /** The check whose problems are shown; all when absent. */
  readonly code?: string | undefined;
  readonly next?: string | undefined;
}

const TITLE = 'What is wrong with this upload?';
const ABOVE = [['Uploads', '/uploads']] as const;

export function view({ person, upload, groups, problems, code, next }: Shown): string {
  const { id, files, receivedAt, counts, linesRead, blankLines, warnings = [] } = upload;
  const address = `/uploads/${id}`;
  return frame({
    title: TITLE,
    person,
    above: ABOVE,
    main: html`<p class="answer">${number(linesRead)} lines: ${number(counts.added)} added, ${number(counts.replaced)} replaced, ${number(counts.deleted)} deleted,
${number(counts.notUsed)} not used, ${number(counts.rejected)} rejected, ${number(blankLines)} blank.
${counts.rejected > 0 ? 'Rejected records are not stored: correct them and upload them again.' : ''}</p>
!${warnings.map(({ message }) => html`<p class="warned">${message}</p>`)}
<p class="hint">${files.map(({ name }) => name).join(', ')}, received ${moment(receivedAt)}, sent by ${upload.sender}.</p>
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
                html: html`<a href="${address}?code=${each}"!${each === code ? ' aria-current="true"' : ''}>${each}</a>`,
              },
              number(count),
              check?.problems[0]?.severity ?? '',
              check?.title ?? '',
              check?.problems[0]?.fix ?? '',
            ]),
          )}
<p><a href="${address}/problems.csv">Download all problems (CSV)</a></p></section>
<section aria-labelledby="problems"><h2 id="problems">${code === undefined ? 'All problems' : `Problems of ${code}`}</h2>
!${code === undefined ? '' : html`<p><a href="${address}">Show the problems of all checks</a></p>`}
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
            problems.map(({ file, line, field, fieldName, value, code: each, severity, message }) => [
              `${file} line ${number(line)}`,
              `${field} ${fieldName}`,
              { html: html`<code>${value}</code>` },
              each,
              severity,
              message,
            ]),
          )}
!${next === undefined ? '' : html`<p><a href="${next}">More problems</a></p>`}</section>`
    }`,
  });
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

const SEVERITIES = ['reject', 'warn', 'advice'];
const MOST = 100;

async function groupsOf(visit: Visit, { problemCounts }: ShownUpload): Promise<Group[]> {
  const groups = await Promise.all(
    Object.entries(problemCounts).map(async ([code, count]) => ({
      code,
      count,
      check: await visit.ask<ShownCheck>(`/v1/checks/${code}`).then(
        ({ body }) => body,
        // The rules of now may no longer have it.
        () => undefined,
      ),
    })),
  );
  const rank = ({ check }: Group): number => SEVERITIES.indexOf(check?.problems[0]?.severity ?? 'advice');
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
    const { code } = query;
    const [groups, problems] = await Promise.all([
      groupsOf(visit, found.body),
      visit.list<{ problems: ShownProblem[] }>(`/v1/uploads/${id}/problems`, MOST, code === undefined ? {} : { code }),
    ]);
    const next = problems.next === undefined ? undefined : new URL(problems.next, 'http://cenr').searchParams;
    next?.delete('limit');
    return view({
      person,
      upload: found.body,
      groups,
      problems: problems.problems,
      code,
      next: next && `/uploads/${id}?${next.toString()}`,
    });
  },
};
