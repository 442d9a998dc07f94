/** DELETE /v1/persons/{id} */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { personFor } from '#service/administration/persons';
import { IdParams } from '#service/schemas/page';
import { responses } from '#service/schemas/responses';

const route: FastifyPluginAsyncTypebox = async (app) => {
  app.delete(
    '',
    {
      config: { access: [] },
      schema: {
        tags: ['administration'],
        operationId: 'removePerson',
        summary: 'Remove somebody',
        description: 'Their sessions end at once, and they cannot sign in. The id stays, for the access log.',
        params: IdParams,
        response: responses({ 204: { description: 'Done', type: 'null' } }, ['CENR_NOT_FOUND']),
      },
    },
    async (request, reply) => {
      for (;;) {
        const person = await personFor(app, request, request.params.id);
        const removed = { ...person, removedAt: app.clock().toISOString() };
        if (await app.store.replacePerson(removed, person)) return reply.code(204).send();
      }
    },
  );
};

export default route;
