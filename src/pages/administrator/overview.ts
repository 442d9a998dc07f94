/** `/admin`: whether the service is well, what it holds, what is in work; `/admin/settings`: what is in force. */
import { amount } from '#base/text';
import type { LogVerification } from '#service/schemas/access-log';
import { knownOfLog, logPart } from '../auditor/log-complete.ts';
import { frame } from '../frame.ts';
import { html } from '../html.ts';
import { table } from '../parts.ts';
import type { Person } from '../sessions.ts';
import type { Page } from '../visit.ts';
import { moment, number } from '../words.ts';
import { SETTING_WORDS } from './setting-words.ts';
import { ADMIN, type ShownSettings, type ShownStore } from './shown.ts';

const KINDS: Readonly<Record<string, string>> = { upload: 'Uploads', extract: 'Extracts', impact: 'Impact reports' };

interface Shown {
  readonly person: Person;
  readonly store: ShownStore;
  readonly isReady: boolean;
  readonly verification?: LogVerification | undefined;
}

export const view = ({ person, store, isReady, verification }: Shown): string => {
  const { students, leas, linesRead, linesRejected, lastUpload, jobs, rulebook, refused } = store;
  const failed = jobs.reduce((sum, job) => sum + job.failed, 0);
  return frame({
    title: 'Is the service well?',
    person,
    ...(verification?.status === 'Processing' && { again: 5 }),
    main: html`<p class="answer">${isReady ? 'The service is ready: the store can be read, and the access log written.' : 'The service is not ready: the store cannot be read, or the access log not written. Its own log says why.'}</p>
!${refused.map((reason) => html`<p class="warned">Rules should have taken effect, and cannot be used: ${reason}</p>`)}
!${failed > 0 ? html`<p class="warned">${amount(failed, 'job')} failed. The pages of <a href="/admin/uploads">uploads</a> and <a href="/extracts">extracts</a> say which, and why.</p>` : ''}
<p><a class="button" href="/admin/keys">Keys</a> <a class="button" href="/admin/persons">People</a>!${person.key.leas === 'all' ? html` <a class="button" href="/admin/settings">Settings</a>` : ''} <a class="button" href="/admin/uploads">Uploads of all LEAs</a></p>
<section aria-labelledby="store"><h2 id="store">The store</h2>
<p>${amount(students, 'student')} of ${amount(leas.length, 'LEA')}. ${amount(linesRead, 'line')} ${linesRead === 1 ? 'was' : 'were'} uploaded, ${number(linesRejected)} of them rejected. ${lastUpload === undefined ? 'Nothing was uploaded yet.' : `The last upload came ${moment(lastUpload)}.`}</p></section>
<section aria-labelledby="jobs"><h2 id="jobs">In work</h2>
!${table(
      'Jobs of your LEAs',
      [
        { name: 'Kind' },
        { name: 'Waiting', isNumber: true },
        { name: 'In work', isNumber: true },
        { name: 'Failed', isNumber: true },
      ],
      jobs.map((job) => [KINDS[job.kind] ?? job.kind, number(job.pending), number(job.processing), number(job.failed)]),
    )}</section>
!${logPart(person, verification, '/admin')}
<p class="hint">Rulebook in effect: <code>${rulebook}</code></p>`,
  });
};

export const overview: Page = {
  path: '/admin',
  async get(visit) {
    const [store, isReady, verification] = await Promise.all([
      visit.ask<ShownStore>('/v1/store'),
      visit.ask('/health/ready').then(
        () => true,
        () => false,
      ),
      knownOfLog(visit),
    ]);
    return view({ person: visit.person, store: store.body, isReady, verification });
  },
};

const setWords = (set: number, of: number): string =>
  set === 0
    ? `All ${of} settings have their default.`
    : `${set} of ${of} settings ${set === 1 ? 'is' : 'are'} not the default.`;

export const settingsView = (person: Person, { settings }: ShownSettings): string =>
  frame({
    title: 'Which settings are in force?',
    person,
    above: [ADMIN],
    main: html`<p class="answer">${setWords(settings.filter(({ isDefault }) => !isDefault).length, settings.length)}</p>
<p class="hint">Environment variables set them when the service starts. Passwords and secrets are not shown.</p>
!${table(
      'Settings',
      [{ name: 'Variable' }, { name: 'Value in force' }, { name: 'Set' }, { name: 'What it is' }],
      settings.map(({ variable, value, isDefault }) => [
        { html: html`<code>${variable}</code>` },
        { html: html`<code>${value}</code>` },
        isDefault ? 'default' : 'set',
        SETTING_WORDS[variable] ?? '',
      ]),
    )}`,
  });

export const settings: Page = {
  path: '/admin/settings',
  get: async (visit) => settingsView(visit.person, (await visit.ask<ShownSettings>('/v1/settings')).body),
};
