/** GET /v1/anomalies/counts */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { countsOf } from '#service/anomalies/anomalies';
import { AnomalyCounts } from '#service/schemas/anomaly';
import { responses } from '#service/schemas/responses';

const route: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/counts',
    {
      config: { access: ['vendor', 'auditor'] },
      schema: {
        tags: ['ssids'],
        operationId: 'countAnomalies',
        summary: 'How many students look wrong, by kind, LEA and school',
        response: responses({ 200: AnomalyCounts }, []),
      },
    },
    async (request) => await countsOf(app, request),
  );
};

export default route;
