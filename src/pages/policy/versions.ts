/** `/rules/versions`: what is in force, what takes effect when, and what differs between any two versions. */
import { frame } from '../frame.ts';
import { html } from '../html.ts';
import { link, refusalBox, table, tokenField } from '../parts.ts';
import type { Person } from '../sessions.ts';
import type { Page, Refusal, Visit } from '../visit.ts';
import { moment } from '../words.ts';
import { refusalOf } from './asked.ts';
import type { ShownActivation, ShownDifferences, ShownVersion, ShownVersions } from './shown.ts';
import { activationWords, differencesList, mayChangeRules, versionAddress, versionWords } from './words.ts';

interface Shown {
  readonly person: Person;
  readonly versions: ShownVersions;
  /** Two versions that were asked about, and what differs. */
  readonly compared?:
    | { readonly from: string; readonly to: string; readonly differences: ShownDifferences }
    | undefined;
  readonly refusal?: Refusal | undefined;
}

export function view({ person, versions: shown, compared, refusal }: Shown): string {
  const { versions, scheduled, heldBack, refused } = shown;
  const now = versions.find(({ inEffect }) => inEffect);
  const unconfirmed = versions
    .flatMap(({ activations }) => activations)
    .filter(({ confirmUntil }) => confirmUntil !== undefined);
  return frame({
    title: 'Which rules held when, and what comes next?',
    person,
    above: [['Rules', '/rules']],
    main: html`!${refusal ? refusalBox(refusal) : ''}
<p class="answer">${now ? `${versionWords(now)} is in force.` : 'No version is in force yet.'} ${scheduled.length === 0 ? 'Nothing else is scheduled.' : `Next: ${moment((scheduled[0] as ShownActivation).from)}.`}</p>
!${refused.map(({ reason }) => html`<p class="warned">What should be in force cannot be used: ${reason}</p>`)}
!${unconfirmed.map((activation) => confirmForm(person, activation))}
<section aria-labelledby="calendar"><h2 id="calendar">What takes effect</h2>
!${scheduled.length > 0 ? calendar(person, versions, scheduled) : html`<p>Nothing is scheduled. A draft that was approved can be published at a day.</p>`}
!${heldBack.map(({ says }) => html`<p class="warned">${says}</p>`)}</section>
<section aria-labelledby="all"><h2 id="all">All versions</h2>
!${table(
      'Versions, newest first',
      [{ name: 'Version' }, { name: 'State' }, { name: 'Took effect' }],
      versions.map((version) => [
        link(versionWords(version), versionAddress(version.sha256)),
        stateWords(version, scheduled),
        { html: html`!${version.activations.map((activation) => html`<div>${activationWords(activation)}</div>`)}` },
      ]),
    )}</section>
!${versions.length > 1 ? comparison(versions, compared) : ''}`,
  });
}

function stateWords({ inEffect, activations }: ShownVersion, scheduled: readonly ShownActivation[]): string {
  if (inEffect) return 'in force';
  const isToCome = ({ activation }: ShownActivation): boolean => scheduled.some((one) => one.activation === activation);
  if (activations.length === 0) return 'kept, never in force';
  return activations.every(isToCome) ? 'will be in force' : 'was in force';
}

function calendar(person: Person, versions: readonly ShownVersion[], scheduled: readonly ShownActivation[]): string {
  const nameOf = (hash: string): string => {
    const version = versions.find(({ sha256 }) => sha256 === hash);
    return version ? versionWords(version) : hash;
  };
  return table(
    'What takes effect, soonest first',
    [{ name: 'When' }, { name: 'Version' }, { name: 'By whom, and why' }, { name: 'Cancel' }],
    scheduled.map((activation) => [
      moment(activation.from),
      link(nameOf(activation.rulebook), versionAddress(activation.rulebook)),
      activationWords(activation),
      {
        html: mayChangeRules(person)
          ? html`<form method="post" action="/rules/versions">!${tokenField(person)}<input type="hidden" name="withdraw" value="${String(activation.activation)}"><button>Withdraw</button></form>`
          : '',
      },
    ]),
  );
}

const confirmForm = (person: Person, { activation, by, reason = '', confirmUntil = '' }: ShownActivation): string =>
  html`<div class="warned"><p>${by?.name ?? 'Somebody'} went back to an earlier version: ${reason} A second person is asked to confirm it by ${moment(confirmUntil)}.</p>
!${
    mayChangeRules(person) && by?.name !== person.key.name
      ? html`<form method="post" action="/rules/versions">!${tokenField(person)}<input type="hidden" name="confirm" value="${String(activation)}"><p><button>Confirm</button></p></form>`
      : ''
  }</div>`;

function comparison(versions: readonly ShownVersion[], compared: Shown['compared']): string {
  const choice = (name: string, label: string, chosen: string | undefined): string =>
    html`<p><label for="${name}">${label}</label> <select id="${name}" name="${name}">!${versions.map(
      (version) =>
        html`<option value="${version.sha256}"!${version.sha256 === chosen ? ' selected' : ''}>${versionWords(version)}</option>`,
    )}</select></p>`;
  return html`<section aria-labelledby="compare"><h2 id="compare">What differs between two versions</h2>
<form method="get" action="/rules/versions#compare">!${choice('from', 'From', compared?.from ?? versions[1]?.sha256)}!${choice('to', 'To', compared?.to ?? versions[0]?.sha256)}<p><button>Compare</button></p></form>
!${compared ? differencesList(compared.differences) : ''}</section>`;
}

async function shownTo(visit: Visit): Promise<Shown> {
  const { from, to } = visit.query;
  const versions = (await visit.ask<ShownVersions>('/v1/rulebook/versions')).body;
  if (from === undefined || to === undefined) return { person: visit.person, versions };
  const asked = `/v1/rulebook/versions/${encodeURIComponent(to)}/differences?from=${encodeURIComponent(from)}`;
  return {
    person: visit.person,
    versions,
    compared: { from, to, differences: (await visit.ask<ShownDifferences>(asked)).body },
  };
}

export const versions: Page = {
  path: '/rules/versions',
  get: async (visit) => view(await shownTo(visit)),
  async post(visit) {
    const { withdraw, confirm } = visit.form;
    const refusal = await refusalOf(
      visit.ask({
        method: 'POST',
        url:
          withdraw === undefined
            ? `/v1/rulebook/restored/${encodeURIComponent(String(confirm))}/confirm`
            : `/v1/rulebook/scheduled/${encodeURIComponent(String(withdraw))}/withdraw`,
      }),
    );
    if (!refusal) return visit.go('/rules/versions');
    visit.reply.code(refusal.status);
    return view({ ...(await shownTo(visit)), refusal });
  },
};
