/** GET /v1/reconciliations/{id}/fields: in how many rows each field differs. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { withRulebook } from '#service/plugins/rules';
import {
  completeReconciliation,
  foundIn,
  RECONCILIATION_REFUSALS,
} from '#service/reconciliations/reconciliation-answers';
import { IdParams } from '#service/schemas/page';
import { FieldList, type KeptSummary } from '#service/schemas/reconciliation';
import { contents, responses } from '#service/schemas/responses';

const route: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/fields',
    {
      config: { access: ['vendor', 'auditor'] },
      schema: {
        tags: ['reconciliations'],
        operationId: 'listReconciliationFields',
        summary: 'Fields that differ, and in how many rows',
        description:
          'With it, how many rows have each value at each school, there and here, where these counts differ.',
        params: IdParams,
        response: responses(
          { 200: contents('The fields', { 'application/json': FieldList }, ['cenr-rulebook']) },
          RECONCILIATION_REFUSALS,
        ),
      },
    },
    async (request, reply) => {
      const { job, kept } = await completeReconciliation(app, request, request.params.id);
      const { fields, places } = await foundIn<KeptSummary>(kept.summary);
      withRulebook(reply, job.rulebookHash);
      return { fields, places };
    },
  );
};

export default route;
