/**
 * What the routes of drafts have in common: the draft, whether the caller saw it as it is, taking a step, and what a
 * refusal of the workflow is over HTTP.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { Actor } from '#publishing/actor';
import type { Draft, DraftWithTexts } from '#publishing/draft';
import type { ImpactJob } from '#publishing/job';
import { isRefused, type Refused } from '#publishing/refusals';
import { type Rulebook, RulebookError } from '#rulebook/load/assemble';
import { describeFinding, RulebookLoadError, verify } from '#rulebook/load/load';
import type { RulebookTexts } from '#rulebook/load/texts';
import type { Caller } from '#store/store';
import { type ErrorCode, type ErrorItem, ServiceError } from '../http/errors.ts';
import { goneAs } from '../http/send-file.ts';
import { jobWithin } from '../jobs/job-within.ts';
import { scopeOf } from '../plugins/auth.ts';
import { withRulebook } from '../plugins/rules.ts';
import { changedFiles, type DraftSummary, type DraftView, shownSummary } from '../schemas/draft.ts';
import { contents } from '../schemas/responses.ts';

/** A folder may have so many times the bytes that any other JSON body may: all that a draft can hold. */
export const FOLDER_BODIES = 16;

/** Where in a request the fault of a refusal is. */
const AT: Partial<Record<Refused['refused'], Pick<ErrorItem, 'pointer' | 'parameter'>>> = {
  'title-invalid': { pointer: '/title' },
  'reason-invalid': { pointer: '/reason' },
  'path-invalid': { parameter: 'path' },
  'text-invalid': { pointer: '' },
  'moment-invalid': { pointer: '/at' },
  'moment-past': { pointer: '/at' },
};

const CODES: Readonly<Record<Refused['refused'], ErrorCode>> = {
  'role-missing': 'CENR_ROLE_MISSING',
  'not-the-author': 'CENR_DRAFT_NOT_YOURS',
  'not-in-this-state': 'CENR_DRAFT_STATE',
  'title-invalid': 'CENR_REQUEST_INVALID',
  'reason-invalid': 'CENR_REQUEST_INVALID',
  'path-invalid': 'CENR_REQUEST_INVALID',
  'text-invalid': 'CENR_REQUEST_INVALID',
  'too-large': 'CENR_BODY_TOO_LARGE',
  'no-such-file': 'CENR_NOT_FOUND',
  'nothing-changed': 'CENR_DRAFT_UNCHANGED',
  'not-rebased': 'CENR_DRAFT_NOT_REBASED',
  'merge-conflict': 'CENR_MERGE_CONFLICT',
  'rebased-already': 'CENR_DRAFT_UNCHANGED',
  'check-missing': 'CENR_CHECK_MISSING',
  'check-outdated': 'CENR_CHECK_MISSING',
  'check-has-errors': 'CENR_CHECK_FAILED',
  'examples-fail': 'CENR_EXAMPLES_FAIL',
  'own-draft': 'CENR_DRAFT_YOURS',
  'approved-already': 'CENR_DRAFT_APPROVED_ALREADY',
  'approvals-missing': 'CENR_APPROVALS_MISSING',
  'impact-unfinished': 'CENR_IMPACT_NOT_COMPLETE',
  'impact-outdated': 'CENR_IMPACT_NOT_SEEN',
  'impact-missing': 'CENR_IMPACT_NOT_SEEN',
  'moment-invalid': 'CENR_REQUEST_INVALID',
  'moment-past': 'CENR_REQUEST_INVALID',
  'another-to-come': 'CENR_ANOTHER_TO_COME',
  'in-effect-already': 'CENR_IN_FORCE_ALREADY',
  'never-in-effect': 'CENR_NEVER_IN_FORCE',
  'no-such-activation': 'CENR_NOT_FOUND',
  'withdrawn-already': 'CENR_ENTRY_NOT_TO_COME',
  'begun-already': 'CENR_ENTRY_NOT_TO_COME',
  'not-restored': 'CENR_NOT_FOUND',
  'own-restore': 'CENR_RESTORE_YOURS',
  'confirmed-already': 'CENR_CONFIRMED_ALREADY',
};

/** The refusals of a step, for the API document. */
export const codesOf = (...refusals: readonly Refused['refused'][]): ErrorCode[] => [
  ...new Set(refusals.map((refused) => CODES[refused])),
];

/** The good answer of whatever gives a draft, for the API document. */
export const THE_DRAFT = contents('The draft', { 'application/json': Type.Ref('Draft') }, ['cenr-rulebook', 'etag']);

/** What every change of a draft may refuse. */
export const CHANGE_REFUSALS: readonly ErrorCode[] = [
  'CENR_NOT_FOUND',
  'CENR_DRAFT_CHANGED',
  'CENR_IF_MATCH_REQUIRED',
  'CENR_DRAFT_STATE',
];

/**
 * What a step came to.
 * @throws ServiceError for a refusal, with its sentence
 */
export function taken<T extends object>(outcome: T | Refused): T {
  if (!isRefused(outcome)) return outcome;
  const { refused, message, details } = outcome;
  const at = AT[refused];
  if (details)
    throw new ServiceError(CODES[refused], {
      detail: message,
      errors: details.map((detail) => ({ pointer: '/choices', message: detail })),
    });
  throw new ServiceError(CODES[refused], at ? { errors: [{ ...at, message }] } : { detail: message });
}

/** Whoever asks; routes that are not public have a key. */
export function actorOf({ key }: FastifyRequest): Actor {
  const { id, name, role } = key as Caller;
  return { keyId: id, name, role };
}

/**
 * A draft in any state.
 * @throws ServiceError CENR_NOT_FOUND
 */
export async function draftOf(app: FastifyInstance, id: string): Promise<DraftWithTexts> {
  const draft = await app.store.draft(id);
  if (!draft)
    throw new ServiceError('CENR_NOT_FOUND', {
      detail: 'There is no such draft. List the drafts with GET /v1/rulebook/drafts or cenr rules draft list.',
    });
  return draft;
}

/**
 * The tag of everything that a draft has, its files included: with one tag, whoever changes a file is told of an
 * approval meanwhile. Without quotation marks.
 */
export const tagOf = ({ revision }: Draft): string => String(revision);

const quoted = (draft: Draft): string => `"${tagOf(draft)}"`;

/**
 * Whether the caller saw the draft as it is.
 * @throws ServiceError CENR_IF_MATCH_REQUIRED, CENR_DRAFT_CHANGED
 */
export function requireSeen({ headers }: FastifyRequest, draft: Draft): void {
  const named = headers['if-match'];
  // "*" would match whatever there is, seen or not.
  if (named === undefined || named.trim() === '*')
    throw new ServiceError('CENR_IF_MATCH_REQUIRED', { headers: { etag: quoted(draft) } });
  // Proxies that pack an answer make its tag a weak one; a revision is strong all the same.
  const tags = named.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  if (!tags.includes(quoted(draft))) throw changedMeanwhile(draft, named);
}

const MOST_QUOTED = 40;

const changedMeanwhile = (draft: Draft, named: string): ServiceError =>
  new ServiceError('CENR_DRAFT_CHANGED', {
    detail: `If-Match names revision ${named.slice(0, MOST_QUOTED)}; the draft is at revision ${draft.revision}, in the state "${draft.state}", changed at ${draft.changedAt}.`,
    headers: { etag: quoted(draft) },
  });

/**
 * Takes a step on a draft as the caller saw it, and keeps what comes of it.
 * @throws ServiceError for a refusal, or when the draft is another by now
 */
export async function change(
  app: FastifyInstance,
  request: FastifyRequest,
  id: string,
  step: (draft: DraftWithTexts, by: Actor, at: string) => DraftWithTexts | Refused | Promise<DraftWithTexts | Refused>,
): Promise<DraftWithTexts> {
  const draft = await draftOf(app, id);
  requireSeen(request, draft);
  const next = taken(await step(draft, actorOf(request), app.clock().toISOString()));
  if (next !== draft && !(await app.store.replaceDraft(next, draft.revision)))
    throw changedMeanwhile(await draftOf(app, id), quoted(draft));
  return next;
}

/**
 * Records what became known of a draft, whatever else happened to it meanwhile.
 * @returns the draft, or why it was not recorded
 */
export async function record(
  app: FastifyInstance,
  id: string,
  step: (draft: DraftWithTexts, at: string) => DraftWithTexts | Refused,
): Promise<DraftWithTexts | Refused> {
  for (;;) {
    const draft = await draftOf(app, id);
    const next = step(draft, app.clock().toISOString());
    if (isRefused(next) || next === draft || (await app.store.replaceDraft(next, draft.revision))) return next;
  }
}

/**
 * The texts of a version, whether it was ever kept or came with the program.
 * @throws ServiceError CENR_NOT_FOUND
 */
export async function textsOfVersion(app: FastifyInstance, hash: string): Promise<RulebookTexts> {
  const { rulebook } = await app.rules.current();
  const own =
    rulebook.hash === hash
      ? rulebook.files.flatMap(({ path, text }) => (text === undefined ? [] : { path, text }))
      : [];
  const texts = own.length > 0 ? own : await app.store.rulebookTexts(hash);
  if (texts) return texts;
  throw new ServiceError('CENR_NOT_FOUND', {
    detail: `No version ${hash} of the rulebook is kept with its texts; GET /v1/rulebook/versions lists the versions that are kept.`,
  });
}

/** A draft in a list: what was read of it is told to whoever may see it. */
export async function shownTo(app: FastifyInstance, request: FastifyRequest, draft: Draft): Promise<DraftSummary> {
  const jobs = app.store.forLEAs(scopeOf(request)).jobs('impact');
  const visible = new Set<string>();
  for (const { impact } of [...draft.impactRead, ...draft.approvals.flatMap(({ read }) => read ?? [])])
    if (await jobs.get(impact)) visible.add(impact);
  const isVisible = ({ impact }: { readonly impact: string }): boolean => visible.has(impact);
  const impactRead = draft.impactRead.filter(isVisible);
  const approvals = draft.approvals.map(({ read, ...approval }) => ({
    ...approval,
    ...(read && isVisible(read) && { read }),
  }));
  return shownSummary({ ...draft, impactRead, approvals }, app.drafts.settings.approvals);
}

/** A draft in full. */
export async function shownDraft(
  app: FastifyInstance,
  request: FastifyRequest,
  draft: DraftWithTexts,
): Promise<DraftView> {
  const { texts, former, ...summary } = draft;
  const last = former?.at(-1);
  const changes = draft.hash === draft.from ? [] : changedFiles(draft.id, await textsOfVersion(app, draft.from), texts);
  const lastChange = last && { at: last.at, files: last.files.map(({ path, did }) => ({ path, did })) };
  return { ...(await shownTo(app, request, summary)), changes, ...(lastChange && { lastChange }) };
}

/** Headers of an answer about a draft: its tag, and the hash of its files. */
export const withDraft = (reply: FastifyReply, draft: Draft): FastifyReply =>
  withRulebook(reply, draft.hash).header('etag', quoted(draft));

/** Answers with a draft. */
export const sendDraft = async (
  app: FastifyInstance,
  reply: FastifyReply,
  draft: DraftWithTexts,
): Promise<FastifyReply> =>
  withDraft(reply, draft)
    .type('application/json; charset=utf-8')
    .send(JSON.stringify(await shownDraft(app, reply.request, draft)));

/**
 * Loads and compiles what is to take effect, before anything is kept.
 * @throws ServiceError CENR_RULEBOOK_UNUSABLE; what is in effect stays
 */
export function usable(app: FastifyInstance, texts: RulebookTexts): Rulebook {
  try {
    const rulebook = verify(texts);
    app.rules.prepare(rulebook);
    return rulebook;
  } catch (error) {
    if (error instanceof RulebookLoadError)
      throw new ServiceError('CENR_RULEBOOK_UNUSABLE', {
        errors: error.findings.map((finding) => ({ message: describeFinding(finding) })),
      });
    if (error instanceof RulebookError) throw new ServiceError('CENR_RULEBOOK_UNUSABLE', { detail: error.message });
    throw error;
  }
}

/**
 * An impact report on a draft within reach of the caller.
 * @throws ServiceError CENR_NOT_FOUND
 */
export async function impactOf(
  app: FastifyInstance,
  request: FastifyRequest,
  { id, impactId }: { readonly id: string; readonly impactId: string },
): Promise<ImpactJob> {
  const job = await jobWithin(app, request, 'impact', impactId);
  if (job.draft !== id) throw new ServiceError('CENR_NOT_FOUND');
  return job;
}

/**
 * The same, when it is complete.
 * @throws ServiceError CENR_NOT_FOUND, CENR_IMPACT_NOT_COMPLETE
 */
export async function completeImpact(
  app: FastifyInstance,
  request: FastifyRequest,
  params: Parameters<typeof impactOf>[2],
): Promise<ImpactJob> {
  const job = await impactOf(app, request, params);
  if (job.status === 'Complete') return job;
  throw new ServiceError('CENR_IMPACT_NOT_COMPLETE', {
    detail: `The status of the impact report is ${job.status}; the report exists when the status is Complete.`,
  });
}

/** The refusal when one of its files is no longer there. */
export const impactGone = goneAs('CENR_IMPACT_GONE');
