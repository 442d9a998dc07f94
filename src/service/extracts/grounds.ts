/** What is behind a value of a field, for the students of an extract: a survey, by the records and the rules of then. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { UserError } from '#base/user-error';
import { derivedField } from '#explain/grounds';
import type { Grounds } from '#pipeline/grounds';
import type { ExtractJob } from '#store/extract-job';
import { invalid } from '../schemas/page.ts';
import { extractGone } from './extract-answers.ts';
import { keptCounts } from './kept-counts.ts';
import type { SurveyUnderWay } from './surveys.ts';

const NOBODY: Grounds = { students: 0, rows: 0, grounds: [] };

/**
 * @returns how far it is while every student is being looked at
 * @throws ServiceError for a field that there is not, CENR_INPUTS_GONE for records or rules that are no longer kept
 */
export async function extractGrounds(
  app: FastifyInstance,
  job: ExtractJob,
  { field, value }: { readonly field: string; readonly value: string },
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<{ readonly name: string; readonly found: Grounds } | SurveyUnderWay> {
  const { rulebook } = await app.explanations.by(job.rulebookHash);
  try {
    const { name } = derivedField(rulebook.extract.fields, field).json;
    if (await isNowhere(app, job, field, value)) return { name, found: NOBODY };
    const made = await app.surveys.counted({ name: 'grounds', field, value }, job, request, reply);
    if (!('counts' in made)) return made;
    const grounds = made.counts.grounds.map(({ bySchool, ...ground }) => ({ ...ground, bySchool: new Map(bySchool) }));
    return { name, found: { ...made.counts, grounds } };
  } catch (error) {
    if (error instanceof UserError) throw invalid('field', error.message);
    return extractGone(error);
  }
}

/** Whether no row has the value: nobody has to be looked at then, and nothing kept. */
async function isNowhere(app: FastifyInstance, job: ExtractJob, field: string, value: string): Promise<boolean> {
  const column = (await keptCounts(app, job)).find((counts) => counts.field === field);
  if (!column) return false;
  // A column with many values has none of them counted.
  const { blank, values } = column;
  return value === '' ? blank === 0 : values.length > 0 && !values.some((each) => each.value === value);
}
