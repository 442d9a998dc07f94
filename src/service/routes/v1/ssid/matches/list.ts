/** GET /v1/ssid/matches */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { scopeOf } from '#service/plugins/auth';
import { Matches, shownMatching } from '#service/schemas/matching';
import { PageQuery, pageOf } from '#service/schemas/page';
import { responses } from '#service/schemas/responses';

const route: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '',
    {
      config: { access: ['vendor'] },
      schema: {
        tags: ['ssids'],
        operationId: 'listMatches',
        summary: 'List matches, newest first',
        querystring: PageQuery,
        response: responses({ 200: Matches }, ['CENR_REQUEST_INVALID']),
      },
    },
    async (request) => {
      const jobs = app.store.forLEAs(scopeOf(request)).jobs('matching');
      const { items, ...more } = await pageOf(
        '/v1/ssid/matches',
        request.query,
        async (id) => (await jobs.get(id)) !== undefined,
        (page) => jobs.list(page),
      );
      return { matches: items.map((job) => shownMatching(job)), ...more };
    },
  );
};

export default route;
