/**
 * A student as an extract saw it: the records of the store as it was then, and whoever explains by the rules of then.
 */
import type { FastifyInstance } from 'fastify';
import type { RowOptions, Subject } from '#explain/explain';
import type { RowExplanation } from '#explain/explanation';
import type { ExtractRequest } from '#extract/request';
import { rejectionsThen, type StudentThen, studentThen } from '#pipeline/student-then';
import { withDashes } from '#records/days';
import type { LEAScope } from '#records/scope';
import type { ExtractJob } from '#store/extract-job';
import { SnapshotGoneError } from '#store/store';
import { ServiceError } from '../http/errors.ts';
import type { ExplainingRules } from '../plugins/explanations.ts';
import type { TracedRow } from './extract-answers.ts';

/**
 * @param asked an SSID; a retired one leads to the student who has its replacement
 * @param scope LEAs of the caller: only their records are shown in full
 * @throws ServiceError CENR_NOT_FOUND for a student out of reach, CENR_INPUTS_GONE for records or rules that are no
 * longer kept
 */
export async function subjectOf(
  app: FastifyInstance,
  job: ExtractJob,
  asked: string,
  scope: LEAScope,
): Promise<ExplainingRules & { readonly subject: Subject & Pick<StudentThen, 'formerly'> }> {
  const rules = await app.explanations.by(job.rulebookHash);
  const then = await orGone(() => studentThen(app.store, asked, { scope, snapshot: job.snapshot }));
  // Of a student all of whose records were rejected there is no history, and something to explain.
  const body = then.body ?? ((await rejectionsOf(app, job, then, scope)).length > 0 ? '' : undefined);
  if (body === undefined)
    throw new ServiceError('CENR_NOT_FOUND', {
      detail: `When the extract was made, the store had no student with this SSID that this key may see.${await numberOfThen(app, job, then.ssid, scope)}`,
    });
  return {
    ...rules,
    subject: {
      ...then,
      body,
      request: job.request as ExtractRequest,
      runDate: job.runDate,
      columns: job.columns,
      visible: scope,
    },
  };
}

/** The number that stood for a number when an extract was made. */
export const activeThen = async (app: FastifyInstance, { snapshot }: ExtractJob, ssid: string): Promise<string> =>
  app.store.ssids.activeOf(ssid, snapshot);

/** Which number a student had when the extract was made, who has another one now; `''` for nobody in reach. */
async function numberOfThen(
  app: FastifyInstance,
  { snapshot }: ExtractJob,
  ssid: string,
  scope: LEAScope,
): Promise<string> {
  const leas = app.store.forLEAs(scope);
  for (const { retired, day } of await app.store.ssids.formerOf(ssid))
    if (await leas.history(retired, snapshot))
      return ` The student had the SSID ${retired} then, which was retired on ${withDashes(day)}; ask for that.`;
  return '';
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
  then: Pick<StudentThen, 'ssid' | 'formerly'>,
  scope: LEAScope,
): Promise<NonNullable<Subject['rejections']>> => rejectionsThen(app.store, then, { scope, snapshot });

async function orGone<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof SnapshotGoneError) throw new ServiceError('CENR_INPUTS_GONE', { detail: error.message });
    throw error;
  }
}
