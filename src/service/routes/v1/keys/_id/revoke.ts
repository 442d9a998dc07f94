/** DELETE /v1/keys/{id} */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { keyFor } from '#service/administration/keys';
import { IdParams } from '#service/schemas/page';
import { responses } from '#service/schemas/responses';

const route: FastifyPluginAsyncTypebox = async (app) => {
  app.delete(
    '',
    {
      config: { access: [] },
      schema: {
        tags: ['administration'],
        operationId: 'revokeKey',
        summary: 'Revoke an API key',
        description:
          'At once, for good. The key stays in the list, since the access log names it. Revoking it again changes nothing.',
        params: IdParams,
        response: responses({ 204: { description: 'Done', type: 'null' } }, ['CENR_NOT_FOUND']),
      },
    },
    async (request, reply) => {
      const { id } = await keyFor(app, request, request.params.id);
      await app.store.revokeKey(id, app.clock().toISOString());
      return reply.code(204).send();
    },
  );
};

export default route;
