/** DELETE /v1/extracts/{id} */
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
        tags: ['extracts'],
        operationId: 'cancelExtract',
        summary: 'Cancel an extract, or remove its file',
        description:
          'Cancels an extract that is Pending or Processing, or removes the file of one that is Complete. The extract stays in the list as Cancelled. Cancelling it again, or cancelling one that Failed, changes nothing.',
        params: IdParams,
        response: responses({ 204: { description: 'Done', type: 'null' } }, ['CENR_NOT_FOUND']),
      },
    },
    async (request, reply) => {
      await app.jobs.extract.cancel(await jobWithin(app, request, 'extract', request.params.id));
      return reply.code(204).send();
    },
  );
};

export default route;
