/** GET /v1/anomalies */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { viewOf } from '#service/anomalies/anomalies';
import { scopeOf } from '#service/plugins/auth';
import { AnomalyList, AnomalyQuery } from '#service/schemas/anomaly';
import { pageAddress } from '#service/schemas/page';
import { responses } from '#service/schemas/responses';
import type { AnomalyState } from '#store/anomalies';

const route: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '',
    {
      config: { access: ['vendor', 'auditor'] },
      schema: {
        tags: ['ssids'],
        operationId: 'listAnomalies',
        summary: 'Students who look wrong, with the records that make it and what each side can do',
        querystring: AnomalyQuery,
        response: responses({ 200: AnomalyList }, ['CENR_REQUEST_INVALID']),
      },
    },
    async (request) => {
      const { limit = 50, state, ...filter } = request.query;
      request.disclosed = [];
      const which = { ...filter, state: state as AnomalyState | undefined, limit: limit + 1 };
      const found = await app.store.anomalies.list(scopeOf(request), which);
      const page = found.slice(0, limit);
      const last = page.at(-1);
      return {
        anomalies: page.map((anomaly) => viewOf(request, anomaly)),
        ...(found.length > limit && last && { next: pageAddress('/v1/anomalies', request.query, last.id) }),
      };
    },
  );
};

export default route;
