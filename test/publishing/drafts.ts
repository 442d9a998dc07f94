/** People, files and drafts for the tests of versions. */

import type { Activation } from '#publishing/activation';
import type { Actor } from '#publishing/actor';
import type { DraftCheck, DraftWithTexts } from '#publishing/draft';
import type { ImpactNumbers } from '#publishing/impact-numbers';
import type { ImpactJob } from '#publishing/job';
import { isRefused, type Refused } from '#publishing/refusals';
import type { Role } from '#publishing/role';
import { approve, createDraft, putFile, recordCheck, seeImpact, submit } from '#publishing/workflow';
import { hashOf, type RulebookTexts } from '#rulebook/load/texts';

const person = (name: string, role: Role): Actor => ({ keyId: `key_${name.toLowerCase()}`, name, role });

export const ANA = person('Ana', 'policy');
export const BEN = person('Ben', 'policy');
export const CAM = person('Cam', 'policy');
export const ADA = person('Ada', 'admin');
export const VAL = person('Val', 'vendor');
/** Another key of Ana's. */
export const ANA_AGAIN: Actor = { ...ANA, keyId: 'key_ana_2' };

/** The moment n minutes after a Monday morning; times ascend with n. */
export const minute = (n: number): string => new Date(Date.UTC(2026, 10, 23, 8, n)).toISOString();

export const FIELD = 'rules/fields/51-foster-youth.json';

export const FIRST: RulebookTexts = [{ path: 'rules/rulebook.json', text: '{ "version": "first" }\n' }];
export const SECOND: RulebookTexts = [{ path: 'rules/rulebook.json', text: '{ "version": "second" }\n' }];

export const version = (texts: RulebookTexts) => ({ hash: hashOf(texts), texts });

/** Entries of versions that take effect one after the other, at these minutes. */
export const inEffect = (
  ...activations: readonly (readonly [texts: RulebookTexts, from: number, withdrawn?: number])[]
): Activation[] =>
  activations.map(([texts, from, withdrawn], i) => ({
    seq: i + 1,
    hash: hashOf(texts),
    from: minute(from),
    how: 'files',
    createdAt: minute(0),
    ...(withdrawn !== undefined && { withdrawnAt: minute(withdrawn) }),
  }));

/** @throws Error when the step was refused */
export function done<T extends object>(outcome: T | Refused): T {
  if (isRefused(outcome)) throw new Error(`${outcome.refused}: ${outcome.message}`);
  return outcome;
}

export const checkOf = ({ hash }: { readonly hash: string }, found: Partial<DraftCheck> = {}): DraftCheck => ({
  hash,
  at: minute(2),
  errors: 0,
  warnings: 1,
  examples: 300,
  examplesFailed: 0,
  ...found,
});

/** Of a report on the newest year with rows. */
export const NUMBERS: ImpactNumbers = {
  ...{ students: 40, hasRows: true, values: 12, changed: 12, appeared: 0, disappeared: 0 },
  ...{ newestYear: '2026-2027', coversNewestYear: true },
};

export const impactOf = (
  draft: DraftWithTexts,
  against: string = draft.from,
  more: Partial<ImpactJob> = {},
): ImpactJob => ({
  id: 'im_1',
  draft: draft.id,
  hash: draft.hash,
  against,
  request: {},
  reportingLEAs: 'all',
  runDate: '20261123',
  requestedAt: minute(2),
  by: ANA,
  status: 'Complete',
  progress: 1,
  changed: 12,
  numbers: NUMBERS,
  ...more,
});

/** Drafts by Ana from the first version, as far as the name says. */
export const created = done(
  createDraft(
    { id: 'draft_1', title: 'Foster Youth', reason: 'Program 190 is reported', from: version(FIRST) },
    ANA,
    minute(1),
  ),
);
export const edited = done(putFile(created, { path: FIELD, text: '{ "field": "51" }' }, ANA, minute(1)));
export const checked = done(recordCheck(edited, checkOf(edited), minute(2)));
export const seen = done(seeImpact(checked, impactOf(checked), BEN, minute(3)));
export const submitted = done(submit(seen, ANA, minute(4), [seen.from]));
export const approved = done(approve(submitted, BEN, minute(5), { approvals: 1 }));
