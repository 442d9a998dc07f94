/** POST /v1/anomalies/search: looks for anomalies. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { countsOf, searchIn } from '#service/anomalies/anomalies';
import { AnomalyCounts } from '#service/schemas/anomaly';
import { responses } from '#service/schemas/responses';

const route: FastifyPluginAsyncTypebox = async (app) => {
  app.post(
    '/search',
    {
      config: { access: ['vendor'] },
      schema: {
        tags: ['ssids'],
        operationId: 'searchAnomalies',
        summary: 'Look for students who look wrong',
        description:
          'After a search with the same rules on the same day only the students who changed since are looked at. Answers when the search is done, with the counts.',
        response: responses({ 200: AnomalyCounts }, ['CENR_TOO_MANY_WAITING', 'CENR_STORE_BUSY']),
      },
    },
    async (request) => {
      await searchIn(app, request);
      return await countsOf(app, request);
    },
  );
};

export default route;
