/** `/admin/uploads`: uploads of all LEAs, who sent them and what is wrong with them; those that are not loaded first. */
import type { UploadOverview } from '#service/schemas/upload-overview';
import { frame } from '../frame.ts';
import { html } from '../html.ts';
import { type Cell, link, table } from '../parts.ts';
import type { Person } from '../sessions.ts';
import { MOST_LISTED, type Page } from '../visit.ts';
import { moment, number } from '../words.ts';
import { ADMIN } from './shown.ts';

const PATH = '/admin/uploads';

type Unfinished = UploadOverview['unfinished'][number];
type Loaded = UploadOverview['uploads'][number];

const isUnderWay = ({ status }: Unfinished): boolean => status !== 'Failed';

export function view(person: Person, { unfinished, uploads, next }: UploadOverview): string {
  const underWay = unfinished.filter(isUnderWay).length;
  const failed = unfinished.length - underWay;
  return frame({
    title: 'Which uploads came in?',
    person,
    above: [ADMIN],
    ...(underWay > 0 && { again: 5, modules: ['again.js'] }),
    main: html`<p class="answer">${answerOf(underWay, failed, uploads.length)}</p>
!${unfinished.length === 0 ? '' : unfinishedPart(unfinished)}
!${uploads.length === 0 ? '' : loadedPart(uploads)}
!${next === undefined ? '' : html`<p><a href="${next.replace('/v1/store/uploads', PATH)}">Older uploads</a></p>`}`,
  });
}

function answerOf(underWay: number, failed: number, loaded: number): string {
  if (underWay + failed + loaded === 0) return 'Nothing was uploaded yet.';
  const said = [
    ...(underWay === 0
      ? []
      : [`${number(underWay)} ${underWay === 1 ? 'upload is' : 'uploads are'} waiting or being loaded`]),
    ...(failed === 0
      ? []
      : [
          `${number(failed)} ${failed === 1 ? 'upload failed; nothing of it was' : 'uploads failed; nothing of them was'} stored`,
        ]),
  ];
  return said.length === 0 ? 'Every upload that came in is loaded.' : `${said.join('. ')}.`;
}

const STATES: Readonly<Record<string, string>> = { Pending: 'waits for its turn', Failed: 'failed' };

const unfinishedPart = (unfinished: readonly Unfinished[]): string =>
  html`<section aria-labelledby="unfinished"><h2 id="unfinished">Not loaded</h2>
!${table(
    'Uploads that are not loaded, those in work first',
    [{ name: 'Arrived' }, { name: 'LEA' }, { name: 'Sent by' }, { name: 'State' }, { name: 'Why' }],
    unfinished.map((one): Cell[] => [
      link(moment(one.requestedAt), `/uploads/${one.id}`),
      one.sender,
      senderCell(one),
      STATES[one.status] ?? `being loaded, ${one.progress} %`,
      one.failure ?? '',
    ]),
  )}</section>`;

const loadedPart = (uploads: readonly Loaded[]): string =>
  html`<section aria-labelledby="loaded"><h2 id="loaded">Loaded</h2>
!${table(
    'Uploads that are loaded, newest first',
    [
      { name: 'Arrived' },
      { name: 'LEA' },
      { name: 'Sent by' },
      { name: 'Files' },
      { name: 'Lines', isNumber: true },
      { name: 'Rejected records', isNumber: true },
      { name: 'Problems' },
    ],
    uploads.map((one): Cell[] => [
      link(moment(one.receivedAt), `/uploads/${one.id}`),
      one.sender,
      senderCell(one),
      one.files.join(', '),
      number(one.linesRead),
      number(one.rejected),
      problemWords(one.problems),
    ]),
  )}
<p class="hint">Problems are counted by how severe the checks in effect say they are.</p></section>`;

const senderCell = ({ by }: Pick<Loaded, 'by'>): Cell =>
  by ? { html: html`${by.name ?? 'no longer known'}<br><small><code>${by.id}</code></small>` } : 'the command line';

const SEVERE = [
  ['reject', 'reject'],
  ['rejectOrWarn', 'reject or warn'],
  ['warn', 'warn'],
  ['advice', 'advice'],
] as const;

const problemWords = (problems: Loaded['problems']): string =>
  SEVERE.flatMap(([severity, words]) =>
    problems[severity] === 0 ? [] : [`${number(problems[severity])} ${words}`],
  ).join(', ') || 'none';

export const allUploads: Page = {
  path: PATH,
  async get(visit) {
    return view(visit.person, await visit.list<UploadOverview>('/v1/store/uploads', MOST_LISTED));
  },
};
