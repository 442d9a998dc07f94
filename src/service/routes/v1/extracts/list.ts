/** GET /v1/extracts */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { scopeOf } from '#service/plugins/auth';
import { Extracts, shownExtract } from '#service/schemas/extract';
import { PageQuery, pageOf } from '#service/schemas/page';
import { responses } from '#service/schemas/responses';

const route: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '',
    {
      config: { access: ['vendor', 'auditor'] },
      schema: {
        tags: ['extracts'],
        summary: 'List extracts, newest first',
        querystring: PageQuery,
        response: responses({ 200: Extracts }, ['CENR_REQUEST_INVALID']),
      },
    },
    async (request) => {
      const { items, ...more } = pageOf('/v1/extracts', request.query, (page) =>
        app.store.forLEAs(scopeOf(request)).jobs('extract').list(page),
      );
      return { extracts: items.map(shownExtract), ...more };
    },
  );
};

export default route;
