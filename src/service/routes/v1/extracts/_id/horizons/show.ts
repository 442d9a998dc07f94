/** GET /v1/extracts/{id}/horizons/{name}: how many students it comes for, by year, school and grade. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { HorizonCounts } from '#extract/horizons/counts-shape';
import { completeExtract, EXTRACT_REFUSALS } from '#service/extracts/extract-answers';
import { extractHorizon } from '#service/extracts/horizons';
import { withRulebook } from '#service/plugins/rules';
import { HorizonParams } from '#service/schemas/horizon';
import { contents, responses } from '#service/schemas/responses';

const route: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/:name',
    {
      config: { access: ['vendor', 'auditor'] },
      schema: {
        tags: ['extracts'],
        operationId: 'getExtractHorizon',
        summary: 'What comes, in counts',
        description:
          'How many students it has come for by the run date of the extract, and how many it comes for in this academic year and in each of the next, by school and grade. A student counts once in each count. With it, what cannot be told from an extract.',
        params: HorizonParams,
        response: responses({ 200: contents('The counts', { 'application/json': HorizonCounts }, ['cenr-rulebook']) }, [
          ...EXTRACT_REFUSALS,
          'CENR_INPUTS_GONE',
        ]),
      },
    },
    async (request, reply) => {
      const { id, name } = request.params;
      const job = await completeExtract(app, request, id);
      const { counts } = await extractHorizon(app, job, name);
      withRulebook(reply, job.rulebookHash);
      return counts;
    },
  );
};

export default route;
