/** GET /v1/uploads */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { scopeOf } from '#service/plugins/auth';
import { PageQuery, pageOf } from '#service/schemas/page';
import { responses } from '#service/schemas/responses';
import { shownUpload, Uploads } from '#service/schemas/upload';

const route: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '',
    {
      config: { access: ['vendor', 'auditor'] },
      schema: {
        tags: ['uploads'],
        summary: 'List uploads, newest first',
        querystring: PageQuery,
        response: responses({ 200: Uploads }, ['CENR_REQUEST_INVALID']),
      },
    },
    async (request) => {
      const { items, ...more } = pageOf('/v1/uploads', request.query, (page) =>
        app.store.forLEAs(scopeOf(request)).uploads(page),
      );
      return { uploads: items.map(shownUpload), ...more };
    },
  );
};

export default route;
