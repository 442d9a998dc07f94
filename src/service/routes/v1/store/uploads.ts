/** GET /v1/store/uploads: uploads of all LEAs, whose they are, who sent them, and those that are not loaded. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { scopeOf } from '#service/plugins/auth';
import { PageQuery, pageOf } from '#service/schemas/page';
import { contents, responses } from '#service/schemas/responses';
import { UploadOverview } from '#service/schemas/upload-overview';
import { overviewOf, unfinished } from '#service/uploads/overview';

const route: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/uploads',
    {
      config: { access: [] },
      schema: {
        tags: ['administration'],
        operationId: 'getUploadOverview',
        summary: 'Uploads of your LEAs, with who sent them',
        querystring: PageQuery,
        response: responses({ 200: contents('The uploads', { 'application/json': UploadOverview }) }, [
          'CENR_REQUEST_INVALID',
        ]),
      },
    },
    async (request) => {
      const scope = scopeOf(request);
      const leas = app.store.forLEAs(scope);
      const { items, ...more } = await pageOf(
        '/v1/store/uploads',
        request.query,
        async (id) => (await leas.upload(id)) !== undefined,
        (page) => leas.uploads(page),
      );
      return {
        unfinished: request.query.after === undefined ? await unfinished(app, scope) : [],
        uploads: await Promise.all(items.map(await overviewOf(app))),
        ...more,
      };
    },
  );
};

export default route;
