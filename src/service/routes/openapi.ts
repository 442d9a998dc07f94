/** GET /openapi.json */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { responses } from '../schemas/responses.ts';

const route: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/openapi.json',
    {
      config: { access: 'public' },
      schema: {
        tags: ['service'],
        security: [],
        operationId: 'getOpenAPI',
        summary: 'This document',
        response: responses(
          { 200: Type.Object({}, { additionalProperties: true, description: 'OpenAPI 3.1' }) },
          [],
          'public',
        ),
      },
    },
    async () => await app.apiDocument(),
  );
};

export default route;
