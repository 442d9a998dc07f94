/** Samples of a finished extract: of its rows, or of the students who have none. */
import type { FastifyInstance } from 'fastify';
import { type Static, Type } from 'typebox';
import { methodOf, RowSampler, type SampledRow } from '#audit/row-sample';
import { type Drawn, MOST_DRAWN, MOST_SEED, Sampler, STRATA } from '#audit/sample';
import type { SampleMethod } from '#audit/sample-method';
import { oneOf } from '#base/shape';
import { UserError } from '#base/user-error';
import { EVERYBODY } from '#records/scope';
import type { ExtractJob } from '#store/extract-job';
import { SnapshotGoneError } from '#store/store';
import { ServiceError } from '../http/errors.ts';
import { invalid } from '../schemas/page.ts';
import { extractGone, rowFiles } from './extract-answers.ts';
import { rowsFrom } from './extract-rows.ts';

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
    oneOf(STRATA, {
      description:
        'Of rows: draw from each school, each grade, each value of a field, or each rule that decided it (default: from all rows alike)',
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
 * Draws a sample.
 * @throws ServiceError for strata that there are not, and for files, rules or records that are no longer kept
 */
export async function drawSample(
  app: FastifyInstance,
  job: ExtractJob,
  { seed, rows: size = 25, of = 'rows', by, field }: SampleQuery,
): Promise<DrawnSample> {
  try {
    if (of === 'rows') return await drawRows(app, job, { seed, size, by, field });
    if (by !== undefined || field !== undefined)
      throw invalid(
        'by',
        'students without a row have no school, grade, value or rule to draw by; leave out by and field',
      );
    return await drawMissing(app, job, { seed, size });
  } catch (error) {
    if (error instanceof UserError) throw invalid('by', error.message);
    if (error instanceof SnapshotGoneError) throw new ServiceError('CENR_INPUTS_GONE', { detail: error.message });
    return extractGone(error);
  }
}

type Plan = ConstructorParameters<typeof RowSampler>[2];

async function drawRows(app: FastifyInstance, job: ExtractJob, plan: Plan): Promise<DrawnSample> {
  const sampler = new RowSampler(app.explanations.by(job.rulebookHash).rulebook, job.columns, plan);
  for await (const { row, trace } of rowsFrom(rowFiles(app, job))) sampler.add(row, () => trace);
  const { method, drawn } = sampler.finish();
  return { method, rows: drawn, missing: [] };
}

async function drawMissing(app: FastifyInstance, job: ExtractJob, plan: Plan): Promise<DrawnSample> {
  const sampler = new Sampler<string>(plan);
  for await (const ssid of studentsWithoutRow(app, job)) sampler.add([ssid], '', () => ssid);
  const { drawn, ...counts } = sampler.finish();
  const of = 'students with an enrollment at an LEA of the request, in the store as it was then, without a row';
  return { method: methodOf(of, 'the SSID', plan, counts), rows: [], missing: drawn };
}

/** SSIDs of students in the store as it was then, at the LEAs of the extract, who have no row in it; ascending. */
async function* studentsWithoutRow(app: FastifyInstance, job: ExtractJob): AsyncGenerator<string> {
  const files = rowFiles(app, job);
  const rows = rowsFrom(files);
  try {
    let next = await rows.next();
    const { snapshot, reportingLEAs } = job;
    for await (const batch of app.store.forLEAs(reportingLEAs).histories(EVERYBODY, { snapshot }))
      for (const { ssid } of batch) {
        while (!next.done && files.ssidOfRow(next.value.row) < ssid) next = await rows.next();
        if (next.done || files.ssidOfRow(next.value.row) !== ssid) yield ssid;
      }
  } finally {
    await rows.return(undefined);
  }
}
