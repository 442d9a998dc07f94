/** GET /v1/rulebook/drafts */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { shownTo } from '#service/rules/draft-answers';
import { Drafts } from '#service/schemas/draft';
import { PageQuery, pageOf } from '#service/schemas/page';
import { responses } from '#service/schemas/responses';

const route: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '',
    {
      config: { access: ['policy', 'auditor'] },
      schema: {
        tags: ['drafts'],
        operationId: 'listDrafts',
        summary: 'List drafts, newest first',
        querystring: PageQuery,
        response: responses({ 200: Drafts }, ['CENR_REQUEST_INVALID']),
      },
    },
    async (request) => {
      const { items, ...more } = await pageOf(
        '/v1/rulebook/drafts',
        request.query,
        async (id) => (await app.store.draft(id)) !== undefined,
        (page) => app.store.drafts(page),
      );
      const drafts = await Promise.all(items.map((draft) => shownTo(app, request, draft)));
      return { drafts, ...more };
    },
  );
};

export default route;
