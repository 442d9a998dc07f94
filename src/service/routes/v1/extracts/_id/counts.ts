/** GET /v1/extracts/{id}/counts: how many rows have each value. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { ColumnCounts } from '#extract/value-counts';
import { completeExtract, EXTRACT_REFUSALS, extractGone } from '#service/extracts/extract-answers';
import { keptCounts } from '#service/extracts/kept-counts';
import { withRulebook } from '#service/plugins/rules';
import { IdParams } from '#service/schemas/page';
import { contents, responses } from '#service/schemas/responses';

const Counts = Type.Object(
  { fields: Type.Array(ColumnCounts, { description: 'In the order of the columns' }) },
  { additionalProperties: false },
);

const route: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/counts',
    {
      config: { access: ['vendor', 'auditor'] },
      schema: {
        tags: ['extracts'],
        operationId: 'getExtractCounts',
        summary: 'How many rows have each value',
        description:
          'Of the columns that tell rows apart, such as school and grade, and of every derived field that is no day.',
        params: IdParams,
        response: responses({ 200: contents('The counts', { 'application/json': Counts }, ['cenr-rulebook']) }, [
          ...EXTRACT_REFUSALS,
          'CENR_INPUTS_GONE',
        ]),
      },
    },
    async (request, reply) => {
      const job = await completeExtract(app, request, request.params.id);
      withRulebook(reply, job.rulebookHash);
      try {
        return { fields: await keptCounts(app, job) };
      } catch (error) {
        return extractGone(error);
      }
    },
  );
};

export default route;
