/** DELETE /v1/extracts/{id} */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { extractOf } from '#service/extracts/extract-answers';
import { IdParams } from '#service/schemas/page';
import { responses } from '#service/schemas/responses';

const route: FastifyPluginAsyncTypebox = async (app) => {
  app.delete(
    '',
    {
      config: { access: ['vendor'] },
      schema: {
        tags: ['extracts'],
        summary: 'Cancel an extract, or remove its file',
        description:
          'An extract that is Pending or Processing is not made; the file of one that is Complete is removed. Either is Cancelled from then on, and stays in the list. Cancelling again, or one that Failed, changes nothing.',
        params: IdParams,
        response: responses({ 204: { description: 'Done', type: 'null' } }, ['CENR_NOT_FOUND']),
      },
    },
    async (request, reply) => {
      await app.jobs.extract.cancel(extractOf(app, request, request.params.id));
      return reply.code(204).send();
    },
  );
};

export default route;
