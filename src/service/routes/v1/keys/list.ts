/** GET /v1/keys */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { keysFor } from '#service/administration/keys';
import { Keys } from '#service/schemas/administration';
import { contents, responses } from '#service/schemas/responses';

const route: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '',
    {
      config: { access: [] },
      schema: {
        tags: ['administration'],
        operationId: 'listKeys',
        summary: 'List API keys',
        description:
          'Keys of your LEAs, oldest first, with when each was last used; those that were revoked or have expired too. The keys themselves are kept nowhere.',
        response: responses({ 200: contents('The keys', { 'application/json': Keys }) }, []),
      },
    },
    async (request) => ({ keys: await keysFor(app, request) }),
  );
};

export default route;
