/** GET /v1/anomalies/{id} */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { viewOf } from '#service/anomalies/anomalies';
import { ServiceError } from '#service/http/errors';
import { scopeOf } from '#service/plugins/auth';
import { AnomalyView } from '#service/schemas/anomaly';
import { IdParams } from '#service/schemas/page';
import { responses } from '#service/schemas/responses';

const route: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '',
    {
      config: { access: ['vendor', 'auditor'] },
      schema: {
        tags: ['ssids'],
        operationId: 'getAnomaly',
        summary: 'One that looks wrong, and what became of it',
        params: IdParams,
        response: responses({ 200: AnomalyView }, ['CENR_NOT_FOUND']),
      },
    },
    async (request) => {
      const anomaly = await app.store.anomalies.get(scopeOf(request), request.params.id);
      if (!anomaly) throw new ServiceError('CENR_NOT_FOUND');
      return viewOf(request, anomaly);
    },
  );
};

export default route;
