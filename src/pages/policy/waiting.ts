/** What waits for whom: drafts and restored versions on which somebody can take the next step. */
import type { Person } from '../sessions.ts';
import type { Visit } from '../visit.ts';
import { moment } from '../words.ts';
import type { ShownRules, ShownSummary, ShownVersions } from './shown.ts';
import { mayChangeRules } from './words.ts';

export interface Waiting {
  /** What there is to do, in a sentence. */
  readonly says: string;
  readonly address: string;
}

export interface PolicyHome {
  readonly rules: ShownRules;
  readonly versions: ShownVersions;
  readonly drafts: readonly ShownSummary[];
}

const MOST_DRAFTS = 50;

/** All that the first page shows of rules. */
export async function policyHome(visit: Visit): Promise<PolicyHome> {
  const [rules, versions, drafts] = await Promise.all([
    visit.ask<ShownRules>('/v1/rulebook'),
    visit.ask<ShownVersions>('/v1/rulebook/versions'),
    visit.ask<{ drafts: ShownSummary[] }>(`/v1/rulebook/drafts?limit=${MOST_DRAFTS}`),
  ]);
  return { rules: rules.body, versions: versions.body, drafts: drafts.body.drafts };
}

export const isOpen = ({ state }: ShownSummary): boolean => state !== 'published' && state !== 'deleted';

/** Who acts is known by name, as REST does. */
export const isMine = ({ author }: Pick<ShownSummary, 'author'>, { key }: Person): boolean => author.name === key.name;

/** What waits for a person, soonest first. */
export function waitingFor(person: Person, { versions, drafts }: Omit<PolicyHome, 'rules'>): Waiting[] {
  if (!mayChangeRules(person)) return [];
  return [
    ...versions.versions
      .flatMap(({ activations }) => activations)
      .filter(({ confirmUntil, by }) => confirmUntil !== undefined && by?.name !== person.key.name)
      .map(({ by, confirmUntil = '' }) => ({
        says: `Confirm, by ${moment(confirmUntil)}, that ${by?.name ?? 'somebody'} went back to an earlier version`,
        address: '/rules/versions',
      })),
    ...drafts.flatMap((draft) => stepFor(person, draft)),
  ];
}

function stepFor(person: Person, draft: ShownSummary): Waiting[] {
  const { id, title, state, author, approvals, reopened } = draft;
  const address = `/drafts/${id}`;
  const mine = isMine(draft, person);
  if (state === 'approved') return [{ says: `Publish “${title}”, which is approved`, address: `${address}/decide` }];
  if (state === 'submitted' && !mine && !approvals.some(({ name }) => name === person.key.name))
    return [{ says: `Read what “${title}” by ${author.name} does, and decide`, address: `${address}/impact` }];
  if (state === 'draft' && mine && reopened && reopened.name !== person.key.name)
    return [
      { says: `${reopened.name} sent “${title}” back${reopened.why === '' ? '' : `: ${reopened.why}`}`, address },
    ];
  return [];
}
