/** DELETE /v1/reconciliations/{id} */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { jobWithin } from '#service/jobs/job-within';
import { IdParams } from '#service/schemas/page';
import { responses } from '#service/schemas/responses';

const route: FastifyPluginAsyncTypebox = async (app) => {
  app.delete(
    '',
    {
      config: { access: ['vendor'] },
      schema: {
        tags: ['reconciliations'],
        operationId: 'removeReconciliation',
        summary: 'Cancel a reconciliation, or remove its files',
        description:
          'Cancels a reconciliation that is Pending or Processing. The file of the state and all that was found are removed from the disk; the reconciliation stays in the list as Cancelled. Removing it again changes nothing.',
        params: IdParams,
        response: responses({ 204: { description: 'Done', type: 'null' } }, ['CENR_NOT_FOUND']),
      },
    },
    async (request, reply) => {
      await app.jobs.reconciliation.cancel(await jobWithin(app, request, 'reconciliation', request.params.id));
      return reply.code(204).send();
    },
  );
};

export default route;
