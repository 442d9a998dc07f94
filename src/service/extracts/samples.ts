/** Samples of a finished extract: of its rows, or of the students who have none. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type Static, Type } from 'typebox';
import { methodOf, RowSampler, type SampledRow } from '#audit/row-sample';
import { ALL_STRATA, type Drawn, MISSING_STRATA, MOST_DRAWN, MOST_SEED, Sampler, STRATA } from '#audit/sample';
import type { SampleMethod } from '#audit/sample-method';
import { oneOf } from '#base/shape';
import { UserError } from '#base/user-error';
import type { ExtractJob } from '#store/extract-job';
import { invalid } from '../schemas/page.ts';
import { extractGone, rowFiles } from './extract-answers.ts';
import { rowsFrom } from './extract-rows.ts';
import type { KeptWithoutRow, WithoutRowCounts } from './survey-files.ts';
import type { SurveyUnderWay } from './surveys.ts';
import { withoutRow } from './without-row.ts';

/** What a sample is asked for with. */
export const SAMPLE_QUERY = {
  seed: Type.String({
    minLength: 1,
    maxLength: MOST_SEED,
    description: 'Any text; with the same one, the same rows are drawn',
  }),
  rows: Type.Optional(
    Type.Integer({ minimum: 1, maximum: MOST_DRAWN, default: 25, description: 'How many are drawn, at most' }),
  ),
  of: Type.Optional(
    oneOf(['rows', 'missing'], {
      default: 'rows',
      description: 'Rows of the extract, or students with an enrollment in the store who have no row',
    }),
  ),
  by: Type.Optional(
    oneOf(ALL_STRATA, {
      description:
        'Of rows: draw from each school, each grade, each value of a field, or each rule that decided it; of students without one, from each school, each grade, or each reason that keeps them out (default: from all alike)',
    }),
  ),
  field: Type.Optional(Type.String({ maxLength: 3, description: 'The number of the column for by=value and by=rule' })),
};
export const SampleQuery = Type.Object(SAMPLE_QUERY, { additionalProperties: false });
export type SampleQuery = Static<typeof SampleQuery>;

export interface DrawnSample {
  readonly method: SampleMethod;
  /** In the order of the extract. */
  readonly rows: readonly Drawn<SampledRow>[];
  /** SSIDs, ascending. */
  readonly missing: readonly Drawn<string>[];
}

/**
 * Draws a sample. For students without a row all students are looked at, once; the request may have to wait for that.
 * @returns how far that is, while it takes longer
 * @throws ServiceError for strata that there are not, and for files, rules or records that are no longer kept
 */
export async function drawSample(
  app: FastifyInstance,
  job: ExtractJob,
  { seed, rows: size = 25, of = 'rows', by, field }: SampleQuery,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<DrawnSample | SurveyUnderWay> {
  const [strata, what] = of === 'rows' ? [STRATA, 'rows'] : [MISSING_STRATA, 'students without a row'];
  if (by !== undefined && !(strata as readonly string[]).includes(by))
    throw invalid('by', `found "${by}", expected for ${what} one of ${strata.join(', ')}`);
  if (of === 'missing' && field !== undefined)
    throw invalid('field', 'students without a row have no fields; leave it out');
  try {
    if (of === 'rows') return await drawRows(app, job, { seed, size, by: by as (typeof STRATA)[number], field });
    const made = await app.surveys.counted({ name: 'withoutRow' }, job, request, reply);
    return 'counts' in made
      ? await drawMissing(app, job, { seed, size, by: by as (typeof MISSING_STRATA)[number] }, made.counts)
      : made;
  } catch (error) {
    if (error instanceof UserError) throw invalid('by', error.message);
    return extractGone(error);
  }
}

type Plan = ConstructorParameters<typeof RowSampler>[2];

async function drawRows(app: FastifyInstance, job: ExtractJob, plan: Plan): Promise<DrawnSample> {
  const sampler = new RowSampler((await app.explanations.by(job.rulebookHash)).rulebook, job.columns, plan);
  for await (const { row, trace } of rowsFrom(await rowFiles(app, job))) sampler.add(row, () => trace);
  const { method, drawn } = sampler.finish();
  return { method, rows: drawn, missing: [] };
}

interface MissingPlan {
  readonly seed: string;
  readonly size: number;
  readonly by: (typeof MISSING_STRATA)[number] | undefined;
}

const PLACE =
  ' School and grade are those of the enrollment at an LEA of the request that meets the most conditions of the selection; of several such, of the one loaded last.';

async function drawMissing(
  app: FastifyInstance,
  job: ExtractJob,
  plan: MissingPlan,
  { reasons }: WithoutRowCounts,
): Promise<DrawnSample> {
  const { by } = plan;
  const says = new Map(reasons.map((each) => [each.reason, each.says]));
  const stratumOf = (student: KeptWithoutRow): string =>
    by === undefined ? '' : by === 'reason' ? (says.get(student.reason) ?? student.reason) : (student[by] ?? '');
  const sampler = new Sampler<string>(plan);
  // Whoever has rejected records alone is not in the store.
  for await (const { student } of withoutRow(app, job))
    if (student.school !== undefined) sampler.add([student.ssid], stratumOf(student), () => student.ssid);
  const { drawn, ...counts } = sampler.finish();
  const of = 'students with an enrollment at an LEA of the request, in the store as it was then, without a row';
  const method = methodOf(of, 'the SSID', plan, counts);
  const isPlaced = by === 'school' || by === 'grade';
  return { method: { ...method, method: method.method + (isPlaced ? PLACE : '') }, rows: [], missing: drawn };
}
