/** DELETE /v1/ssid/matches/{id} */
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
        tags: ['ssids'],
        operationId: 'removeMatch',
        summary: 'Cancel a match, or remove its files',
        description:
          'The file of requests and all candidates are removed from the disk; numbers that were assigned stay, and the match stays in the list as Cancelled. Removing it again changes nothing.',
        params: IdParams,
        response: responses({ 204: { description: 'Done', type: 'null' } }, ['CENR_NOT_FOUND']),
      },
    },
    async (request, reply) => {
      await app.jobs.matching.cancel(await jobWithin(app, request, 'matching', request.params.id));
      return reply.code(204).send();
    },
  );
};

export default route;
