/** GET /v1/reconciliations/{id} */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { jobWithin } from '#service/jobs/job-within';
import { jobAsPreferred, PreferHeader } from '#service/jobs/prefer-wait';
import { withRulebook } from '#service/plugins/rules';
import { reconciliationShown } from '#service/reconciliations/reconciliation-answers';
import { IdParams } from '#service/schemas/page';
import { contents, responses } from '#service/schemas/responses';

const route: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '',
    {
      config: { access: ['vendor', 'auditor'] },
      schema: {
        tags: ['reconciliations'],
        operationId: 'getReconciliation',
        summary: 'The status of a reconciliation, and its counts',
        description: 'With `Prefer: wait=30`, the answer comes when it has ended, or after 30 seconds.',
        headers: PreferHeader,
        params: IdParams,
        response: responses(
          {
            200: contents('The reconciliation', { 'application/json': Type.Ref('Reconciliation') }, [
              'cenr-rulebook',
              'preference-applied',
            ]),
          },
          ['CENR_NOT_FOUND'],
        ),
      },
    },
    async (request, reply) => {
      const find = () => jobWithin(app, request, 'reconciliation', request.params.id);
      const job = await jobAsPreferred(app, 'reconciliation', find, request, reply);
      withRulebook(reply, job.rulebookHash);
      return reconciliationShown(app, job);
    },
  );
};

export default route;
