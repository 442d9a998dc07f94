/** GET /health/live: the process answers. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { responses } from '#service/schemas/responses';

const route: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/live',
    {
      config: { access: 'public', rateLimit: false },
      schema: {
        tags: ['service'],
        security: [],
        operationId: 'getLive',
        summary: 'Check that the process answers',
        response: responses(
          {
            200: Type.Object(
              { status: Type.Literal('live') },
              { additionalProperties: false, description: 'The process answers' },
            ),
          },
          [],
          'public',
        ),
      },
    },
    async () => ({ status: 'live' as const }),
  );
};

export default route;
