/** What comes for the students of an extract, worked out from its file when it is asked for. */
import { createReadStream } from 'node:fs';
import type { FastifyInstance } from 'fastify';
import { UserError } from '#base/user-error';
import type { HorizonCounts } from '#extract/horizons/counts-shape';
import { HorizonMaker, type HorizonStudent, horizonOf } from '#extract/horizons/horizon';
import { outputColumns } from '#records/layout';
import type { Horizon } from '#rulebook/tree/nodes';
import type { ExtractJob } from '#store/extract-job';
import { ServiceError } from '../http/errors.ts';
import { invalid } from '../schemas/page.ts';
import { extractGone } from './extract-answers.ts';

/**
 * @param each is told of every student at every school and grade
 * @throws ServiceError for a horizon that there is not, for an extract that lacks what it asks for, and for one whose
 * file is gone
 */
export async function extractHorizon(
  app: FastifyInstance,
  job: ExtractJob,
  name: string,
  each?: (student: HorizonStudent) => void,
): Promise<{ readonly horizon: Horizon; readonly counts: HorizonCounts }> {
  const { columns, rulebookHash, runDate } = job;
  const { rulebook } = await app.explanations.by(rulebookHash);
  const horizon = rulebook.extract.horizons.find(({ json }) => json.name === name);
  if (!horizon) throw new ServiceError('CENR_NOT_FOUND');
  try {
    const maker = new HorizonMaker(rulebook, horizon, columns, runDate);
    const bytes = createReadStream(app.jobs.extract.filesOf(job).rows, { highWaterMark: 1 << 20 });
    const width = outputColumns(rulebook.schemas.output, columns).length;
    return { horizon, counts: await horizonOf(maker, bytes, width, each) };
  } catch (error) {
    if (error instanceof UserError) throw invalid('name', error.message);
    return extractGone(error);
  }
}
