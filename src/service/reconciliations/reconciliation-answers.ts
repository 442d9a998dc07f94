/** What the routes of reconciliations have in common: the one within reach, what was found, and how one is added. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { UserError } from '#base/user-error';
import { type ExtractRequest, RequestError } from '#extract/request';
import { plainSource } from '#pipeline/impact';
import type { LookedAt } from '#pipeline/reconcile';
import { parseDay } from '#records/days';
import type { ReconciliationJob } from '#store/reconciliation-job';
import { keptJson } from '../extracts/kept-json.ts';
import { type ErrorCode, ServiceError } from '../http/errors.ts';
import { goneAs } from '../http/send-file.ts';
import type { ReceivedFile } from '../jobs/incoming.ts';
import { jobWithin } from '../jobs/job-within.ts';
import { whyNoEmail } from '../outbox/mail.ts';
import { keyIdOf, requireLEAs, scopeOf } from '../plugins/auth.ts';
import type { GivenAnswer } from '../plugins/idempotency.ts';
import { invalid } from '../schemas/page.ts';
import { type KeptSummary, type ReconciliationQuery, shownReconciliation } from '../schemas/reconciliation.ts';
import { lookInThread } from './reconcile-threads.ts';
import { keptIn } from './reconcile-work.ts';

export const RECONCILIATION_REFUSALS = [
  'CENR_NOT_FOUND',
  'CENR_RECONCILIATION_NOT_COMPLETE',
  'CENR_RECONCILIATION_GONE',
] as const satisfies readonly ErrorCode[];

/** The refusal when one of its files is no longer there. */
export const reconciliationGone = goneAs('CENR_RECONCILIATION_GONE');

/**
 * The same, when it is complete, and where what was found is kept.
 * @throws ServiceError as RECONCILIATION_REFUSALS says
 */
export async function completeReconciliation(app: FastifyInstance, request: FastifyRequest, id: string) {
  const job = await jobWithin(app, request, 'reconciliation', id);
  if (job.status === 'Cancelled') throw new ServiceError('CENR_RECONCILIATION_GONE');
  if (job.status !== 'Complete')
    throw new ServiceError('CENR_RECONCILIATION_NOT_COMPLETE', {
      detail: `The status of the reconciliation is ${job.status}.${job.failure === undefined ? '' : ` It failed: ${job.failure}`}`,
    });
  return { job, kept: keptIn(app.jobs.reconciliation.filesOf(job).folder) };
}

/** What was kept as JSON. @throws ServiceError CENR_RECONCILIATION_GONE */
export async function foundIn<T>(path: string): Promise<T> {
  const found = await keptJson<T>(path);
  if (found === undefined) throw new ServiceError('CENR_RECONCILIATION_GONE');
  return found;
}

/** As it is shown, with what was found when it is complete. */
export async function reconciliationShown(app: FastifyInstance, job: ReconciliationJob) {
  const { summary } = keptIn(app.jobs.reconciliation.filesOf(job).folder);
  const found = job.status === 'Complete' ? await keptJson<KeptSummary>(summary) : undefined;
  // They belong to a job that was found within reach of the caller.
  const deliveries = await app.store.forLEAs('all').jobs('reconciliation').deliveries(job.id);
  return shownReconciliation(job, found, deliveries);
}

/**
 * Adds the job of a file that was received.
 * @returns its answer, and whether the file belongs to a job now
 * @throws ServiceError for a file or a request that cannot be used
 */
export async function addReconciliation(
  app: FastifyInstance,
  request: FastifyRequest,
  query: ReconciliationQuery,
  file: ReceivedFile,
  route: string,
): Promise<{ readonly answer: GivenAnswer; readonly isKept: boolean }> {
  const scope = scopeOf(request);
  const asked = askedOf(query);
  const runDate = query.runDate === undefined ? undefined : parseDay(query.runDate);
  if (query.runDate !== undefined && runDate === undefined)
    throw invalid('runDate', 'expected a real date, written CCYYMMDD or CCYY-MM-DD');
  if (asked.reportingLEAs !== undefined) requireLEAs(scope, asked.reportingLEAs);
  const refusal = query.emailWhenDone ? whyNoEmail(app.config, request.key) : undefined;
  if (refusal !== undefined) throw invalid('emailWhenDone', refusal);
  const { rulebook, hash: rulebookHash } = await app.rules.current();
  const looked = await looking(() =>
    lookInThread({
      ...{ path: join(file.folder, file.at), encoding: file.encoding, rulebook: plainSource(rulebook) },
      ...{ asked, runDate, today: app.today() },
    }),
  );
  // Whose file it is, its rows say: that of another LEA does not exist here.
  requireLEAs(scope, asked.reportingLEAs === undefined ? looked.leas : common(looked, asked.reportingLEAs));
  let isKept = false;
  const hash = createHash('sha256')
    .update(JSON.stringify([route, Object.entries(query).sort(), file.encoding, file.contentHash]))
    .digest('hex');
  const answer = await app.answerOnce(request, hash, async (remember) => {
    const job: ReconciliationJob = {
      ...{ id: file.id, status: 'Pending', progress: 0, file: file.name, at: file.at, encoding: file.encoding },
      ...{ request: looked.request.value, reportingLEAs: looked.request.value.reportingLEAs, rulebookHash },
      ...{ requestBecause: [...looked.request.because], runDate: looked.runDate.value },
      ...{ runDateBecause: [...looked.runDate.because], requestedAt: app.clock().toISOString() },
      ...(query.emailWhenDone && { mailTo: keyIdOf(request) }),
    };
    const shown = shownReconciliation(job);
    const accepted = { status: 202, location: shown.links.self, body: JSON.stringify(shown) };
    await app.jobs.reconciliation.add(job, keyIdOf(request), remember(accepted));
    isKept = true;
    return accepted;
  });
  return { answer, isKept };
}

/** The LEAs that were asked for, when the file has a row of one of them. */
function common({ leas }: LookedAt, asked: readonly string[] | 'all'): readonly string[] | 'all' {
  if (asked === 'all' || asked.some((lea) => leas.includes(lea))) return asked;
  throw invalid('reportingLEA', `the file has no row of LEA ${asked.join(', ')}; its rows are of ${leas.join(', ')}`);
}

async function looking(look: () => Promise<LookedAt>): Promise<LookedAt> {
  try {
    return await look();
  } catch (error) {
    if (error instanceof RequestError) throw invalid(PARAMETERS[error.key] ?? error.key, error.message);
    if (error instanceof UserError) throw new ServiceError('CENR_NOT_A_CENR_FILE', { detail: error.message });
    throw error;
  }
}

const PARAMETERS: Readonly<Record<string, string>> = { reportingLEAs: 'reportingLEA' };

function askedOf({
  reportingLEA,
  schools,
  grades,
  statuses,
  runDate: _,
  emailWhenDone: _mail,
  ...days
}: ReconciliationQuery) {
  const list = (key: string, codes: string | undefined): object =>
    codes === undefined ? {} : { [key]: codes.split(',') };
  return {
    ...(reportingLEA === 'all' ? { reportingLEAs: 'all' as const } : list('reportingLEAs', reportingLEA)),
    ...days,
    ...list('schools', schools),
    ...list('grades', grades),
    ...list('statuses', statuses),
  } as Partial<ExtractRequest>;
}
