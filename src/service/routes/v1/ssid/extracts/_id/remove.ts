/** DELETE /v1/ssid/extracts/{id} */
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
        operationId: 'removeSSIDExtract',
        summary: 'Cancel an SSID extract, or remove its file',
        description: 'It stays in the list as Cancelled. Removing it again changes nothing.',
        params: IdParams,
        response: responses({ 204: { description: 'Done', type: 'null' } }, ['CENR_NOT_FOUND']),
      },
    },
    async (request, reply) => {
      await app.jobs.ssidExtract.cancel(await jobWithin(app, request, 'ssidExtract', request.params.id));
      return reply.code(204).send();
    },
  );
};

export default route;
