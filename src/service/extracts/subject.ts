/**
 * A student as an extract saw it: the records of the store as it was then, and whoever explains by the rules of then.
 */
import type { FastifyInstance } from 'fastify';
import type { RowOptions, Subject } from '#explain/explain';
import type { RowExplanation } from '#explain/explanation';
import type { ExtractRequest } from '#extract/request';
import { Places } from '#pipeline/places';
import type { LEAScope } from '#records/scope';
import type { ExtractJob } from '#store/extract-job';
import { MOST_REJECTIONS, SnapshotGoneError } from '#store/store';
import { ServiceError } from '../http/errors.ts';
import type { ExplainingRules } from '../plugins/explanations.ts';
import type { TracedRow } from './extract-answers.ts';

/**
 * @param scope LEAs of the caller: only their records are shown in full
 * @throws ServiceError CENR_NOT_FOUND for a student out of reach, CENR_INPUTS_GONE for records or rules that are no
 * longer kept
 */
export async function subjectOf(
  app: FastifyInstance,
  job: ExtractJob,
  ssid: string,
  scope: LEAScope,
): Promise<ExplainingRules & { readonly subject: Subject }> {
  const rules = await app.explanations.by(job.rulebookHash);
  // Of a student all of whose records were rejected there is no history, and something to explain.
  const body =
    (await bodyThen(app, job, ssid, scope)) ??
    ((await rejectionsOf(app, job, ssid, scope)).length > 0 ? '' : undefined);
  if (body === undefined)
    throw new ServiceError('CENR_NOT_FOUND', {
      detail: 'When the extract was made, the store had no student with this SSID that this key may see.',
    });
  const places = new Places(app.store);
  await places.learn(body);
  return {
    ...rules,
    subject: {
      ssid,
      body,
      request: job.request as ExtractRequest,
      runDate: job.runDate,
      columns: job.columns,
      visible: scope,
      placeOf: places.of,
      formerly: await app.store.ssids.formerOf(ssid, job.snapshot),
    },
  };
}

const DIFFERS = 'a row differs from its trace';

/**
 * Why a row is what it is.
 * @throws Error when what is explained is not what was decided when the row was made
 */
export function asDecided(
  app: FastifyInstance,
  { id }: ExtractJob,
  { explainer, subject }: Pick<ExplainingRules, 'explainer'> & { readonly subject: Subject },
  { row: key, decided, outcomes }: TracedRow,
  options?: RowOptions,
): RowExplanation {
  const explanation = explainer.row(subject, key, options);
  const again = explainer.decisions(subject, key);
  if (explanation && again && again.decided.join() === decided.join() && Buffer.from(again.outcomes).equals(outcomes))
    return explanation;
  app.log.error({ extractId: id }, DIFFERS);
  throw new Error(DIFFERS);
}

/** The records of a student that were rejected by then: what is missing may be among them. A row needs none of them. */
export const rejectionsOf = async (
  app: FastifyInstance,
  { snapshot }: ExtractJob,
  ssid: string,
  scope: LEAScope,
): Promise<NonNullable<Subject['rejections']>> =>
  await app.store.forLEAs(scope).rejections(ssid, MOST_REJECTIONS, snapshot);

async function bodyThen(
  app: FastifyInstance,
  { snapshot }: ExtractJob,
  ssid: string,
  scope: LEAScope,
): Promise<string | undefined> {
  try {
    return (await app.store.forLEAs(scope).history(ssid, snapshot))?.body();
  } catch (error) {
    if (error instanceof SnapshotGoneError) throw new ServiceError('CENR_INPUTS_GONE', { detail: error.message });
    throw error;
  }
}
